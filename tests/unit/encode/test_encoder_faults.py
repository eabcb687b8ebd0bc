"""Codecs that fail, hang or cannot be opened: opened anew, left behind, replaced, or fatal."""

import asyncio
import threading

import pytest

from node.encode import encoder
from node.encode.encoder import VideoEncoder
from node.errors import DeviceError
from node.media import AccessUnit, Frame
from tests.fakes.wooden_codec import Chain, WoodenCodec, running


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


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STALL_S", "CLOSING_S"):
        monkeypatch.setattr(encoder, name, 0.05)


async def test_a_codec_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch):
    impatient(monkeypatch)
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

    impatient(monkeypatch)
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


async def test_a_codec_that_answers_while_the_loop_stands_still_does_not_hang(
    monkeypatch: pytest.MonkeyPatch,
):
    class Noting(WoodenCodec):
        began = threading.Event()

        def encode(self, frame: Frame, force_idr: bool) -> list[AccessUnit]:  # noqa: FBT001
            self.began.set()
            return super().encode(frame, force_idr)

    loop, told, codec = asyncio.get_running_loop(), threading.Event(), Noting()
    call, now = loop.call_soon_threadsafe, loop.time

    def calling(*what: object) -> None:
        call(*what)
        told.set()

    async with running(codec) as (chain, reader):
        codec.go_on.clear()
        chain.put()
        while not codec.began.is_set():  # noqa: ASYNC110  # set in a thread
            await asyncio.sleep(0)
        monkeypatch.setattr(loop, "call_soon_threadsafe", calling)
        codec.go_on.set()
        assert told.wait(60)  # the loop stands still until the codec has answered, and longer
        monkeypatch.setattr(loop, "time", lambda: now() + 2 * encoder.STALL_S)
        assert (await reader.get()).pts == 0
        assert codec.closed == 0


async def test_a_codec_that_cannot_be_opened_is_fatal_the_second_time():
    def refuse() -> WoodenCodec:
        raise DeviceError("libx264: no")

    chain = Chain(refuse)
    with pytest.raises(DeviceError, match="libx264: no"):
        await chain.encoder.run(chain.ready.set)


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
        reasons.append(why)
        return other

    def forgiven(self: VideoEncoder, error: DeviceError, now: float) -> None:
        forgive(self, error, now)
        if self.report.stands_in:  # from here on nothing shall seem to hang
            monkeypatch.setattr(encoder, "OPENING_S", 60.0)

    forgive = VideoEncoder._forgive
    monkeypatch.setattr(VideoEncoder, "_forgive", forgiven)
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
