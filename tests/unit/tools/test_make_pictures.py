"""The tool that takes the README's pictures: when it takes which, and how it fails."""

from itertools import pairwise
from pathlib import Path

import pytest

import node
from node.program.reading import read_rundown
from tools.make_pictures import __main__ as command
from tools.make_pictures.demo import DemoError, running_demo
from tools.make_pictures.shots import SHOTS, Shot

PICTURES = Path(command.__file__).with_name("pictures")
NO_PORT = 99_999


def test_each_picture_is_there_and_no_other():
    assert {path.stem for path in PICTURES.iterdir()} == {shot.name for shot in SHOTS}


def test_neighbours_take_different_segments():
    assert all(one.segment != other.segment for one, other in pairwise(SHOTS))


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_a_picture_is_taken_while_a_card_is_up(shot: Shot):
    rundown = read_rundown(Path(node.__file__).with_name("demo") / "day.toml", fps=30).rundown
    cues = rundown.segments[shot.segment].cues
    cards = [cue for cue in cues if cue.do == "card.show"]
    assert any(cue.at <= shot.at_s * 30 < cue.at + cue.for_frames - 30 for cue in cards)


def test_help_has_examples(capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    assert ended.value.code == 0
    assert "python -m tools.make_pictures --only kiosk" in capsys.readouterr().out


def test_a_demo_that_does_not_come_up_is_told():
    with pytest.raises(DemoError, match="ended with 2"), running_demo(NO_PORT):
        pass
