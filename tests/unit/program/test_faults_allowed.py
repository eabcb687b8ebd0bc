"""What looks like a mistake and is none stays silent."""

from datetime import date

import pytest

from tests.fakes.booth import UNDERCUT, PaperLedger, write_manifest

CATALOG = "catalog.toml"
SAY = "想看清这盏灯,扫一扫屏幕上的码。"


SILENT = {
    "S1 numbers of episodes": (("第六集 天亮", "第一集 天亮"),),
    "S2 recent and last": (("短剧《一盏灯》", "最近的故事,最后一分钟"),),
    "S3 best before": (("宣纸与竹", "最佳赏味期十二个月", CATALOG),),
    "S4 a soft word with evidence": (
        (
            'title     = { zh = "长明灯油", en = "Lamp oil" }',
            'title = { zh = "最好的灯油", en = "Oil", evidence = "CNAS-1" }',
            CATALOG,
        ),
    ),
    "S5 an offer in a block over midnight": (
        (
            "[offer.last3]",
            '[offer.dawn2]\nproduct = "L2"\nprice = { CNY = "30.00" }\nqty = 5\non = 2027-05-08\n'
            'window = { from = "08:00", to = "08:15" }\n[offer.last3]',
            CATALOG,
        ),
        (
            'at = "01:40.0"\n  do = "mark"\n  beat = "turn"',
            'clock = "08:00"\n  do = "offer.start"\n  offer = "dawn2"',
        ),
    ),
    "S7 a card where another ends": (
        ('at = "02:20.0"', 'at = "01:30.0"'),
        ('at = "02:50.0"', 'at = "02:00.0"'),
    ),
    "a gate of all": (("any = [", "all = ["),),
    "a gate without staff": (('"staff", ', ""),),
    "sixty characters to say": ((SAY, "灯" * 60),),
    "an asset with a dot": (("clips/s4.mp4", "./clips/s4.mp4"),),
}


@pytest.mark.parametrize("changes", SILENT.values(), ids=SILENT)
def test_what_is_allowed_stays_silent(judged, changes):
    assert judged(*changes) == []


def test_s6_a_lower_price_before_the_seven_days_counts_no_more_in_china(booth):
    prices = {date(2027, 4, 10): "199.00", date(2027, 5, 1): "268.00"}
    assert booth.faults(ledger=PaperLedger("L1", "CNY", prices)) == [UNDERCUT]


def test_s8_every_time_is_a_frame_at_25_too(booth):
    booth.change("fps      = 30", "fps      = 25")
    write_manifest(booth)
    assert booth.faults() == [UNDERCUT]
