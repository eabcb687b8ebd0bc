"""The doctor tells what can hear and speak, and what keeps the two apart."""

import sys

import pytest

from node.audio import echo as canceller
from node.cli import examine_sound
from node.cli.texts import load
from node.config import Config
from node.config_voice import (
    DeviceMicrophoneConfig,
    LoudspeakerConfig,
    SimulatedMicrophoneConfig,
    UrlMicrophoneConfig,
    VoiceConfig,
)
from tests.fakes.portaudio import FakeCards

HALL = SimulatedMicrophoneConfig()


def brief(verdict):
    return verdict.level, verdict.code


@pytest.fixture
def cards(monkeypatch):
    machine = FakeCards()
    machine.plug_in("ReSpeaker 4 Mic Array", inputs=6)
    machine.plug_in("HDMI", outputs=2)
    machine.install(monkeypatch.setitem)
    return machine


def test_a_configured_card_is_told_by_its_whole_name(cards):
    heard = Config(rundown="", microphone=DeviceMicrophoneConfig("respeaker"))
    spoken = Config(rundown="", loudspeaker=LoudspeakerConfig("hdmi"))
    assert examine_sound.microphone(heard).facts == {"name": "ReSpeaker 4 Mic Array"}
    assert brief(examine_sound.speaker(spoken)) == ("ok", "configured")


def test_a_configured_card_must_be_there(cards):
    heard = Config(rundown="", microphone=DeviceMicrophoneConfig("Jabra"))
    spoken = Config(rundown="", loudspeaker=LoudspeakerConfig("Jabra"))
    for verdict in (examine_sound.microphone(heard), examine_sound.speaker(spoken)):
        assert brief(verdict) == ("fail", "missing")
        assert "'Jabra'" in verdict.message(load("en"))
        assert verdict.cure(load("zh"))


def test_without_pyaudio_a_configured_card_has_no_driver(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyaudio", None)
    heard = Config(rundown="", microphone=DeviceMicrophoneConfig())
    verdict = examine_sound.microphone(heard)
    assert brief(verdict) == ("fail", "no_driver")
    assert "portaudio19-dev" in verdict.cure(load("en"))


def test_what_stands_in_for_a_microphone_says_so():
    hall = examine_sound.microphone(Config(rundown="", microphone=HALL))
    assert "simulated" in hall.message(load("en"))
    url = UrlMicrophoneConfig("rtsp://user:secret@desk/1")
    told = examine_sound.microphone(Config(rundown="", microphone=url)).message(load("en"))
    assert "desk/1" in told
    assert "secret" not in told


def test_the_echo_hangs_on_who_plays_and_what_was_set():
    def told(**tables):
        return brief(examine_sound.echo(Config(rundown="", **tables)))

    assert told() == ("absent", "none")
    assert told(microphone=HALL, voice=VoiceConfig()) == ("ok", "by_hall")
    desk = DeviceMicrophoneConfig()
    assert told(microphone=desk, voice=VoiceConfig()) == ("ok", "by_browser")
    by_card = {"microphone": desk, "voice": VoiceConfig(), "loudspeaker": LoudspeakerConfig()}
    assert told(**by_card) == ("ok", "by_card")
    assert told(microphone=HALL, voice=VoiceConfig(duplex="half")) == ("ok", "set_half")
    assert told(microphone=HALL, voice=VoiceConfig(duplex="full")) == ("ok", "set_full")


def test_without_the_canceller_it_is_half_duplex_and_the_cure_is_told(monkeypatch):
    monkeypatch.setattr(canceller, "LIBRARY", "libnotthere.so.1")
    canceller._library.cache_clear()
    try:
        verdict = examine_sound.echo(Config(rundown="", microphone=HALL, voice=VoiceConfig()))
    finally:
        canceller._library.cache_clear()
    assert brief(verdict) == ("warn", "no_canceller")
    assert verdict.cure(load("en")) == "apt-get install libspeexdsp1"


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize(
    "code", ["none", "no_canceller", "set_full", "set_half", "by_hall", "by_card", "by_browser"]
)
def test_every_verdict_on_the_echo_has_its_words(locale, code):
    assert load(locale)(f"doctor.echo.{code}", reason="-") != f"doctor.echo.{code}"
