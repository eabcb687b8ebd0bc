"""livesell hear: what it prints of files, and its exit code."""

import json
import wave

import numpy as np
import pytest

from node.__main__ import main
from node.errors import AssetError
from tests.fakes.plain_models import models, sound

ASKED = sound((0, 1.0), (1, 1.0), (0, 1.0), (9, 1.0), (0, 1.0))
KEYS = ["file", "start_s", "end_s", "keyword", "intent", "locale", "slots", "score"]


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    monkeypatch.setattr("node.voice.models.load_models", lambda _folder, **_: models())


@pytest.fixture
def recording(tmp_path):
    return write(tmp_path / "asked.wav", ASKED)


def write(path, pcm):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(pcm.tobytes())
    return path


def hear(capsys, *words):
    code = main(["hear", *map(str, words), "--lang", "en"])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def node_toml(folder, tables):
    (folder / "day.toml").touch()
    path = folder / "node.toml"
    path.write_text(f'rundown = "day.toml"\n{tables}')
    return path


def utterances(capsys, *words):
    code, out, _ = hear(capsys, *words, "--json")
    assert code == 0
    return [json.loads(line) for line in out.splitlines()]


def test_each_utterance_is_a_line_of_json(capsys, recording):
    asked, other = utterances(capsys, recording)
    assert list(asked) == [*KEYS, "decision_delay_s"]
    assert (asked["file"], asked["keyword"], asked["intent"]) == (
        str(recording),
        "多少钱",
        "price",
    )
    assert asked["start_s"] == pytest.approx(1, abs=0.04)
    assert asked["end_s"] == pytest.approx(2, abs=0.04)
    assert 0.5 < asked["score"] <= 1
    assert asked["decision_delay_s"] == pytest.approx(-0.2, abs=0.2)
    assert other["start_s"] > 2.9
    assert {other[key] for key in KEYS[3:6]} == {None}


def test_people_read_intent_score_delay_and_keyword(capsys, recording):
    code, out, err = hear(capsys, recording)
    first, second = out.splitlines()
    assert code == 0
    assert first.split()[2] == "price"
    assert first.split()[-1] == "多少钱"
    assert second.split()[-1] == "-"
    assert "2 utterances, 1 understood; 5.0 s of sound" in err


def test_speech_up_to_the_last_sample_is_understood(capsys, tmp_path):
    cut = write(tmp_path / "cut.wav", sound((0, 0.5), (1, 0.8)))
    assert [one["keyword"] for one in utterances(capsys, cut)] == ["多少钱"]


def test_each_file_begins_anew(capsys, recording):
    told = utterances(capsys, recording, recording)
    assert told[:2] == told[2:]


def test_the_file_is_named_where_there_are_several(capsys, recording):
    _, out, _ = hear(capsys, recording, recording)
    assert out.splitlines().count(str(recording)) == 2


def test_keywords_of_one_language_alone(capsys, recording):
    assert utterances(capsys, recording, "--locale", "en")[0]["keyword"] is None
    assert utterances(capsys, recording, "--locale", "zh")[0]["keyword"] == "多少钱"


def test_what_the_loudspeaker_played_is_no_question(capsys, recording, tmp_path):
    played = write(tmp_path / "played.wav", ASKED[1600:24_000])  # earlier and shorter
    told = utterances(capsys, recording, "--reference", played)
    assert [one["keyword"] for one in told] == [None, None]


def test_a_short_stop_word_counts_as_while_the_node_speaks(capsys, tmp_path):
    path = write(tmp_path / "stop.wav", sound((0, 0.5), (4, 0.8), (0, 1.0)))
    assert utterances(capsys, path)[0]["keyword"] is None
    assert utterances(capsys, path, "--speaking")[0]["keyword"] == "停"


def test_a_short_stop_word_counts_while_the_reference_sounds(capsys, tmp_path):
    path = write(tmp_path / "stop.wav", sound((0, 0.5), (4, 0.8), (0, 1.5)))
    played = write(tmp_path / "played.wav", sound((9, 2.0)))
    silent = write(tmp_path / "silent.wav", sound((0, 2.0)))
    assert utterances(capsys, path, "--reference", played)[0]["keyword"] == "停"
    assert utterances(capsys, path, "--reference", silent)[0]["keyword"] is None


def test_a_truncated_file_is_heard_as_far_as_it_goes_and_exit_1(capsys, recording):
    recording.write_bytes(recording.read_bytes()[:-20_000])
    code, out, err = hear(capsys, recording, "--json")
    assert code == 1
    assert json.loads(out.splitlines()[0])["keyword"] == "多少钱"
    assert "asked.wav: truncated: 140000 bytes of 160000 are there" in err


def test_a_file_that_is_no_sound_is_exit_1_and_the_others_are_heard(capsys, recording, tmp_path):
    odd = tmp_path / "odd.wav"
    odd.write_text("no sound")
    code, out, err = hear(capsys, odd, tmp_path / "none.wav", recording, "--json")
    assert code == 1
    assert len(out.splitlines()) == 2
    assert "odd.wav: cannot be read as sound" in err
    assert "none.wav: cannot be read as sound: No such file" in err
    assert "Traceback" not in err


def test_a_reference_that_is_no_sound_is_exit_1(capsys, recording, tmp_path):
    code, _, err = hear(capsys, recording, "--reference", tmp_path / "none.wav")
    assert code == 1
    assert "none.wav: cannot be read as sound: No such file" in err


def test_silence_is_exit_0_without_a_line(capsys, tmp_path):
    assert utterances(capsys, write(tmp_path / "silent.wav", np.zeros(80_000, np.int16))) == []


def test_a_missing_model_is_one_line_and_exit_1(capsys, recording, monkeypatch):
    def missing(_folder, **_):
        raise AssetError("m.onnx: in none of /a, /b: run tools/fetch_models")

    monkeypatch.setattr("node.voice.models.load_models", missing)
    code, _, err = hear(capsys, recording)
    assert (code, err.count("\n")) == (1, 1)
    assert "m.onnx: in none of /a, /b" in err


def test_the_microphone_of_a_config_is_listened_to(capsys, recording, tmp_path):
    microphone = f'[microphone]\nkind = "url"\nurl = "{recording}"\nis_paced = false\n'
    config = node_toml(tmp_path, microphone)
    code, out, err = hear(capsys, "--listen", "--config", config, "--json")
    assert "listening to" in err
    assert code == 1  # the recording ends, as no microphone would
    assert json.loads(out.splitlines()[0])["keyword"] == "多少钱"


def test_the_models_of_a_config_are_used_and_those_in_its_state(
    capsys, recording, tmp_path, monkeypatch
):
    asked = []
    monkeypatch.setattr(
        "node.voice.models.load_models",
        lambda folder, **others: asked.append((folder, others["fetched"])) or models(),
    )
    (tmp_path / "own").mkdir()
    config = node_toml(tmp_path, f'state_dir = "{tmp_path}/state"\n[voice]\nmodels = "own"\n')
    hear(capsys, recording, "--config", config)
    (tmp_path / "booth.toml").touch()
    hear(capsys, recording, "--config", config, "--head", tmp_path)
    state = tmp_path / "state/models"
    assert asked == [(tmp_path / "own", state), (tmp_path, state)]


def test_a_head_that_is_not_there_is_an_error_and_not_another_head(capsys, recording, tmp_path):
    code, out, err = hear(capsys, "--head", tmp_path / "nowhere", recording)
    assert (code, out) == (1, "")
    assert "nowhere/booth.toml: no such file" in err
