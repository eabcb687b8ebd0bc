"""Where a clip shows or says nothing, and what is remembered of it by content."""

import av
import numpy as np
import pytest

from node.catalog.hashes import HashBook
from node.catalog.inspection import Span
from node.clips.gaps import BlackMeter, SilenceMeter
from node.clips.inspecting import Inspections
from node.media import Size
from tests.fakes.clip_factory import ClipSpec, write_clip


def picture(luma: int) -> av.VideoFrame:
    plane = np.full((90 * 3 // 2, 160), 128, np.uint8)
    plane[:90] = luma
    return av.VideoFrame.from_ndarray(plane, format="yuv420p")


@pytest.mark.parametrize(
    ("dark", "found"),
    [
        (range(30, 46), (Span(1.0, 1.533),)),
        (range(30, 45), ()),  # half a second exactly
        (range(20), (Span(0.0, 0.667),)),
        (range(40, 60), (Span(1.333, 2.0),)),
        (range(60), (Span(0.0, 2.0),)),
        ((), ()),
    ],
)
def test_black_is_a_fault_from_half_a_second_on(dark, found):
    meter = BlackMeter()
    for number in range(60):
        meter.feed(number / 30, picture(16 if number in dark else 120))
    assert meter.result(1 / 30) == found


def test_a_picture_with_a_corner_lit_is_not_black():
    lit = picture(16).to_ndarray()
    lit[:20, :40] = 200
    meter = BlackMeter()
    for number in range(30):
        meter.feed(number / 30, av.VideoFrame.from_ndarray(lit, format="yuv420p"))
    assert meter.result(1 / 30) == ()


def sound(*parts: tuple[float, float]) -> np.ndarray:
    """Stretches of (seconds, peak), 48 kHz stereo."""
    return np.concatenate(
        [np.full((round(length * 48_000), 2), peak, np.float32) for length, peak in parts]
    )


@pytest.mark.parametrize("piece", [480, 1024, 48_000, 10**7])
@pytest.mark.parametrize(
    ("parts", "found"),
    [
        (((1, 0.1), (2.5, 0.0), (1, 0.1)), (Span(1.0, 3.5),)),
        (((1, 0.1), (1.9, 0.0), (1, 0.1)), ()),
        (((2.5, 0.0005), (1, 0.1)), (Span(0.0, 2.5),)),
        (((1, 0.1), (3, 0.0)), (Span(1.0, 4.0),)),
    ],
)
def test_silence_is_a_fault_from_two_seconds_on_however_it_is_fed(parts, found, piece):
    heard, step = sound(*parts), piece
    meter = SilenceMeter(origin=4800)
    for first in range(0, len(heard), step):
        meter.feed(4800 + first, heard[first : first + step])
    spans = meter.result(4800 + len(heard))
    assert [(round(one.start_s, 2), round(one.end_s, 2)) for one in spans] == [
        (one.start_s, one.end_s) for one in found
    ]


@pytest.fixture
def inspections(tmp_path):
    def make():
        return Inspections(
            HashBook(tmp_path / "hashes.json"),
            tmp_path / "inspections.json",
            size=Size(320, 180),
            fps=30,
        )

    return make


def test_a_clip_is_looked_through_once_whatever_its_name(inspections, tmp_path, monkeypatch):
    path = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=1.0))
    found = inspections().inspect(path)
    assert (found.frames, found.fps, found.fault) == (30, 30.0, "")
    monkeypatch.setattr("node.clips.inspecting.examine", None)  # must not be asked again
    path.rename(tmp_path / "b.mp4")
    assert inspections().known(tmp_path / "b.mp4") is None
    assert inspections().inspect(tmp_path / "b.mp4") == found
    assert inspections().known(tmp_path / "b.mp4") == found


def test_a_clip_without_sound_is_silent_throughout(inspections, tmp_path):
    path = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=1.0, audio=None))
    assert inspections().inspect(path).silent == (Span(0.0, 1.0),)


@pytest.mark.parametrize("content", [b"", b"\0", b"junk" * 1000])
def test_what_is_no_clip_is_told_as_its_fault_and_not_remembered(inspections, tmp_path, content):
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    assert inspections().inspect(path).fault
    assert inspections().known(path) is None


@pytest.mark.parametrize("content", [b"", b"{", b'{"version": 1, "clips": 3}', b'{"version":9}'])
def test_a_damaged_memory_is_no_memory(inspections, tmp_path, content):
    path = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=0.5))
    (tmp_path / "inspections.json").write_bytes(content)
    (tmp_path / "hashes.json").write_bytes(content)
    assert inspections().inspect(path).frames == 15
    assert inspections().known(path) is not None


def test_progress_rises_to_one(inspections, tmp_path):
    told: list[float] = []
    inspections().inspect(write_clip(tmp_path / "a.mp4", ClipSpec(seconds=1.0)), told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
