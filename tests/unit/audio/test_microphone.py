"""The microphone's part: delivers, meters, is closed on purpose, and heals after a loss."""

import asyncio

import pytest

from node.audio import microphone as module
from node.audio.microphone import (
    STILL_ZEROS_S,
    ZEROS_S,
    Microphone,
    ZerosError,
    open_microphone,
)
from node.audio.resample import to_pcm
from node.audio.simulated import Hall, SimulatedMicrophone
from node.audio.url import UrlMicrophone
from node.channels import Fanout
from node.config_voice import (
    DeviceMicrophoneConfig,
    SimulatedMicrophoneConfig,
    UrlMicrophoneConfig,
)
from node.errors import DeviceError
from node.media import SpeechChunk
from node.supervise import Supervisor
from tests.fakes.scripted_microphone import ScriptedMicrophone
from tests.fakes.sounds import tone
from tests.virtual_time import run_virtually

HALL = SimulatedMicrophoneConfig(noise_db=-40)


def test_the_kind_of_the_configuration_chooses_the_driver():
    assert isinstance(open_microphone(HALL), SimulatedMicrophone)
    assert isinstance(open_microphone(UrlMicrophoneConfig("a.wav")), UrlMicrophone)
    assert open_microphone(DeviceMicrophoneConfig("Jabra")).label == "Jabra"


@pytest.mark.parametrize(
    ("cfg", "is_simulated"),
    [(HALL, True), (UrlMicrophoneConfig("a.wav"), True), (DeviceMicrophoneConfig(), False)],
)
def test_it_says_whether_its_sound_is_made_here(cfg, is_simulated):
    assert Microphone(cfg, out=Fanout(1)).is_simulated is is_simulated


def test_it_is_ready_with_its_first_sound_and_delivers_in_turn():
    async def main():
        out, is_ready = Fanout[SpeechChunk](100), asyncio.Event()
        part = Microphone(HALL, out=out)
        with out.subscribe() as reader:
            task = asyncio.create_task(part.run(is_ready.set))
            await is_ready.wait()
            chunks = [await reader.get() for _ in range(20)]
            said = (part.label, part.level.rms_db, part.lost)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return chunks, said, (part.label, part.level.rms_db)

    chunks, said, after = run_virtually(main())
    assert [chunk.at_16k for chunk in chunks] == list(range(0, 6400, 320))
    assert said[0] == "simulated hall"
    assert said[1] == pytest.approx(-40, abs=4)
    assert said[2] == 0
    assert after == ("", -90.0)


def test_it_tells_how_much_of_what_is_said_comes_in_clipped(monkeypatch):
    loud = ScriptedMicrophone([to_pcm(tone(0.02, peak=1.0) * 12.6)] * 200)  # +22 dB

    async def main():
        monkeypatch.setattr(module, "open_microphone", lambda *_, **__: loud)
        part = Microphone(HALL, out=Fanout(1))
        before = part.clipped_percent
        task = asyncio.create_task(part.run(lambda: None))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return before, part.clipped_percent

    before, after = run_virtually(main())
    assert before == 0
    assert after == pytest.approx(95, abs=3)


def test_closed_on_purpose_it_releases_the_device_until_it_is_opened(monkeypatch):
    scripted = ScriptedMicrophone([to_pcm(tone(0.02))] * 3)

    async def main():
        out, seen = Fanout[SpeechChunk](100), []
        monkeypatch.setattr(module, "open_microphone", lambda *_, **__: scripted)
        part = Microphone(HALL, out=out)
        part.close()
        is_ready = asyncio.Event()
        task = asyncio.create_task(part.run(is_ready.set))
        await is_ready.wait()
        seen.append((part.is_closed, scripted.is_open, out.put_count))
        part.open()
        await asyncio.sleep(1)
        seen.append((part.is_closed, scripted.is_open, out.put_count))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        seen.append((part.is_closed, scripted.is_open, out.put_count))
        return seen

    assert run_virtually(main()) == [(True, False, 0), (False, True, 3), (False, False, 3)]


def test_closed_while_it_listens_nothing_more_is_delivered():
    async def main():
        out, hall = Fanout[SpeechChunk](100), Hall()
        part = Microphone(HALL, out=out, hall=hall)
        task = asyncio.create_task(part.run(lambda: None))
        await asyncio.sleep(1)
        part.close()
        await asyncio.sleep(0.05)
        before = out.put_count
        await asyncio.sleep(5)
        closed = out.put_count - before
        part.open()
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return closed, out.put_count - before

    closed, later = run_virtually(main())
    assert closed == 0
    assert later > 40


def test_an_unplugged_microphone_comes_back_by_itself():
    async def main():
        out, hall = Fanout[SpeechChunk](10_000), Hall()
        part, supervisor = Microphone(HALL, out=out, hall=hall), Supervisor()
        task = asyncio.create_task(supervisor.run(optional=[part]))
        await asyncio.sleep(2)
        hall.is_unplugged = True
        await asyncio.sleep(5)
        lost, trouble = supervisor.health.value["microphone"], part.trouble
        before = out.put_count
        hall.is_unplugged = False
        await asyncio.sleep(31)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        back = supervisor.health.value["microphone"]
        return lost, (trouble, part.trouble), back, out.put_count - before

    lost, troubles, back, heard = run_virtually(main())
    assert troubles == ("microphone simulated hall: unplugged (simulated)", "")
    assert lost.condition == "waiting"
    assert lost.last_error == "microphone simulated hall: unplugged (simulated)"
    assert back.condition == "ready"
    assert heard > 0


class Muted(ScriptedMicrophone):
    """Zeros, a block each 20 ms, until somebody switches it on; `ZerosError` as a card's."""

    is_on = False

    def __init__(self, zeros_s):
        super().__init__(())
        self._zeros_s = zeros_s

    async def __aiter__(self):
        for number in range(round(self._zeros_s * 50)):
            await asyncio.sleep(0.02)
            block = to_pcm(tone(0.02)) * Muted.is_on
            yield SpeechChunk(number * 320, 0.0, block)
        raise ZerosError("nothing but zeros")


def test_a_muted_microphone_is_told_once_and_heard_the_moment_it_is_switched_on(
    monkeypatch, caplog
):
    async def main():
        openings = []

        def opened(*_, zeros_s, **__):
            openings.append(zeros_s)
            return Muted(zeros_s)

        monkeypatch.setattr(module, "open_microphone", opened)
        monkeypatch.setattr(Muted, "is_on", False)
        part, supervisor = Microphone(HALL, out=Fanout(1)), Supervisor()
        task = asyncio.create_task(supervisor.run(optional=[part]))
        await asyncio.sleep(600)
        muted = supervisor.health.value["microphone"].condition, part.trouble
        told = [one.message for one in caplog.records if one.levelname in {"WARNING", "INFO"}]
        monkeypatch.setattr(Muted, "is_on", True)
        await asyncio.sleep(0.1)
        heard = supervisor.health.value["microphone"].condition, part.trouble
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return muted, heard, told, openings

    caplog.set_level("INFO")
    muted, heard, told, openings = run_virtually(main())
    assert muted == ("waiting", "nothing but zeros")
    assert heard == ("ready", "")
    assert told == ["microphone: nothing but zeros"]
    assert openings[0] == ZEROS_S
    assert set(openings[1:]) == {STILL_ZEROS_S}
    assert len(openings) <= 9


def test_closed_and_opened_a_muted_microphone_is_found_out_as_soon_as_a_new_one(monkeypatch):
    async def main():
        monkeypatch.setattr(module, "open_microphone", lambda *_, zeros_s, **__: Muted(zeros_s))
        monkeypatch.setattr(Muted, "is_on", False)
        part, supervisor = Microphone(HALL, out=Fanout(1)), Supervisor()
        task = asyncio.create_task(supervisor.run(optional=[part]))
        await asyncio.sleep(2 * ZEROS_S)
        part.close()
        await asyncio.sleep(1)
        closed = part.trouble
        part.open()
        await asyncio.sleep(ZEROS_S + 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return closed, part.trouble

    assert run_virtually(main()) == ("", "nothing but zeros")


def test_a_source_that_ends_without_a_word_is_a_device_error(monkeypatch):
    class Ending(ScriptedMicrophone):
        async def __aiter__(self):
            for _ in ():
                yield

    async def main():
        monkeypatch.setattr(module, "open_microphone", lambda *_, **__: Ending([]))
        with pytest.raises(DeviceError, match="delivers no more"):
            await Microphone(HALL, out=Fanout(1)).run(lambda: None)

    run_virtually(main())
