"""Each planted fault is found, by code, place and value, and nothing else is said."""

import pytest

from tests.fakes.booth import Booth


@pytest.fixture
def booth(tmp_path):
    return Booth(tmp_path)


CLAY_CARD = 'at = "02:20.4"\n  do = "card.show"'
CLAY_CARD_END = 'product = "B1"\n  for = "40s"'

ONE_FAULT = {
    # file
    "format": ("rundown/1", "rundown/2", "format = 'livesell-rundown/2': E01"),
    "fps 24": ("fps      = 30", "fps = 24", "fps = 24: E01"),
    "fps in quotes": ("fps      = 30", 'fps = "30"', "fps = '30': E01"),
    "fps true": ("fps      = 30", "fps = true", "fps = true: E01"),
    "id": ('id       = "kiln-7"\n', "", "file: E11"),
    "id with a slash": ('"kiln-7"', '"kiln/7"', "id = 'kiln/7': E53"),
    "market": ('"CN"', '"China"', "market = 'China': E53"),
    "zone": ("Asia/Shanghai", "Asia/Shangai", "timezone = 'Asia/Shangai': E53"),
    "zone out of the folder": ("Asia/Shanghai", "../../etc", "timezone = '../../etc': E53"),
    "zone a folder": ("Asia/Shanghai", "Asia", "timezone = 'Asia': E53"),
    "qr_base": ("https://go.example.com/k7", "go.example.com", "qr_base = 'go.example.com': E53"),
    "date a text": ("2027-03-06", '"2027-03-06"', "date = '2027-03-06': E53"),
    "date with time": ("2027-03-06", "2027-03-06T10:00:00", "date = 2027-03-06T10:00:00: E53"),
    "locale twice": ('["zh", "en"]', '["zh", "en", "en"]', "locales[2] = 'en': E53"),
    "no locale": ('["zh", "en"]', "[]", "locales = []: E53"),
    "fallback a clip": ('fallback = "pause"', 'fallback = "clay"', "fallback = 'clay': E03"),
    "no fallback": ('fallback = "pause"\n', "", "fallback: E03"),
    "unknown fallback": ('fallback = "pause"', 'fallback = "paus"', "fallback = 'paus': E03"),
    "unknown in play": (
        'play = ["shut"]',
        'play = ["shut", "ep9"]',
        "block[2].play[1] = 'ep9': E04",
    ),
    "unknown next": ('next = "clay"', 'next = "klay"', "segment[6].next = 'klay': E04"),
    "unknown on_lost": ('on_lost = "pause"', 'on_lost = "x"', "segment[7].on_lost = 'x': E04"),
    "unknown take": ('segment = "road"', 'segment = "rd"', "segment[4].cue[0].segment = 'rd': E04"),
    "never played": ('"road", "home"]', '"road"]', "segment[6].id = 'home': W05"),
    "unknown key": (
        'length = "03:10.0"',
        'length = "03:10.0"\nlenght = 1',
        "segment[1].lenght = 1: E53",
    ),
    "unknown head key": ("market ", "markt = 1\nmarket ", "markt = 1: E53"),
    "unknown cue key": (
        'beat = "turn"',
        'beat = "turn"\n  node = "x"',
        "segment[1].cue[1].node = 'x': E53",
    ),
    "catalog absent": ('"catalog.toml"', '"sold.toml"', "catalog = 'sold.toml': E50"),
    "catalog outside": ('"catalog.toml"', '"../catalog.toml"', "catalog = '../catalog.toml': E50"),
    "catalog a number": ('"catalog.toml"', "7", "catalog = 7: E53"),
    # segments
    "no length": ('length = "03:40.0"\n', "", "segment[2]: E06"),
    "slate in a block without length": ('\nlength = "10:00.0"', "", "segment[9]: E06"),
    "length zero": ('"03:40.0"', '"00:00.0"', "segment[2].length = '00:00.0': E18"),
    "length a number": ('"03:40.0"', "220", "segment[2].length = 220: E18"),
    "live without on_lost": ('on_lost = "pause"\n', "", "segment[7]: E07"),
    "on_lost itself": (
        'on_lost = "pause"',
        'on_lost = "table"',
        "segment[7].on_lost = 'table': E07",
    ),
    "live without source": ('source = "camera0"\n', "", "segment[7]: E11"),
    "live with asset": (
        'source = "camera0"',
        'source = "c"\nasset = "a"',
        "segment[7].asset = 'a': E53",
    ),
    "clip with on_lost": (
        "episode = 3",
        'episode = 3\non_lost = "pause"',
        "segment[3].on_lost = 'pause': E53",
    ),
    "kind": ('kind = "agent"', 'kind = "agnet"', "segment[8].kind = 'agnet': E53"),
    "no kind": ('kind = "agent"\n', "", "segment[8]: E11"),
    "next in a circle": (
        "episode = 1",
        'episode = 1\nnext = "clay"',
        "segment[1].next = 'clay': E09",
    ),
    "next out of the block": (
        "episode = 2",
        'episode = 2\nnext = "home"',
        "segment[2].next = 'home': W52",
    ),
    "short episode": ('"03:05.0"', '"02:59.9"', "segment[5].length = '02:59.9': W27"),
    "long episode": ('"03:05.0"', '"05:00.1"', "segment[5].length = '05:00.1': W27"),
    "short season": ("episode = 5\n", "", "segment: W28"),
    "fade": ("fade 400ms", "fade slow", "segment[1].out = 'fade slow': E53"),
    "fade of minutes": ("fade 400ms", "fade 2m", "segment[1].out = 'fade 2m': E53"),
    "fade of nothing": ("fade 400ms", "fade 0ms", "segment[1].out = 'fade 0ms': E53"),
    "asset absent": ("clips/fire.mp4", "clips/fir.mp4", "segment[4].asset = 'clips/fir.mp4': E50"),
    "asset absolute": ("clips/fire.mp4", "/etc/passwd", "segment[4].asset = '/etc/passwd': E50"),
    "asset outside": ("clips/fire.mp4", "clips/../../x", "segment[4].asset = 'clips/../../x': E50"),
    "asset a folder": ("clips/fire.mp4", "clips", "segment[4].asset = 'clips': E50"),
    "asset a NUL": ("clips/fire.mp4", "a\\u0000b", "segment[4].asset = 'a\\x00b': E50"),
    "asset a number": ('"clips/fire.mp4"', "3", "segment[4].asset = 3: E53"),
    "no asset": ('asset = "clips/fire.mp4"\n', "", "segment[4]: E11"),
    # cues
    "unknown action": ('do = "mark"', 'do = "banner"', "segment[1].cue[1].do = 'banner': E10"),
    "no action": ('  do = "mark"\n', "", "segment[1].cue[1]: E11"),
    "mark without beat": ('  beat = "turn"\n', "", "segment[1].cue[1]: E11"),
    "beat of two words": (
        'beat = "turn"',
        'beat = "The turn"',
        "segment[1].cue[1].beat = 'The turn': E53",
    ),
    "card without product": (CLAY_CARD_END, 'for = "40s"', "segment[1].cue[2]: E11"),
    "card without span": (CLAY_CARD_END, 'product = "B1"', "segment[1].cue[2]: E11"),
    "mark with product": (
        'do = "mark"',
        'do = "mark"\n  product = "B1"',
        "segment[1].cue[1].product = 'B1': E53",
    ),
    "unknown product": ('"B2"', '"B9"', "segment[2].cue[0].product = 'B9': E14"),
    "no time": ('at = "01:20.0"\n', "", "segment[1].cue[1]: E13"),
    "behind the end": ("02:20.4", "03:31.5", "segment[1].cue[2].at = '03:31.5': E18"),
    "the end itself": ("01:20.0", "03:10.0", "segment[1].cue[1].at = '03:10.0': E18"),
    "before the start": ("01:20.0", "-03:10.1", "segment[1].cue[1].at = '-03:10.1': E18"),
    "time a number": ('"02:20.4"', "140.4", "segment[1].cue[2].at = 140.4: E18"),
    "second 61": ("01:20.0", "01:61.0", "segment[1].cue[1].at = '01:61.0': E18"),
    "other digits": ("01:20.0", "01:٢٠.0", "segment[1].cue[1].at = '01:٢٠.0': E18"),
    "span without unit": ('for = "45s"', 'for = "45"', "segment[7].cue[0].for = '45': E18"),
    "from the end of live": (
        '00:05.0"\n  do = "card',
        '-00:50.0"\n  do = "card',
        "segment[7].cue[0].at = '-00:50.0': E18",
    ),
    "off a frame": ("02:20.4", "02:20.41", "segment[1].cue[2].at = '02:20.41': W24"),
    "short card": ('for = "20s"', 'for = "5s"', "segment[2].cue[0].for = '5s': W25"),
    "long card": ('for = "20s"', 'for = "61s"', "segment[2].cue[0].for = '61s': W25"),
    "card past the end": ("02:20.4", "02:40.0", "segment[1].cue[2].for = '40s': W25"),
    "two cards": ('at = "01:00.0"', 'at = "02:50.0"', "segment[2].cue[1].at = '03:00.0': E26"),
    "arm of what never follows": (
        'segment = "table"',
        'segment = "home"',
        "segment[3].cue[0].segment = 'home': W51",
    ),
    # texts
    "one locale missing": (', en = "Episode 1: Clay"', "", "segment[1].title.en: E12"),
    "one locale empty": ('"Episode 1: Clay"', '""', "segment[1].title.en = '': E12"),
    "cue text": (', en = "Drama: A Bowl Travels"', "", "segment[1].cue[0].text.en: E12"),
    "hard word": ("第四集 火", "全网第一的火", "segment[4].title.zh = '全网第一的火': E20"),
    "hard word, spaced": ("第四集 火", "顶 级的火", "segment[4].title.zh = '顶 级的火': E20"),
    "soft word": ("第四集 火", "最好的火", "segment[4].title.zh = '最好的火': W21"),
    "soft English": ("Episode 4: Fire", "Best ever", "segment[4].title.en = 'Best ever': W21"),
    "title one text": (
        '{ zh = "第四集 火", en = "Episode 4: Fire" }',
        '"Fire"',
        "segment[4].title = 'Fire': E53",
    ),
    "agent without label": (
        'ai_label = { zh = "AI 生成", en = "AI-generated" }\n',
        "",
        "segment[8]: E22",
    ),
    # the day
    "gap": ('from = "13:00"', 'from = "13:05"', "block[0].to = '13:00': E43"),
    "overlap": ('from = "13:00"', 'from = "12:55"', "block[1].from = '12:55': E42"),
    "overlap at midnight's block": ('to = "10:00"', 'to = "10:30"', "block[0].from = '10:00': E42"),
    "loop longer than its block": ('"10:00.0"', '"900:00.0"', "block[2].play = […]: W41"),
    "time of day": ('from = "13:00"', 'from = "13.00"', "block[1].from = '13.00': E18"),
    "hour 24 at the start": ('from = "13:00"', 'from = "24:00"', "block[1].from = '24:00': E18"),
    "block without end": ('to = "20:30"\n', "", "block[1]: E11"),
    "hard a word": ("hard = true", 'hard = "yes"', "block[0].hard = 'yes': E53"),
}


@pytest.mark.parametrize(("old", "new", "fault"), ONE_FAULT.values(), ids=ONE_FAULT)
def test_a_planted_fault_is_the_only_finding(booth, old, new, fault):
    booth.change(old, new)
    assert booth.faults() == [fault]
    assert (booth.read().rundown is None) == (": E" in fault)


SEVERAL = {
    "an episode zero": (
        ("episode = 6", "episode = 0"),
        ["segment: W28", "segment[6].episode = 0: E53"],
    ),
    "a segment without id": (
        ('id = "potter"\n', ""),
        ["block[1].play[4] = 'potter': E04", "segment[8]: E11"],
    ),
    "a duplicate id": (
        ('id = "wheel"', 'id = "clay"'),
        [
            "block[0].play[1] = 'wheel': E04",
            "block[1].play[1] = 'wheel': E04",
            "segment[2].id = 'clay': E02",
        ],
    ),
    "a circle of two": (
        ('id = "clay"', 'id = "clay"\nnext = "home"'),
        ["segment[1].next = 'home': E09", "segment[1].next = 'home': W52"],
    ),
    "at and clock": (
        ('at = "01:20.0"', 'at = "01:20.0"\n  clock = "10:00"'),
        ["segment[1].cue[1]: E13", "segment[1].cue[1].clock = '10:00': W19"],
    ),
    "nothing to play": (
        ('play = ["shut"]', "play = []"),
        ["block[2].play = []: E11", "segment[9].id = 'shut': W05"],
    ),
}


@pytest.mark.parametrize(("change", "faults"), SEVERAL.values(), ids=SEVERAL)
def test_a_fault_with_consequences_names_them_all(booth, change, faults):
    booth.change(*change)
    assert booth.faults() == faults


SILENT = {
    "the number of an episode": ("第六集 家", "第一集 第一步 第一次 第一天"),
    "last and recent": ("第六集 家", "最近的故事,最后一分钟"),
    "best before": ("第六集 家", "最佳赏味期十二个月"),
    "a quoted trade mark": ("第六集 家", "“永久”® 第六集"),
    "a soft word with evidence": (
        '{ zh = "第六集 家", en = "Episode 6: Home" }',
        '{ zh = "最好的家", en = "Home", evidence = "CNAS-1" }',
    ),
    "a card where another ends": ('at = "03:00.0"', 'at = "01:20.0"'),
    "a card after its hide": (
        'at = "03:25.0"\n  do = "card.hide"\n  product = "B1"',
        'at = "01:10.0"\n  do = "card.hide"\n  product = "B2"\n  [[segment.cue]]\n'
        '  at = "01:11.0"\n  do = "card.show"\n  product = "B1"\n  for = "8s"',
    ),
    "times for 25": ("fps      = 30", "fps = 25"),
    "midnight as 24:00": (
        'to = "10:00"\nplay = ["shut"]',
        'to = "24:00"\nplay = ["shut"]\n[[block]]\nfrom = "00:00"\nto = "10:00"\nplay = ["shut"]',
    ),
    "a text in one more language": ('en = "Episode 6: Home"', 'en = "Home", de = "Daheim"'),
    "a dot in an asset": ("clips/fire.mp4", "./clips/fire.mp4"),
    "a byte order mark": ("# A booth", "\ufeff# A booth"),
    "a speaker that is off": ('speaker = "on"', 'speaker = "off"'),
    "a microphone window": ('do = "mark"', 'do = "listen.open"'),
    "the end of one": ('do = "mark"', 'do = "listen.close"'),
}


@pytest.mark.parametrize(("old", "new"), SILENT.values(), ids=SILENT)
def test_what_is_allowed_stays_silent(booth, old, new):
    booth.change(old, new)
    assert booth.faults() == []


NOT_BUILT = {
    "lottery": ("catalog  =", 'lottery = "l.toml"\ncatalog  =', "lottery = 'l.toml': E53"),
    "a lottery": (
        'do = "mark"',
        'do = "lottery.open"\n  lottery = "x"',
        "segment[1].cue[1].do = 'lottery.open': E10",
    ),
    "a lottery of another action": (
        'do = "mark"',
        'do = "mark"\n  lottery = "x"',
        "segment[1].cue[1].lottery = 'x': E53",
    ),
}


@pytest.mark.parametrize(("old", "new", "fault"), NOT_BUILT.values(), ids=NOT_BUILT)
def test_what_is_not_built_is_refused_by_name(booth, old, new, fault):
    booth.change(old, new)
    assert booth.faults() == [fault]
    assert "not built into this version yet" in booth.read().findings[0].message


def test_a_day_has_sixteen_outputs_at_most(booth):
    more = "".join(f"[output.x{number}]\n" for number in range(16))
    booth.change("[output.kiosk]", f"{more}[output.kiosk]")
    assert booth.faults() == ["output.kiosk: E53"]


def test_a_segment_that_only_stands_in_for_a_busy_host_counts_as_played(booth):
    booth.change('"road", "home"]', '"road"]')
    booth.change("overrun", 'on_busy = "home"\noverrun')
    assert booth.faults() == []


def test_words_to_be_said_are_taken(booth):
    said = 'at = "01:20.0"\n  do = "say"\n  text = { zh = "碗", en = "Bowl" }'
    booth.change('at = "01:20.0"\n  do = "mark"', said)
    assert booth.faults() == []


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ('do = "mark"', 'do = "switch"', "did you mean take?"),
        ('do = "mark"', 'do = "marc"', "did you mean mark?"),
        ("overrun", "overun", "did you mean overrun?"),
        ("Asia/Shanghai", "Asia/Shangai", "did you mean 'Asia/Shanghai'?"),
        ('segment = "table"', 'segment = "tabel"', "did you mean table?"),
        ("02:20.4", "02:20.41", "frame 4212.3 at 30 fps: rounded to 4212, 02:20.400"),
    ],
)
def test_a_finding_says_what_was_probably_meant(booth, old, new, hint):
    booth.change(old, new)
    assert hint in booth.read().findings[0].message


def test_all_faults_are_told_at_once(booth):
    for change in (ONE_FAULT["unknown in play"], ONE_FAULT["hard word"], ONE_FAULT["no length"]):
        booth.change(*change[:2])
    booth.change("09520000000011", "09520000000012", file="catalog.toml")
    assert booth.faults() == [
        "block[2].play[1] = 'ep9': E04",
        "segment[2]: E06",
        "segment[4].title.zh = '全网第一的火': E20",
        "product.B1.gtin = '09520000000012': E30",
    ]


def test_the_nodes_frame_rate_counts(booth):
    booth.change('at = "01:20.0"', 'at = "01:20.1"')
    assert booth.faults() == []
    assert booth.faults(fps=25) == ["segment[1].cue[1].at = '01:20.1': W24"]


def test_an_unknown_locale_is_named(booth):
    booth.change('["zh", "en"]', '["zh", "en", "qq"]')
    assert "locales[2] = 'qq': E53" in booth.faults()


def test_a_missing_asset_is_told_with_its_path(booth):
    (booth.folder / "clips/fire.mp4").unlink()
    assert str(booth.folder / "clips/fire.mp4") in booth.read().findings[0].message


def test_an_empty_asset_is_refused(booth):
    (booth.folder / "clips/fire.mp4").write_bytes(b"")
    assert booth.faults() == ["segment[4].asset = 'clips/fire.mp4': E50"]


def test_a_day_without_blocks_is_refused(booth):
    text = booth.day.read_text(encoding="utf-8")
    booth.day.write_text(text[: text.index("[[block]]")], encoding="utf-8")
    assert "block: E43" in booth.faults()
