"""Facts about what the doctor tells of the ear of the node that runs here."""

import json

import pytest

from node.cli import examine_ear
from node.cli.texts import load
from node.config import Config, WebConfig
from node.config_voice import SimulatedMicrophoneConfig, VoiceConfig


def told(node, **voice):
    """The verdict where a node says this of its ear."""
    node.answers["/status"] = (200, json.dumps({"version": "1", "voice": voice}).encode())
    port = int(node.url.split(":")[2])
    return examine_ear.ear(config(port))


def config(port=1):
    return Config(rundown="", web=WebConfig(host="127.0.0.1", port=port),
                  microphone=SimulatedMicrophoneConfig(), voice=VoiceConfig())  # fmt: skip


def test_where_nobody_listens_there_is_no_ear():
    verdict = examine_ear.ear(Config(rundown=""))
    assert (verdict.level, verdict.code) == ("absent", "none")


def test_without_a_running_node_nothing_is_known():
    assert examine_ear.ear(config()).code == "not_running"


def test_an_ear_that_hears_names_its_microphone(node):
    verdict = told(node, ear="armed", microphone="desk")
    assert (verdict.level, verdict.message(load("en"))) == ("ok", "hears by desk")


def test_a_muted_ear_is_well(node):
    assert told(node, ear="muted").code == "released"


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_an_ear_that_listens_without_its_microphone_is_not_well(node, locale):
    verdict = told(node, ear="armed")
    assert (verdict.level, verdict.code) == ("warn", "lost")
    assert "livesell status" in verdict.cure(load(locale))


@pytest.mark.parametrize(("locale", "where"), [("en", "mute switch"), ("zh", "静音开关")])
def test_a_lost_microphone_is_told_with_its_reason_and_where_to_look(node, locale, where):
    verdict = told(node, ear="off", trouble="microphone desk: is gone", lost=True)
    assert "microphone desk: is gone" in verdict.message(load(locale))
    assert where in verdict.cure(load(locale))


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_resting_ear_says_when_it_tries_again_and_what_helps(node, locale):
    verdict = told(node, ear="resting", again_s=42)
    assert verdict.level == "warn"
    assert "42" in verdict.message(load(locale))
    assert "second_stage" in verdict.cure(load(locale))


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_microphone_that_is_too_loud_is_to_be_turned_down(node, locale):
    verdict = told(node, ear="armed", microphone="desk", clipped_percent=31)
    assert verdict.level == "warn"
    assert "31" in verdict.message(load(locale))
    assert "alsamixer" in verdict.cure(load(locale))


def test_an_ear_whose_model_failed_says_why_rather_than_that_the_machine_is_slow(node):
    verdict = told(node, ear="resting", again_s=8, trouble="no memory")
    assert verdict.message(load("en")) == "hears nothing: no memory"


def test_an_ear_without_models_says_why(node):
    verdict = told(node, ear="off", trouble="booth.onnx: damaged")
    assert verdict.message(load("en")) == "hears nothing: booth.onnx: damaged"
