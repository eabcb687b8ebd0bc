"""Training a head: replay, calibration, and what is published."""

from dataclasses import replace

import numpy as np
import pytest

from node.errors import AssetError
from node.voice.frontend import HOP_SAMPLES
from node.voice.heard import Spotted
from node.voice.models import load_head
from node.voice.spotter import Head, Label, Spotter, softmax
from tools.train_keywords.calibrate import Aim, accepts, calibrated, listened
from tools.train_keywords.det import curve, drawn
from tools.train_keywords.inventory import Keyword
from tools.train_keywords.material import recordings
from tools.train_keywords.measure import Trial, confusions, recall
from tools.train_keywords.publish import entered, labels_file, publish
from tools.train_keywords.replay import Track, choices, replay, scores_of

LABELS = (Label("多少钱", "price", "zh"), Label("any left", "stock", "en"))


def head_of(loud_row):
    """A head that fires for the first label where the last row begins with `loud_row`."""

    def classify(rows):
        logits = np.zeros((len(rows), 3), np.float32)
        logits[:, 0] = 4
        logits[:, 1] = np.where(rows[:, -1, 0] > 0, rows[:, -1, 0] * loud_row, 0)
        return logits

    return Head(LABELS, classify, "0" * 64)


def track_with(values, hops=120):
    rows = np.zeros((hops, 96), np.float16)
    for at, value in values.items():
        rows[at : at + 3, 0] = value
    return Track("speech", rows, np.ones(hops * HOP_SAMPLES // 512, np.float32))


def test_a_kept_track_is_decided_by_the_nodes_own_hearing():
    track, head = track_with({40: 8.0}), head_of(1.0)
    found = replay(track, head, scores_of(track, head))
    assert [(one.keyword, one.intent) for one in found] == [("多少钱", "price")]
    assert found[0].at_s == pytest.approx(41 * 0.08 + 0.32, abs=0.09)
    assert found[0].score > 0.9


def test_scores_of_a_track_are_those_of_the_nodes_spotter():
    track, head = track_with({0: 2.0, 40: 8.0}), head_of(1.0)
    expected = Spotter(head).feed(track.rows.astype(np.float32))
    assert np.allclose(scores_of(track, head), expected, atol=1e-6)


def test_silence_as_the_speech_detector_sees_it_fires_nothing():
    track = track_with({40: 8.0})
    mute = Track("noise", track.rows, np.zeros_like(track.speech))
    head = head_of(1.0)
    assert replay(mute, head, scores_of(mute, head)) == []


HOUR = 120 * 0.08 / 3600
"""Of a track."""


def heard_by(head, *tracks):
    return listened(tracks, head, lambda _done, _whole: None)


def test_a_track_is_decided_faster_as_it_is_replayed():
    track, head = track_with({40: 8.0, 100: 6.0}), head_of(1.0)
    scores = scores_of(track, head)
    fast, replayed = list(choices(track, scores, head.labels)), replay(track, head, scores)
    assert [one.label.keyword for one in fast] == [one.keyword for one in replayed]
    assert [one.score for one in fast] == pytest.approx([one.score for one in replayed])
    mute = Track("noise", track.rows, np.zeros_like(track.speech))
    assert list(choices(mute, scores_of(mute, head), head.labels)) == []


def test_thresholds_rise_until_few_enough_false_accepts_are_left():
    tracks = [track_with({40: 4.5}), track_with({40: 4.6}), track_with({40: 9.0})]
    heard = heard_by(head_of(1.0), *tracks)
    head = calibrated(heard, head_of(1.0), Aim(1.01 / (3 * HOUR)), {})
    assert len(accepts(heard, head).events) == 1
    assert head.labels[0].threshold > 0.6
    assert head.labels[1].threshold == 0.5


def test_false_accepts_that_count_less_raise_no_threshold():
    heard = heard_by(head_of(1.0), track_with({40: 4.5}), track_with({40: 9.0}))
    aim = Aim(1.01 / (2 * HOUR), {"speech": 0.5})
    head = calibrated(heard, head_of(1.0), aim, {})
    assert len(accepts(heard, head).events) == 2
    assert head.labels[0].threshold == 0.5


def test_the_threshold_rises_that_loses_fewest_clips():
    def classify(rows):
        logits = np.zeros((len(rows), 3), np.float32)
        logits[:, 0] = 4
        logits[:, 1], logits[:, 2] = rows[:, -1, 0], rows[:, -1, 1]
        return logits

    first, second = track_with({40: 5.0}), track_with({})
    second.rows[40:43, 1] = 5.0
    said = {("多少钱", "zh"): [0.6, 0.65, 0.99], ("any left", "en"): [0.98, 0.99]}
    aim = Aim(1.01 / (2 * HOUR))
    head = Head(LABELS, classify, "0" * 64)
    head = calibrated(heard_by(head, first, second), head, aim, said)
    assert head.labels[0].threshold == 0.5
    assert head.labels[1].threshold == pytest.approx(0.76, abs=0.02)


def test_a_false_wake_counts_as_much_as_the_aim_says():
    head = head_of(1.0)
    head = replace(head, labels=(replace(LABELS[0], intent="wake"), LABELS[1]))
    heard = heard_by(head, track_with({40: 4.5}))
    assert calibrated(heard, head, Aim(1.01 / HOUR), {}).labels[0].threshold == 0.5
    assert calibrated(heard, head, Aim(1.01 / HOUR, wake=2.0), {}).labels[0].threshold > 0.6


def test_few_false_accepts_leave_every_threshold_at_the_floor():
    heard = heard_by(head_of(1.0), track_with({}))
    head = calibrated(heard, head_of(1.0), Aim(1.0), {})
    assert [label.threshold for label in head.labels] == [0.5, 0.5]
    assert accepts(heard, head).per_hour == 0


def spotted(intent, keyword="多少钱"):
    return Spotted(1.0, 0.5, keyword, intent, "zh", 0.9)


def test_recall_counts_intents_and_confusions_count_the_others():
    price = Keyword("几块钱", "price", "zh")
    done = [
        Trial(price, spotted("price")),
        Trial(price, spotted("stock", "还有吗")),
        Trial(price, None),
    ]
    found = recall(done)
    assert (found.count, round(found.right, 2), round(found.wrong, 2)) == (3, 0.33, 0.33)
    assert confusions(done) == {("几块钱", "还有吗"): 1}


def test_a_higher_threshold_misses_more_and_accepts_less():
    points = curve([0.6, 0.8, 0.95], 4, [0.55, 0.9], 2.0)
    assert points[0].missed == pytest.approx(0.25)
    assert points[0].per_hour == 1.0
    assert points[-1].missed == 1.0
    assert points[-1].per_hour == 0.0
    assert drawn({"quiet": points}).count("<polyline") == 1


def test_a_published_head_is_entered_once_and_opens(tmp_path):
    fit = pytest.importorskip("tools.train_keywords.fit")
    export = pytest.importorskip("tools.train_keywords.export")
    state = fit.fresh_weights(3, 1)
    file = export.onnx_bytes(state, "for a test")
    (tmp_path / "manifest.toml").write_text('[[file]]\nname = "other.onnx"\nbytes = 1\n', "utf-8")
    for _ in range(2):
        publish(tmp_path, "trial", file, LABELS, {"seed": 1})
    text = (tmp_path / "manifest.toml").read_text("utf-8")
    assert text.count('name = "trial.onnx"') == 1
    assert text.count('name = "other.onnx"') == 1
    head = load_head(tmp_path, head="trial")
    assert head.labels == LABELS
    x = np.random.default_rng(1).standard_normal((2, 12, 96)).astype(np.float32)
    assert np.allclose(head.classify(x), fit.forward(state, x), atol=1e-4)


def test_a_head_with_another_file_than_its_labels_is_refused(tmp_path):
    (tmp_path / "trial.onnx").write_bytes(b"something else")
    (tmp_path / "trial.toml").write_text(labels_file(LABELS, {"sha256": "0" * 64}), "utf-8")
    with pytest.raises(AssetError, match="SHA-256"):
        load_head(tmp_path, head="trial")


def test_slots_are_written_with_their_label():
    text = labels_file([Label("有黑色", "colour", "zh", 0.62, {"colour": "black"})], {"seed": 3})
    assert 'slots = { colour = "black" }' in text
    assert "threshold = 0.62" in text


def test_an_entry_replaces_the_one_of_the_same_file():
    first = '[[file]]\nname = "a.onnx"\n[file.wheel]\nversion = "1"\n\n'
    before = f'# x\n\n{first}[[file]]\nname = "b.onnx"\n'
    after = entered(before, "a.onnx", '[[file]]\nname = "a.onnx"\nbytes = 2\n')
    assert after.startswith("# x\n")
    assert after.count("a.onnx") == after.count("b.onnx") == 1
    assert after.endswith("bytes = 2\n")


def test_speakers_are_split_and_one_voice_is_for_measuring_only(tmp_path):
    lines = ["path,label,language,speaker,source,licence"]
    lines += [f"dsp/{s}{n}.flac,w,zh,S{s},x,MIT" for s in range(9) for n in range(3)]
    lines += ["cmn_words/a.flac,词,zh,yt1,y,CC-BY-SA", "noise/hum.flac,noise,-,unknown,z,CC0"]
    (tmp_path / "manifest.csv").write_text("\n".join(lines), "utf-8")
    found = recordings(tmp_path)
    by_speaker = {}
    for one in found:
        by_speaker.setdefault(one.speaker, set()).add(one.split)
    assert all(len(splits) == 1 for splits in by_speaker.values())
    assert {one.split for one in found} == {"train", "develop", "test"}
    assert [one.split for one in found if one.is_measure_only] == ["test"]
    assert [one.path.name for one in found if one.is_noise] == ["hum.flac"]


def test_joined_heads_are_as_sure_as_the_mean_of_them(tmp_path):
    fit = pytest.importorskip("tools.train_keywords.fit")
    export = pytest.importorskip("tools.train_keywords.export")
    files = [export.onnx_bytes(fit.fresh_weights(3, seed), "one") for seed in (1, 2)]
    x = np.random.default_rng(1).standard_normal((2, 12, 96)).astype(np.float32)
    sure = []
    for number, file in enumerate([*files, export.joined(files, "both")]):
        (tmp_path / str(number)).mkdir()
        publish(tmp_path / str(number), "trial", file, LABELS, {"seed": 1})
        logits = load_head(tmp_path / str(number), head="trial").classify(x)
        sure.append(np.stack([softmax(line) for line in logits]))
    assert not np.allclose(sure[0], sure[1], atol=1e-3)
    assert np.allclose(sure[2], (sure[0] + sure[1]) / 2, atol=1e-5)
