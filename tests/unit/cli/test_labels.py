"""Printed labels: a code for each GTIN, which leads to the product for ever."""

from pathlib import Path

import segno

from node.cli.labels import MODULE_MM, digital_link, labels
from node.cli.texts import load

CATALOG = """
format = "livesell-catalog/1"
currency = "CNY"
[product.P17]
gtin = "09521234543213"
title = { en = "Tea set <script>" }
price = { CNY = "129.00" }
[product.P18]
title = { en = "Cup" }
price = { CNY = "89.00" }
"""


def written(folder: Path, *, resolver: str = "") -> tuple[int, str]:
    catalog, page = folder / "catalog.toml", folder / "labels.html"
    catalog.write_text(CATALOG, encoding="utf-8")
    code = labels(catalog, page, load("en"), resolver=resolver)
    return code, page.read_text(encoding="utf-8")


def test_a_label_carries_the_gs1_link_of_its_product(tmp_path, capsys):
    code, page = written(tmp_path)
    assert "https://id.gs1.org/01/09521234543213" in page
    assert page.count("<svg") == 1
    assert (code, "P18" in capsys.readouterr().out) == (1, True)


def test_a_title_is_text_on_paper_too(tmp_path):
    _, page = written(tmp_path)
    assert "Tea set &lt;script&gt;" in page
    assert "<script" not in page


def test_a_module_is_printed_at_its_size(tmp_path):
    _, page = written(tmp_path, resolver="https://shop.example.com/")
    link = digital_link("9521234543213", "https://shop.example.com/")
    assert link == "https://shop.example.com/01/09521234543213"
    modules = segno.make(link, error="m", micro=False).symbol_size(border=4)[0]
    assert f'width="{modules * MODULE_MM:g}mm"' in page
