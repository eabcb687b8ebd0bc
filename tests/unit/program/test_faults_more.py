"""Smaller mistakes of a day that uses everything."""

import pytest

CARD_FOR = 'product = "L1"\n  for = "42s"'
SAY = "想看清这盏灯,扫一扫屏幕上的码。"


MORE = {
    "a gate of nothing": (
        ('any = ["scan:4 in 15m", "button:like:12 in 10m", "staff", "time>=18:00"]', "any = []"),
        ["segment[7].gate.any = []: E08"],
    ),
    "a gate of any and all": (("any = [", 'all = ["staff"], any = ['), ["segment[7].gate: E08"]),
    "a gate of a word": (('"staff", ', '"crew", '), ["segment[7].gate.any[2] = 'crew': E08"]),
    "a gate of hour 25": (
        ("time>=18:00", "time>=25:00"),
        ["segment[7].gate.any[3] = 'time>=25:00': E08"],
    ),
    "a gate of no scans": (
        ('"scan:4 in', '"scan:0 in'),
        ["segment[7].gate.any[0] = 'scan:0 in 15m': E08"],
    ),
    "a gate of two days": (
        ("in 15m", "in 2881m"),
        ["segment[7].gate.any[0] = 'scan:4 in 2881m': E08"],
    ),
    "a gate that leads to itself": (
        ('else = "tease6"', 'else = "s6"'),
        ["segment[7].gate.else = 's6': E08", "segment[8].id = 'tease6': W05"],
    ),
    "a gate to an unknown segment": (
        ('else = "tease6"', 'else = "x"'),
        ["segment[7].gate.else = 'x': E04", "segment[8].id = 'tease6': W05"],
    ),
    "a gate with a key too many": (
        ('else = "tease6"', 'else = "tease6", when = 1'),
        ["segment[7].gate.when = 1: E53"],
    ),
    "an unknown segment for BUSY": (
        ('on_busy = "helper"', 'on_busy = "x"'),
        ["segment[9].on_busy = 'x': E04"],
    ),
    "BUSY answered by itself": (
        ('on_busy = "helper"', 'on_busy = "bench"'),
        ["segment[9].on_busy = 'bench': E53"],
    ),
    "a busy clip": (
        ("episode = 4", 'episode = 4\non_busy = "helper"'),
        ["segment[4].on_busy = 'helper': E53"],
    ),
    "a clock that cannot be read": (
        ('clock = "12:40"', 'clock = "noon"'),
        ["segment[9].cue[2].clock = 'noon': E18"],
    ),
    "a countdown after its window": (
        ('clock = "18:24"', 'clock = "18:28"'),
        ["segment[9].cue[4].clock = '18:28': E17"],
    ),
    "an offer without offer": (('offer = "noon1"\n', ""), ["segment[9].cue[2]: E11"]),
    "an offer on a card": (
        (CARD_FOR, CARD_FOR + '\n  offer = "noon1"'),
        ["segment[1].cue[1].offer = 'noon1': E53"],
    ),
    "nothing to say": (
        (f'  text = {{ zh = "{SAY}", en = "To see this lantern closely, scan the code." }}\n', ""),
        ["segment[1].cue[2]: E11"],
    ),
    "an experiment without seed": (("seed = 20270508\n", ""), ["ab.order: E11"]),
    "an experiment without unit": (('unit = "loop"\n', ""), ["ab.order.unit: E46"]),
    "an empty variant": (
        ('B = ["s2", "s1", "s3", "bench", "s4", "s6"]', "B = []"),
        ["ab.order.B = []: E11", "ab.order.B = []: W45"],
    ),
    "an unknown key of an experiment": (
        ("seed = 2027", "sed = 1\nseed = 2027"),
        ["ab.order.sed = 1: E53"],
    ),
    "a block of other content": (
        (
            'play = ["s1", "s2", "s3", "bench", "s4", "s6"]\nab = "order"\nspeaker',
            'play = ["s1", "s2", "s3", "bench", "s4"]\nab = "order"\nspeaker',
        ),
        ["block[3].play = […]: W45"],
    ),
    "a speaker half on": (
        ('speaker = "off"', 'speaker = "low"'),
        ["block[5].speaker = 'low': E53"],
    ),
    "an unknown overlay": (
        ('"lower_third", "ai_label"]\ndata', '"sticker", "ai_label"]\ndata'),
        ["output.web.overlay[0] = 'sticker': E53"],
    ),
    "unknown data": (
        ('["card", "offer", "countdown"]', '["card", "offer", "coutdown"]'),
        ["output.web.data[2] = 'coutdown': E53"],
    ),
    "another policy": (
        ('other   = "stop"', 'other = "black"'),
        ["output.platform.other = 'black': E53"],
    ),
    "an output's name": (("[output.web]", '[output."we b"]\n[output.web]'), ["output.'we b': E53"]),
}


@pytest.mark.parametrize(("change", "found"), MORE.values(), ids=MORE)
def test_what_else_can_be_wrong(judged, change, found):
    assert judged(change) == found
