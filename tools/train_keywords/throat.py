"""Another throat for a voice: its resonances moved, its melody and pace kept.

A vocal tract that is shorter by some share moves every resonance up by that share (vocal tract
length perturbation: Jaitly and Hinton, ICML workshop 2013; here on sound, not on features). With
resampling, which moves melody, pace and resonances together, any of the three moves by itself.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Sound = NDArray[np.float32]

_FRAME, _HOP = 512, 128
"""32 ms, 8 ms."""
_LIFTER = 40
"""Quefrencies (1/16000 s) that hold the resonances: below the pitch period of a 400 Hz voice."""
_FAINT = 1e-5


def with_throat(pcm: Sound, factor: float) -> Sound:
    """`pcm` with its spectral envelope stretched by `factor` along frequency.

    Args:
        pcm: float32 [n], 16 kHz, within ±1.
        factor: Above 1 a shorter throat (higher resonances); .8 to 1.25 sounds human.

    Returns:
        float32 [n], as loud as before.
    """
    if not pcm.any():
        return pcm
    padded = np.pad(pcm, (_FRAME, _FRAME + (-len(pcm)) % _HOP))
    window = np.hanning(_FRAME + 1)[:-1].astype(np.float32)
    frames = sliding_window_view(padded, _FRAME)[::_HOP] * window
    spectrum = np.fft.rfft(frames)
    level = np.log(np.abs(spectrum) + _FAINT)
    envelope = _smoothed(level)
    bins = np.arange(envelope.shape[1])
    source = np.minimum(bins / factor, bins[-1])
    low = source.astype(np.int64)
    high, part = np.minimum(low + 1, bins[-1]), source - low
    moved = envelope[:, low] * (1 - part) + envelope[:, high] * part
    pieces = np.fft.irfft(spectrum * np.exp(moved - envelope)).astype(np.float32) * window
    sound, weight = np.zeros(len(padded), np.float32), np.zeros(len(padded), np.float32)
    for number, piece in enumerate(pieces):
        sound[number * _HOP : number * _HOP + _FRAME] += piece
        weight[number * _HOP : number * _HOP + _FRAME] += window**2
    said = (sound / np.maximum(weight, 1e-3))[_FRAME : _FRAME + len(pcm)]
    loudness = np.sqrt(np.mean(pcm**2) / (np.mean(said**2) + _FAINT**2))
    return np.asarray(said * loudness, np.float32)


def _smoothed(level: NDArray[np.floating]) -> NDArray[np.floating]:
    """The envelope of each frame's log spectrum: its slow part, by the cepstrum."""
    cepstrum = np.fft.irfft(level)
    cepstrum[:, _LIFTER : cepstrum.shape[1] - _LIFTER + 1] = 0
    return np.asarray(np.fft.rfft(cepstrum).real)
