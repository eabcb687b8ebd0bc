"""What the encoder spends on a picture: less where it falls behind, less where it is spared."""

import pytest

from node.encode import encoder
from node.encode.codec import Relief, Sparing
from node.encode.encoder import EncoderReport
from tests.fakes.wooden_codec import WoodenCodec, running


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
