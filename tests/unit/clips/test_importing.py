"""Import: a clip's facts, its loudness and gain, warnings, and the file that remembers them."""

import json
from fractions import Fraction

import numpy as np
import pytest

from node.clips import importing
from node.clips.facts import FactsCache
from node.clips.importing import examine
from node.clips.loudness import Loudness, LoudnessMeter, levelling_gain_db
from node.errors import AssetError
from node.media import Size
from tests.fakes.audience import watch
from tests.unit.clips.conftest import SIZE
from tests.unit.clips.test_damage import cut


def facts_of(path, **options):
    return examine(path, size=SIZE, fps=30, **options)


def tone(peak: float, seconds: float, hz: float = 997.0) -> np.ndarray:
    wave = peak * np.sin(2 * np.pi * hz * np.arange(round(seconds * 48_000)) / 48_000)
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


@pytest.mark.parametrize("fps", [25, 30])
@pytest.mark.parametrize("name", ["clip.mp4", "clip.ts", "clip.mkv"])
async def test_the_frames_counted_are_the_frames_played(make, playing, name, fps):
    path = make(name, seconds=1.37)
    async with playing(path, fps=fps) as player:
        seen = await watch(player)
    facts = examine(path, size=SIZE, fps=fps)
    assert facts.frames == len(seen.numbers)
    assert facts.duration_s == pytest.approx(41 / 30, abs=0.01)


def test_the_facts_tell_the_clips_form(make):
    facts = facts_of(make(width=160, height=90, degrees=90, fps=Fraction(25)))
    assert facts.size == Size(160, 90)
    assert facts.rotation == 90
    assert facts.codec == "h264"
    assert facts.source_fps == 25.0
    assert facts.has_audio


@pytest.mark.parametrize("peak_db", [-6.0, -20.0])
def test_a_tone_is_measured_and_its_gain_reaches_the_target(make, peak_db):
    path = make("clip.mkv", audio="pcm_s16le", level=0.0, hum=10 ** (peak_db / 20), seconds=3.0)
    facts = facts_of(path)
    assert facts.loudness_lufs == pytest.approx(peak_db, abs=0.3)
    assert facts.true_peak_dbtp == pytest.approx(peak_db, abs=0.3)
    assert facts.gain_db == pytest.approx(-16 - facts.loudness_lufs, abs=0.02)
    assert facts_of(path, target_lufs=-23.0).gain_db == pytest.approx(facts.gain_db - 7, abs=0.02)


def test_the_meter_agrees_with_the_reference_tone():
    """EBU Tech 3341, case 1: a stereo 1 kHz tone at -23 dBFS is -23 LUFS."""
    meter = LoudnessMeter()
    meter.feed(tone(10 ** (-23 / 20), 20, hz=1000))
    assert meter.result().integrated_lufs == pytest.approx(-23, abs=0.1)


def test_silence_has_no_loudness_and_no_gain(make):
    facts = facts_of(make("clip.mkv", audio="pcm_s16le", level=0.0))
    assert facts.loudness_lufs is None
    assert facts.gain_db == 0.0
    assert facts.warnings == ("its sound is silent",)


def test_a_clip_without_sound_has_no_gain_and_no_warning_of_it(make):
    facts = facts_of(make(audio=None))
    assert not facts.has_audio
    assert facts.gain_db == 0.0
    assert facts.warnings == ()


@pytest.mark.parametrize(
    ("lufs", "peak", "gain"),
    [
        (-23.0, -6.0, 7.0),
        (-10.0, 0.0, -6.0),
        (-30.0, -2.0, 7.0),  # its peak may rise to +5: 6 dB of limiting below -1
        (-50.0, -40.0, 20.0),
    ],
)
def test_the_gain_leaves_the_limiter_no_more_than_it_can_do(lufs, peak, gain):
    assert levelling_gain_db(Loudness(lufs, peak), -16.0) == pytest.approx(gain)


@pytest.mark.parametrize(
    ("loudness", "words"),
    [
        (Loudness(-30.0, -2.0), "-23.0 LUFS, not -16.0: its peaks leave no room"),
        (Loudness(-50.0, -40.0), "-30.0 LUFS, not -16.0: too quiet"),
    ],
)
def test_a_clip_that_cannot_be_levelled_is_warned_of(make, monkeypatch, loudness, words):
    monkeypatch.setattr(LoudnessMeter, "result", lambda _: loudness)
    assert facts_of(make()).warnings == (f"is levelled to {words}",)


def test_sound_beyond_the_picture_is_warned_of(make):
    facts = facts_of(make("clip.mkv", audio="pcm_s16le", audio_seconds=4.0))
    assert "its sound runs 2.0 s beyond its picture: cut" in facts.warnings


def test_a_small_clip_is_warned_of(make):
    facts = examine(make(), size=Size(1280, 720), fps=30)
    assert any("320x180 is small" in warning for warning in facts.warnings)


def test_a_cut_off_clip_is_warned_of(make):
    path = make("clip.mkv", seconds=4.0)
    cut(path, 0.6)
    facts = facts_of(path)
    assert any("though its head says 4.0 s" in warning for warning in facts.warnings)
    assert facts.frames < 100


def test_progress_rises_to_one(make):
    told: list[float] = []
    facts_of(make(), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 20


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(AssetError, match=r"gone\.mp4: no such file"):
        facts_of(tmp_path / "gone.mp4")


def test_facts_are_remembered_until_the_file_changes(make, tmp_path, monkeypatch):
    cache = tmp_path / "state" / "clips.json"
    path = make()
    first = facts_of(path, cache=cache)
    measured: list[object] = []
    original = importing._measure
    monkeypatch.setattr(importing, "_measure", lambda *a: measured.append(a) or original(*a))
    assert facts_of(path, cache=cache) == first
    assert measured == []
    make(seconds=1.0)
    assert facts_of(path, cache=cache).frames == 30
    assert examine(path, size=SIZE, fps=25, cache=cache).frames == 25
    assert len(measured) == 2


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b'{"version": 1, "clips": {"a": 3}}', b"[]"]
)
def test_a_damaged_memory_is_warned_of_and_replaced(make, tmp_path, caplog, content):
    cache = tmp_path / "clips.json"
    cache.write_bytes(content)
    path = make()
    facts_of(path, cache=cache)
    assert "measured anew" in caplog.text
    assert str(path) in json.loads(cache.read_text())["clips"]


def test_the_memory_of_another_version_is_not_believed(make, tmp_path):
    cache = tmp_path / "clips.json"
    facts_of(make(), cache=cache)
    book = json.loads(cache.read_text())
    book["version"] = 999
    cache.write_text(json.dumps(book))
    assert FactsCache(cache)._read().clips == {}


def test_a_memory_that_cannot_be_written_is_warned_of(make, tmp_path, caplog):
    (tmp_path / "blocked").write_text("a file where a folder should be")
    facts_of(make(), cache=tmp_path / "blocked" / "clips.json")
    assert "cannot be written" in caplog.text
