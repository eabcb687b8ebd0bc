"""espeak-ng as a program that may fail, hang or be missing; recordings and their index."""

import asyncio
import os
import shutil
import stat
import wave

import numpy as np
import pytest

from node.errors import AssetError, DeviceError
from node.voice.espeak import Espeak
from node.voice.prompts import Prompts
from tests.fakes.voices import tone

VOICES = {"zh": "cmn", "en": "en-gb"}
needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="no espeak-ng")


def espeak(voices=VOICES, **more) -> Espeak:
    """A program may begin late on a busy machine."""
    return Espeak(lambda: voices, **({"limit_s": 60.0} | more))


def script(folder, body: str) -> str:
    path = folder / "espeak-fake"
    path.write_text(f"#!/bin/sh\ncase $1 in --version) echo fake 1.0; exit;; esac\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@needs_espeak
async def test_espeak_reads_chinese_whatever_the_machines_locale(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    engine = espeak()
    await engine.begin()
    one = await engine.speak("一", "zh")
    ten = await engine.speak("一二三四五六七八九十", "zh")
    seconds = [len(raw.pcm) / raw.rate_hz for raw in (one, ten)]
    assert seconds[0] < 1.2  # read as Latin-1 it takes 2 s and more
    assert 2 < seconds[1] < 5


@needs_espeak
async def test_a_text_that_looks_like_an_option_is_read():
    engine = espeak()
    await engine.begin()
    assert len((await engine.speak("--help [[sf'u:]] me", "en")).pcm) > 8000


@needs_espeak
async def test_a_voice_that_espeak_does_not_have_is_told():
    engine = espeak({"zh": "klingon-opera"})
    await engine.begin()
    with pytest.raises(DeviceError, match=r"klingon-opera|ended with"):
        await engine.speak("你好", "zh")


async def test_a_missing_program_is_told_by_name():
    engine = espeak(program="espeak-none")
    with pytest.raises(DeviceError, match="espeak-none is not installed"):
        await engine.begin()
    assert engine.voice("你好", "zh") == ""


async def test_a_program_that_hangs_is_ended(tmp_path, monkeypatch):
    engine = espeak(program=script(tmp_path, "exec sleep 3600"))
    await engine.begin()
    monkeypatch.setattr(engine, "_limit_s", 0.2)
    with pytest.raises(DeviceError, match="no end after"):
        await engine.speak("你好", "zh")


async def test_a_cancelled_rendering_ends_the_program(tmp_path):
    told = tmp_path / "pid"
    body = f"echo $$ > {told}.half; mv {told}.half {told}; exec sleep 3600"
    engine = espeak(program=script(tmp_path, body))
    await engine.begin()
    task = asyncio.ensure_future(engine.speak("你好", "zh"))
    while not told.exists():  # noqa: ASYNC110  # a file is waited for
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


async def test_a_program_that_fails_is_told_with_its_first_line(tmp_path):
    engine = espeak(program=script(tmp_path, "echo broken >&2; exit 3"))
    await engine.begin()
    with pytest.raises(DeviceError, match="ended with 3: broken"):
        await engine.speak("你好", "zh")


async def test_a_program_that_gives_no_wav_is_a_fault(tmp_path):
    engine = espeak(program=script(tmp_path, "head -c 5000 /dev/urandom"))
    await engine.begin()
    with pytest.raises(DeviceError, match="no WAV came"):
        await engine.speak("你好", "zh")


async def test_a_program_that_says_nothing_is_a_fault(tmp_path):
    engine = espeak(program=script(tmp_path, "exit 0"))
    await engine.begin()
    with pytest.raises(DeviceError, match="says nothing"):
        await engine.speak("你好", "zh")


def recorded(folder, index: str, *, rate_hz: int = 22_050) -> Prompts:
    (folder / "index.toml").write_text(index, "utf-8")
    with wave.open(str(folder / "hello.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((tone(0.5, rate_hz) * 32767).astype("<i2").tobytes())
    return Prompts(folder)


INDEX = """
format = "livesell-prompts/1"
[[prompt]]
text = "你好。"
locale = "zh"
file = "hello.wav"
"""


async def test_a_recorded_sentence_is_played_and_no_other(tmp_path):
    prompts = recorded(tmp_path, INDEX)
    await prompts.begin()
    assert prompts.voice("你好。", "zh")
    assert (prompts.voice("你好。", "en"), prompts.voice("再见。", "zh")) == ("", "")
    raw = await prompts.speak(" 你好。", "zh")
    assert raw.rate_hz == 48_000
    assert len(raw.pcm) == pytest.approx(24_000, abs=100)
    assert np.abs(raw.pcm).max() > 0.2
    prompts.close()


async def test_another_recording_of_a_sentence_is_another_voice(tmp_path):
    first = recorded(tmp_path, INDEX)
    await first.begin()
    second = recorded(tmp_path, INDEX, rate_hz=16_000)
    await second.begin()
    assert first.voice("你好。", "zh") != second.voice("你好。", "zh")


async def test_a_recording_that_is_missing_leaves_out_its_sentence(tmp_path, caplog):
    prompts = recorded(tmp_path, INDEX.replace("hello", "gone"))
    await prompts.begin()
    assert prompts.voice("你好。", "zh") == ""
    assert "prompt[0].file = 'gone.wav'" in caplog.text


async def test_a_recording_that_is_no_sound_is_told(tmp_path):
    prompts = recorded(tmp_path, INDEX.replace("hello.wav", "index.toml"))
    await prompts.begin()
    with pytest.raises(AssetError, match="no sound"):
        await prompts.speak("你好。", "zh")


@pytest.mark.parametrize(
    ("index", "told"),
    [
        ("format = 'livesell-prompts/2'", "format"),
        (INDEX.replace("locale", "locle"), "locle"),
        ("][", "index.toml"),
    ],
)
async def test_a_faulty_index_is_told_with_its_place(tmp_path, index, told):
    prompts = recorded(tmp_path, index)
    with pytest.raises(AssetError, match=told):
        await prompts.begin()


async def test_a_folder_without_an_index_is_told(tmp_path):
    with pytest.raises(AssetError, match="No such file"):
        await Prompts(tmp_path).begin()
