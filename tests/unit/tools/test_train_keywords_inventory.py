"""What may be trained: the inventory file, its rules, the list of clips."""

from pathlib import Path

import pytest

from tools.train_keywords.inventory import InventoryError, Keyword, load_inventory
from tools.train_keywords.recipes import draw, lent
from tools.train_keywords.rules import judge
from tools.train_keywords.wanted import Amounts, by_kokoro, by_programs, for_tests, training_voices
from tools.train_keywords.words import HardWords, hard_words

OURS = Path(__file__).parents[3] / "tools" / "train_keywords" / "inventory.toml"
VOICES = tuple(f"{kind}_{n}" for kind in ("zf", "zm", "af", "am", "bf", "jf") for n in range(20))
SOUNDS = {"怎": "zen", "么": "me", "买": "mai", "卖": "mai", "下": "xia", "上": "shang"}


def spell(text):
    return [SOUNDS.get(sign, sign) for sign in text]


def test_our_inventory_holds_both_languages_and_slots():
    inventory = load_inventory(OURS)
    by_text = {keyword.text: keyword for keyword in inventory.keywords}
    assert by_text["多少钱"].intent == by_text["how much is it"].intent == "price"
    assert by_text["有黑色"].slots == {"colour": "black"}
    assert by_text["停"].is_short
    assert len(by_text) == len(inventory.keywords)


def test_a_lower_rank_leaves_intents_out():
    inventory = load_inventory(OURS, up_to_rank=1)
    assert {keyword.intent for keyword in inventory.keywords} >= {"wake", "stop", "price"}
    assert all(keyword.intent != "privacy" for keyword in inventory.keywords)


def test_an_unknown_field_of_an_inventory_is_named(tmp_path):
    path = tmp_path / "inventory.toml"
    path.write_text('[intents.price]\nzh = ["多少钱"]\nfr = ["combien"]\n', "utf-8")
    with pytest.raises(InventoryError, match=r"inventory\.toml: .*fr"):
        load_inventory(path)


def test_two_syllables_are_too_few_unless_their_moment_is_known():
    short, stop = Keyword("多大", "size", "zh"), Keyword("停", "stop", "zh", is_short=True)
    verdict = judge([short, stop], {}, spell)
    assert [line.startswith("多大 (size): 2 syllables") for line in verdict.refused] == [True]


def test_a_string_inside_a_phrasing_of_another_intent_is_refused():
    keyword = Keyword("上一个", "previous", "zh")
    verdict = judge([keyword], {"compare": {"zh": ["和上一个比呢"]}}, spell)
    assert verdict.refused == ("上一个 (previous) stands inside 和上一个比呢 (compare)",)


def test_a_string_inside_a_phrasing_of_its_own_intent_does_no_harm():
    keyword = Keyword("多少钱", "price", "zh")
    assert judge([keyword], {"price": {"zh": ["这个多少钱"]}}, spell).refused == ()


def test_english_is_found_inside_only_as_whole_words():
    keyword = Keyword("is it in", "stock", "en")
    assert judge([keyword], {"size": {"en": ["is it inside my bag"]}}, spell).refused == ()


def test_words_that_differ_by_tone_alone_are_refused():
    pair = [Keyword("怎么买", "how_to_buy", "zh"), Keyword("怎么卖", "price", "zh")]
    assert judge(pair, {}, spell).refused == (
        "怎么买 (how_to_buy) / 怎么卖 (price): the same syllables without tones",
    )


def test_words_one_syllable_apart_are_worth_a_test():
    pair = [Keyword("下一个", "next", "zh"), Keyword("上一个", "previous", "zh")]
    assert judge(pair, {}, spell).warned == (
        "下一个 (next) / 上一个 (previous): one syllable apart",
    )


def test_a_take_has_the_same_recipe_each_time_and_another_seed_another():
    first = [draw("多少钱", take, "zh", VOICES, 1) for take in range(40)]
    assert first == [draw("多少钱", take, "zh", VOICES, 1) for take in range(40)]
    assert first != [draw("多少钱", take, "zh", VOICES, 2) for take in range(40)]
    assert any(recipe.other for recipe in first)
    assert {recipe.voice[:2] for recipe in first} > {"zf", "zm"}


def small_list():
    inventory = load_inventory(OURS, up_to_rank=1)
    hard = {
        "zh": HardWords("zh", ("多少人",), ("今天天气很好",), ("朋友", "电影", "咖啡") * 3),
        "en": hard_words("en", [k.text for k in inventory.keywords], None),
    }
    amounts = Amounts(
        {"zh": 8, "en": 4}, {"zh": 20, "en": 10}, {"zh": 2, "en": 1}, 4, {"en": 30, "zh": 6}
    )
    return inventory, hard, amounts


def test_held_out_voices_teach_nothing_not_even_blended():
    inventory, hard, amounts = small_list()
    voices = training_voices([*VOICES, *inventory.held_out], inventory)
    for one in by_kokoro(inventory, hard, voices, amounts, 1):
        heard = {one.recipe.voice, one.recipe.other, one.recipe.melody}
        assert heard.isdisjoint(inventory.held_out)


def test_a_lent_timbre_keeps_a_native_melody_of_its_own_sex():
    for take in range(40):
        recipe = lent("多少钱", take, "zh", VOICES, 1)
        assert recipe == lent("多少钱", take, "zh", VOICES, 1)
        assert recipe.melody.startswith("z")
        assert recipe.voice != recipe.melody
        assert recipe.voice[1] == recipe.melody[1]
        assert recipe.key != draw("多少钱", take, "zh", VOICES, 1).key


def test_tests_are_spoken_by_held_out_voices_of_the_right_language():
    inventory, _, _ = small_list()
    for one in for_tests(inventory, 1):
        assert one.recipe.voice in inventory.held_out
        assert one.recipe.voice[0] in {"zh": "z", "en": "ab"}[one.locale]


def test_every_keyword_is_said_as_often_as_asked_for():
    inventory, hard, amounts = small_list()
    spoken = [
        one for one in by_kokoro(inventory, hard, VOICES, amounts, 1) if one.role == "keyword"
    ]
    for keyword in inventory.keywords:
        takes = [one for one in spoken if one.text == keyword.text]
        extra = (keyword.often - 1) * max(amounts.takes.values())
        asked = amounts.takes[keyword.locale] + amounts.lent[keyword.locale]
        assert len(takes) == asked + extra
    assert len({one.name for one in spoken}) > 0.99 * len(spoken)


def test_clips_of_one_breath_differ_in_name_alone():
    inventory, hard, amounts = small_list()
    shared = [one for one in by_kokoro(inventory, hard, VOICES, amounts, 1) if one.breath]
    first = shared[0]
    together = [one for one in shared if one.breath == first.breath and one.recipe == first.recipe]
    assert tuple(one.text for one in together) == first.breath
    assert len({one.name for one in together}) == len(together) <= 6


def test_mandarin_is_never_taught_by_espeak():
    inventory, hard, amounts = small_list()
    engines = {
        one.engine
        for one in by_programs(inventory, hard, amounts, 1)
        if one.role == "keyword" or one.locale == "en"
    }
    assert "espeak" not in {
        one.engine for one in by_programs(inventory, hard, amounts, 1) if one.role == "keyword"
    }
    assert "flite" in engines


def test_a_hard_text_never_sounds_like_a_keyword():
    hard = hard_words("zh", ["怎么买"], None, spell)
    chosen = HardWords(
        "zh", ("怎么卖", "怎么走"), ("怎么说",), ("朋友", "电影"), ("怎么买",), hard.sound
    )
    texts = {chosen.draw(take, 1) for take in range(60)}
    assert not any("怎么卖" in text for text in texts)
    assert any("怎么走" in text for text in texts)


def test_another_inventory_changes_only_the_hard_texts_that_held_its_keywords():
    fewer, more = hard_words("en", ["stop"], None), hard_words("en", ["stop", "the time"], None)
    pairs = [(fewer.draw(take, 1), more.draw(take, 1)) for take in range(300)]
    changed = [one for one, other in pairs if one != other]
    assert changed
    assert all("the time" in text for text in changed)


def test_rare_words_come_only_where_asked_for(tmp_path):
    dictionary = tmp_path / "pronounced.json"
    dictionary.write_text(
        '{"quoll": "kwˈOl", "zax": {"DEFAULT": "zˈæks"}, "NATO": "nˈATO", "a": "A"}'
    )
    hard = hard_words("en", ["stop"], None, pronouncing=dictionary)
    assert set(hard.rare) == {"quoll", "zax"}

    def said(*, is_rare):
        texts = [hard.draw(take, 1, is_rare=is_rare) for take in range(40)]
        return " ".join(texts).replace(",", "").split()

    assert {"quoll", "zax"} <= set(said(is_rare=True))
    assert not {"quoll", "zax"} & set(said(is_rare=False))
