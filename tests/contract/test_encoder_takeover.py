"""A board's encoder fails in the middle of the show, and the show goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from node.channels import Fanout, Reader
from node.config import EncoderConfig
from node.encode import encoder, probe
from node.encode.encoder import VideoEncoder
from node.encode.headroom import moving_pictures
from node.media import AccessUnit, Frame, Pts90k, Rendition, Size
from tests.fakes.m2m_driver import SimulatedM2m

RENDITION = Rendition(Size(160, 96), 30, 300)
CFG = EncoderConfig(preset="ultrafast")
ASKED = EncoderConfig(kind="v4l2m2m", preset="ultrafast")
PICTURES = moving_pictures(RENDITION.size)
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no encoder that hangs, or that is too slow in its trial."""
    for limit in ("STALL_S", "OPENING_S", "CLOSING_S"):
        monkeypatch.setattr(encoder, limit, 60.0)
    monkeypatch.setattr(encoder, "FORGIVEN_S", 3600.0)
    monkeypatch.setattr(probe, "time", SimpleNamespace(perf_counter=lambda: 0.0))


class Show:
    """A program that never stops, its encoder, and a viewer."""

    def __init__(self, kernel: SimulatedM2m, root: Path, cfg: EncoderConfig) -> None:
        self.kernel = kernel
        self.frames = Fanout[Frame](size=12)
        self.units = Fanout[AccessUnit](size=500, resume_at=lambda unit: unit.is_idr)
        self.encoder = VideoEncoder(
            cfg, RENDITION, source=self.frames, out=self.units,
            make=lambda: probe.choose(cfg, RENDITION, root=root, kernel=kernel),
            stand_in=lambda why: probe.software(cfg, RENDITION, why),
        )  # fmt: skip

    async def play(self) -> None:
        number = 0
        while True:
            pixels = PICTURES[number % len(PICTURES)]
            self.frames.put(Frame(Pts90k(number * 3000), number / 30, pixels))
            number += 1
            await asyncio.sleep(1 / 30)


@asynccontextmanager
async def on_air(
    kernel: SimulatedM2m, root: Path, cfg: EncoderConfig = CFG
) -> AsyncIterator[tuple[Show, Reader[AccessUnit]]]:
    show = Show(kernel, root, cfg)
    is_ready = asyncio.Event()
    with show.units.subscribe() as reader:
        tasks = [asyncio.create_task(show.encoder.run(is_ready.set))]
        await is_ready.wait()
        tasks.append(asyncio.create_task(show.play()))
        try:
            yield show, reader
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def seen_until(show: Show, reader: Reader[AccessUnit], name: str) -> list[AccessUnit]:
    """What the viewer gets until an encoder of this name has encoded ten pictures more."""
    units: list[AccessUnit] = []
    since = 0
    while since < 10:
        units.append(await reader.get())
        since += show.encoder.report.name.startswith(name)
    return units


@pytest.mark.parametrize("fault", ["stalls", "garbage"])
async def test_libx264_goes_on_where_the_boards_encoder_ends(fault: str, tmp_path: Path):
    kernel = SimulatedM2m()
    async with on_air(kernel, tmp_path) as (show, reader):
        before = await seen_until(show, reader, "v4l2m2m")
        setattr(kernel, fault, 1000)
        after = await seen_until(show, reader, "libx264")
        report = show.encoder.report
    assert all(earlier.pts < later.pts for earlier, later in pairwise(before + after))
    assert sum(unit.is_idr for unit in before) == 1
    assert any(unit.is_idr for unit in after)
    assert report.name == "libx264/ultrafast"
    assert "not by the board: v4l2m2m//dev/video11: " in report.why
    assert kernel.open_devices == 0


async def test_an_encoder_that_was_asked_for_and_fails_for_good_is_stood_in_for(tmp_path: Path):
    kernel = SimulatedM2m()
    async with on_air(kernel, tmp_path, ASKED) as (show, reader):
        await seen_until(show, reader, "v4l2m2m")
        assert not show.encoder.report.stands_in
        kernel.garbage = 1000
        after = await seen_until(show, reader, "libx264")
        report = show.encoder.report
    assert any(unit.is_idr for unit in after)
    assert report.stands_in
    assert "encoder.kind asked for v4l2m2m, which failed twice: " in report.why


async def test_an_encoder_that_was_asked_for_and_is_not_there_holds_no_show_up(tmp_path: Path):
    kernel = SimulatedM2m()
    kernel.busy = 1000
    async with on_air(kernel, tmp_path, ASKED) as (show, reader):
        units = await seen_until(show, reader, "libx264")
        report = show.encoder.report
    assert units[0].is_idr
    assert report.stands_in
    assert "busy: another program encodes (EBUSY)" in report.why


def test_by_itself_the_encoder_stands_in_for_all_but_libx264():
    for kind, has_other in (
        ("auto", True),
        ("v4l2m2m", True),
        ("gstreamer", True),
        ("libx264", False),
    ):
        one = VideoEncoder(
            EncoderConfig(kind=kind), RENDITION, source=Fanout(size=1), out=Fanout(size=1)
        )
        assert (one._stand_in is not None) == has_other


async def test_a_boards_encoder_that_comes_back_is_used_again(tmp_path: Path):
    kernel = SimulatedM2m()
    async with on_air(kernel, tmp_path) as (show, reader):
        before = await seen_until(show, reader, "v4l2m2m")
        opened, kernel.garbage = kernel.opened, 1
        while kernel.opened == opened:
            before.append(await reader.get())
        units = before + await seen_until(show, reader, "v4l2m2m")
    assert all(earlier.pts < later.pts for earlier, later in pairwise(units))
    assert sum(unit.is_idr for unit in units) == 2
