"""Facts about replies from outside: what must be true of them before they are said."""

from decimal import Decimal

import pytest

from node.program.commands import ShowCard
from node.voice.accepting import Accepted, Reply, accept_reply, prices_named
from node.voice.acts import Answered, Do, HandOver
from tests.fakes.asked_booth import AskedBooth, spoken


def judged(text, *, by="cloud", at_s=1.0, intent="usage", about="P17", action="", card=""):
    texts = text if isinstance(text, dict) else {"zh": text}
    reply = Reply(1, by, at_s, texts, action=action, product=card)
    return accept_reply(reply, AskedBooth().booth, locale="zh", product=about, intent=intent,
                        due_s=8.0)  # fmt: skip


def test_a_good_reply_is_said_and_may_show_a_card():
    texts = {"zh": "压平就能收起来。", "en": "Press it flat."}
    accepted = judged(texts, action="card.show", card="P18")
    assert isinstance(accepted, Accepted)
    assert (accepted.line.spoken, accepted.product) == (texts, "P18")


@pytest.mark.parametrize(
    ("text", "more", "code"),
    [
        ("压平就行。", {"at_s": 8.1}, "late"),
        ("可以喝。", {"intent": "suitable"}, "unsafe"),
        ("好" * 26, {}, "too_long"),
        ("好" * 100_000, {}, "too_long"),
        (" ".join(["well"] * 16), {}, "too_long"),
        ("", {}, "no_text"),
        ("\u200b\u202e", {}, "no_text"),
        ({"en": "Press it flat."}, {}, "no_text"),
        ("这是全网第一的茶具。", {}, "words"),
        ("价格最低的茶具。", {}, "words"),
        ({"zh": "压平。", "en": "The cheapest of all."}, {}, "words"),
        ("压平。", {"action": "take"}, "unlisted_action"),
        ("压平。", {"action": "card.hide"}, "unlisted_action"),
        ("看这个。", {"action": "card.show", "card": "P99"}, "unknown_product"),
        ("看这个。", {"action": "card.show"}, "unknown_product"),
        ("详见 https://evil.example", {}, "link"),
        ("see evil.com", {}, "link"),
        ("只要99元。", {}, "price"),
        ("现在九十九元。", {}, "price"),
        ("It's 99 yuan.", {}, "price"),
        ("Only 99!", {}, "price"),
        ("￥９９ 拿走", {}, "price"),
        ("19.90元。", {}, "price"),
        ("打八折给您。", {}, "price"),
        ("Take 20% off.", {}, "price"),
        ("We ship it for free.", {}, "price"),
        ("九十九块九。", {}, "price"),
    ],
)
def test_a_bad_reply_is_refused_with_its_reason(text, more, code):
    assert judged(text, **more) == code


@pytest.mark.parametrize(
    "text",
    ["展会价一百二十九元。", "¥129.00", "CN¥129", "It costs 129 yuan.", "19.90 USD", "$19.90",
     "Hold it for 3 seconds.", "48 小时内发货", "feel free to touch it", "一折叠就收好了"],
)  # fmt: skip
def test_the_catalogs_prices_and_other_numbers_may_be_said(text):
    assert isinstance(judged(text), Accepted)


def test_only_the_price_of_the_product_in_question_is_true():
    assert judged("八十九元。") == "price"
    assert isinstance(judged("八十九元。", about="P18"), Accepted)


def test_while_an_offer_runs_its_price_alone_is_true():
    booth = AskedBooth()
    booth.clock("12:12")
    texts = {"zh": "一百二十九元。"}
    told = {"locale": "zh", "product": "P17", "intent": "price", "due_s": 8.0}
    assert accept_reply(Reply(1, "cloud", 1.0, texts), booth.booth, **told) == "price"
    texts = {"zh": "九十九元。"}
    assert isinstance(accept_reply(Reply(1, "cloud", 1.0, texts), booth.booth, **told), Accepted)


def test_amounts_are_read_in_digits_and_in_chinese():
    assert list(prices_named("从一百二十九元到 $19.90")) == [
        (Decimal(129), "CNY"),
        (Decimal("19.90"), "USD"),
    ]


MADE_UP = (
    *("It's ninety-nine.", "It is one hundred yuan.", "Now at 99.", "Two for 99.", "99 kuai"),
    *("Take it for 99 today.", "It costs about 99.", "A hundred bucks.", "Half the price today."),
    *("Buy one, get one.", "一百二就行。", "今天九十九带走。", "两件九十九。", "壹佰元。"),
    *("￥九十九", "一百多块。", "价格九十九", "只要九十九", "买一送一。", "送您一个杯子。"),
    "有优惠券。",
)  # fmt: skip


@pytest.mark.parametrize("text", MADE_UP)
def test_a_price_or_a_gift_that_a_model_made_up_is_not_said(text):
    assert judged(text) == "price"


@pytest.mark.parametrize(
    "text",
    ["It is one hundred and twenty-nine yuan.", "一百二十九。", "One twenty nine.", "现在129。",
     "泡三十秒就好,水温九十五度。", "Wait for two minutes.", "分三步,十分简单。",
     "千万别用洗碗机。", "Open from 10:30 to 18:00.", "It holds twelve cups.", "第一次先用热水。"],
)  # fmt: skip
def test_a_model_may_name_true_prices_and_measures(text):
    assert isinstance(judged(text), Accepted), judged(text)


def test_staff_may_name_numbers_of_its_own():
    assert isinstance(judged("请到十二号馆找九十九。", by="staff"), Accepted)


def test_staff_may_speak_of_safety_but_not_of_other_prices():
    assert isinstance(judged("孕妇请先问医生。", by="staff", intent="suitable"), Accepted)
    assert judged("给您九十九元。", by="staff") == "price"


def asked_of_the_cloud():
    booth = AskedBooth()
    booth.set(can_ask_cloud=True)
    return booth, booth.ask("怎么折叠")


def test_an_accepted_reply_is_the_answer_of_its_turn():
    booth, asked = asked_of_the_cloud()
    reply = Reply(asked.number, "cloud", booth.booth.now_s + 1, {"zh": "压平再扣上。"},
                  action="card.show", product="P17")  # fmt: skip
    booth.dialogue, said = booth.dialogue.replied(reply, booth.booth)
    assert isinstance(said, Answered)
    assert (said.number, said.by, said.waits, spoken(said)) == (
        asked.number, "cloud", False, "压平再扣上。",
    )  # fmt: skip
    assert Do(ShowCard("P17")) in said.acts
    assert spoken(booth.ask("再说一遍")) == "压平再扣上。"


def test_a_refused_reply_of_the_cloud_goes_to_staff_with_its_reason():
    booth, asked = asked_of_the_cloud()
    reply = Reply(asked.number, "cloud", booth.booth.now_s + 1, {"zh": "只要九十九元。"})
    booth.dialogue, said = booth.dialogue.replied(reply, booth.booth)
    assert isinstance(said, Answered)
    assert (said.by, said.why, said.waits) == ("staff", "price", True)
    (hand_over,) = [act for act in said.acts if isinstance(act, HandOver)]
    assert (hand_over.to, hand_over.number) == ("staff", asked.number)


def test_staff_is_told_why_and_may_reply_again():
    booth = AskedBooth()
    asked = booth.ask("怎么折叠")
    now_s = booth.booth.now_s
    booth.dialogue, said = booth.dialogue.replied(
        Reply(asked.number, "staff", now_s, {"zh": "最好的茶具。"}), booth.booth
    )
    assert said == "words"
    booth.dialogue, said = booth.dialogue.replied(
        Reply(asked.number, "staff", now_s, {"zh": "压平就行。"}), booth.booth
    )
    assert isinstance(said, Answered)


def test_a_reply_to_nothing_is_refused():
    booth = AskedBooth()
    reply = Reply(7, "cloud", 1.0, {"zh": "好。"})
    assert booth.dialogue.replied(reply, booth.booth)[1] == "withdrawn"


@pytest.mark.parametrize(
    ("text", "named"),
    [("A$19.90", "AUD"), ("it is HK$ 19.90", "HKD"), ("19.90 S$", "SGD"), ("US$19.90", "USD"),
     ("only 19.90 SEK", "SEK"), ("卖 NT$19.90", "TWD"), ("€19.90", "EUR"), ("CN¥19.90", "CNY")],
)  # fmt: skip
def test_a_price_is_of_the_currency_whose_sign_it_has(text, named):
    assert list(prices_named(text)) == [(Decimal("19.90"), named)]
