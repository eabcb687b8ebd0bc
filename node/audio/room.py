"""A synthetic room: what walls do to a sound on its way to the microphone."""

import numpy as np
from numpy.typing import NDArray

from node.media import SPEECH_RATE_HZ

Response = NDArray[np.float32]
"""An impulse response, float32 [n], 16 kHz, the direct sound first."""

CRITICAL_M = 1.0
"""So far from its source the direct sound is as strong as all reflections together: a furnished
booth of some 60 m³ with RT60 0.3 to 0.5 s has 0.7 to 0.8 m by 0.057·√(V/T), times √Q of a mouth."""
FIRST_REFLECTION_S = 0.004
SPEED_M_S = 343.0


def room_response(rt60_s: float, distance_m: float, *, seed: int) -> Response:
    """The response from a source `distance_m` away, gain 1 of the direct sound at 1 m.

    Reflections are noise that decays by 60 dB in `rt60_s` (Polack's model), cut at -60 dB.
    """
    rng = np.random.default_rng(seed)
    count = max(1, round(rt60_s * SPEECH_RATE_HZ))
    seconds = np.arange(count) / SPEECH_RATE_HZ
    reflections = rng.standard_normal(count) * 10 ** (-3 * seconds / max(rt60_s, 1e-3))
    reflections[: round(FIRST_REFLECTION_S * SPEECH_RATE_HZ)] = 0
    energy = float(np.sum(reflections**2))
    if energy > 0:
        reflections /= np.sqrt(energy) * CRITICAL_M
    reflections[0] += 1 / max(distance_m, 0.05)
    response: Response = reflections.astype(np.float32)
    return response


class RoomFilter:
    """Streams sound through a response, in blocks of one size (overlap-add).

    Thread: any, but one at a time.
    """

    def __init__(self, response: Response, block: int) -> None:
        self._size = 1 << (len(response) + block - 1).bit_length()
        self._spectrum = np.fft.rfft(response, self._size)
        self._block = block
        self._tail = np.zeros(self._size, np.float32)

    def feed(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """`block` samples of what arrives, for `block` samples of what was sent."""
        wet = np.fft.irfft(np.fft.rfft(sound, self._size) * self._spectrum, self._size)
        self._tail += wet.astype(np.float32)
        out = self._tail[: self._block].copy()
        self._tail[: -self._block] = self._tail[self._block :]
        self._tail[-self._block :] = 0
        return out


def reverberated(sound: NDArray[np.float32], response: Response) -> NDArray[np.float32]:
    """A whole sound as it arrives, longer by the response."""
    count = len(sound) + len(response) - 1
    size = 1 << count.bit_length()
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[:count]
    return wet.astype(np.float32)
