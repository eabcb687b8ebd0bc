"""livesell sheet: the day on paper, for the people of the booth, in their language."""

import html
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from node.cli.compile import judged
from node.cli.sheet_tables import Sheet, SheetTable, columns
from node.cli.texts import load

REFUSED = 1
WIDE = frozenset("WF")
STYLE = """
@page { size: A4; margin: 14mm }
body { font: 10pt/1.45 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; color: #111;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 18pt; margin: 0 } p { color: #555; margin: .2rem 0 1.2rem }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.2rem; break-inside: avoid }
caption { text-align: start; font-weight: 700; padding: .3rem 0 }
th, td { text-align: start; vertical-align: top; padding: .2rem .6rem .2rem 0;
  border-bottom: 1px solid #ddd }
th { color: #555; font-weight: 500 } td:first-child { font-variant-numeric: tabular-nums }
"""


def sheet(path: Path, locale: str, page: Path | None) -> int:
    """Print the call sheet of a rundown in `locale`, en or zh; with `page` write it as HTML.

    Returns:
        0 done, 1 when the rundown has errors, which are then told on stderr.
    """
    reading = judged(path, has_files=False)
    if reading.rundown is None or reading.catalog is None:
        return REFUSED
    made = Sheet(reading.rundown, reading.catalog, load(locale))
    if page is None:
        print("\n".join(as_text(made)))
    else:
        page.write_text(as_page(made, locale), encoding="utf-8")
    return 0


def as_text(made: Sheet) -> Iterator[str]:
    """The sheet line by line, its columns aligned for a terminal's cells."""
    yield made.title
    yield made.facts
    for table in made.tables():
        yield ""
        yield table.caption
        cells = [table.heads, *table.rows]
        widths = [max(map(_cells, column)) for column in columns(cells)]
        for row in cells:
            padded = (
                text + " " * (width - _cells(text)) for text, width in zip(row, widths, strict=True)
            )
            yield f"  {'  '.join(padded)}".rstrip()


def as_page(made: Sheet, locale: str) -> str:
    """The sheet as one HTML page that prints well."""
    title = html.escape(made.title)
    tables = "\n".join(map(_table, made.tables()))
    return (
        f'<!doctype html>\n<html lang="{locale}">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{STYLE}</style>\n<h1>{title}</h1>\n<p>{html.escape(made.facts)}</p>\n"
        f"{tables}\n</html>\n"
    )


def _table(table: SheetTable) -> str:
    heads = "".join(f"<th>{html.escape(head)}</th>" for head in table.heads)
    rows = "\n".join(
        f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows
    )
    caption = html.escape(table.caption)
    return f"<table><caption>{caption}</caption><tr>{heads}</tr>\n{rows}\n</table>"


def _cells(text: str) -> int:
    """Columns of a terminal that `text` takes."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in WIDE)
        for char in text
    )
