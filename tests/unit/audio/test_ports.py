"""Sound cards are found by name or number, quietly, and looked for anew when one is missed."""

import contextlib
import os
import sys

import pytest

from node.audio import ports as ports_module
from node.audio.ports import Ports, cards_now, is_installed
from node.errors import DeviceError
from tests.fakes.portaudio import FakeCards


@pytest.fixture
def cards(monkeypatch):
    machine = FakeCards()
    machine.plug_in("HDA Intel: ALC269 (hw:0,0)", inputs=2, outputs=2, rate=44_100)
    machine.plug_in("ReSpeaker 4 Mic Array: USB Audio (hw:1,0)", inputs=6)
    machine.plug_in("HDMI: TV (hw:2,3)", outputs=8)
    machine.install(monkeypatch.setitem)
    monkeypatch.setattr(Ports, "_missed", frozenset())
    monkeypatch.setattr(ports_module, "devices_now", lambda: "")
    return machine


def test_a_part_of_the_name_in_any_case_finds_a_card(cards):
    with Ports() as ports:
        port = ports.find("respeaker", "input")
    assert (port.index, port.channels, port.rate_hz) == (1, 6, 48_000)


def test_a_number_finds_a_card(cards):
    with Ports() as ports:
        assert ports.find(2, "output").name.startswith("HDMI")


def test_without_a_name_the_default_is_taken(cards):
    with Ports() as ports:
        assert ports.find("", "input").index == 0


def test_only_ports_of_the_way_asked_for_count(cards):
    with Ports() as ports:
        assert [port.index for port in ports.every("input")] == [0, 1]
        with pytest.raises(DeviceError, match="no sound input 'HDMI'"):
            ports.find("HDMI", "input")


def test_a_card_that_is_not_there_is_told_with_those_that_are(cards):
    with Ports() as ports, pytest.raises(DeviceError) as caught:
        ports.find("Jabra", "input")
    assert str(caught.value) == (
        "no sound input 'Jabra'; there are: 0 'HDA Intel: ALC269 (hw:0,0)',"
        " 1 'ReSpeaker 4 Mic Array: USB Audio (hw:1,0)'"
    )


def test_a_machine_without_sound_says_so(cards):
    cards.cards.clear()
    with Ports() as ports:
        with pytest.raises(DeviceError, match="no sound input in this machine"):
            ports.find("", "input")
        with pytest.raises(DeviceError, match="'x'; there are: none"):
            ports.find("x", "output")


def test_who_misses_a_card_that_may_have_come_has_the_others_make_way(cards, monkeypatch):
    with Ports() as speaker, Ports() as microphone:
        monkeypatch.setattr(ports_module, "cards_now", lambda: b"one more")
        with pytest.raises(DeviceError):
            microphone.find("Jabra", "input")
        assert speaker.is_stale
        assert not microphone.is_stale
    with Ports() as again, Ports() as other:
        with pytest.raises(DeviceError):
            other.find("Jabra", "input")
        assert not again.is_stale


BEFORE = b""" 0 [PCH            ]: HDA-Intel - HDA Intel PCH
                      HDA Intel PCH at 0xf7f10000 irq 31
 1 [ArrayUAC10     ]: USB-Audio - ReSpeaker 4 Mic Array
                      SEEED ReSpeaker 4 Mic Array at usb-0000:01:00.0-1.3, high speed
"""


def test_a_card_that_has_the_place_of_another_is_not_taken_for_it(cards, monkeypatch):
    monkeypatch.setattr(ports_module, "cards_now", lambda: BEFORE)
    with Ports() as speaker, Ports() as microphone:
        speaker.find("HDA", "output")
        other = BEFORE.replace(b"[ArrayUAC10     ]", b"[C920           ]")
        monkeypatch.setattr(ports_module, "cards_now", lambda: other)
        with pytest.raises(DeviceError, match=r"ReSpeaker.* is gone"):
            microphone.find("ReSpeaker", "input")
        assert speaker.is_stale


def test_a_card_in_another_socket_is_the_same_and_one_beside_it_is_nobodys_matter(
    cards, monkeypatch
):
    monkeypatch.setattr(ports_module, "cards_now", lambda: BEFORE)
    with Ports() as speaker, Ports() as microphone:
        now = BEFORE.replace(b"-1.3", b"-1.4") + b" 2 [C920           ]: USB-Audio - C920\n"
        monkeypatch.setattr(ports_module, "cards_now", lambda: now)
        assert microphone.find("ReSpeaker", "input").index == 1
        assert not speaker.is_stale


def test_who_leaves_counts_until_portaudio_has_let_go(cards, monkeypatch):
    in_turn, users = ports_module._in_turn, []

    @contextlib.contextmanager
    def watched():
        users.append(set(Ports._users))
        with in_turn():
            yield

    monkeypatch.setattr(ports_module, "_in_turn", watched)
    with Ports() as one:
        pass
    assert users == [set(), {one}]
    assert one not in Ports._users


DEVICES = """00-00: ALC269 : ALC269 : playback 1 : capture 1
01-00: USB Audio : USB Audio : capture 1
03-00: Jabra : Jabra : capture 1
"""


def test_a_card_that_was_busy_when_portaudio_looked_is_looked_for_once_more(cards, monkeypatch):
    monkeypatch.setattr(ports_module, "devices_now", lambda: DEVICES)
    with Ports() as speaker, Ports() as microphone, pytest.raises(DeviceError):
        microphone.find("Jabra", "input")
    assert not speaker.is_stale  # not so soon after it was looked for
    monkeypatch.setattr(ports_module, "BUSY_S", -1.0)
    stale = []
    for _ in range(2):
        with Ports() as speaker, Ports() as microphone:
            with pytest.raises(DeviceError):
                microphone.find("Jabra", "input")
            stale.append(speaker.is_stale)
    assert stale == [True, False]


def test_a_card_that_is_never_plugged_in_disturbs_nobody(cards):
    with Ports() as speaker, Ports() as microphone:
        with pytest.raises(DeviceError):
            microphone.find("Jabra", "input")
        assert not speaker.is_stale


def test_the_kernels_list_of_cards_may_be_missing(tmp_path):
    assert cards_now(tmp_path / "none") == b""
    (tmp_path / "cards").write_text(" 0 [PCH]\n")
    assert cards_now(tmp_path / "cards") == b" 0 [PCH]\n"


def test_portaudio_is_released_in_the_end(cards):
    with Ports():
        pass
    assert (cards.initialised, cards.terminated) == (1, 1)


def test_a_refused_stream_names_card_form_and_reason(cards):
    cards.refusal = OSError(-9997, "Invalid sample rate")
    with Ports() as ports:
        port = ports.find("ReSpeaker", "input")
        with pytest.raises(DeviceError, match=r"1 channels at 11025 Hz: invalid sample rate"):
            ports.start(port, "input", channels=1, rate_hz=11_025, callback=lambda *_: (None, 0))


def test_what_the_search_prints_is_no_log_of_ours(cards, monkeypatch, capfd):
    module = sys.modules["pyaudio"]
    make = module.PyAudio

    def chatty():
        os.write(2, b"ALSA lib pcm.c: Unknown PCM cards.pcm.rear\n")
        return make()

    monkeypatch.setattr(module, "PyAudio", chatty)
    with Ports():
        os.write(2, b"ours\n")
    assert capfd.readouterr().err == "ours\n"


def test_without_pyaudio_there_is_no_driver_and_a_line_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyaudio", None)
    assert not is_installed()
    with pytest.raises(DeviceError, match="no driver: PyAudio is not installed"):
        Ports()
