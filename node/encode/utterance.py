"""An utterance as Opus in Ogg (RFC 7845), small enough for a message."""

import io
from fractions import Fraction
from typing import Final

import av
from av.audio.frame import AudioFrame

from node.media import SPEECH_RATE_HZ, Pcm

BITRATE: Final = 24_000
"""Wideband speech is transparent from here on (Opus listening tests); 8 s are 24 kB."""


def ogg_opus(pcm: Pcm) -> bytes:
    """Encode int16 [n], 16 kHz mono. Thread: any; some 10 ms for a second."""
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=SPEECH_RATE_HZ)
        stream.bit_rate = BITRATE
        stream.layout = "mono"
        frame = AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = SPEECH_RATE_HZ, 0
        frame.time_base = Fraction(1, SPEECH_RATE_HZ)
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return file.getvalue()
