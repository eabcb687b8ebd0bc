"""The linear echo canceller: libspeexdsp's adaptive filter, the one module that touches it.

A linear filter takes off what it can predict from the far end and nothing else: a visitor who
speaks over the booth's own sound is kept whole. Suppressors of the residue (WebRTC's AEC3) delete
him.
"""

import ctypes
import weakref
from functools import cache
from typing import Final

import numpy as np

from node.errors import DeviceError
from node.media import SPEECH_RATE_HZ, Pcm

FRAME: Final = 160
"""The filter works on 10 ms at a time."""
TAIL: Final = 6400
"""It reaches 400 ms back: a room of RT60 0.5 s behind a delay of 120 ms needs as much (measured:
tests/bench/bench_echo.py)."""
LIBRARY: Final = "libspeexdsp.so.1"
ADDED: Final = 5_000.0
"""A frame to which the filter adds so much power for each sample is better without it. The library
counts those to which it adds 20 000, emphasised as here."""
WRONG: Final = 30
"""After so many in a row, 0.3 s, the filter knows another room than this one. After 50 the library
finds so itself, and says it on stderr."""
EMPHASIS: Final = 0.9
_SET_SAMPLING_RATE: Final = 24  # SPEEX_ECHO_SET_SAMPLING_RATE (speex_echo.h)


class Canceller:
    """Takes the far end out of the near end; `open_canceller` makes one. One thread at a time."""

    def __init__(self, library: ctypes.CDLL, *, tail: int = TAIL) -> None:
        self._library = library
        self._state = ctypes.c_void_p(library.speex_echo_state_init(FRAME, tail))
        rate = ctypes.c_int(SPEECH_RATE_HZ)
        library.speex_echo_ctl(self._state, _SET_SAMPLING_RATE, ctypes.byref(rate))
        self._near: Pcm = np.zeros(0, np.int16)
        self._far: Pcm = np.zeros(0, np.int16)
        self._wrong = 0
        weakref.finalize(self, library.speex_echo_state_destroy, self._state)

    def cancel(self, near: Pcm, far: Pcm) -> Pcm:
        """What is left of the microphone's sound, in whole frames; the rest comes with the next.

        `near` and `far`: int16 [n] each, the same n, of the same moments; any n. Blocks of a
        microphone (320) come back at once. Raises `ValueError` for two lengths.
        """
        if len(near) != len(far):
            raise ValueError(f"near end of {len(near)} samples, far end of {len(far)}")
        near, far = np.concatenate((self._near, near)), np.concatenate((self._far, far))
        whole = len(near) // FRAME * FRAME
        self._near, self._far = near[whole:], far[whole:]
        out = np.empty(whole, np.int16)
        for start in range(0, whole, FRAME):
            self._library.speex_echo_cancellation(
                self._state,
                near[start:].ctypes.data_as(_SAMPLES),
                far[start:].ctypes.data_as(_SAMPLES),
                out[start:].ctypes.data_as(_SAMPLES),
            )
            frame = slice(start, start + FRAME)
            if self._is_worse(near[frame], out[frame]):
                out[frame] = near[frame]
        return out

    def reset(self) -> None:
        """Forget the room, and what was held back: the microphone was opened anew."""
        self._library.speex_echo_state_reset(self._state)
        self._near, self._far = self._near[:0], self._far[:0]
        self._wrong = 0

    def _is_worse(self, near: Pcm, left: Pcm) -> bool:
        """Whether the filter has added sound; one that goes on doing so forgets the room.

        A little more is left of a visitor than was heard where his sound and the echo's met.
        """
        heard, rest = _emphasised(near), _emphasised(left)
        self._wrong = self._wrong + 1 if rest > heard + ADDED else 0
        if self._wrong >= WRONG:
            self._library.speex_echo_state_reset(self._state)
            self._wrong = 0
        return rest > 2 * heard + ADDED


def open_canceller(*, tail: int = TAIL) -> Canceller:
    """A canceller that knows no room yet; raises `DeviceError` where the library is missing."""
    return Canceller(_library(), tail=tail)


def _emphasised(pcm: Pcm) -> float:
    """Power for each sample, high tones counting more."""
    sound = pcm.astype(np.float32)
    raised = sound[1:] - np.float32(EMPHASIS) * sound[:-1]
    return float(np.dot(raised, raised)) / len(raised)


_SAMPLES: Final = ctypes.POINTER(ctypes.c_int16)


@cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise DeviceError(f"echo canceller: {LIBRARY} cannot be loaded: {error}") from error
    library.speex_echo_state_init.argtypes = [ctypes.c_int, ctypes.c_int]
    library.speex_echo_state_init.restype = ctypes.c_void_p
    library.speex_echo_state_destroy.argtypes = [ctypes.c_void_p]
    library.speex_echo_state_destroy.restype = None
    library.speex_echo_state_reset.argtypes = [ctypes.c_void_p]
    library.speex_echo_state_reset.restype = None
    library.speex_echo_ctl.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]
    library.speex_echo_ctl.restype = ctypes.c_int
    library.speex_echo_cancellation.argtypes = [ctypes.c_void_p, _SAMPLES, _SAMPLES, _SAMPLES]
    library.speex_echo_cancellation.restype = None
    return library
