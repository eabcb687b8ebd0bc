"""Facts about answers: who gives them, from what, in which words, and what is done besides."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.catalog.intents import INTENTS
from node.catalog.products import Product
from node.program.commands import SetVolume, ShowCard
from node.voice.accepting import Reply
from node.voice.acts import Answered, CloseEar, Do, HandOver, Hush, Resume, Speak, Withdraw
from node.voice.booth import Question, Stocked
from node.voice.intents import Understood
from node.voice.lexicon import own_phrases
from tests.fakes.asked_booth import FOLDER, AskedBooth, Script, direct, spoken

LEAST_RIGHT = 0.93
"""Of the scripted turns; `python -m tests.bench.bench_dialogue` lists the others."""


@pytest.fixture
def booth():
    return AskedBooth()


def lines(answered: Answered):
    return [act for act in answered.acts if isinstance(act, Speak)]


@pytest.fixture(scope="module")
def played():
    return Script((FOLDER / "turns.txt").read_text(encoding="utf-8")).play()


def test_the_scripted_turns_are_answered_right(played):
    right = sum(not wrong for _, wrong in played)
    assert len(played) >= 150
    assert right / len(played) >= LEAST_RIGHT


def test_a_scripted_turn_that_is_not_understood_is_never_answered_from_the_catalog(played):
    guessed = [turn.text for turn, wrong in played if wrong and "intent ''" not in wrong]
    assert len(guessed) <= 3


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_intent_is_answered_in_every_language(booth, intent, locale):
    question = Question("voice", Understood(intent, locale, confidence=1.0), 1000.0)
    _, answered = booth.dialogue.ask(question, replace(booth.booth, cards=booth.cards.cards))
    assert answered.intent == intent
    assert answered.label[locale]
    assert answered.acts
    assert all(line.locale == locale for line in lines(answered))
    assert (intent == "stop") == (not lines(answered))


def test_a_price_is_said_as_a_person_says_it_and_shown_as_cldr_writes_it(booth):
    answered = booth.ask("这个多少钱")
    assert spoken(answered) == "展会价一百二十九元。"
    assert answered.text == {"zh": "展会价¥129.00。", "en": "Show price: CN¥129.00."}
    assert spoken(booth.ask("how much")) == "Show price: 129 yuan."


def test_that_an_ai_speaks_is_told_once_at_the_first_words_of_a_dialogue(booth):
    first = lines(booth.ask("多少钱"))
    assert [one.line.key for one in first] == ["notice.ai", "price.badge"]
    assert first[0].is_uncuttable
    assert first[0].text == "我是 AI 助手小潮。"
    assert [one.line.key for one in lines(booth.ask("便宜点呗"))] == ["discount.coming"]
    booth.wait(61)
    assert lines(booth.ask("how much"))[0].text == "I'm Tidal, an AI assistant."


def test_no_notice_is_told_where_the_market_asks_for_none():
    booth = AskedBooth()
    booth.set(rules=replace_notice(booth.booth.rules))
    assert [one.line.key for one in lines(booth.ask("多少钱"))] == ["price.badge"]


def replace_notice(rules):
    import msgspec  # noqa: PLC0415

    return msgspec.structs.replace(rules, ai_notice=None)


def test_health_and_safety_go_to_staff_with_a_fixed_sentence_that_ends_first(booth):
    booth.set(can_ask_cloud=True)
    booth.may_send = True
    answered = booth.ask("糖尿病人能吃吗")
    assert [(act.to, act.why) for act in answered.acts if isinstance(act, HandOver)] == [
        ("staff", "unsafe")
    ]
    assert lines(answered)[-1].is_uncuttable
    assert spoken(answered) == "这事关安全,请问店员。"


def test_a_model_may_not_reply_to_a_question_of_safety_even_unasked(booth):
    answered = booth.ask("孕妇能喝吗")
    reply = Reply(answered.number, "cloud", booth.booth.now_s + 1, {"zh": "可以喝的。"})
    booth.dialogue, said = booth.dialogue.replied(reply, booth.booth)
    assert isinstance(said, Answered)
    assert (said.by, said.why) == ("staff", "unsafe")
    assert "可以" not in spoken(said)


def test_a_field_that_the_catalog_lacks_goes_to_staff_and_says_why(booth):
    answered = booth.ask("保温杯有什么颜色")
    assert (answered.by, answered.why, answered.waits) == ("staff", "no_field", True)


def test_a_field_missing_in_the_asked_language_goes_to_staff_and_says_why(booth):
    tea = booth.catalog.products["P17"]
    only_zh = replace(tea, facts={"material": {"zh": "硅胶"}})
    booth.set(catalog=replace(booth.catalog, products={**booth.catalog.products, "P17": only_zh}))
    assert spoken(booth.ask("什么材质")) == "硅胶。"
    answered = booth.ask("what is it made of")
    assert (answered.by, answered.why) == ("staff", "no_text")
    assert spoken(answered) == "I'll ask our staff."


def test_stock_older_than_a_minute_goes_to_staff(booth):
    booth.set(stock={"P17": Stocked(86, 60.0)})
    assert spoken(booth.ask("还有吗")) == "还有八十六套。"
    booth.set(stock={"P17": Stocked(86, 60.1)})
    assert booth.ask("还有吗").why == "stale"


def test_an_offer_is_told_two_hours_ahead_while_it_runs_and_not_after(booth):
    booth.clock("10:09")
    assert spoken(booth.ask("便宜点呗")) == "现在就是这个价,要叫人吗?"
    booth.clock("10:10")
    assert spoken(booth.ask("便宜点呗")) == "十二点十分有九十九元场,限三十套。"
    booth.clock("12:10")
    assert spoken(booth.ask("便宜点呗")) == "现在九十九元,到十二点二十五分,还剩三十套。"
    booth.clock("12:25")
    assert spoken(booth.ask("便宜点呗")) == "现在就是这个价,要叫人吗?"


def test_what_was_asked_back_is_answered_by_yes_or_no(booth):
    booth.ask("保温杯能便宜点吗")
    assert booth.ask("好").intent == "call_staff"
    booth.ask("保温杯能便宜点吗")
    assert spoken(booth.ask("不要")) == "好的。"
    assert lines(booth.ask("好")) == []


def test_buying_shows_the_card_with_its_code(booth):
    answered = booth.ask("怎么买")
    assert Do(ShowCard("P17", 45.0)) in answered.acts


def test_what_is_sold_out_cannot_be_bought(booth):
    booth.set(states={"P17": "sold_out"})
    answered = booth.ask("怎么买")
    assert spoken(answered) == "卖完了。"
    assert not any(isinstance(act, Do) for act in answered.acts)


def test_next_passes_over_what_is_sold_out(booth):
    booth.set(states={"P18": "sold_out"})
    assert booth.ask("下一个").product == "P21"


def test_volume_stays_between_ten_and_a_hundred(booth):
    assert Do(SetVolume(75)) in booth.ask("大声点").acts
    booth.set(volume=95)
    assert Do(SetVolume(100)) in booth.ask("louder").acts
    booth.set(volume=100)
    assert not any(isinstance(act, Do) for act in booth.ask("louder").acts)
    booth.set(volume=10)
    assert not any(isinstance(act, Do) for act in booth.ask("小声点").acts)


def test_do_not_record_me_closes_the_ear(booth):
    assert CloseEar() in booth.ask("别录我").acts
    assert CloseEar() in booth.ask("don't record me").acts
    assert CloseEar() not in booth.ask("你在录音吗").acts


def test_stop_says_nothing_and_withdraws_what_the_cloud_was_asked(booth):
    booth.set(can_ask_cloud=True)
    asked = booth.ask("怎么折叠")
    stopped = booth.ask("停")
    assert stopped.acts == (Hush(), Withdraw(asked.number))
    late = Reply(asked.number, "cloud", booth.booth.now_s, {"zh": "压平再扣上。"})
    assert booth.dialogue.replied(late, booth.booth)[1] == "withdrawn"


def test_what_is_not_understood_is_asked_back_once_then_goes_on(booth):
    first, second = booth.ask("今天天气怎么样"), booth.ask("明天会下雨吗")
    assert (first.by, first.asks_back, first.waits) == ("node", True, False)
    assert (second.by, second.why, second.waits) == ("staff", "unknown", True)
    assert booth.ask("厕所在哪里").asks_back


@pytest.mark.parametrize(
    ("is_allowed", "may_send", "who"),
    [(True, True, "cloud"), (True, False, "staff"), (False, True, "staff")],
)
def test_the_cloud_is_asked_only_where_it_is_allowed_and_the_visitor_agreed(
    booth, is_allowed, may_send, who
):
    booth.set(can_ask_cloud=is_allowed)
    booth.may_send = may_send
    booth.ask("上面可以刻字吗")
    answered = booth.ask("刻字要等吗")
    assert answered.by == who
    (hand_over,) = [act for act in answered.acts if isinstance(act, HandOver)]
    assert (hand_over.to, hand_over.question.may_send) == (who, may_send)


def test_without_staff_that_is_said_and_nobody_is_waited_for(booth):
    booth.set(can_call_staff=False)
    answered = booth.ask("叫人")
    assert (answered.by, answered.why, answered.waits) == ("none", "away", False)
    assert spoken(answered) == "店员现在不在,请稍后再来。"


@pytest.mark.parametrize(
    ("state", "way", "is_aloud"),
    [("is_climax_near", "typed", False), ("is_climax_near", "voice", False),
     ("is_speaking", "typed", False), ("is_speaking", "voice", True),
     ("is_heard", "typed", False), ("is_heard", "talk", True)],
)  # fmt: skip
def test_at_a_climax_or_written_while_someone_speaks_a_question_is_answered_on_screen(
    booth, state, way, is_aloud
):
    booth.set(**{state: True})
    answered = booth.ask("多少钱", way=way)
    assert lines(answered)[-1].is_aloud is is_aloud
    assert answered.text["zh"] == "展会价¥129.00。"


def test_near_a_climax_no_card_takes_the_place_of_its_card(booth):
    booth.set(is_climax_near=True)
    assert not any(isinstance(act, Do) for act in booth.ask("保温杯多少钱").acts)
    booth.card("")
    assert Do(ShowCard("P18", 10.0)) in booth.ask("保温杯多少钱").acts


def test_an_answer_shown_alone_tells_of_the_ai_when_the_next_is_spoken(booth):
    booth.set(is_climax_near=True)
    booth.ask("多少钱")
    booth.set(is_climax_near=False)
    assert lines(booth.ask("多少钱"))[0].line.key == "notice.ai"


def test_a_written_question_takes_nobodys_turn(booth):
    booth.ask("多少钱", way="typed")
    assert booth.ask("多大", way="voice").by == "node"


def test_after_an_offer_to_call_staff_the_talk_of_the_hall_is_not_asked_back(booth):
    assert not booth.ask("保温杯能便宜点吗").asks_back


def test_which_product_is_asked_once_then_staff_is(booth):
    booth.card("")
    booth.wait(100)
    assert booth.ask("多少钱").asks_back
    assert booth.ask("今天天气怎么样").by == "staff"


def test_a_question_begun_before_another_was_finished_is_not_answered(booth):
    booth.ask("多少钱", way="talk")
    late = Question("voice", Understood("size", "zh", confidence=0.9),
                    booth.booth.now_s + 1, began_s=booth.booth.now_s - 1)  # fmt: skip
    dialogue, answered = booth.dialogue.ask(late, booth.booth)
    assert (answered.by, answered.why, answered.acts) == ("none", "overlap", ())
    assert dialogue.context == booth.dialogue.context


def test_the_rest_of_a_cut_sentence_is_kept_ten_seconds(booth):
    booth.ask("多少钱")
    booth.dialogue = booth.dialogue.interrupted(booth.booth.now_s)
    booth.wait(6)
    assert booth.ask("继续").acts == (Resume(),)
    booth.wait(2)
    assert spoken(booth.ask("go on")) == "I had finished."


def test_a_rejected_turn_never_was(booth):
    booth.ask("多少钱")
    before = booth.dialogue.context
    wrong = booth.ask("保温杯怎么用")
    booth.dialogue, acts = booth.dialogue.rejected(wrong.number)
    assert acts == (Hush(), Withdraw(wrong.number))
    assert booth.dialogue.context == before
    assert booth.dialogue.rejected(wrong.number)[1] == ()
    assert booth.ask("多少钱").product == "P17"


def test_an_answer_with_a_refused_word_becomes_a_question_to_staff(booth):
    tea = booth.catalog.products["P17"]
    bold = replace(tea, facts={**tea.facts, "material": {"zh": "全网第一的硅胶", "en": "silicone"}})
    booth.set(catalog=replace(booth.catalog, products={"P17": bold}))
    answered = booth.ask("什么材质")
    assert (answered.by, answered.why) == ("staff", "words")
    assert "第一" not in spoken(answered)
    assert "zh" not in booth.ask("what is it made of").text


def test_an_answer_too_long_to_say_is_shown(booth):
    text = "食品级硅胶折叠壶身,三零四不锈钢滤网与杯托,外带一只帆布收纳袋和一本说明书"
    tea = replace(booth.catalog.products["P17"], facts={"material": {"zh": text}})
    booth.set(catalog=replace(booth.catalog, products={"P17": tea}))
    answered = booth.ask("什么材质")
    assert spoken(answered) == "写在屏幕上了。"
    assert answered.text["zh"] == f"{text}。"


def test_weight_is_told_by_the_net_content_alone(booth):
    assert booth.ask("有多重").why == "no_field"
    osmanthus = booth.catalog.products["P21"]
    from node.catalog.contents import read_content  # noqa: PLC0415

    tin = replace(osmanthus, net=read_content("100 g"))
    booth.set(catalog=replace(booth.catalog, products={"P21": tin}))
    assert spoken(booth.ask("桂花乌龙有多重")) == "净含量100克。"


def test_a_product_without_a_price_goes_to_staff(booth):
    bare = Product("P9", {"zh": "杯垫", "en": "coaster"}, {})
    booth.set(catalog=replace(booth.catalog, products={"P9": bare}))
    booth.card("P9")
    assert booth.ask("多少钱").why == "no_field"


def test_a_locale_without_words_is_answered_in_the_shows_first(booth):
    question = Question("voice", Understood("price", "de", confidence=1.0), 1000.0)
    _, answered = booth.dialogue.ask(question, replace(booth.booth, cards=booth.cards.cards))
    assert answered.locale == "zh"


def test_what_waits_goes_from_cloud_to_staff_and_is_dropped_at_last(booth):
    booth.set(can_ask_cloud=True)
    asked = booth.ask("怎么折叠")
    booth.wait(8.1)
    booth.dialogue, answers = booth.dialogue.overdue(booth.booth)
    assert [(one.number, one.by, one.why) for one in answers] == [(asked.number, "staff", "late")]
    assert booth.dialogue.waiting.of_staff(60, booth.booth.now_s) == 1
    booth.wait(120.1)
    booth.dialogue, answers = booth.dialogue.overdue(booth.booth)
    assert answers == ()
    assert booth.dialogue.waiting.by_number == {}


def test_nothing_of_a_question_stands_in_any_repr(booth):
    booth.set(can_ask_cloud=True)
    answered = booth.ask("孙悟空多少钱")
    assert "孙悟空" not in repr(answered)
    question = Question("typed", Understood(), 1.0, text="孙悟空")
    assert "孙悟空" not in repr(question)
    assert "孙悟空" not in repr(HandOver("cloud", 1, question, "unknown"))
    assert "孙悟空" not in repr(Reply(1, "cloud", 1.0, {"zh": "孙悟空"}))
    assert "孙悟空" not in repr(booth.dialogue)


TEXTS = sorted(
    {line for by_locale in own_phrases().values() for lines in by_locale.values() for line in lines}
    | {"继续", "好", "不要", "茶具", "what about the cup", "刚才那个多少钱", "嗯", "weather"}
)
HAPPENINGS = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(("card P17", "card P18", "card -", "segment", "cut", "reject", "staff off",
                     "cloud on", "consent on", "climax on", "wait 70", "sold P17", "beat P21",
                     "clock 12:12")),
)  # fmt: skip


@given(st.lists(HAPPENINGS, max_size=12))
def test_whatever_is_asked_each_answer_may_be_said_in_time_and_safety_is_for_staff(happened):
    booth = AskedBooth()
    for one in happened:
        if one not in TEXTS:
            direct(booth, *one.split(maxsplit=1))
            continue
        answered = booth.ask(one)
        for line in lines(answered):
            assert line.line.fault(line.locale, booth.booth.rules) == ""
        handed = [act.to for act in answered.acts if isinstance(act, HandOver)]
        assert answered.waits == bool(handed)
        assert answered.intent != "suitable" or handed in ([], ["staff"])
        assert len(booth.dialogue.waiting.by_number) <= 8
