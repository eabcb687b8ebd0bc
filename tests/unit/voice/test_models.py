"""Model files that are missing, altered, truncated or of another shape say so."""

import hashlib

import numpy as np
import pytest

from node.errors import AssetError, TransientError
from node.voice.manifest import Manifest, ModelFile, Wheel, load_manifest, prove, read_toml
from node.voice.models import EMBEDDING, SPEECH, load_head, load_speech
from tests.fakes.tiny_head import LABELS, failing_head_bytes, head_bytes, write_head


def test_a_head_is_opened_with_its_labels(tmp_path):
    head = load_head(write_head(tmp_path))
    assert [(one.keyword, one.intent, one.locale, one.threshold) for one in head.labels] == [
        ("多少钱", "price", "zh", 0.6),
        ("does it come in black", "colour", "en", 0.5),
    ]
    assert head.labels[1].slots == {"colour": "black"}
    assert head.sha256 == hashlib.sha256((tmp_path / "booth.onnx").read_bytes()).hexdigest()
    assert head.classify(np.ones((2, 12, 96), np.float32)).shape == (2, 3)


def test_a_folder_without_a_head_falls_back_to_the_nodes_own(tmp_path):
    with pytest.raises(AssetError, match=r"models/other\.toml: No such file"):
        load_head(tmp_path, head="other")


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (head_bytes(classes=4), r"booth\.onnx: logits .*: expected \(1, 3\), found \(1, 4\)"),
        (head_bytes(rows=16), r"inputs: expected {'x': \(0, 12, 96\)}, found {'x': \(0, 16, 96\)}"),
        (head_bytes(name="features"), r"inputs: expected {'x': .*}, found {'features': "),
        (head_bytes()[:-2000], r"booth\.onnx: no ONNX model"),
        (b"", r"booth\.onnx: no ONNX model"),
        (b"#!/bin/sh\n", r"booth\.onnx: no ONNX model"),
    ],
)
def test_another_model_than_a_head_is_refused(tmp_path, payload, said):
    with pytest.raises(AssetError, match=said):
        load_head(write_head(tmp_path, payload))


def test_an_altered_head_is_refused_by_its_hash(tmp_path):
    path = write_head(tmp_path) / "booth.onnx"
    path.write_bytes(head_bytes(seed=1))
    with pytest.raises(AssetError, match=r"booth\.onnx: SHA-256: expected \w{64}, found \w{64}"):
        load_head(tmp_path)


def test_a_missing_head_is_named(tmp_path):
    (write_head(tmp_path) / "booth.onnx").unlink()
    with pytest.raises(AssetError, match=r"booth\.onnx: No such file"):
        load_head(tmp_path)


def test_a_model_that_fails_at_work_is_waited_out(tmp_path):
    head = load_head(write_head(tmp_path, failing_head_bytes()))
    with pytest.raises(TransientError, match=r"booth\.onnx: .*out of data bounds"):
        head.classify(np.full((1, 12, 96), 7, np.float32))


def test_a_head_that_never_runs_is_refused(tmp_path):
    with pytest.raises(AssetError, match=r"booth\.onnx: does not run: .*out of data bounds"):
        load_head(write_head(tmp_path, failing_head_bytes(first=7)))


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (LABELS.replace('"en"', '"fr"'), r"booth\.toml: Invalid enum value 'fr'.*label\[1\]"),
        (LABELS.replace("0.6", "1.5"), r"booth\.toml: .*<= 1.*label\[0\]\.threshold"),
        (LABELS.replace('intent = "price"', ""), r"booth\.toml: .*intent.*label\[0\]"),
        ("[[label]", r"booth\.toml: "),
    ],
)
def test_labels_that_make_no_sense_are_refused_with_their_place(tmp_path, labels, said):
    with pytest.raises(AssetError, match=said):
        load_head(write_head(tmp_path, labels=labels))


def test_a_head_file_that_is_no_text_is_refused(tmp_path):
    (write_head(tmp_path) / "booth.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AssetError, match=r"booth\.toml: "):
        load_head(tmp_path)


def model_file(payload, **changes):
    facts = {
        "name": "m.onnx",
        "bytes": len(payload),
        "sha256": hashlib.sha256(payload).hexdigest(),
        "licence": "MIT",
        "role": "none",
        "inputs": {},
    }
    return ModelFile(**(facts | changes))


@pytest.mark.parametrize(
    ("found", "said"),
    [(b"abc", "bytes: expected 4, found 3"), (b"abcx", "SHA-256: expected 88d4266f")],
)
def test_a_file_is_proved_byte_for_byte(tmp_path, found, said):
    path = tmp_path / "m.onnx"
    path.write_bytes(b"abcd")
    assert prove(path, model_file(b"abcd")) == b"abcd"
    path.write_bytes(found)
    with pytest.raises(AssetError, match=f"m.onnx: {said}"):
        prove(path, model_file(b"abcd"))


def test_a_speech_model_that_is_altered_names_both_hashes(tmp_path):
    size = load_manifest().named(SPEECH).bytes
    (tmp_path / SPEECH).write_bytes(b"\0" * size)
    with pytest.raises(AssetError, match=rf"{SPEECH}: SHA-256: expected 7ed98ddb\w+, found \w+"):
        load_speech(tmp_path)


def test_a_manifest_names_what_it_lacks(tmp_path):
    with pytest.raises(AssetError, match=r"no entry for other\.onnx"):
        Manifest(file=()).named("other.onnx")
    (tmp_path / "manifest.toml").write_text("[[file]]\nname = 3\n")
    with pytest.raises(AssetError, match=r"manifest\.toml: Expected `str`, got `int`"):
        read_toml(tmp_path / "manifest.toml", Manifest)


def test_what_an_older_manifest_of_a_folder_lacks_is_in_the_nodes_own(tmp_path):
    entry = f'name = "{SPEECH}"\nbytes = 7\nsha256 = ""\nlicence = ""\nrole = ""\ninputs = {{}}\n'
    (tmp_path / "manifest.toml").write_text(f"[[file]]\n{entry}")
    assert load_manifest(tmp_path).named(SPEECH).bytes == 7
    assert load_manifest(tmp_path).named(EMBEDDING) == load_manifest().named(EMBEDDING)


def test_a_wheel_of_the_manifest_says_where_it_is_from():
    wheel = load_manifest().named(SPEECH).wheel
    assert wheel == Wheel(
        distribution="silero-vad",
        version="6.2.3",
        sha256="7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
        member="silero_vad/data/silero_vad_16k_op15.onnx",
        fetch=True,
    )
