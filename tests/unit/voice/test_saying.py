"""What the show says is heard in the program: in time, over the clip, and silent when it is cut."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import numpy as np

from node.media import AudioChunk
from node.program.commands import Answer, Say, TakeLive
from node.program.rundown import Rundown
from node.voice.saying import KEPT_S, Aloud
from tests.fakes.rundowns import clip, live, rundown, say
from tests.fakes.studio import Studio
from tests.fakes.voices import FakeSpeech

WORDS = {"zh": "展会价一百二十九元。", "en": "The show price is 129 yuan."}
DUCKED = 0.1 * 10 ** (-12 / 20)
SAID = 0.25
DAY = rundown(clip("a", 60), live("desk", 60), play=("a",))

Scene = Callable[[Studio, Aloud], Awaitable[object]]


def played(scene: Scene, day: Rundown = DAY, speech: FakeSpeech | None = None) -> Studio:
    """A studio that has played a scene with a voice; its sounds are kept as `studio.sounds`."""
    studio, speech = Studio(day), speech or FakeSpeech()
    aloud = Aloud(
        state=studio.state, ring=studio.spoken, speech=speech, submit=studio.runner.submit
    )

    async def story(_: Studio) -> None:
        task = asyncio.ensure_future(aloud.run(lambda: None))
        await asyncio.sleep(1)
        try:
            await scene(studio, aloud)
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    _, studio.sounds = studio.run(story)
    return studio


def curve(sounds: list[AudioChunk]) -> np.ndarray:
    return np.concatenate([chunk.samples[:, 0] for chunk in sounds])


def spoken_s(sounds: list[AudioChunk]) -> float:
    """For how long speech was in the program."""
    return float(np.count_nonzero(curve(sounds) > 0.2)) / 48_000


def facts(studio: Studio) -> list[tuple[str, str, str]]:
    return [(one.ev, one.cue, one.why) for one in studio.facts if one.ev.startswith("say.")]


def test_a_cue_of_the_rundown_is_spoken_and_ends_with_its_sound():
    day = rundown(clip("a", 60, say("a", 0, 60)), play=("a",))

    async def scene(studio, aloud):
        await asyncio.sleep(6)

    speech = FakeSpeech(seconds=3)
    studio = played(scene, day, speech)
    assert speech.asked == [("你好", "zh")]
    assert 2.9 < spoken_s(studio.sounds) < 3.0
    assert facts(studio) == [("say.start", "a.0", ""), ("say.end", "a.0", "time")]
    (end,) = [one for one in studio.facts if one.ev == "say.end"]
    assert 3000 <= end.ms <= 3150


def test_speech_begins_within_two_frames_of_the_command():
    async def scene(studio, aloud):
        await studio.runner.submit(Say(WORDS))
        await asyncio.sleep(3)

    studio = played(scene)
    (start,) = [one for one in studio.facts if one.ev == "say.start"]
    heard = int(np.argmax(curve(studio.sounds) > 0.2)) // 1600
    assert heard - start.position <= 2


def test_the_clip_is_12_db_lower_under_speech_and_comes_back():
    async def scene(studio, aloud):
        await studio.runner.submit(Say(WORDS))
        await asyncio.sleep(4)

    sound = curve(played(scene).sounds)
    heard = np.flatnonzero(sound > 0.2)
    middle = sound[(heard[0] + heard[-1]) // 2]
    assert abs(middle - (SAID + DUCKED)) < 1e-3
    assert abs(sound[-1] - 0.1) < 1e-3
    assert np.abs(np.diff(sound[4800:])).max() < 0.005


def test_an_answer_is_spoken_in_its_own_language():
    speech = FakeSpeech()

    async def scene(studio, aloud):
        await studio.runner.submit(Answer("answer.1", WORDS, locale="en"))
        await asyncio.sleep(0.5)

    played(scene, speech=speech)
    assert speech.asked == [(WORDS["en"], "en")]


def test_an_answer_to_a_visitor_leaves_nothing_on_disk():
    speech = FakeSpeech(seconds=0.5)

    async def scene(studio, aloud):
        await studio.runner.submit(Answer("answer.1", WORDS))
        await asyncio.sleep(1)
        await studio.runner.submit(Say({"zh": "欢迎"}))
        await asyncio.sleep(1)

    played(scene, speech=speech)
    assert speech.kept == ["欢迎"]


def test_all_that_a_rundown_says_is_asked_for_ahead():
    speech = FakeSpeech()

    async def scene(studio, aloud):
        assert not aloud.is_speaking

    played(scene, rundown(clip("a", 60, say("a", 0, 900, "欢迎")), play=("a",)), speech)
    assert speech.prepared == [("欢迎", "zh")]


def test_a_cut_silences_the_program_within_a_frame_and_10_ms():
    cut_at: list[int] = []

    async def scene(studio, aloud):
        await studio.runner.submit(Answer("answer.1", WORDS))
        await asyncio.sleep(1)
        cut_at.append(studio.counters.out)
        assert await aloud.cut("speech", "voice")
        assert not aloud.is_speaking
        await asyncio.sleep(2)

    studio = played(scene)
    heard = np.flatnonzero(curve(studio.sounds) > 0.2)
    mixed = (cut_at[0] + 1) * 1600  # the frame that was being made goes out
    assert heard[-1] <= mixed + 480
    (cut,) = [one for one in studio.facts if one.ev == "say.cut"]
    assert (cut.why, cut.by) == ("speech", "voice")
    assert np.abs(np.diff(curve(studio.sounds)[4800:])).max() < 0.005


def test_the_rest_of_a_cut_sentence_goes_on_when_it_is_asked_for():
    async def scene(studio, aloud):
        await studio.runner.submit(Answer("answer.1", WORDS, locale="en"))
        await asyncio.sleep(1)
        await aloud.cut("stop", "voice")
        await asyncio.sleep(KEPT_S - 1)
        assert await aloud.resume("voice")
        assert studio.state.value.saying.locale == "en"
        await asyncio.sleep(2)
        assert studio.state.value.saying is None
        assert not await aloud.resume("voice")

    speech = FakeSpeech(seconds=2)
    studio = played(scene, speech=speech)
    assert len(speech.asked) == 1
    assert 1.9 < spoken_s(studio.sounds) < 2.1
    assert [ev for ev, _, _ in facts(studio)] == ["say.start", "say.cut", "say.start", "say.end"]


def test_the_rest_is_forgotten_after_its_time():
    async def scene(studio, aloud):
        await studio.runner.submit(Answer("answer.1", WORDS))
        await asyncio.sleep(1)
        await aloud.cut("stop", "voice")
        await asyncio.sleep(KEPT_S + 0.1)
        assert not await aloud.resume("voice")

    played(scene)


def test_a_firm_sentence_is_not_cut():
    async def scene(studio, aloud):
        await studio.runner.submit(Answer("notice", WORDS, is_firm=True))
        await asyncio.sleep(0.5)
        assert not await aloud.cut("stop", "voice")
        assert aloud.is_speaking
        await asyncio.sleep(2)

    assert facts(played(scene))[-1] == ("say.end", "notice", "time")


def test_there_is_nothing_to_cut_in_silence():
    async def scene(studio, aloud):
        assert not await aloud.cut("stop", "button")
        assert not await aloud.resume("button")

    assert facts(played(scene)) == []


def test_what_is_cut_before_its_sound_is_there_is_not_heard():
    async def scene(studio, aloud):
        await studio.runner.submit(Answer("answer.1", WORDS))
        await asyncio.sleep(0.1)
        await aloud.cut("stop", "voice")
        await asyncio.sleep(3)

    assert spoken_s(played(scene, speech=FakeSpeech(after_s=0.12)).sounds) == 0


def test_another_sentence_takes_the_place_of_the_one_being_said():
    async def scene(studio, aloud):
        await studio.runner.submit(Say(WORDS))
        await asyncio.sleep(1)
        await studio.runner.submit(Answer("answer.1", WORDS))
        await asyncio.sleep(4)

    studio = played(scene)
    assert 2.9 < spoken_s(studio.sounds) < 3.1
    assert [why for ev, _, why in facts(studio) if ev == "say.cut"] == ["replaced"]


def test_a_segment_that_ends_silences_its_own_words():
    async def scene(studio, aloud):
        await studio.runner.submit(Say(WORDS))
        await asyncio.sleep(1)
        await studio.runner.submit(TakeLive())
        await asyncio.sleep(0.1)
        assert not aloud.is_speaking

    played(scene)


def test_a_slow_voice_is_waited_for_though_reading_would_be_over():
    async def scene(studio, aloud):
        await studio.runner.submit(Say(WORDS))
        await asyncio.sleep(9)

    studio = played(scene, speech=FakeSpeech(seconds=2, after_s=5))
    assert 1.9 < spoken_s(studio.sounds) < 2.1
    (end,) = [one for one in studio.facts if one.ev == "say.end"]
    assert 7000 <= end.ms <= 7200


def test_without_a_voice_the_words_are_read_for_their_time(caplog):
    mute, broken = FakeSpeech(), FakeSpeech()
    mute.is_mute, broken.fault = True, "no voice speaks zh"

    async def scene(studio, aloud):
        await studio.runner.submit(Say({"zh": "汉" * 20}))
        await asyncio.sleep(5)

    for speech in (mute, broken):
        studio = played(scene, speech=speech)
        (end,) = [one for one in studio.facts if one.ev == "say.end"]
        assert end.ms == 4000
        assert spoken_s(studio.sounds) == 0
    assert caplog.text.count("not spoken: no voice speaks zh") == 1


def test_a_recorded_reply_is_played_in_the_place_of_a_voice(tmp_path):
    recording = tmp_path / "reply.opus"
    recording.write_bytes(b"sound")
    speech = FakeSpeech(seconds=2)
    speech.is_mute = True

    async def scene(studio, aloud):
        aloud.record("answer.1", recording)
        await studio.runner.submit(Answer("answer.1", WORDS))
        await asyncio.sleep(4)

    assert 1.9 < spoken_s(played(scene, speech=speech).sounds) < 2.1
    assert (speech.played, speech.asked) == ([recording], [])


def test_a_recorded_reply_that_does_not_play_is_spoken(tmp_path, caplog):
    speech = FakeSpeech(seconds=2)

    async def scene(studio, aloud):
        aloud.record("answer.1", tmp_path / "gone.opus")
        await studio.runner.submit(Answer("answer.1", WORDS, "zh"))
        await asyncio.sleep(4)

    assert 1.9 < spoken_s(played(scene, speech=speech).sounds) < 2.1
    assert speech.asked == [(WORDS["zh"], "zh")]
    assert "not played but spoken" in caplog.text


def test_a_recording_belongs_to_one_line(tmp_path):
    speech = FakeSpeech(seconds=1)

    async def scene(studio, aloud):
        aloud.record("answer.1", tmp_path / "reply.opus")
        await studio.runner.submit(Answer("answer.2", WORDS, "en"))
        await asyncio.sleep(3)

    played(scene, speech=speech)
    assert (speech.played, len(speech.asked)) == ([], 1)
