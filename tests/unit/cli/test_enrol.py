"""livesell enrol: takes of a person are kept where that was asked, and only with consent."""

import subprocess
import wave

import numpy as np
import pytest

from node.__main__ import main
from tests.fakes.plain_models import models, sound
from tools.train_keywords.gather import enrolled_clips

TWICE = sound((0, 1.0), (1, 1.0), (0, 1.5), (1, 0.8), (0, 0.2))


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    monkeypatch.setattr("node.voice.models.load_models", lambda _folder, **_: models())


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "ann.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(TWICE.tobytes())
    return path


def enrol(capsys, *words):
    code = main(["enrol", *map(str, words), "--lang", "en"])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_without_consent_nothing_is_kept(capsys, recording, tmp_path):
    code, _, err = enrol(capsys, "多少钱", recording, "--into", tmp_path / "staff")
    assert code == 2
    assert "consent" in err
    assert not (tmp_path / "staff").exists()


def test_each_utterance_of_a_recording_is_a_take(capsys, recording, tmp_path):
    code, out, _ = enrol(capsys, "多少钱", recording, "--into", tmp_path / "staff", "--consent")
    assert code == 0
    assert "takes kept: 2" in out
    kept = sorted((tmp_path / "staff" / "多少钱").iterdir())
    assert [path.name for path in kept] == ["001.wav", "002.wav"]
    with wave.open(str(kept[0])) as file:
        assert file.getnframes() / 16_000 == pytest.approx(1.0, abs=0.35)


def test_a_second_person_is_added_to_the_first(capsys, recording, tmp_path):
    for _ in range(2):
        enrol(capsys, "多少钱", recording, "--into", tmp_path / "staff", "--consent")
    assert len(list((tmp_path / "staff" / "多少钱").iterdir())) == 4


def test_an_unknown_keyword_is_refused_with_those_known(capsys, recording, tmp_path):
    code, out, _ = enrol(capsys, "天气", recording, "--into", tmp_path / "staff", "--consent")
    assert code == 1
    assert "多少钱" in out


def test_a_recording_without_speech_is_told(capsys, tmp_path):
    path = tmp_path / "quiet.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(np.zeros(16_000, np.int16).tobytes())
    code, _, err = enrol(capsys, "多少钱", path, "--into", tmp_path / "staff", "--consent")
    assert code == 1
    assert "nobody was heard" in err


def test_training_takes_what_was_kept(capsys, recording, tmp_path, monkeypatch):
    asked = []

    def run(command, **_):
        asked.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    staff = tmp_path / "staff"
    words = ("多少钱", recording, "--into", staff, "--consent", "--train", tmp_path / "data")
    assert enrol(capsys, *words)[0] == 0
    assert asked[0][asked[0].index("--enrolled") + 1] == str(staff)
    assert asked[0][2] == "tools.train_keywords"
    assert [keyword for keyword, _ in enrolled_clips(staff)] == ["多少钱", "多少钱"]
