"""The visitors' voices: trimmed, equally loud, the same bytes for the same sound."""

import numpy as np

from node.audio.visitors import recording
from node.media import SPEECH_RATE_HZ
from tools.kokoro import RATE_HZ
from tools.make_demo.visitors import OPUS_RATE_HZ, trimmed, write_opus


def _tone(seconds: float, rate_hz: int, level: float = 0.3) -> np.ndarray:
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return (level * np.sin(2 * np.pi * 220 * at)).astype(np.float32)


def test_quiet_around_a_phrase_goes_and_all_are_equally_loud():
    quiet = np.zeros(RATE_HZ // 2, np.float32)
    soft, loud = (
        trimmed(np.concatenate([quiet, _tone(0.6, RATE_HZ, level), quiet])) for level in (0.02, 0.8)
    )
    assert len(soft) == len(loud)
    assert 0.6 <= len(soft) / RATE_HZ < 0.8
    assert np.allclose(soft, loud, atol=1e-3)


def test_a_recording_reads_back_and_is_written_alike_twice(tmp_path):
    sound = _tone(1.0, OPUS_RATE_HZ)
    files = [tmp_path / "a.ogg", tmp_path / "b.ogg"]
    for path in files:
        write_opus(path, sound)
    assert files[0].read_bytes() == files[1].read_bytes()
    pcm = recording(files[0])
    assert abs(len(pcm) / SPEECH_RATE_HZ - 1.0) < 0.05
    assert np.abs(pcm.astype(int)).max() > 5000
