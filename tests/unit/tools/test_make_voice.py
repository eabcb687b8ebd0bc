"""A neural voice's folder: what the tool assembles is what the node reads."""

import numpy as np
import pytest

from node.voice.neural import read_voice

onnx = pytest.importorskip("onnx")

from tools import kokoro  # noqa: E402  # the tool needs onnx, as the group `train` has it
from tools.make_voice.__main__ import assemble  # noqa: E402


@pytest.fixture
def parts(tmp_path):
    """A model that gives back its style, and two voices of 511 rows."""
    value = onnx.helper.make_tensor_value_info
    style = [value(name, onnx.TensorProto.FLOAT, [1, 256]) for name in ("style", "audio")]
    node = onnx.helper.make_node("Identity", ["style"], ["audio"])
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "g", style[:1], style[1:]))
    voices = tmp_path / "voices"
    voices.mkdir()
    for number, name in enumerate(("zf_one", "bf_two")):
        np.full((511, 256), number, np.float32).tofile(voices / f"{name}.bin")
    return kokoro.KokoroParts(model.SerializeToString(), {"a": 43, " ": 16}, voices)


def test_the_node_reads_what_the_tool_assembles(parts, tmp_path):
    folder = tmp_path / "voice"
    assemble(parts, folder, {"zh": "zf_one", "en": "bf_two"})
    voice = read_voice(folder)
    assert (voice.kind, voice.locale["zh"].speaker, voice.locale["en"].speaker) == ("kokoro", 0, 1)
    assert (voice.locale["zh"].phonemes, voice.locale["en"].phonemes) == ("", "en-us")
    assert ("tʃ", "ʧ") in voice.locale["en"].replace
    assert (folder / "tokens.txt").read_text("utf-8") == "a 43\n  16\n"


def test_the_model_says_of_itself_what_the_library_asks(parts, tmp_path):
    assemble(parts, tmp_path / "voice", {"zh": "zf_one", "en": "bf_two"})
    model = onnx.load(str(tmp_path / "voice" / "model.onnx"))
    told = {one.key: one.value for one in model.metadata_props}
    assert (told["n_speakers"], told["sample_rate"]) == ("2", "24000")
    assert (told["id2speaker"], told["style_dim"]) == ("0->zf_one,1->bf_two", "510,1,256")


def test_voices_lie_one_behind_the_other(parts, tmp_path):
    assemble(parts, tmp_path / "voice", {"zh": "zf_one", "en": "bf_two"})
    rows = np.fromfile(tmp_path / "voice" / "voices.bin", np.float32).reshape(2, 510, 256)
    assert [set(np.unique(voice)) for voice in rows] == [{0.0}, {1.0}]


def test_a_voice_that_there_is_not_is_told(parts, tmp_path):
    with pytest.raises(kokoro.KokoroError, match="zf_none"):
        assemble(parts, tmp_path / "voice", {"zh": "zf_none"})
