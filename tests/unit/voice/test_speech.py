"""What the node says comes from the best voice to be had, is kept, and keeps nobody waiting."""

import asyncio

import numpy as np
import pytest

from node.clips.loudness import LoudnessMeter
from node.errors import AssetError, DeviceError
from node.media import SAMPLE_RATE_HZ
from node.voice.speech import RECORDING_MAX_S, Speech
from tests.fakes.sounds import write_wav
from tests.fakes.voices import FakeEngine, tone


def opened(engines, folder, *, patience_s=3600.0, **more) -> Speech:
    return Speech(engines, state_dir=folder, patience_s=patience_s, rest_s=0.0, **more)


async def until(condition) -> None:
    while not condition():  # noqa: ASYNC110  # a thread is waited for
        await asyncio.sleep(0.001)


async def test_a_sentence_is_rendered_once_and_found_again(tmp_path):
    engine = FakeEngine()
    async with opened([engine], tmp_path) as speech:
        first = await speech.render("你好", "zh")
        again = await speech.render(" 你好 ", "zh")
    assert (first.is_cached, again.is_cached, len(engine.asked)) == (False, True, 1)
    assert np.abs(first.samples - again.samples).max() < 1e-3


async def test_what_was_rendered_outlives_the_node(tmp_path):
    async with opened([FakeEngine()], tmp_path) as speech:
        await speech.render("你好", "zh")
    later = FakeEngine()
    async with opened([later], tmp_path) as speech:
        assert (await speech.render("你好", "zh")).is_cached
    assert not later.asked


async def test_another_version_of_a_voice_renders_anew(tmp_path):
    async with opened([FakeEngine()], tmp_path) as speech:
        await speech.render("你好", "zh")
    async with opened([FakeEngine(version="2")], tmp_path) as speech:
        assert not (await speech.render("你好", "zh")).is_cached


async def test_the_same_words_in_another_language_are_another_sentence(tmp_path):
    engine = FakeEngine()
    async with opened([engine], tmp_path) as speech:
        await speech.render("129", "zh")
        assert not (await speech.render("129", "en")).is_cached


async def test_speech_is_as_loud_as_the_program_and_on_both_channels(tmp_path):
    async with opened([FakeEngine(seconds=2)], tmp_path) as speech:
        spoken = await speech.render("你好", "zh")
    meter = LoudnessMeter()
    meter.feed(spoken.samples)
    loudness = meter.result()
    assert loudness is not None
    assert loudness.integrated_lufs == pytest.approx(-16, abs=0.5)
    assert np.array_equal(spoken.samples[:, 0], spoken.samples[:, 1])
    assert spoken.seconds == pytest.approx(2, abs=0.1)


async def test_a_program_that_is_softer_is_spoken_in_softer_and_rendered_anew(tmp_path):
    engine = FakeEngine(seconds=2)
    async with opened([engine], tmp_path) as speech:
        usual = await speech.render("你好", "zh")
    async with opened([engine], tmp_path, target_lufs=-23.0) as speech:
        soft = await speech.render("你好", "zh")
    ratio_db = 20 * np.log10(np.abs(soft.samples).max() / np.abs(usual.samples).max())
    assert (soft.is_cached, ratio_db) == (False, pytest.approx(-7, abs=0.1))


async def test_a_sentence_of_one_syllable_is_levelled_too(tmp_path):
    async with opened([FakeEngine(seconds=0.2)], tmp_path) as speech:
        short = await speech.render("好", "zh")
        long = await speech.render("好好好", "zh")
    assert np.abs(short.samples).max() == pytest.approx(np.abs(long.samples).max(), rel=0.05)


async def test_the_best_voice_that_speaks_the_language_speaks(tmp_path):
    engines = [FakeEngine("neural", locales=("zh",)), FakeEngine("espeak")]
    async with opened(engines, tmp_path) as speech:
        origins = [(await speech.render("ok", locale)).origin for locale in ("zh", "en")]
    assert origins == ["neural", "espeak"]


async def test_a_slow_voice_is_not_waited_for_and_ready_the_next_time(tmp_path):
    slow = FakeEngine("neural")
    slow.gate.clear()
    async with opened([slow, FakeEngine("espeak")], tmp_path, patience_s=0.01) as speech:
        assert (await speech.render("你好", "zh")).origin == "espeak"
        slow.gate.set()
        await until(lambda: not speech._rendering)
        later = await speech.render("你好", "zh")
    assert (later.origin, later.is_cached, len(slow.asked)) == ("neural", True, 1)


async def test_a_recording_is_played_though_another_voice_has_said_it_before(tmp_path):
    async with opened([FakeEngine("espeak")], tmp_path) as speech:
        await speech.render("你好", "zh")
    engines = [FakeEngine("prompt"), FakeEngine("espeak")]
    async with opened(engines, tmp_path) as speech:
        assert (await speech.render("你好", "zh")).origin == "prompt"


async def test_a_slow_voice_makes_nobody_wait_for_what_another_has_on_disk(tmp_path):
    async with opened([FakeEngine("espeak")], tmp_path) as speech:
        await speech.render("你好", "zh")
    slow = FakeEngine("neural")
    slow.gate.clear()
    async with opened([slow, FakeEngine("espeak")], tmp_path) as speech:
        spoken = await speech.render("你好", "zh")
        slow.gate.set()
        await until(lambda: not speech._rendering)
        assert (await speech.render("你好", "zh")).origin == "neural"
    assert (spoken.origin, spoken.is_cached) == ("espeak", True)


async def test_what_is_not_to_be_kept_leaves_nothing_on_disk(tmp_path):
    engine = FakeEngine()
    async with opened([engine], tmp_path) as speech:
        for _ in range(2):
            assert not (await speech.render("你好", "zh", is_kept=False)).is_cached
        assert list((tmp_path / "speech").iterdir()) == []
        await speech.render("你好", "zh")
        assert (await speech.render("你好", "zh", is_kept=False)).is_cached


async def test_a_slow_voice_is_stopped_where_nothing_is_to_be_kept(tmp_path):
    slow = FakeEngine("neural")
    slow.gate.clear()
    async with opened([slow, FakeEngine("espeak")], tmp_path, patience_s=0.01) as speech:
        assert (await speech.render("你好", "zh", is_kept=False)).origin == "espeak"
        await until(lambda: not speech._rendering)


async def test_an_answer_that_nobody_waits_for_any_more_is_not_rendered_on(tmp_path):
    engine = FakeEngine()
    engine.gate.clear()
    async with opened([engine], tmp_path) as speech:
        asking = asyncio.ensure_future(speech.render("你好", "zh", is_kept=False))
        await until(lambda: engine.asked)
        asking.cancel()
        await until(lambda: not speech._rendering)


async def test_the_last_voice_is_waited_for(tmp_path):
    slow = FakeEngine("neural")
    slow.gate.clear()
    async with opened([slow], tmp_path, patience_s=0.0) as speech:
        asking = asyncio.ensure_future(speech.render("你好", "zh"))
        await until(lambda: slow.asked)
        slow.gate.set()
        assert (await asking).origin == "neural"


async def test_two_who_ask_for_the_same_are_given_one_rendering(tmp_path):
    engine = FakeEngine()
    engine.gate.clear()
    async with opened([engine], tmp_path) as speech:
        asking = [asyncio.ensure_future(speech.render("你好", "zh")) for _ in range(2)]
        await until(lambda: engine.asked)
        await asyncio.sleep(0)
        engine.gate.set()
        await asyncio.gather(*asking)
    assert len(engine.asked) == 1


@pytest.mark.parametrize("fault", [AssetError("no sound"), DeviceError("no answer")])
async def test_a_voice_that_fails_gives_way_to_the_next(tmp_path, fault):
    broken = FakeEngine("neural")
    broken.fault = fault
    async with opened([broken, FakeEngine("espeak")], tmp_path) as speech:
        assert (await speech.render("你好", "zh")).origin == "espeak"


async def test_with_no_voice_left_it_says_what_is_missing(tmp_path):
    engine = FakeEngine(missing="espeak-ng is not installed")
    async with opened([engine], tmp_path) as speech:
        assert speech.is_mute
        assert speech.voices == ()
        with pytest.raises(DeviceError, match="zh: espeak-ng is not installed"):
            await speech.render("你好", "zh")


async def test_known_lines_are_rendered_ahead(tmp_path):
    engine = FakeEngine()
    async with opened([engine], tmp_path) as speech, asyncio.TaskGroup() as group:
        worker = group.create_task(speech.work())
        speech.prepare([("你好", "zh"), ("再见", "zh"), ("hello", "en")])
        await until(lambda: len(list((tmp_path / "speech").iterdir())) == 3)
        assert (await speech.render("再见", "zh")).is_cached
        worker.cancel()
    assert len(engine.asked) == 3


async def test_a_line_that_cannot_be_rendered_ahead_does_not_hold_up_the_others(tmp_path):
    broken = FakeEngine("neural", locales=("zh",))
    broken.fault = DeviceError("no answer")
    async with opened([broken, FakeEngine()], tmp_path) as speech, asyncio.TaskGroup() as group:
        worker = group.create_task(speech.work())
        speech.prepare([("你好", "zh"), ("hello", "en")])
        await until(lambda: len(list((tmp_path / "speech").iterdir())) == 2)
        worker.cancel()


async def test_leaving_it_ends_what_is_being_rendered_and_closes_the_voices(tmp_path):
    engine = FakeEngine()
    engine.gate.clear()
    async with opened([engine], tmp_path) as speech:
        asking = asyncio.ensure_future(speech.render("你好", "zh"))
        await until(lambda: engine.asked)
    assert engine.is_closed
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_speech_is_at_the_programs_rate(tmp_path):
    async with opened([FakeEngine(seconds=1)], tmp_path) as speech:
        spoken = await speech.render("你好", "zh")
    crossings = np.count_nonzero(np.diff(np.signbit(spoken.samples[4800:-9600, 0])))
    heard_hz = crossings / 2 / ((len(spoken.samples) - 14_400) / SAMPLE_RATE_HZ)
    assert heard_hz == pytest.approx(300, rel=0.01)


async def test_a_recorded_reply_is_as_loud_as_speech_and_leaves_nothing_on_disk(tmp_path):
    path = write_wav(tmp_path / "reply.wav", tone(1.0, 24_000, 0.02), rate_hz=24_000)
    async with opened([], tmp_path / "state") as speech:
        played = await speech.recorded(path)
    meter = LoudnessMeter()
    meter.feed(played)
    assert meter.result().integrated_lufs == pytest.approx(-16, abs=1)
    assert [one for one in (tmp_path / "state").rglob("*") if one.is_file()] == []


@pytest.mark.parametrize("fault", ["missing", "text", "silent", "long"])
async def test_a_recording_that_is_no_answer_is_refused(tmp_path, fault):
    path = tmp_path / "reply.wav"
    match fault:
        case "text":
            path.write_text("no sound")
        case "silent":
            write_wav(path, np.zeros(8000, np.float32), rate_hz=16_000)
        case "long":
            write_wav(path, tone(RECORDING_MAX_S + 1), rate_hz=16_000)
        case _:
            pass
    async with opened([FakeEngine()], tmp_path / "state") as speech:
        with pytest.raises(AssetError):
            await speech.recorded(path)
