"""The newest questions as screens show them."""

from node.voice.acts import Answered, Speak
from node.voice.replies import Line
from node.voice.turns import DRAWN_MAX, KEPT, Turns

SAID = {"zh": "展会价一百二十九元。", "en": "The show price is 129 yuan."}


def answered(number: int = 1, text: dict[str, str] | None = None, *, is_aloud: bool = True):
    text = SAID if text is None else text
    line = Line("price.plain", text, text)
    return Answered(
        number, "price", "zh", "node", (Speak(line, "zh", is_aloud=is_aloud),), text=text
    )


def test_what_is_said_stands_in_the_picture():
    assert Turns().put(answered(), "voice", 1.0).is_drawn


def test_what_is_shown_alone_does_not():
    assert not Turns().put(answered(is_aloud=False), "voice", 1.0).is_drawn


def test_what_the_lower_third_has_no_room_for_does_not_stand_there_whole():
    wide, long = "汉" * 26, "o" * (DRAWN_MAX + 1)
    for text in ({"zh": wide}, {"zh": "好", "en": long}):
        assert not Turns().put(answered(text=text), "voice", 1.0).is_drawn


def test_a_later_answer_keeps_the_time_and_the_way_of_its_question():
    turns = Turns()
    turns.put(answered(), "talk", 1.0)
    later = turns.put(answered(is_aloud=False), "voice", 9.0)
    assert (later.at_s, later.way) == (1.0, "talk")
    assert turns.newest == (later,)


def test_only_the_newest_are_kept():
    turns = Turns()
    for number in range(KEPT + 3):
        turns.put(answered(number), "voice", 1.0)
    assert [turn.number for turn in turns.newest] == list(range(3, KEPT + 3))
