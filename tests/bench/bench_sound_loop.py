"""Loudspeaker and microphone by the real sound interface, the one heard by the other.

    python -m tests.bench.bench_sound_loop [SECONDS]

A demo drama goes through PyAudio, ALSA and a private PulseAudio to a loudspeaker, from there to the
microphone, and through the node's own parts; the echo test's report is printed every 5 s. The two
cards are PulseAudio's, with clocks of their own and no room; latencies are not those of a board.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from node.audio.cleaner import CleanChunk, Cleaner
from node.audio.loudspeaker import Loudspeaker
from node.audio.microphone import Microphone
from node.audio.resample import from_pcm
from node.channels import Fanout
from node.config_voice import DeviceMicrophoneConfig, LoudspeakerConfig, VoiceConfig
from node.decode.speech import read_speech
from node.media import AudioChunk, SpeechChunk
from tests.fakes.pulse import PrivatePulse, has_pulse
from tests.fakes.sounds import finer, program

CLIP = Path(__file__).parents[2] / "node/demo/ep1.mp4"
EVERY_S = 5


async def main(seconds: int) -> None:
    """Run both cards and print."""
    mixed, played = Fanout[AudioChunk](50), Fanout[AudioChunk](200)
    heard, clean = Fanout[SpeechChunk](50), Fanout[CleanChunk](50)
    loudspeaker = Loudspeaker(LoudspeakerConfig(), mixed=mixed, played=played)
    microphone = Microphone(DeviceMicrophoneConfig(), out=heard)
    cleaner = Cleaner(VoiceConfig(), heard=heard, played=played, out=clean)
    parts = [
        asyncio.create_task(part.run(lambda: None)) for part in (loudspeaker, microphone, cleaner)
    ]
    parts.append(asyncio.create_task(play(mixed)))
    for now_s in range(EVERY_S, seconds + 1, EVERY_S):
        await asyncio.sleep(EVERY_S)
        for part in parts:
            if part.done():
                part.result()
        told = cleaner.report.value
        print(
            f"{now_s:4} s: {told.duplex} duplex, {told.why}; delay {told.delay_ms} ms, ERLE "
            f"{told.erle_db} dB, drift {told.drift_ppm} ppm; level {microphone.level.rms_db} dBFS, "
            f"lost {microphone.lost}, gaps {loudspeaker.gaps}",
            flush=True,
        )
    for part in parts:
        part.cancel()
    await asyncio.gather(*parts, return_exceptions=True)


async def play(mixed: Fanout[AudioChunk]) -> None:
    """The drama over and over, as the mixer gives it."""
    chunks = program(finer(from_pcm(np.concatenate(list(read_speech(CLIP))))))
    loop = asyncio.get_running_loop()
    began_s, count = loop.time(), 0
    while True:
        for chunk in chunks:
            due_s = began_s + count / 30
            await asyncio.sleep(due_s - loop.time())
            mixed.put(AudioChunk(count * len(chunk.samples), due_s, chunk.samples))
            count += 1


if __name__ == "__main__":
    if not has_pulse():
        sys.exit("needs pulseaudio and pulseaudio-utils")
    with (
        tempfile.TemporaryDirectory() as folder,
        PrivatePulse(Path(folder), has_room=True) as pulse,
    ):
        os.environ.update(pulse.environment)
        asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60))
