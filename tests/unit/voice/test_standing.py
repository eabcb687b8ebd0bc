"""Facts about words within words: a phrase that is a part of something else asks nothing."""

import pytest

from node.voice.intents import understand
from tests.fakes.asked_booth import sample_lexicon


def intent(text):
    return understand(text, sample_lexicon()).intent


@pytest.mark.parametrize(
    "text",
    ["多少块积木", "有多少块积木", "一共几块积木", "几块板", "几块板子", "多少块拼图", "用几块电池",
     "几块巧克力", "有几块屏", "多少元素", "多少米布", "有多少米长"],
)  # fmt: skip
def test_a_measure_word_before_a_noun_asks_for_no_price(text):
    assert intent(text) == ""


@pytest.mark.parametrize(
    "text",
    ["几块", "这个几块", "几块一个", "几块钱", "多少块", "多少块钱", "多少块一个", "多少块啊",
     "多少块来着",
     "多少元呢", "多少元起", "多少块两个", "到手多少块", "一共多少块",
     "这个多少块能卖", "多少块 2 个", "茶具多少块", "多少块最低", "多少块含税"],
)  # fmt: skip
def test_without_one_it_does(text):
    assert intent(text) == "price"


def test_another_question_may_stand_behind_it():
    assert intent("多少块,包邮吗") in {"price", "delivery"}


@pytest.mark.parametrize(
    "text",
    ["停车", "停车场在哪", "哪里可以停车", "停车费多少", "停电", "停水了吗", "停机坪", "停产了吗",
     "停靠站", "停止键在哪",
     "不停地响吗",
     "bus stop", "is there a bus stop", "non stop", "stopwatch", "is there a stopwatch",
     "does it have a stopper", "is it strong enough", "is it enough", "does it cancel noise"],
)  # fmt: skip
def test_a_word_that_stops_stops_nothing_within_another_or_in_a_question(text):
    assert intent(text) != "stop"


@pytest.mark.parametrize(
    "text",
    ["停", "停停停", "停一下", "请停一下", "快停", "你先停", "停下来", "停止播放", "好了停吧",
     "暂停", "stop",
     "please stop",
     "can you stop now", "ok stop", "stop stop stop", "stop bothering people", "hey stop that",
     "oh stop", "wait stop", "hold on, stop", "i said stop", "make it stop", "why dont you stop",
     "i've had enough", "能不能停一下", "先停一下我有问题", "把音乐停了", "我说停", "等一下停",
     "停掉",
     "enough", "enough please", "ok that is enough", "cancel"],
)  # fmt: skip
def test_who_says_stop_is_obeyed(text):
    assert intent(text) == "stop"


@pytest.mark.parametrize(
    "text",
    ["特别的", "有什么特别的地方", "性别的", "级别的", "is the shop next to the station",
     "is it next year's", "nextdoor", "skipping rope", "do you sell skipping ropes"],
)  # fmt: skip
def test_no_next_article_is_shown_for_a_word_that_holds_next(text):
    assert intent(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "别的",
        "有别的吗",
        "还有别的吗",
        "换别的",
        "next",
        "next please",
        "what's next",
        "next, the cup",
        "what comes next",
        "let's go next",
        "move on to the next",
        "not interested, next",
        "nice, next",
        "skip ahead",
        "skip the video",
        "来点别的",
    ],
)
def test_it_is_where_that_is_asked(text):
    assert intent(text) in {"next", "price"}


@pytest.mark.parametrize("text", ["help desk", "self help book", "help me carry it"])
def test_help_is_explained_to_who_asks_for_it_alone(text):
    assert intent(text) == ""
    assert intent("can you help me please") == "help"


def test_who_needs_help_is_told_what_to_ask_or_gets_staff():
    assert intent("need some help here") == "help"
    assert intent("can you help me choose") == "help"
    assert intent("can anybody help") == "call_staff"
    assert intent("need help with payment") == "how_to_buy"


@pytest.mark.parametrize("text", ["dont stop", "别停", "do not skip it", "see you next time"])
def test_an_order_that_is_refused_or_put_off_is_none(text):
    assert intent(text) == ""


@pytest.mark.parametrize(
    "text", ["便宜坊", "便宜坊在哪", "你们是便宜坊的吗", "打折堂", "优惠馆", "便宜铺怎么走"]
)
def test_a_word_in_a_shops_name_asks_nothing(text):
    assert intent(text) == ""


@pytest.mark.parametrize("text", ["便宜吗", "便宜点", "这家便宜", "打折吗"])
def test_without_the_ending_of_a_name_it_does(text):
    assert intent(text) == "discount"


@pytest.mark.parametrize(
    "text",
    ["how much power does it use", "how much hot oil does it need", "how much memory is there"],
)
def test_how_much_of_something_asks_for_no_price(text):
    assert intent(text) == ""


def test_what_is_counted_may_be_a_matter_of_its_own():
    assert intent("how much weight can it carry") == "size"
    assert intent("how much discount do you give") == "discount"


@pytest.mark.parametrize(
    "text",
    ["how much", "how much is it", "how much does the cup cost", "how much for two",
     "how much is that",
     "how much money is it", "how much would it be", "how much altogether is it", "how much bro"],
)  # fmt: skip
def test_how_much_by_itself_does(text):
    assert intent(text) == "price"


@pytest.mark.parametrize(
    "text",
    ["do you have a cardigan", "do you have a stopwatch", "do you have a carton",
     "is it a cartridge",
     "classic", "is it a classic", "whole", "the whole set", "is it wholesome", "a postcard",
     "how many blocks", "how many watts", "how many people", "is it a dealership", "a shipyard"],
)  # fmt: skip
def test_a_word_that_only_looks_like_one_asks_nothing(text):
    assert intent(text) == ""


@pytest.mark.parametrize(
    ("text", "asked"),
    [("do you have coupons", "discount"), ("how many are left", "stock"),
     ("how many left", "stock"),
     ("will it fit in a backpack", "size")],
)  # fmt: skip
def test_what_says_most_in_a_phrase_is_enough(text, asked):
    assert intent(text) == asked


def test_an_ai_is_asked_whether_it_is_one_and_staff_is_not_called():
    assert intent("你是人工智能吗") == "privacy"
    assert intent("叫人工") == "call_staff"


@pytest.mark.parametrize(
    ("text", "asked"),
    [("could you do 100?", "discount"), ("will you take 80", "discount"), ("100块行吗", "discount"),
     ("80卖不卖", "discount"), ("could you do the washing", "")],
)  # fmt: skip
def test_who_offers_a_number_haggles(text, asked):
    assert intent(text) == asked
