"""The demo's assets: script, mouths, loudness, and the committed files against their manifest."""

import hashlib
import json
import tomllib
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tools.make_demo.loudness import measured
from tools.make_demo.manifest import decoded_sound
from tools.make_demo.mouth import mouths
from tools.make_demo.script import FPS, films, to_frame
from tools.make_demo.wave_shapes import RATE_HZ, band, noise, resampled

DEMO = Path(__file__).parents[3] / "node" / "demo"
CLIPS = ("ep1", "ep2", "agent_idle")
MANIFEST = json.loads((DEMO / "assets.json").read_text(encoding="utf-8"))
DAY = tomllib.loads((DEMO / "day.toml").read_text(encoding="utf-8"))


def segment(name):
    return next(one for one in DAY["segment"] if one["id"] == name)


def pictures(name, first, last):
    """Frames first..last of a clip as RGB arrays."""
    with av.open(str(DEMO / f"{name}.mp4")) as container:
        stream = container.streams.video[0]
        container.seek(round(first / FPS / stream.time_base), stream=stream)
        found = {}
        for frame in container.decode(stream):
            index = round(frame.pts * stream.time_base * FPS)
            if index > last:
                break
            found[index] = frame.to_ndarray(format="rgb24").astype(np.int16)
    return [found[index] for index in range(first, last + 1)]


def test_every_time_of_the_script_is_a_whole_frame():
    text = (DEMO.parents[1] / "tools/make_demo/script.toml").read_text(encoding="utf-8")
    for film in tomllib.loads(text).values():
        times = [one["at"] for one in film["shot"]] + [film["length"], film["climax"]]
        assert all(abs(at * FPS - to_frame(at)) < 1e-6 for at in times)


@pytest.mark.parametrize("name", CLIPS)
def test_shots_follow_each_other_without_a_gap(name):
    film = films()[name]
    assert film.shots[0].start == 0
    assert film.shots[-1].end == film.frames
    assert all(one.end == following.start for one, following in pairwise(film.shots))


def test_an_episode_is_cut_from_ten_shots_or_more():
    assert all(len(films()[name].shots) >= 10 for name in ("ep1", "ep2"))


@pytest.mark.parametrize(("name", "scene"), [("ep1", "reveal"), ("ep2", "oolong")])
def test_the_climax_is_the_first_frame_of_the_reveal(name, scene):
    film = films()[name]
    shot = film.shot_at(film.climax)
    assert (shot.scene, shot.start) == (scene, film.climax)


def test_nobody_speaks_over_another_and_somebody_asks_the_price():
    lines = films()["ep1"].lines
    assert all(one.at < following.at for one, following in pairwise(lines))
    assert 20 < next(line.at for line in lines if "多少钱" in line.zh) < 24


def test_a_mouth_is_closed_in_silence():
    assert {mouth.shape for mouth in mouths(np.zeros(RATE_HZ, np.float32))} == {"closed"}


def test_a_mouth_opens_with_the_voice_and_closes_after_it():
    time = np.arange(RATE_HZ) / RATE_HZ
    voice = (np.sin(2 * np.pi * 400 * time) * (abs(time - 0.5) < 0.2)).astype(np.float32)
    track = mouths(voice)
    assert track[2].shape == track[27].shape == "closed"
    assert max(mouth.open for mouth in track[10:20]) > 0.8


def test_a_dark_vowel_rounds_the_mouth_and_a_bright_one_spreads_it():
    rng = np.random.default_rng(1)
    dark, bright = band(noise(1, rng), 300, 700), band(noise(1, rng), 1500, 2600)
    assert mouths(dark)[15].shape == "round"
    assert mouths(bright)[15].shape == "wide"


def test_resampling_keeps_length_in_time_and_level():
    tone = np.sin(2 * np.pi * 440 * np.arange(24_000) / 24_000).astype(np.float32)
    again = resampled(tone, 24_000, 48_000)
    assert len(again) == 48_000
    assert np.abs(again).max() == pytest.approx(1, abs=0.01)


def test_the_meter_reads_what_the_standard_says():
    # EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS reads -23 LUFS.
    time = np.arange(5 * RATE_HZ) / RATE_HZ
    sine = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * time)
    loudness, peak = measured(np.stack([sine, sine], axis=1).astype(np.float32))
    assert loudness == pytest.approx(-23, abs=0.1)
    assert peak == pytest.approx(-23, abs=0.2)


def test_the_manifest_names_every_asset_by_its_hash():
    kinds = {".mp4", ".png", ".svg"}
    assets = [path for path in DEMO.rglob("*") if path.suffix in kinds]
    assert {path.relative_to(DEMO).as_posix() for path in assets} == set(MANIFEST["files"])
    for name, entry in MANIFEST["files"].items():
        raw = (DEMO / name).read_bytes()
        assert (entry["sha256"], entry["bytes"]) == (hashlib.sha256(raw).hexdigest(), len(raw))


def test_the_whole_demo_is_under_twelve_megabytes():
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) < 12_000_000


@pytest.mark.parametrize("name", CLIPS)
def test_a_clip_is_what_its_manifest_says(name):
    entry, film = MANIFEST["files"][f"{name}.mp4"], films()[name]
    with av.open(str(DEMO / f"{name}.mp4")) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        packets = [packet for packet in container.demux(video) if packet.size]
        context = video.codec_context
        assert (context.name, context.format.name) == ("h264", "yuv420p")
        assert (context.width, context.height) == (1280, 720)
        assert (audio.codec_context.name, audio.rate, audio.channels) == ("aac", 48_000, 2)
        assert (context.color_range, context.colorspace) == (1, 1)
        assert video.average_rate == Fraction(entry["fps"]) == FPS
        shown = sorted(packet.pts * video.time_base * FPS for packet in packets)
        assert shown == list(range(film.frames)) == list(range(entry["frames"]))
        idrs = [packet.pts * video.time_base for packet in packets if packet.is_keyframe]
    assert max(np.diff([*idrs, film.frames / FPS]).astype(float)) <= 1


@pytest.mark.parametrize("name", CLIPS)
def test_a_clip_is_levelled_for_broadcast(name):
    sound = decoded_sound(DEMO / f"{name}.mp4")
    loudness, peak = measured(sound)
    assert loudness == pytest.approx(-16, abs=1)
    assert peak <= -1
    assert len(sound) / RATE_HZ == pytest.approx(films()[name].frames / FPS, abs=0.05)


@pytest.mark.parametrize("name", ["ep1", "ep2"])
def test_the_cue_of_the_climax_is_on_the_cut_to_the_reveal(name):
    cues = [cue for cue in segment(name)["cue"] if cue.get("beat") == "climax"]
    minutes, seconds = cues[0]["at"].split(":")
    frame = round((60 * int(minutes) + float(seconds)) * FPS)
    assert frame == films()[name].climax
    before, last, first = pictures(name, frame - 2, frame)
    within, across = np.abs(last - before).mean(), np.abs(first - last).mean()
    assert across > 12 > 4 * within


@pytest.mark.parametrize("name", ["ep1", "ep2"])
def test_subtitles_step_aside_for_exactly_the_cards_of_the_rundown(name):
    shown = [cue for cue in segment(name)["cue"] if cue["do"] == "card.show"]
    starts = [60 * int(cue["at"][:2]) + float(cue["at"][3:]) for cue in shown]
    ends = [start + float(cue["for"][:-1]) for start, cue in zip(starts, shown, strict=True)]
    assert films()[name].cards == tuple(zip(starts, ends, strict=True))


def test_the_assistant_loops_without_a_seam():
    (first,) = pictures("agent_idle", 0, 0)
    (end,) = pictures("agent_idle", 239, 239)
    before, idr = pictures("agent_idle", 29, 30)
    # The last frame and the first are neighbours like any two at an IDR.
    assert np.abs(first - end).mean() < 1.5 * np.abs(idr - before).mean()


@pytest.mark.parametrize("name", CLIPS)
def test_the_rundown_gives_a_clip_its_own_length(name):
    asked = next(one for one in DAY["segment"] if one.get("asset") == f"{name}.mp4")["length"]
    minutes, seconds = asked.split(":")
    frames = round((60 * int(minutes) + float(seconds)) * FPS)
    assert frames % films()[name].frames == 0


def test_the_same_seed_gives_the_same_frames():
    pytest.importorskip("skia", reason="drawing anew needs the extra `demo`")
    from tools.make_demo.frames import frames  # noqa: PLC0415 - needs what may be absent

    film = films()["ep1"]
    first, again = (list(frames(film, {}, 7, range(420, 422))) for _ in range(2))
    assert all((one == other).all() for one, other in zip(first, again, strict=True))


def test_products_are_drawn_large_enough_to_sell():
    for name in ("p17", "p18", "p21"):
        with av.open(str(DEMO / "img" / f"{name}.png")) as container:
            context = container.streams.video[0].codec_context
            assert min(context.width, context.height) >= 800
