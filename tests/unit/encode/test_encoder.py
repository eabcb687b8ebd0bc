"""The video encoder component, with a codec of wood: units, IDRs, bit rate, its report."""

import asyncio

import pytest

from node.encode import encoder
from tests.fakes.wooden_codec import WoodenCodec, running


async def test_each_frame_becomes_a_unit_with_its_time_stamp():
    async with running(WoodenCodec()) as (chain, reader):
        units = [await chain.encode(reader) for _ in range(3)]
    assert [unit.pts for unit in units] == [0, 3000, 6000]
    assert [unit.is_idr for unit in units] == [True, False, False]


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


async def test_the_report_measures_the_last_seconds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(encoder, "REPORT_WINDOW_S", 100.0)  # ten pictures fit in, however slow
    async with running(WoodenCodec(size=10_000)) as (chain, reader):
        for _ in range(10):
            await chain.encode(reader)
        report = chain.encoder.report
    assert report.bitrate_kbps == 8
    assert (report.name, report.why, report.frames) == ("wood", "a test", 10)
