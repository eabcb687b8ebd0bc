"""The audio encoder: packets of exactly 20 ms, in their place."""

import asyncio
from itertools import pairwise

import av
import numpy as np
import pytest

from node.channels import Fanout
from node.encode.opus import STEP, AudioEncoder, OpusCodec
from node.media import AudioChunk, OpusPacket, Samples

LOOKAHEAD = 312
TICK = 1600


def sound(count: int, seed: int = 1) -> Samples:
    """Soft noise over a chord; float32 [count, 2]."""
    time = np.arange(count) / 48_000
    chord = sum(0.1 * np.sin(2 * np.pi * hertz * time) for hertz in (220, 277, 330))
    noise = 0.02 * np.random.default_rng(seed).standard_normal((count, 2))
    return (np.asarray(chord)[:, None] + noise).astype(np.float32)


def chunks(samples: Samples, at: int = 0) -> list[AudioChunk]:
    return [
        AudioChunk(at + start, (at + start) / 48_000, samples[start : start + TICK])
        for start in range(0, len(samples), TICK)
    ]


def encoded(pieces: list[AudioChunk], codec: OpusCodec | None = None) -> list[OpusPacket]:
    codec = codec or OpusCodec()
    return [packet for piece in pieces for packet in codec.encode(piece)]


def decoded(packets: list[OpusPacket]) -> Samples:
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout = 48_000, "stereo"
    pieces = [
        frame.to_ndarray().reshape(-1, 2)
        for packet in packets
        for frame in decoder.decode(av.Packet(packet.payload))
    ]
    return np.concatenate(pieces).astype(np.float32) / 32_768


def test_packets_are_exactly_960_samples_apart():
    packets = encoded(chunks(sound(48_000)))
    assert len(packets) == 50
    assert {later.pts_48k - earlier.pts_48k for earlier, later in pairwise(packets)} == {STEP}


def test_a_packet_says_where_its_sound_belongs():
    original = sound(48_000)
    original[:20_000] = 0
    original[20_000:20_400] += 0.5  # a click
    original[20_400:] = 0
    packets = encoded(chunks(original, at=9600))
    heard = decoded(packets)
    at = int(np.abs(heard[:, 0]).argmax())
    place = packets[0].pts_48k + at
    assert packets[0].pts_48k == 9600 - LOOKAHEAD
    assert 29_600 - 24 <= place <= 30_000 + 24  # half a millisecond round the click


def test_captured_time_follows_the_time_stamp():
    packets = encoded(chunks(sound(48_000)))
    assert all(p.captured_s == pytest.approx(p.pts_48k / 48_000, abs=1e-6) for p in packets)


def test_packets_are_stereo_hybrid_so_that_music_and_repair_both_work():
    packets = encoded(chunks(sound(96_000)))[10:]
    modes = {packet.payload[0] >> 3 for packet in packets}
    assert modes <= {12, 13, 14, 15}  # hybrid, 10 or 20 ms (RFC 6716 table 2)
    assert all(packet.payload[0] & 0x04 for packet in packets)
    assert 48 < sum(len(p.payload) for p in packets) * 8 / len(packets) / 20 < 80


def test_a_gap_is_filled_with_silence_and_counted():
    codec = OpusCodec()
    pieces = chunks(sound(48_000))
    del pieces[10:13]
    packets = encoded(pieces, codec)
    assert codec.filled == 3 * TICK
    assert {later.pts_48k - earlier.pts_48k for earlier, later in pairwise(packets)} == {STEP}
    assert len(packets) == 50


def test_sound_that_came_already_is_cut():
    codec = OpusCodec()
    samples = sound(9600)
    pieces = [AudioChunk(0, 0.0, samples[:4800]), AudioChunk(3200, 0.0, samples[3200:])]
    packets = encoded(pieces, codec)
    assert [packet.pts_48k + LOOKAHEAD for packet in packets] == [n * STEP for n in range(10)]
    assert codec.filled == 0


def test_after_a_long_gap_the_time_stamps_jump():
    codec = OpusCodec()
    encoded(chunks(sound(9600)), codec)
    later = encoded(chunks(sound(9600), at=480_000), codec)
    assert later[-1].pts_48k > 480_000
    assert codec.filled == 0


async def test_the_component_passes_packets_on():
    source, out = Fanout[AudioChunk](size=50), Fanout[OpusPacket](size=150)
    part = AudioEncoder(source=source, out=out)
    ready = asyncio.Event()
    with out.subscribe() as reader:
        task = asyncio.create_task(part.run(ready.set))
        await ready.wait()
        for piece in chunks(sound(9600)):
            source.put(piece)
        packets = [await reader.get() for _ in range(10)]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert [packet.pts_48k + LOOKAHEAD for packet in packets] == [n * STEP for n in range(10)]
    assert source.readers == 0
