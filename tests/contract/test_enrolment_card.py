"""Enrolling by a sound card: PyAudio, ALSA and PulseAudio between the speaker and the takes."""

import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from node.audio.ports import is_installed
from node.audio.resample import to_pcm
from node.voice.manifest import CHECKOUT, FETCHED
from node.voice.prompts import recorded
from tests.fakes.pulse import PrivatePulse, has_pulse

SPEECH_MODEL = FETCHED / "silero_vad_16k_op15.onnx"
VISITOR = CHECKOUT / "node/demo/visitors/bare_zh.ogg"
TAKES = 3
OFTEN = 60
"""The speaker does not know when the microphone is open, and says it again and again."""
PATIENCE_S = 180.0

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(not (is_installed() and has_pulse()), reason="needs PyAudio and pulseaudio"),
    pytest.mark.skipif(
        not SPEECH_MODEL.is_file(), reason="python -m tools.fetch_models has got no speech model"
    ),
]


def test_takes_of_a_person_come_by_the_default_card(tmp_path: Path):
    said = recorded(VISITOR)
    with PrivatePulse(tmp_path) as pulse:
        raw, folder = tmp_path / "said.raw", tmp_path / "staff"
        turn = np.concatenate((np.zeros(24_000, np.float32), said, np.zeros(60_000, np.float32)))
        raw.write_bytes(to_pcm(turn).tobytes() * OFTEN)
        pulse.speak(raw)
        done = subprocess.run(
            [sys.executable, "-m", "node", "enrol", "多少钱", "--into", str(folder), "--consent",
             "--takes", str(TAKES), "--lang", "en"],
            env={**os.environ, **pulse.environment}, cwd=CHECKOUT, capture_output=True, text=True,
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"takes kept: {TAKES}" in done.stdout
    kept = sorted((folder / "多少钱").glob("*.wav"))
    assert [path.name for path in kept] == ["001.wav", "002.wav", "003.wav"]
    for path in kept[1:]:  # the microphone may have opened in the middle of the first
        assert likeness(said[::3], take(path)) > 0.8, path.name


def take(path: Path) -> np.ndarray:
    """What was kept, which is 16 kHz, mono."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """The highest normalised correlation of two sounds."""
    size = len(one) + len(other)
    spectrum = np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size))
    return float(np.fft.irfft(spectrum, size).max() / np.sqrt(np.sum(one**2) * np.sum(other**2)))
