"""A simulated hall and the microphone that stands in it: noise, visitors, the booth's own sound."""

import asyncio
import functools
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from node.audio.farend import EARLY_S, FarEnd
from node.audio.resample import BLOCK_SAMPLES, from_pcm, to_pcm
from node.audio.room import RoomFilter, reverberated, room_response
from node.channels import Fanout, Reader
from node.config_voice import SimulatedMicrophoneConfig
from node.errors import DeviceError
from node.media import SPEECH_RATE_HZ, AudioChunk, Pcm, SpeechChunk

BLOCK_S: Final = BLOCK_SAMPLES / SPEECH_RATE_HZ
SPOKEN_DB: Final = -24.0
"""A visitor's level at the microphone from 1 m, dBFS (rms of the speaking parts)."""
HALL_RT60_S: Final = 0.4
NOISE_S: Final = 20.0
"""The hall's noise repeats after so long."""
BEHIND_S: Final = 2.0
"""A microphone that is so far behind the clock skips, counted."""

Wave = NDArray[np.float32]
_SILENCE: Final[Pcm] = np.zeros(BLOCK_SAMPLES, np.int16)


class Hall:
    """What there is to hear. Belongs to the loop thread.

    `program` is the booth's own sound, if it shall be heard. While `is_unplugged` every microphone
    in the hall is lost.
    """

    def __init__(self, program: Fanout[AudioChunk] | None = None) -> None:
        self.program = program
        self._spoken: list[Wave] = []
        self.is_unplugged = False

    @property
    def is_speaking(self) -> bool:
        """Whether a visitor is being heard."""
        return bool(self._spoken)

    def say(self, pcm: Pcm, *, distance_m: float) -> None:
        """A visitor so far off says this, from the next block on; two may speak at once."""
        self.place(arriving(pcm, distance_m=distance_m))

    def place(self, sound: Wave) -> None:
        """As `say`, of a sound as it is `arriving`."""
        self._spoken.append(sound)

    def hush(self) -> None:
        """Every visitor falls silent."""
        self._spoken.clear()

    def take(self, count: int) -> Wave:
        """The next samples of what is said, float32 [count]."""
        out = np.zeros(count, np.float32)
        for voice in self._spoken:
            out[: len(voice)] += voice[:count]
        self._spoken = [voice[count:] for voice in self._spoken if len(voice) > count]
        return out


class SimulatedMicrophone:
    """Hears a `Hall`, paced by the loop's clock; its echo is made on a thread, or in `pool`."""

    label = "simulated hall"

    def __init__(
        self, cfg: SimulatedMicrophoneConfig, hall: Hall, *, pool: Executor | None = None
    ) -> None:
        self._given = self._pool = pool
        self._hall = hall
        self._noise = hall_noise(cfg.noise_db, seed=1)
        self._echo = _Echo(cfg)
        self._cfg = cfg
        self._is_open = False
        self.lost = 0

    async def __aenter__(self) -> Self:
        self._check()
        self._is_open, self.lost = True, 0
        self._pool = self._given or ThreadPoolExecutor(1, "simulated echo")
        self._echo = _Echo(self._cfg)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_open = False
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def __aiter__(self) -> AsyncIterator[SpeechChunk]:
        if self._hall.program is None:
            async for chunk in self._blocks(None):
                yield chunk
            return
        with self._hall.program.subscribe() as reader:
            async for chunk in self._blocks(reader):
                yield chunk

    async def _blocks(self, program: Reader[AudioChunk] | None) -> AsyncIterator[SpeechChunk]:
        loop = asyncio.get_running_loop()
        began_s, at = loop.time(), 0
        while self._is_open:
            due_s = began_s + (at + BLOCK_SAMPLES) / SPEECH_RATE_HZ
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            self._check()
            if loop.time() - due_s > BEHIND_S:
                missed = round((loop.time() - due_s) / BLOCK_S) * BLOCK_SAMPLES
                self.lost += missed
                at += missed
                continue
            sound = self._said(at)
            if program is not None:
                echoing = functools.partial(self._echo.of, program.take_now(), at, due_s)
                sound += await loop.run_in_executor(self._pool, echoing)
            yield SpeechChunk(at, due_s, to_pcm(sound))
            at += BLOCK_SAMPLES

    def _said(self, at: int) -> Wave:
        """Visitors and noise in a block."""
        start = at % (len(self._noise) - BLOCK_SAMPLES)
        return self._noise[start : start + BLOCK_SAMPLES] + self._hall.take(BLOCK_SAMPLES)

    def _check(self) -> None:
        if self._hall.is_unplugged:
            raise DeviceError(f"microphone {self.label}: unplugged (simulated)")


class _Echo:
    """The program's sound on its way from the loudspeaker to the microphone. Thread: one."""

    def __init__(self, cfg: SimulatedMicrophoneConfig) -> None:
        self._gain = np.float32(10 ** (cfg.echo_db / 20))
        self._played = FarEnd(delay_s=cfg.echo_delay_ms / 1000 + EARLY_S)
        self._room = RoomFilter(room_response(HALL_RT60_S, 1.0, seed=2), BLOCK_SAMPLES)

    def of(self, played: Sequence[AudioChunk], at: int, due_s: float) -> Wave:
        """What arrives in the block that ends at `due_s`, once this was played too."""
        for chunk in played:
            self._played.put(chunk)
        block = SpeechChunk(at, due_s, _SILENCE)
        return self._room.feed(from_pcm(self._played.take(block)) * self._gain)


def arriving(pcm: Pcm, *, distance_m: float) -> Wave:
    """A visitor's words at the microphone (some 10 ms of work). Thread: any."""
    sound = from_pcm(pcm)
    loud = np.abs(sound) > 0.1 * float(np.abs(sound).max(initial=0.0))
    rms = float(np.sqrt(np.mean(sound[loud] ** 2))) if loud.any() else 1.0
    level = 10 ** (SPOKEN_DB / 20) / max(rms, 1e-6)
    response = room_response(HALL_RT60_S, distance_m, seed=round(distance_m * 100))
    return reverberated(sound * np.float32(level), response)


def hall_noise(level_db: float, *, seed: int) -> Wave:
    """`NOISE_S` of a trade hall: speech-shaped noise that swells and falls, without a seam.

    `level_db` is its rms in dBFS. The spectrum is flat to 500 Hz and falls by 9 dB an octave above
    (long-term average speech, ITU-T P.50); the swell is 2 dB at up to 4 Hz.
    """
    count = round(NOISE_S * SPEECH_RATE_HZ)
    rng = np.random.default_rng(seed)
    hertz = np.fft.rfftfreq(count, 1 / SPEECH_RATE_HZ)
    shape = np.where(hertz < 60, 0.0, np.maximum(hertz / 500, 1.0) ** -1.5)  # noqa: PLR2004
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(count)) * shape, count)
    slow = np.where((hertz > 0) & (hertz < 4), 1.0, 0.0)  # noqa: PLR2004  # Hz
    swell = np.fft.irfft(np.fft.rfft(rng.standard_normal(count)) * slow, count)
    noise *= 10 ** (2 / 20 * swell / np.std(swell))
    wave: Wave = (noise / np.std(noise) * 10 ** (level_db / 20)).astype(np.float32)
    return wave
