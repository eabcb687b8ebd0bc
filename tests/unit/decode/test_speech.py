"""Any sound file as 16 kHz mono: rates, channels, damage, length."""

import wave

import av
import numpy as np
import pytest

from node.decode.speech import read_speech
from node.errors import AssetError


def write(path, rate_hz=48_000, channels=2, seconds=1.0, samples=None):
    if samples is None:
        times = np.arange(round(rate_hz * seconds)) / rate_hz
        samples = (np.sin(times * 2 * np.pi * 440) * 9000).astype(np.int16)
        samples = np.repeat(samples, channels)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    return path


def encode(wav, path, codec):
    with av.open(str(wav)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream(codec, rate=48_000)
        for frame in source.decode(audio=0):
            frame.pts = None
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return path


def read(path):
    return np.concatenate([np.zeros(0, np.int16), *read_speech(path)])


def tone_hz(pcm):
    return np.abs(np.fft.rfft(pcm * np.hanning(len(pcm)))).argmax() * 16_000 / len(pcm)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_and_channels_become_16_khz_mono(tmp_path, rate_hz, channels):
    pcm = read(write(tmp_path / "a.wav", rate_hz, channels))
    assert pcm.dtype == np.int16
    assert len(pcm) == pytest.approx(16_000, abs=20)
    assert tone_hz(pcm) == pytest.approx(440, abs=2)
    assert np.abs(pcm).max() == pytest.approx(9000, rel=0.05)


def test_16_khz_mono_stays_as_it_is(tmp_path):
    samples = np.random.default_rng(1).integers(-32768, 32767, 20_000).astype(np.int16)
    np.testing.assert_array_equal(
        read(write(tmp_path / "a.wav", 16_000, 1, samples=samples)), samples
    )


@pytest.mark.parametrize(("name", "codec"), [("a.flac", "flac"), ("a.ogg", "libopus")])
def test_coded_sound_is_read(tmp_path, name, codec):
    pcm = read(encode(write(tmp_path / "a.wav"), tmp_path / name, codec))
    assert len(pcm) / 16_000 == pytest.approx(1, abs=0.05)
    assert tone_hz(pcm) == pytest.approx(440, abs=2)


def test_the_part_read_is_told(tmp_path):
    parts = []
    list(read_speech(write(tmp_path / "a.wav"), parts.append))
    assert parts == sorted(parts)
    assert parts[-1] == pytest.approx(1, abs=0.01)


def test_an_empty_recording_holds_no_sample(tmp_path):
    assert len(read(write(tmp_path / "a.wav", seconds=0))) == 0


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF])
def test_a_recorder_that_did_not_know_the_length_is_believed(tmp_path, size):
    path = write(tmp_path / "a.wav", 16_000, 1)
    payload = bytearray(path.read_bytes())
    payload[40:44] = size.to_bytes(4, "little")
    path.write_bytes(payload)
    list(read_speech(path))


@pytest.mark.parametrize("codec", ["wav", "flac"])
def test_a_truncated_file_is_read_as_far_as_it_goes_and_then_named(tmp_path, codec):
    path = write(tmp_path / "a.wav", 48_000, 1, 3.0)
    if codec == "flac":
        path = encode(path, tmp_path / "a.flac", "flac")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    pieces = []
    with pytest.raises(AssetError, match=rf"a\.{codec}: (truncated|cannot be read)"):
        pieces.extend(read_speech(path))
    assert sum(map(len, pieces)) > 16_000


@pytest.mark.parametrize("payload", [b"", b"hello" * 100, bytes(range(256)) * 40, b"RIFF\0\0\0\0"])
def test_what_is_no_sound_is_refused_by_name(tmp_path, payload):
    path = tmp_path / "a.wav"
    path.write_bytes(payload)
    with pytest.raises(AssetError, match=r"a\.wav: cannot be read as sound: "):
        list(read_speech(path))


def test_a_picture_holds_no_sound(tmp_path):
    from PIL import Image  # noqa: PLC0415

    Image.new("RGB", (16, 16)).save(tmp_path / "a.png")
    with pytest.raises(AssetError, match=r"a\.png: holds no sound"):
        list(read_speech(tmp_path / "a.png"))


@pytest.mark.parametrize("name", ["none.wav", "."])
def test_a_missing_file_or_a_folder_is_named(tmp_path, name):
    with pytest.raises(AssetError, match=r"(No such file|Is a directory)"):
        list(read_speech(tmp_path / name))
