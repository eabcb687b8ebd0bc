"""The neural voice's seam: what its folder must hold, what it says, what it leaves to others.

The library is stood in for; `python -m tests.bench.bench_speech --neural FOLDER` runs the real one.
"""

import asyncio
import shutil
import sys
import threading
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from node.errors import AssetError, DeviceError
from node.voice import neural as module
from node.voice.neural import Neural
from tests.fakes.voices import tone

DESCRIPTION = """
format = "livesell-neural/1"
kind = "kokoro"
[locale.zh]
speaker = 3
speed = 1.1
[locale.en]
phonemes = "en-us"
replace = [["ɹ", "r"], ["ː", ""]]
"""
LEXICON = "你 n i\n好 h au\n你好 n i h au\n"
needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="no espeak-ng")


class FakeSherpa(ModuleType):
    """The part of sherpa-onnx that the node uses; `tts` says a second of tone."""

    __version__ = "2.0.0"

    def __init__(self) -> None:
        super().__init__("sherpa_onnx")
        self.said: list[tuple[str, object]] = []
        self.models: list[dict[str, object]] = []
        self.is_valid, self.is_silent = True, False
        self.began, self.gate = threading.Event(), threading.Event()
        self.gate.set()
        self.was_stopped = False
        self.GenerationConfig = lambda: SimpleNamespace(sid=0, speed=1.0, phoneme_codepoints=[])
        self.OfflineTtsKokoroModelConfig = self.OfflineTtsVitsModelConfig = self._model
        self.OfflineTtsModelConfig = lambda **parts: parts
        self.OfflineTtsConfig = lambda **parts: SimpleNamespace(validate=lambda: self.is_valid)
        self.OfflineTts = lambda config: SimpleNamespace(generate=self._generate)

    def _model(self, **files):
        self.models.append(files)
        return files

    def _generate(self, text, wish, callback):
        self.said.append((text, wish))
        self.began.set()
        self.gate.wait(60)
        self.was_stopped = callback(np.zeros(1, np.float32), 0.5) == 0
        sound = np.zeros(1) if self.is_silent else tone(1, 24_000)
        return SimpleNamespace(samples=sound.tolist(), sample_rate=24_000)


@pytest.fixture
def sherpa(monkeypatch):
    fake = FakeSherpa()
    monkeypatch.setitem(sys.modules, "sherpa_onnx", fake)
    return fake


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "voice.toml").write_text(DESCRIPTION, "utf-8")
    (tmp_path / "lexicon-zh.txt").write_text(LEXICON, "utf-8")
    for name in ("model.onnx", "tokens.txt", "voices.bin"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


@pytest.fixture
async def voice(folder, sherpa):
    neural = Neural(folder)
    await neural.begin()
    yield neural
    neural.close()


async def test_it_speaks_with_the_folders_speaker_and_speed(voice, sherpa):
    raw = await voice.speak("你好。", "zh")
    ((text, wish),) = sherpa.said
    assert (text, wish.sid, wish.speed, wish.phoneme_codepoints) == ("你好。", 3, 1.1, [])
    assert (raw.rate_hz, len(raw.pcm)) == (24_000, 24_000)


@needs_espeak
async def test_words_without_a_lexicon_are_spelled_for_it(voice, sherpa, monkeypatch):
    monkeypatch.setattr(module, "SPELL_LIMIT_S", 60.0)
    await voice.speak("car", "en")
    ((_, wish),) = sherpa.said
    assert "".join(map(chr, wish.phoneme_codepoints[0])) == "kˈɑr"


async def test_a_sentence_with_a_word_it_would_leave_out_is_not_its_own(voice):
    assert voice.voice("你好!", "zh")
    assert [voice.voice(text, "zh") for text in ("你好129", "你们好", "你好 OK")] == ["", "", ""]
    assert voice.voice("hello 129", "en")
    assert voice.voice("hallo", "de") == ""


async def test_another_model_file_is_another_voice(voice, folder, sherpa):
    before = voice.voice("你好", "zh")
    (folder / "model.onnx").write_bytes(b"xy")
    other = Neural(folder)
    await other.begin()
    assert other.voice("你好", "zh") != before
    other.close()


async def test_a_rendering_that_nobody_waits_for_stops(voice, sherpa):
    sherpa.gate.clear()
    task = asyncio.ensure_future(voice.speak("你好。", "zh"))
    await asyncio.to_thread(sherpa.began.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    sherpa.gate.set()
    await voice.speak("好", "zh")
    assert [text for text, _ in sherpa.said] == ["你好。", "好"]


async def test_a_model_that_gives_no_sound_is_a_fault(voice, sherpa):
    sherpa.is_silent = True
    with pytest.raises(DeviceError, match="no sound"):
        await voice.speak("你好。", "zh")


async def test_a_model_that_the_library_refuses_is_told(folder, sherpa):
    sherpa.is_valid = False
    with pytest.raises(AssetError, match="refuses"):
        await Neural(folder).begin()


async def test_a_missing_library_is_told(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    neural = Neural(folder)
    with pytest.raises(DeviceError, match="sherpa-onnx is not installed"):
        await neural.begin()
    assert neural.voice("你好", "zh") == ""


@pytest.mark.parametrize("name", ["model.onnx", "tokens.txt", "voices.bin", "voice.toml"])
async def test_a_missing_file_is_told_by_name(folder, sherpa, name):
    (folder / name).unlink()
    with pytest.raises(AssetError, match=name):
        await Neural(folder).begin()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [('kind = "kokoro"', "kind"), ("speed = 1.1", "speed"), ("[locale.zh]", "speaker")],
)
async def test_a_faulty_description_is_told_with_its_place(folder, sherpa, wrong, told):
    instead = {'kind = "kokoro"': 'kind = "parrot"', "speed = 1.1": "speed = 9"}.get(wrong, "")
    (folder / "voice.toml").write_text(DESCRIPTION.replace(wrong, instead), "utf-8")
    with pytest.raises(AssetError, match=told):
        await Neural(folder).begin()
