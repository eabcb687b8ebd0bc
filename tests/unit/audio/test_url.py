"""Files and streams in a microphone's stead, and files that are none."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from node.audio import handover, url
from node.audio.url import UrlMicrophone
from node.config_voice import UrlMicrophoneConfig
from node.errors import DeviceError
from tests.fakes.clip_factory import ClipSpec, write_clip
from tests.fakes.sounds import loudness, tone, write_wav


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """A thread that waits for the processor is no stream that has fallen silent."""
    for module, limits in ((handover, ("FIRST_S", "STALL_S")), (url, ("OPEN_S", "READ_S"))):
        for limit in limits:
            monkeypatch.setattr(module, limit, 60.0)


async def heard(cfg: UrlMicrophoneConfig):
    """All that is heard, what ended it, and the microphone."""
    chunks, microphone = [], UrlMicrophone(cfg)
    try:
        async with asyncio.timeout(60), microphone:
            async for chunk in microphone:
                chunks.append(chunk)  # noqa: PERF401  # the error ends it
    except DeviceError as error:
        return chunks, str(error), microphone
    return chunks, "", microphone


async def read(path: Path):
    """All of a file, int16 [n], and what ended it."""
    chunks, said, _ = await heard(UrlMicrophoneConfig(str(path), is_paced=False))
    return np.concatenate([np.zeros(0, np.int16), *(chunk.pcm for chunk in chunks)]), said


@pytest.mark.parametrize("rate_hz", [8000, 44_100, 48_000])
@pytest.mark.parametrize(("channels", "width"), [(1, 2), (2, 2), (1, 1), (2, 4)])
async def test_a_file_of_any_form_is_heard_as_speech(tmp_path, rate_hz, channels, width):
    said = tone(0.5, rate_hz=rate_hz)
    path = write_wav(tmp_path / "a.wav", said, rate_hz=rate_hz, channels=channels, width=width)
    pcm, _ = await read(path)
    assert abs(len(pcm) - 8000) <= 320
    assert loudness(pcm[1600:6400]) == pytest.approx(0.25 / 2**0.5, rel=0.05)


async def test_a_clips_sound_is_heard_as_well(tmp_path):
    pcm, _ = await read(write_clip(tmp_path / "clip.mp4", ClipSpec(seconds=0.5)))
    assert len(pcm) > 6000


async def test_a_truncated_file_ends_where_it_breaks_off(tmp_path):
    path = write_wav(tmp_path / "a.wav", tone(1.0), rate_hz=16_000)
    path.write_bytes(path.read_bytes()[:16_044])
    pcm, said = await read(path)
    assert (len(pcm), said) == (8000, "microphone a.wav: has ended")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "invalid data"),
        (b"not sound at all\n" * 100, "invalid data"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", ""),
    ],
)
async def test_a_file_that_is_no_sound_is_lost_by_its_name(tmp_path, content, reason):
    path = tmp_path / "odd.wav"
    path.write_bytes(content)
    pcm, said = await read(path)
    assert len(pcm) == 0
    assert said.startswith(f"microphone odd.wav: {reason}")


async def test_a_missing_file_and_a_folder_are_told_by_name(tmp_path):
    assert (await read(tmp_path / "gone.wav"))[1].startswith("microphone gone.wav: no such file")
    assert "is a directory" in (await read(tmp_path))[1]


async def test_an_unpaced_file_is_heard_whole_and_then_ends(tmp_path):
    path = write_wav(tmp_path / "a.wav", tone(5.0), rate_hz=16_000)
    chunks, said, microphone = await heard(UrlMicrophoneConfig(str(path), is_paced=False))
    assert sum(len(chunk.pcm) for chunk in chunks) == 80_000
    assert said == "microphone a.wav: has ended"
    assert microphone.lost == 0


async def test_a_paced_file_bears_the_time_at_which_each_block_would_have_been_heard(tmp_path):
    path = write_wav(tmp_path / "a.wav", tone(0.2), rate_hz=16_000)
    chunks, _, _ = await heard(UrlMicrophoneConfig(str(path)))
    steps = np.diff([chunk.captured_s for chunk in chunks])
    assert steps == pytest.approx(0.02, abs=1e-6)


async def test_a_looped_file_counts_on(tmp_path):
    path = write_wav(tmp_path / "a.wav", tone(0.1), rate_hz=16_000)
    microphone = UrlMicrophone(UrlMicrophoneConfig(str(path), loop=True, is_paced=False))
    at = -1
    async with asyncio.timeout(60), microphone:
        async for chunk in microphone:
            at = chunk.at_16k
            if at >= 16_000:
                break
    assert at >= 16_000


async def test_a_file_without_sound_is_lost_not_read_for_ever(tmp_path):
    path = write_clip(tmp_path / "mute.mp4", ClipSpec(seconds=0.2, audio=None))
    _, said, _ = await heard(UrlMicrophoneConfig(str(path), loop=True))
    assert said == "microphone mute.mp4: has no sound"


async def test_a_urls_password_is_in_no_message():
    cfg = UrlMicrophoneConfig("http://user:secret@127.0.0.1:1/a?key=hidden")
    _, said, _ = await heard(cfg)
    assert said.startswith("microphone 127.0.0.1:1/a: ")
    assert "secret" not in said
    assert "hidden" not in said


async def test_it_must_be_open_before_it_is_read():
    with pytest.raises(DeviceError, match="not open"):
        aiter(UrlMicrophone(UrlMicrophoneConfig("a.wav")))
