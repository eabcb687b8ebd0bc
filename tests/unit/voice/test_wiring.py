"""Which parts of the voice a configuration brings to life."""

import pytest

from node.channels import Fanout, State
from node.config import Config
from node.config_voice import (
    DeviceMicrophoneConfig,
    LoudspeakerConfig,
    SimulatedMicrophoneConfig,
    VoiceConfig,
)
from node.program.listening import Listening
from node.voice.wiring import VoiceNeighbours, voice_of
from tests.fakes.asked_booth import sample_catalog
from tests.fakes.rundowns import clip, rundown
from tests.fakes.studio import Studio

LOUDSPEAKER, HALL = LoudspeakerConfig(), SimulatedMicrophoneConfig()
HEARING = {"microphone", "echo"}


def parts_of(tmp_path, **tables):
    """The names of the parts that a node with these tables runs."""
    return [part.name for part in house_of(tmp_path, [], **tables)]


def house_of(tmp_path, noted, **tables):
    """The parts that a node with these tables runs, and what they note."""
    studio = Studio(rundown(clip("a", 60), play=("a",)))
    near = VoiceNeighbours(
        state=studio.state, submit=studio.runner.submit, catalog=sample_catalog,
        mixed=Fanout(1), ring=studio.spoken, note=noted.append,
    )  # fmt: skip
    config = Config(rundown="", state_dir=str(tmp_path), **tables)
    house = voice_of(config, near, State(Listening()))
    try:
        return house.parts
    finally:
        house.close()


def test_without_tables_nothing_runs(tmp_path):
    assert parts_of(tmp_path) == []


def test_a_microphone_without_a_voice_is_not_opened(tmp_path):
    assert parts_of(tmp_path, microphone=DeviceMicrophoneConfig()) == []


@pytest.mark.parametrize(
    "others", [{}, {"voice": VoiceConfig()}, {"voice": VoiceConfig(), "microphone": HALL}]
)
def test_a_loudspeaker_plays_whoever_listens_and_only_once(tmp_path, others):
    assert parts_of(tmp_path, loudspeaker=LOUDSPEAKER, **others).count("loudspeaker") == 1


def test_a_voice_without_a_microphone_answers_what_is_typed(tmp_path):
    names = set(parts_of(tmp_path, voice=VoiceConfig()))
    assert "voice" in names
    assert not names & HEARING


def test_a_voice_with_a_microphone_listens(tmp_path):
    assert set(parts_of(tmp_path, voice=VoiceConfig(), microphone=HALL)) >= HEARING


@pytest.mark.parametrize("why", ["too_slow", "model_failed"])
def test_a_rest_of_the_ear_is_an_event_with_its_cause_and_length(tmp_path, why):
    noted = []
    parts = house_of(tmp_path, noted, voice=VoiceConfig(), microphone=HALL)
    next(part for part in parts if part.name == "ear")._tired(why, 60.0)
    assert [(one.ev, one.part, one.why, one.n) for one in noted] == [("fault", "ear", why, 60)]
