"""Cues by the clock, spoken words, the microphone window and climaxes foretold."""

from dataclasses import replace

from node.program.commands import Busy, Resume, TakeLive
from node.program.rundown import Block, Cue
from node.program.saying import reading_s
from tests.fakes.rundowns import agent, card, clip, live, offer, offered, rundown, say
from tests.fakes.stage import stage

MINUTE = 60 * 30
DESK = live("desk", 300, 60, offered("desk", 0, 730))


def test_an_offer_starts_on_the_first_frame_of_its_minute():
    on = stage(rundown(DESK, play=("desk",), offers=(offer(),)), 729, 59)
    on.go(30)
    assert on.show.card is None
    on.step()
    assert on.show.card is not None
    assert (on.show.card.product, on.show.card.offer, on.show.card.is_offer) == (
        "P17", "noon", True,
    )  # fmt: skip
    assert [fact.offer for fact in on.seen("offer.start")] == ["noon"]


def test_the_strip_follows_the_offers_card_until_the_window_ends():
    on = stage(rundown(DESK, play=("desk",), offers=(offer(end=732),)), 730)
    on.go(60 * 30)
    assert (on.show.countdown, on.show.card is None) == ("", False)
    on.step()
    assert (on.show.countdown, on.show.card) == ("noon", None)
    on.go(60 * 30 - 1)
    assert on.show.countdown == "noon"
    on.step()
    assert on.show.countdown == ""
    assert [fact.why for fact in on.seen("offer.end")] == ["time"]


def test_an_offers_card_lasts_no_longer_than_its_window():
    on = stage(rundown(DESK, play=("desk",), offers=(offer(end=732),)), 731, 30)
    on.go(30 * 30)
    assert on.show.card is not None
    on.step()
    assert (on.show.card, on.show.countdown) == (None, "")


def test_a_segment_that_comes_late_shows_the_offer_at_its_entry_and_again_at_the_next():
    day = rundown(clip("a", 70), replace(DESK, length=70 * 30, overrun=0),
                  play=("a", "desk"), offers=(offer(),))  # fmt: skip
    on = stage(day, 730)
    on.go(70 * 30)
    assert on.show.card is None
    on.step()
    assert on.show.card is not None
    on.go(140 * 30)
    assert on.show.card is not None
    assert len(on.seen("offer.start")) == 1
    assert [fact.why for fact in on.seen("card.show")] == ["offer", "offer"]


def test_outside_its_window_and_on_another_day_an_offer_never_shows():
    on = stage(rundown(DESK, play=("desk",), offers=(offer(),)), 746)
    on.go(MINUTE)
    tomorrow = replace(offer(), on=offer().on.replace(day=22))
    other = stage(rundown(DESK, play=("desk",), offers=(tomorrow,)), 730)
    other.go(MINUTE)
    assert not on.seen("card.show")
    assert not other.seen("card.show")


def test_a_countdown_is_the_strip_alone():
    strip = Cue("desk.0", -1, "countdown", clock=735, offer="noon")
    on = stage(rundown(live("desk", 300, 0, strip), play=("desk",), offers=(offer(),)), 735)
    on.step()
    assert (on.show.card, on.show.countdown) == (None, "noon")
    assert not on.seen("offer.start")


def test_an_offer_fires_while_its_segment_is_handed_over():
    desk = replace(DESK, on_busy="agent")
    day = rundown(desk, agent("agent", 240), play=("desk",), offers=(offer(),))
    on = stage(day, 729, 50)
    on.go(30)
    on.do(Busy(True))
    on.go(300)
    assert on.show.airing.segment == "agent"
    assert on.show.card is not None
    fired = on.seen("cue.fire")[0]
    assert (fired.cue, fired.segment, fired.position) == ("desk.0", "desk", 300)


def test_an_offer_fires_while_its_camera_is_lost():
    on = stage(rundown(DESK, play=("desk",), offers=(offer(),)), 729, 59)
    on.sources["desk"] = "lost"
    on.go(32)
    assert on.show.stand_in == "slate"
    assert on.show.card is not None


def test_a_cue_by_the_clock_without_an_offer_has_its_minute():
    word = Cue("a.0", -1, "lower_third", clock=730, text={"zh": "中午好"}, for_frames=60)
    on = stage(rundown(clip("a", 300, word), play=("a",)), 729, 59)
    on.go(31)
    assert on.show.lower_third is not None
    on.go(61)
    assert on.show.lower_third is None
    late = stage(rundown(clip("a", 300, word), play=("a",)), 731)
    late.go(60)
    assert not late.seen("cue.fire")


def test_what_is_said_is_read_as_a_lower_third_for_as_long_as_it_takes():
    text = "想要同款茶具,扫屏幕上的码,也可以直接问我。"
    on = stage(rundown(clip("a", 60, say("a", 0, 10, text)), play=("a",)))
    on.go(11)
    assert on.show.saying is not None
    assert on.show.lower_third is not None
    assert on.show.lower_third.text == {"zh": text}
    on.go(round(reading_s({"zh": text}) * 30))
    assert (on.show.saying, on.show.lower_third) == (None, None)
    assert len(on.seen("say.start")) == len(on.seen("say.end")) == 1


def test_reading_takes_five_characters_or_three_words_a_second():
    assert reading_s({"zh": "汉" * 25}) == 5
    assert reading_s({"en": " ".join(["word"] * 15)}) == 5
    assert reading_s({"zh": "好"}) == 2


def test_a_segments_end_cuts_what_is_said_and_closes_the_microphone():
    ear = Cue("a.1", 30, "listen.open")
    on = stage(rundown(clip("a", 2, say("a", 0, 40), ear), clip("b", 9), play=("a", "b")))
    on.go(45)
    assert on.show.listening
    on.go(20)
    assert (on.show.saying, on.show.listening) == (None, False)
    assert [fact.why for fact in on.seen("say.cut")] == ["segment"]
    assert [fact.why for fact in on.seen("listen.close")] == ["segment"]


def test_the_microphone_opens_and_closes_by_cue():
    cues = (Cue("a.0", 10, "listen.open"), Cue("a.1", 20, "listen.close"))
    on = stage(rundown(clip("a", 2, *cues), play=("a",)))
    on.go(11)
    assert on.show.listening
    on.go(10)
    assert not on.show.listening


def test_a_block_without_a_speaker_opens_no_microphone():
    block = Block(0, 0, ("a",), is_speaker_on=False)
    on = stage(rundown(clip("a", 2, Cue("a.0", 10, "listen.open")), blocks=(block,)))
    on.go(20)
    assert not on.show.listening
    assert on.seen("cue.skip")[0].why == "the speaker is off"


def test_a_climax_is_foretold_fifteen_seconds_before_once():
    climax = replace(card("a", 0, 20 * 30), beat="climax")
    on = stage(rundown(clip("a", 60, climax), live("desk", 5), play=("a",)))
    on.go(5 * 30)
    assert not on.seen("beat.soon")
    on.step()
    assert [fact.position for fact in on.seen("beat.soon")] == [150]
    on.do(TakeLive())
    on.go(10)
    on.do(Resume())
    on.go(30)
    assert len(on.seen("beat.soon")) == 1


def test_a_clock_set_back_takes_the_offer_down_until_its_time_comes_again():
    on = stage(rundown(live("desk", 3000, 0, offered("desk", 0, 730)), play=("desk",),
                       offers=(offer(),)), 730)  # fmt: skip
    on.go(70 * 30)
    on.minute = 729
    on.go(5)
    assert (on.show.card, on.show.countdown) == (None, "")
    assert on.seen("offer.end")[0].why == "clock"
    on.minute = 730
    on.go(5)
    assert on.show.card is not None
    assert len(on.seen("offer.start")) == 1
