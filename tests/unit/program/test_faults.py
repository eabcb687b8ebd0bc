"""The expensive mistakes of a day that uses everything: each is found, with all that follows."""

from datetime import date

import pytest

from tests.fakes.booth import UNDERCUT, PaperLedger

CATALOG = "catalog.toml"
CARD = 'at = "02:30.4"'
CARD_FOR = 'product = "L1"\n  for = "42s"'
SAY = "想看清这盏灯,扫一扫屏幕上的码。"
BLOCK_2 = '[[block]]\nfrom = "12:30"\nto = "13:00"\nplay = ["bench"]\nhard = true\n'
NEW_CUE = (
    'on_lost = "hold"\n  [[segment.cue]]\n  at = "00:20.0"\n  do = "offer.start"\n  offer = "noon1"'
)
SPARE = '[[segment]]\nid = "s7"\nkind = "clip"\nasset = "clips/s1.mp4"\nlength = "03:20.0"\n'
LONG = 'play = ["s1", "s2", "s3", "bench", "s4", "bench", "s1", "s6", "s2"]'


def test_the_whole_day_has_the_one_warning_that_it_names(booth):
    assert booth.faults() == [UNDERCUT]


FAULTS = {
    "1 behind the end": ((CARD, 'at = "03:31.5"'), ["segment[1].cue[1].at = '03:31.5': E18"]),
    "2 an offer on media time": (
        ('on_lost = "hold"', NEW_CUE),
        ["segment[9].cue[0].at = '00:20.0': E23"],
    ),
    "3 a hard word": (
        ("折叠纸灯", "全网第一纸灯", CATALOG),
        ["product.L1.title.zh = '全网第一纸灯': E20"],
    ),
    "4 an agent without label": (
        ('ai_label = { zh = "AI 生成", en = "AI-generated" }\n', ""),
        ["segment[10]: E22"],
    ),
    "5 a check digit": (
        ("09520000000110", "09520000000111", CATALOG),
        ["product.L1.gtin = '09520000000111': E30"],
    ),
    "6 a strike without basis": (
        (' basis = "lowest-30d",', "", CATALOG),
        ["product.L1.ref_price.basis: E31"],
    ),
    "7 a title in one language": ((', en = "Episode 1: Fog"', ""), ["segment[1].title.en: E12"]),
    "8 a gate without else": (
        (', else = "tease6"', ""),
        ["segment[7].gate: E08", "segment[8].id = 'tease6': W05"],
    ),
    "9 a gap at noon": (
        (BLOCK_2, ""),
        ["block[0].to = '12:30': E43", "segment[9].cue[2].offer = 'noon1': E47"],
    ),
    "10 an overlap": (('to = "12:30"', 'to = "12:40"'), ["block[1].from = '12:30': E42"]),
    "11 two cards": (
        ('at = "02:20.0"', 'at = "01:20.0"'),
        ["segment[2].cue[1].at = '01:20.0': E26"],
    ),
    "12 viewers as the unit": (
        ('unit = "loop"', 'unit = "viewer"'),
        ["ab.order.unit = 'viewer': E46"],
    ),
    "13 next in a circle": (
        ('id = "s3"', 'id = "s3"\nnext = "bench"'),
        ('id = "bench"', 'id = "bench"\nnext = "s3"'),
        [
            "segment[3].next = 'bench': E09",
            "segment[3].next = 'bench': W52",
            "segment[9].next = 's3': W52",
            "segment[9].next = 's3': W52",
        ],
    ),
    "14 more than the stock": (
        ("qty     = 20", "qty = 300", CATALOG),
        ["offer.noon1.qty = 300: E36"],
    ),
    "15 not when the window opens": (
        ('clock = "12:40"', 'clock = "12:41"'),
        ["segment[9].cue[2].clock = '12:41': E17"],
    ),
    "16 an unknown segment": (
        ('play = ["s6", "bench"]', 'play = ["s6", "bench", "s9"]'),
        ["block[4].play[2] = 's9': E04"],
    ),
    "17 live without on_lost": (('on_lost = "hold"\n', ""), ["segment[9]: E07"]),
    "18 off a frame": ((CARD, 'at = "02:30.41"'), ["segment[1].cue[1].at = '02:30.41': W24"]),
    "19 nothing starts the offer": (
        ('play = ["bench"]', 'play = ["s1"]'),
        ["segment[9].cue[2].offer = 'noon1': E47"],
    ),
    "20 no label on an output": (
        ('overlay = ["lower_third", "ai_label"]\ndata', 'overlay = ["lower_third"]\ndata'),
        ["output.web.overlay = […]: E48"],
    ),
    "21 a code on a platform": (
        ('overlay = ["lower_third", "ai_label"]\nother', 'overlay = ["ai_label", "qr"]\nother'),
        ["output.platform.overlay = […]: E49"],
    ),
    "22 another format": (("rundown/1", "rundown/2"), ["format = 'livesell-rundown/2': E01"]),
    "23 24 pictures a second": (("fps      = 30", "fps      = 24"), ["fps = 24: E01"]),
    "24 one id twice": (
        ('id = "s3"', 'id = "s2"'),
        [
            "ab.order.A[2] = 's3': E04",
            "ab.order.B[2] = 's3': E04",
            "block[0].play[2] = 's3': E04",
            "block[3].play[2] = 's3': E04",
            "block[5].play[3] = 's3': E04",
            "segment[3].id = 's2': E02",
        ],
    ),
    "25 a fallback that is no slate": (
        ('fallback = "hold"', 'fallback = "s1"'),
        ["fallback = 's1': E03"],
    ),
    "26 never played": (
        ("[output.kiosk]", SPARE + "[output.kiosk]"),
        ["segment[11].id = 's7': W05"],
    ),
    "27 no length": (('length = "03:05.0"\n', ""), ["segment[2]: E06"]),
    "28 a gate without span": (
        ('"scan:4 in 15m"', '"scan:4"'),
        ["segment[7].gate.any[0] = 'scan:4': E08"],
    ),
    "29 an unknown action": (
        ('do = "mark"', 'do = "banner"'),
        ["segment[4].cue[0].do = 'banner': E10"],
    ),
    "30 an action of another name": (
        ('do = "take"', 'do = "switch"'),
        ["segment[5].cue[0].do = 'switch': E10", "segment[6].id = 'credits': W05"],
    ),
    "31 a card of nothing": ((CARD_FOR, 'for = "42s"'), ["segment[1].cue[1]: E11"]),
    "32 a card without span": ((CARD_FOR, 'product = "L1"'), ["segment[1].cue[1]: E11"]),
    "33 a colour less": (
        ('["月白", "柿红"]', '["月白"]', CATALOG),
        ["product.L1.colour.zh = […]: E12"],
    ),
    "34 two times": (
        (CARD, CARD + '\n  clock = "10:00"'),
        ["segment[1].cue[1]: E13", "segment[1].cue[1].clock = '10:00': W19"],
    ),
    "35 no time": ((CARD + "\n", ""), ["segment[1].cue[1]: E13"]),
    "36 an unknown product": (
        (CARD_FOR, CARD_FOR.replace("L1", "L9")),
        ["segment[1].cue[1].product = 'L9': E14"],
    ),
    "37 an unknown offer": (
        ('offer = "noon1"', 'offer = "noon9"'),
        ["segment[9].cue[2].offer = 'noon9': E15"],
    ),
    "38 too much to say": ((SAY, "灯" * 61), [f"segment[1].cue[2].text.zh = '{'灯' * 60}…': W16"]),
    "39 a time that is a number": ((CARD, "at = 150.4"), ["segment[1].cue[1].at = 150.4: E18"]),
    "40 second 61": ((CARD, 'at = "02:61.0"'), ["segment[1].cue[1].at = '02:61.0': E18"]),
    "41 the end itself": ((CARD, 'at = "03:20.0"'), ["segment[1].cue[1].at = '03:20.0': E18"]),
    "42 a span without unit": (
        (CARD_FOR, CARD_FOR.replace("42s", "42")),
        ["segment[1].cue[1].for = '42': E18"],
    ),
    "43 from the end of live": (
        ('at = "00:12.0"', 'at = "-00:12.0"'),
        ["segment[9].cue[1].at = '-00:12.0': E18"],
    ),
    "44 a card by the clock": (
        ('at = "00:04.0"', 'clock = "12:35"'),
        ["segment[9].cue[0].clock = '12:35': W19"],
    ),
    "45 a hard word spoken": (
        (SAY, "最佳的灯,扫码。"),
        ["segment[1].cue[2].text.zh = '最佳的灯,扫码。': E20"],
    ),
    "46 a soft word": (
        ("长明灯油", "最好的灯油", CATALOG),
        ["product.L2.title.zh = '最好的灯油': W21"],
    ),
    "48 a countdown on media time": (
        (
            CARD,
            'at = "01:00.0"\n  do = "countdown"\n  offer = "noon1"\n  [[segment.cue]]\n  ' + CARD,
        ),
        ["segment[1].cue[1].at = '01:00.0': E23"],
    ),
    "49 a short card": (
        (CARD_FOR, CARD_FOR.replace("42s", "5s")),
        ["segment[1].cue[1].for = '5s': W25"],
    ),
    "50 a card past the end": (
        ('at = "03:30.0"', 'at = "03:40.0"'),
        ["segment[7].cue[0].for = '36s': W25"],
    ),
    "51 a long episode": (
        ('length = "03:30.0"', 'length = "05:30.0"'),
        ["segment[4].asset = 'clips/s4.mp4': E50", "segment[4].length = '05:30.0': W27"],
    ),
    "52 19 days for 30": (
        ("2027-04-01", "2027-04-18", CATALOG),
        ["product.L1.ref_price.from = 2027-04-18: E31"],
    ),
    "53 a strike not above": (
        ('"268.00"', '"228.00"', CATALOG),
        ["product.L1.ref_price.CNY = '228.00': E32", "product.L1.ref_price.CNY = '228.00': W37"],
    ),
    "54 an offer of nothing": (
        ('product = "L1"\nprice', 'product = "L9"\nprice', CATALOG),
        ["offer.noon1.product = 'L9': E33"],
    ),
    "55 a window that falls": (
        ('to = "12:55"', 'to = "12:35"', CATALOG),
        ["offer.noon1.window.to = '12:35': E34"],
    ),
    "56 an offer of no day": (
        ("qty     = 20\non      = 2027-05-08", "qty = 20", CATALOG),
        ["offer.noon1: E34"],
    ),
    "57 an offer not below": (
        ('"198.00"', '"228.00"', CATALOG),
        ["offer.noon1.price.CNY = '228.00': E35"],
    ),
    "58 an offer without quantity": (("qty     = 20\n", "", CATALOG), ["offer.noon1.qty: E36"]),
    "61 an unknown experiment": (
        ('ab = "order"\nspeaker', 'ab = "colour"\nspeaker'),
        ["block[3].ab = 'colour': E40"],
    ),
    "62 a loop longer than its block": (
        ('play = ["s6", "bench"]', LONG),
        ["block[4].play = […]: W41"],
    ),
    "63 one variant": (('B = ["s2", "s1", "s3", "bench", "s4", "s6"]\n', ""), ["ab.order: E44"]),
    "64 variants of other content": (
        ('B = ["s2", "s1", "s3", "bench", "s4", "s6"]', 'B = ["s2", "s1", "s3", "bench", "s4"]'),
        ["ab.order.B = […]: W45"],
    ),
    "65 a clip on a platform": (
        ('kinds   = ["live"]', 'kinds = ["live", "clip"]'),
        ["output.platform.kinds = […]: W49"],
    ),
    "67 an arm for nothing": (
        ('segment = "bench"', 'segment = "helper"'),
        ["segment[3].cue[1].segment = 'helper': W51"],
    ),
    "68 next out of the block": (
        ('id = "s3"', 'id = "s3"\nnext = "bench"'),
        ["segment[3].next = 'bench': W52"],
    ),
    "69 a key of another name": (
        (CARD, CARD + '\n  node = "climax"'),
        ["segment[1].cue[1].node = 'climax': E53"],
    ),
    "70 a key mistyped": (
        ("episode = 1\n", 'episode = 1\nlenght = "03:20.0"\n'),
        ["segment[1].lenght = '03:20.0': E53"],
    ),
}


@pytest.mark.parametrize("row", FAULTS.values(), ids=FAULTS)
def test_a_mistake_is_found_with_what_follows_from_it(judged, row):
    *changes, found = row
    assert judged(*changes) == found


def test_59_a_lower_price_within_seven_days_of_the_reduction(judged):
    ledger = PaperLedger("L1", "CNY", {date(2027, 5, 2): "199.00"})
    assert judged(ledger=ledger) == ["product.L1.ref_price.CNY = '268.00': E37"]


def test_60_a_lower_price_within_thirty_days_in_the_eu(judged):
    ledger = PaperLedger("L1", "CNY", {date(2027, 4, 10): "199.00"})
    market = ('market   = "CN"', 'market   = "EU"')
    assert judged(market, ledger=ledger) == ["product.L1.ref_price.CNY = '268.00': E37"]


def test_a_ledger_that_knows_nothing_of_the_days_is_a_warning(judged):
    assert judged(ledger=PaperLedger("L1", "CNY", {})) == [UNDERCUT]
