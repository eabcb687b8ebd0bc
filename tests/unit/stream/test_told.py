"""Which messages the viewers of an output get."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from node.program.rundown import Output
from node.stream.told import HIDDEN, told
from tests.fakes.program import everything
from tests.unit.program.test_outputs import PARTNER, policies

OFFER = {"id": "noon", "ends_at": 1}
CARD = {
    "product": "P1",
    "link": "/q/abc",
    "qr": "/qr/abc.svg",
    "scan": "https://x/abc",
    "offer": OFFER,
}
SHOWN = {"t": "card", "show": True, "card": CARD}
STRIP = {"t": "strip", "show": True, "offer": OFFER}
KIOSK = Output(
    "kiosk", True, PARTNER.kinds, frozenset({"card", "qr", "countdown", "ai_label"}), frozenset()
)
WEB = Output(
    "web", True, PARTNER.kinds, frozenset({"ai_label"}), frozenset({"card", "offer", "countdown"})
)


def card_of(output: Output, message=SHOWN):
    given = told(output, "carried", message)
    return None if given is None else given["card"]


def test_who_carries_everything_is_told_everything():
    for message in (SHOWN, STRIP):
        assert told(everything()["web"], "carried", message) == message


def test_the_booth_s_screen_gets_its_code_and_countdown_without_any_data():
    assert card_of(KIOSK) == CARD
    assert told(KIOSK, "carried", STRIP) == STRIP


def test_a_screen_without_countdown_gets_the_card_without_its_end():
    bare = replace(KIOSK, overlay=frozenset({"card", "qr"}))
    assert card_of(bare)["offer"] is None
    assert told(bare, "carried", STRIP) is None


def test_a_phone_gets_the_link_and_no_code():
    card = card_of(WEB)
    assert (card["qr"], card["scan"], card["link"]) == ("", "", "/q/abc")


def test_an_output_without_data_gets_no_card():
    assert card_of(replace(WEB, sent=frozenset())) is None
    assert card_of(replace(WEB, sent=frozenset({"countdown"}))) is None
    assert told(replace(WEB, sent=frozenset({"card"})), "carried", STRIP) is None


def test_offers_alone_bring_the_cards_of_offers_alone():
    offers = replace(WEB, sent=frozenset({"offer"}))
    assert card_of(offers)["offer"] == OFFER
    assert card_of(offers, {**SHOWN, "card": {**CARD, "offer": None}}) is None


@settings(deadline=None)
@given(policies)
def test_a_platform_never_gets_a_code_or_a_way_off_it(output):
    card = card_of(replace(output, is_own=False))
    if card is not None:
        assert (card["qr"], card["scan"], card["link"]) == ("", "", "")


@pytest.mark.parametrize("standing", ["slate", "stopped"])
def test_who_does_not_carry_it_is_told_of_no_card_but_may_hide_one(standing):
    for message in (SHOWN, STRIP):
        assert told(WEB, standing, message) is None
    for message in (*HIDDEN, {"t": "crowd", "likes": 3}):
        assert told(WEB, standing, message) == message


@pytest.mark.parametrize("standing", ["carried", "slate", "stopped"])
@pytest.mark.parametrize(
    ("output", "has_cards"),
    [
        (KIOSK, True),
        (WEB, True),
        (replace(WEB, sent=frozenset({"offer"})), True),
        (replace(WEB, sent=frozenset({"countdown"})), False),
        (replace(KIOSK, is_own=False), False),
    ],
)
def test_the_place_of_the_show_tells_whether_cards_may_come(output, has_cards, standing):
    given = told(output, standing, {"t": "at", "seg": "a"})
    assert given == {"t": "at", "seg": "a", "cards": has_cards}


def test_only_the_booth_s_screen_learns_what_the_ear_does():
    ear = {"t": "ear", "ear": "listening", "asks": True, "may_send": True}
    turn = {"t": "turn", "number": 3, "drawn": False}
    assert [told(KIOSK, "carried", one) for one in (ear, turn)] == [ear, turn]
    assert told(WEB, "carried", ear) == {"t": "ear", "asks": True, "may_send": True}
    assert told(WEB, "carried", turn) is None
    hush = {"t": "hush"}
    assert (told(KIOSK, "carried", hush), told(WEB, "carried", hush)) == (hush, None)
    answer = {"t": "answer", "id": 1, "state": "answered"}
    assert told(WEB, "carried", answer) == answer
    assert [told(PARTNER, "carried", one) for one in (ear, turn, answer)] == [None] * 3


def test_an_answer_is_drawn_only_where_the_output_has_the_lower_third():
    turn = {"t": "turn", "number": 3, "drawn": True}
    with_words = replace(KIOSK, overlay=KIOSK.overlay | {"lower_third"})
    assert told(with_words, "carried", turn) == turn
    assert told(KIOSK, "carried", turn) == turn | {"drawn": False}
