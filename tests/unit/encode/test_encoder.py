"""The video encoder component, with a codec of wood."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from node.channels import Fanout, Reader, State
from node.config import EncoderConfig
from node.encode import encoder
from node.encode.codec import Relief, Sparing
from node.encode.encoder import EncoderReport, VideoEncoder
from node.errors import DeviceError
from node.media import AccessUnit, Frame, Pts90k, Rendition, Size, black

SIZE = Size(16, 16)
RENDITION = Rendition(SIZE, 30, 500)


class WoodenCodec:
    """Answers each frame with `size` bytes; `hang` blocks it, `fault` makes it fail."""

    name = "wood"
    why = "a test"

    def __init__(self, *, size: int = 100) -> None:
        self.size = size
        self.forced: list[int] = []
        self.kbps: list[int] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.fault = False
        self.is_new = True
        self.eased = 0
        self.closed = 0
        self.takes_s: list[float] = []
        self.clock_s = 0.0

    def encode(self, frame: Frame, force_idr: bool) -> list[AccessUnit]:  # noqa: FBT001
        self.go_on.wait(60)
        self.clock_s += self.takes_s.pop(0) if self.takes_s else 0.005
        if self.fault:
            raise DeviceError("wood: broken")
        if force_idr:
            self.forced.append(frame.pts)
        is_idr, self.is_new = force_idr or self.is_new, False
        return [AccessUnit(frame.pts, frame.captured_s, is_idr, bytes(self.size))]

    def set_bitrate(self, kbps: int) -> None:
        self.kbps.append(kbps)

    def ease(self) -> bool:
        if self.name == "soft wood":
            return False
        self.eased += 1
        self.name = "soft wood"
        return True

    def restore(self) -> None:
        self.name = "wood"

    def close(self) -> None:
        self.is_new = True
        self.closed += 1


class Chain:
    """An encoder between two fan-outs."""

    def __init__(
        self,
        make: Callable[[], WoodenCodec],
        stand_in: Callable[[str], WoodenCodec] | None = None,
    ) -> None:
        self.sparing = State(Sparing())
        self.clock: Callable[[], float] = time.perf_counter
        self.frames = Fanout[Frame](size=12)
        units = Fanout[AccessUnit](size=90, resume_at=lambda unit: unit.is_idr)
        self.encoder = VideoEncoder(
            EncoderConfig(), RENDITION, source=self.frames, out=units,
            make=make, stand_in=stand_in, sparing=self.sparing,
            clock=lambda: self.clock(),
        )  # fmt: skip
        self.units = units
        self.number = 0
        self.ready = asyncio.Event()

    async def encode(self, reader: Reader[AccessUnit]) -> AccessUnit:
        self.put()
        return await reader.get()

    def put(self) -> None:
        pts = Pts90k(self.number * 3000)
        self.number += 1
        self.frames.put(Frame(pts, 0.0, black(SIZE)))


@asynccontextmanager
async def running(
    *codecs: WoodenCodec, stand_in: Callable[[str], WoodenCodec] | None = None
) -> AsyncIterator[tuple[Chain, Reader[AccessUnit]]]:
    made = iter(codecs)
    chain = Chain(lambda: next(made), stand_in)
    with chain.units.subscribe() as reader:
        task = asyncio.create_task(chain.encoder.run(chain.ready.set))
        await chain.ready.wait()
        try:
            yield chain, reader
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_each_frame_becomes_a_unit_with_its_time_stamp():
    async with running(WoodenCodec()) as (chain, reader):
        units = [await chain.encode(reader) for _ in range(3)]
    assert [unit.pts for unit in units] == [0, 3000, 6000]
    assert [unit.is_idr for unit in units] == [True, False, False]


async def after_ten_at_once(codec: WoodenCodec, takes_s: list[float]) -> EncoderReport:
    """What the encoder tells once it has worked off ten pictures that came together."""
    codec.takes_s = takes_s
    async with running(codec) as (chain, reader):
        chain.clock = lambda: codec.clock_s
        codec.go_on.clear()
        for _ in range(10):
            chain.put()
        codec.go_on.set()
        units = [await reader.get() for _ in range(10)]
        report = chain.encoder.report
    assert len(units) == 10
    return report


async def test_an_encoder_that_falls_behind_spends_less_on_each_picture(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(encoder, "EASE_INTERVAL_S", 3600.0)
    codec = WoodenCodec()
    report = await after_ten_at_once(codec, [0.04] * 10)
    assert (codec.eased, report.name, report.missed) == (1, "soft wood", 0)


@pytest.mark.parametrize("first_s", [0.02, 0.6], ids=["the program's", "the codec's own"])
async def test_pictures_that_come_together_after_a_stall_are_no_reason_to_spend_less(
    first_s: float, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(encoder, "EASE_INTERVAL_S", 0.0)
    codec = WoodenCodec()
    report = await after_ten_at_once(codec, [first_s, *[0.02] * 9])
    assert (codec.eased, report.name) == (0, "wood")


async def test_an_encoder_in_time_is_left_as_it_is():
    codec = WoodenCodec()
    async with running(codec) as (chain, reader):
        for _ in range(20):
            await chain.encode(reader)
    assert codec.eased == 0


async def test_requests_for_an_idr_are_answered_once():
    codec = WoodenCodec()
    async with running(codec) as (chain, reader):
        await chain.encode(reader)
        for _ in range(5):
            chain.encoder.request_idr()
        await chain.encode(reader)
        await chain.encode(reader)
        report = chain.encoder.report
    assert codec.forced == [3000]
    assert (report.idr_requested, report.idr_forced) == (5, 1)


async def test_forced_idrs_keep_their_distance(monkeypatch: pytest.MonkeyPatch):
    codec = WoodenCodec()
    monkeypatch.setattr(encoder, "IDR_INTERVAL_S", 3600.0)
    async with running(codec) as (chain, reader):
        chain.encoder.request_idr()
        await chain.encode(reader)
        chain.encoder.request_idr()
        await chain.encode(reader)
        monkeypatch.setattr(encoder, "IDR_INTERVAL_S", 0.0)
        await chain.encode(reader)
    assert codec.forced == [0, 6000]


async def test_the_bit_rate_reaches_the_codec_before_the_next_frame():
    codec = WoodenCodec()
    async with running(codec) as (chain, reader):
        chain.encoder.set_bitrate(300)
        await chain.encode(reader)
        await chain.encode(reader)
    assert codec.kbps == [300]


async def test_frames_that_no_one_took_in_time_are_counted():
    codec = WoodenCodec()
    codec.go_on.clear()
    async with running(codec) as (chain, reader):
        for _ in range(16):
            chain.put()
            await asyncio.sleep(0)
        codec.go_on.set()
        first = await reader.get()
        report = chain.encoder.report
    assert first.pts == 0
    assert report.missed == 3


async def test_a_codec_that_fails_is_opened_anew_once():
    first, second = WoodenCodec(), WoodenCodec()
    async with running(first, second) as (chain, reader):
        await chain.encode(reader)
        first.fault = True
        chain.ready.clear()
        chain.put()
        await chain.ready.wait()
        unit = await chain.encode(reader)
    assert unit.is_idr
    assert second.kbps == [500]


async def test_a_second_failure_within_a_minute_is_fatal():
    broken = WoodenCodec()
    broken.fault = True
    chain = Chain(lambda: broken)
    task = asyncio.create_task(chain.encoder.run(chain.ready.set))
    for _ in range(2):
        await chain.ready.wait()
        chain.ready.clear()
        chain.put()
    with pytest.raises(DeviceError, match="wood: broken"):
        await task


async def test_a_codec_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(encoder, "STALL_S", 0.05)
    hanging, second = WoodenCodec(), WoodenCodec()
    async with running(hanging, second) as (chain, reader):
        hanging.go_on.clear()
        chain.ready.clear()
        chain.put()
        await chain.ready.wait()
        monkeypatch.setattr(encoder, "STALL_S", 60.0)  # the second one shall not seem to hang
        unit = await chain.encode(reader)
        hanging.go_on.set()
    assert unit.is_idr


async def test_a_codec_that_hangs_over_a_new_bit_rate_is_left_behind(
    monkeypatch: pytest.MonkeyPatch,
):
    class Stubborn(WoodenCodec):
        def set_bitrate(self, kbps: int) -> None:
            self.go_on.wait(60)
            super().set_bitrate(kbps)

    monkeypatch.setattr(encoder, "STALL_S", 0.05)
    hanging, second = Stubborn(), WoodenCodec()
    async with running(hanging, second) as (chain, reader):
        hanging.go_on.clear()
        chain.ready.clear()
        chain.encoder.set_bitrate(500)
        chain.put()
        await chain.ready.wait()
        monkeypatch.setattr(encoder, "STALL_S", 60.0)  # the second one shall not seem to hang
        unit = await chain.encode(reader)
        hanging.go_on.set()
    assert unit.is_idr


async def test_a_codec_that_cannot_be_opened_is_fatal_the_second_time():
    def refuse() -> WoodenCodec:
        raise DeviceError("libx264: no")

    chain = Chain(refuse)
    with pytest.raises(DeviceError, match="libx264: no"):
        await chain.encoder.run(chain.ready.set)


async def test_the_report_measures_the_last_seconds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(encoder, "REPORT_WINDOW_S", 100.0)  # ten pictures fit in, however slow
    async with running(WoodenCodec(size=10_000)) as (chain, reader):
        for _ in range(10):
            await chain.encode(reader)
        report = chain.encoder.report
    assert report.bitrate_kbps == 8
    assert (report.name, report.why, report.frames) == ("wood", "a test", 10)


async def test_a_codec_that_failed_gives_its_device_back_before_another_opens():
    first, second = WoodenCodec(), WoodenCodec()
    async with running(first, second) as (chain, reader):
        first.fault = True
        chain.ready.clear()
        chain.put()
        await chain.ready.wait()
        assert first.closed == 1
        await chain.encode(reader)


async def test_a_codec_that_hangs_while_it_opens_is_left_behind(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(encoder, "OPENING_S", 0.05)
    go_on = threading.Event()
    reasons: list[str] = []
    late: list[WoodenCodec] = []
    other = WoodenCodec()

    def hang() -> WoodenCodec:
        go_on.wait(60)
        late.append(WoodenCodec())
        return late[-1]

    def stand_in(why: str) -> WoodenCodec:
        monkeypatch.setattr(encoder, "OPENING_S", 60.0)
        reasons.append(why)
        return other

    chain = Chain(hang, stand_in)
    task = asyncio.create_task(chain.encoder.run(chain.ready.set))
    await chain.ready.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    go_on.set()
    assert reasons == ["encoder: not opened within 0.05 s"]
    while len(late) < 2 or not all(codec.closed for codec in late):  # devices are given back
        await asyncio.to_thread(lambda: None)


async def test_libx264_takes_over_from_a_boards_encoder_that_fails_twice():
    first, second, other = WoodenCodec(), WoodenCodec(), WoodenCodec()
    other.name = "stone"
    reasons: list[str] = []

    def stand_in(why: str) -> WoodenCodec:
        reasons.append(why)
        return other

    async with running(first, second, stand_in=stand_in) as (chain, reader):
        for broken in (first, second):
            broken.fault = True
            chain.ready.clear()
            chain.put()
            await chain.ready.wait()
        unit = await chain.encode(reader)
        report = chain.encoder.report
    assert reasons == ["wood: broken"]
    assert unit.is_idr
    assert report.name == "stone"
    assert report.stands_in
    assert (first.closed, second.closed) == (1, 1)


async def test_what_took_over_may_fail_once_and_no_more():
    made: list[WoodenCodec] = []

    def make(_why: str = "") -> WoodenCodec:
        made.append(WoodenCodec())
        made[-1].fault = True
        return made[-1]

    chain = Chain(make, make)
    task = asyncio.create_task(chain.encoder.run(chain.ready.set))
    for _ in range(4):
        await chain.ready.wait()
        chain.ready.clear()
        chain.put()
    with pytest.raises(DeviceError, match="wood: broken"):
        await task
    assert len(made) == 4


async def test_spared_it_encodes_more_cheaply_then_with_fewer_bits_then_every_second_picture():
    codec = WoodenCodec()
    async with running(codec) as (chain, reader):
        chain.sparing.set(Sparing(Relief.CHEAPER_PICTURES, "78 °C"))
        await chain.encode(reader)
        assert (codec.eased, codec.kbps) == (1, [])
        chain.sparing.set(Sparing(Relief.LOWER_BITRATE, "78 °C"))
        await chain.encode(reader)
        assert codec.kbps == [300]
        chain.sparing.set(Sparing(Relief.FEWER_PICTURES, "78 °C"))
        for _ in range(8):
            chain.put()
        units = [await reader.get() for _ in range(4)]
        assert [unit.pts // 3000 for unit in units] == [3, 5, 7, 9]
        assert chain.encoder.report.why == (
            "a test; cheapest pictures, lower bit rate, every second one: 78 °C"
        )


async def test_restored_it_spends_what_it_did_before():
    codec = WoodenCodec()
    async with running(codec) as (chain, reader):
        chain.sparing.set(Sparing(Relief.LOWER_BITRATE, "78 °C"))
        await chain.encode(reader)
        assert codec.name == "soft wood"
        chain.sparing.set(Sparing(Relief.NONE, "78 °C"))
        await chain.encode(reader)
        report = chain.encoder.report
    assert codec.kbps == [300, 500]
    assert (report.name, report.why) == ("wood", "a test")


async def test_a_codec_opened_anew_is_spared_as_the_one_before():
    first, second = WoodenCodec(), WoodenCodec()
    async with running(first, second) as (chain, reader):
        chain.sparing.set(Sparing(Relief.LOWER_BITRATE, "78 °C"))
        await chain.encode(reader)
        first.fault = True
        chain.ready.clear()
        chain.put()
        await chain.ready.wait()
        await chain.encode(reader)
    assert (second.eased, second.kbps) == (1, [300])
