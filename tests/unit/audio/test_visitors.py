"""The demo's visitors: who is listed, that each has a voice, how they come to be heard."""

from pathlib import Path

import numpy as np
import pytest

import node
from node.audio.simulated import Hall
from node.audio.visitors import Visitors, listed, recording
from node.errors import AssetError, CommandError
from node.media import SPEECH_RATE_HZ

DEMO = Path(node.__file__).with_name("demo") / "visitors"
ONE = """
format = "livesell-visitors/1"
[[visitor]]
id = "ann"
locale = "en"
says = "How much?"
phrases = ["how much"]
who = "woman"
voice = "af_sarah"
distance_m = 1.0
"""


def test_every_visitor_of_the_demo_has_a_recording_of_a_few_seconds():
    everyone = listed(DEMO)
    assert len({one.id for one in everyone}) == len(everyone) >= 8
    assert {path.stem for path in DEMO.glob("*.ogg")} == {one.id for one in everyone}
    for one in everyone:
        pcm = recording(DEMO / f"{one.id}.ogg")
        assert pcm.dtype == np.int16
        assert 0.3 < len(pcm) / SPEECH_RATE_HZ < 5
        assert np.abs(pcm.astype(int)).max() > 3000


def test_the_demo_s_visitors_are_many_and_small():
    everyone = listed(DEMO)
    assert {one.locale for one in everyone} == {"zh", "en"}
    assert len({one.voice for one in everyone}) >= 4
    assert {one.needs for one in everyone} == {"", "talk", "answer"}
    assert sum(path.stat().st_size for path in DEMO.iterdir()) < 400_000


async def test_a_visitor_is_heard_in_the_hall_and_no_second_one_meanwhile():
    hall = Hall()
    visitors = Visitors(DEMO, hall)
    visitors.begin()
    await visitors.play("price_zh")
    assert hall.is_speaking
    with pytest.raises(CommandError) as refused:
        await visitors.play("stop_zh")
    assert refused.value.code == "visitor_busy"
    heard = hall.take(10 * SPEECH_RATE_HZ)
    assert np.abs(heard).max() > 0.05
    assert not hall.is_speaking


async def test_an_unknown_visitor_and_a_missing_recording_are_refused(tmp_path):
    (tmp_path / "visitors.toml").write_text(ONE)
    visitors = Visitors(tmp_path, Hall())
    visitors.begin()
    for name, code in [("bob", "unknown_visitor"), ("ann", "visitor_mute")]:
        with pytest.raises(CommandError) as refused:
            await visitors.play(name)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "word"),
    [("", "format"), (ONE.replace("1.0", "99"), "distance_m"),
     (ONE.replace('"ann"', '"../x"'), "id"),
     (ONE.replace('"woman"', '"dog"'), "who"), ("[", "visitors.toml")],
)  # fmt: skip
def test_a_faulty_list_is_refused_with_its_place(tmp_path, text, word):
    (tmp_path / "visitors.toml").write_text(text)
    with pytest.raises(AssetError, match=word):
        listed(tmp_path)
