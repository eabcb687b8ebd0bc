"""The audio encoder: program sound in, one Opus packet for every 20 ms out.

Stereo, 64 kbit/s, `application=audio`: the program is drama with music, and what a phone plays
is also what the kiosk's two loudspeakers play. Loss protection needs SILK; with `fec=1` and
`packet_loss=10` libopus keeps to its hybrid mode (SILK below 8 kHz, CELT above) whatever the
application, so that the music is kept and the in-band repair works (tests read it off the
packets). A listener that wants mono decodes to mono.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.error import FFmpegError

from node.channels import Fanout
from node.errors import DeviceError
from node.media import SAMPLE_RATE_HZ, AudioChunk, OpusPacket, Samples

log = logging.getLogger(__name__)

STEP: Final = 960
"""Samples in a packet: 20 ms, exactly (media servers refuse others)."""
BITRATE: Final = 64_000
LONGEST_FILL: Final = SAMPLE_RATE_HZ
"""A gap up to a second is filled with silence; after a longer one the time stamps jump."""


class OpusCodec:
    """libopus fed with chunks of any length. Thread: one at a time, any.

    A packet's `pts_48k` is the place of its first decoded sample: libopus looks 312 samples
    ahead (6.5 ms, measured), so the first packet stands at -312. `filled` counts samples of
    silence that stood in for missing sound.
    """

    def __init__(self) -> None:
        self._codec: AudioCodecContext | None = None
        self._held = np.zeros((0, 2), np.float32)
        self._at = 0
        self._zero_s = 0.0
        self.filled = 0

    def encode(self, chunk: AudioChunk) -> list[OpusPacket]:
        """Encode a chunk; zero or more packets.

        Raises:
            DeviceError: libopus refuses.
        """
        samples = self._joined(chunk)
        self._zero_s = chunk.captured_s - chunk.pts_48k / SAMPLE_RATE_HZ
        self._held = np.concatenate((self._held, samples)) if len(self._held) else samples
        packets: list[OpusPacket] = []
        while len(self._held) >= STEP:
            packets += self._step(self._held[:STEP])
            self._held = self._held[STEP:]
            self._at += STEP
        return packets

    def _joined(self, chunk: AudioChunk) -> Samples:
        """The chunk's samples so that they follow what is held: a gap filled, an overlap cut."""
        if self._codec is None:
            self._codec, self._at = _open(), chunk.pts_48k
        gap = chunk.pts_48k - (self._at + len(self._held))
        if 0 < gap <= LONGEST_FILL:
            self.filled += gap
            silence = np.zeros((gap, 2), np.float32)
            return np.concatenate((silence, chunk.samples))
        if gap > LONGEST_FILL:
            self._held, self._at = self._held[:0], chunk.pts_48k
            return chunk.samples
        return chunk.samples[-gap:] if gap < 0 else chunk.samples

    def _step(self, samples: Samples) -> list[OpusPacket]:
        assert self._codec is not None  # noqa: S101  # opened before the first sample is held
        # libopus clips at full scale with a crackle; the limiter upstream leaves nothing to clip.
        flat = np.ascontiguousarray(samples, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(flat, format="flt", layout="stereo")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
        frame.pts = self._at
        try:
            packets = self._codec.encode(frame)
        except (FFmpegError, ValueError) as error:
            raise DeviceError(f"libopus: sample {self._at}: {error}") from error
        return [self._packet(packet) for packet in packets]

    def _packet(self, packet: "av.Packet[av.AudioStream]") -> OpusPacket:
        if packet.pts is None:
            raise DeviceError("libopus: a packet without a time stamp")
        captured_s = self._zero_s + packet.pts / SAMPLE_RATE_HZ
        return OpusPacket(packet.pts, captured_s, bytes(packet))


class AudioEncoder:
    """Encodes the program's sound once for everybody; an essential part."""

    name = "audio encoder"

    def __init__(self, *, source: Fanout[AudioChunk], out: Fanout[OpusPacket]) -> None:
        self._source = source
        self._out = out
        self._codec = OpusCodec()

    @property
    def filled(self) -> int:
        """Samples of silence that stood in for missing sound."""
        return self._codec.filled

    async def run(self, ready: Callable[[], None]) -> None:
        """Encode until cancelled.

        Raises:
            DeviceError: libopus fails.
        """
        loop = asyncio.get_running_loop()
        with (
            ThreadPoolExecutor(1, thread_name_prefix="audio-encoder") as thread,
            self._source.subscribe() as reader,
        ):
            ready()
            async for chunk in reader:
                for packet in await loop.run_in_executor(thread, self._codec.encode, chunk):
                    self._out.put(packet)


def _open() -> AudioCodecContext:
    codec = av.CodecContext.create("libopus", "w")
    codec.sample_rate = SAMPLE_RATE_HZ
    codec.layout = "stereo"
    codec.format = "flt"
    codec.bit_rate = BITRATE
    codec.options = {
        "application": "audio",
        "frame_duration": "20",
        "fec": "1",
        "packet_loss": "10",
    }
    codec.open()
    return codec
