"""The label for a node's box: which node, which fleet, and where its claim code appears.

The code itself is made when the node first asks its fleet (15 minutes, one use, bound to a key
that is made on the node), so no label and no card can hold it.
"""

import html
import io

import segno

from node.cli.texts import Texts
from tools.provisioning.nodetoml import port_of
from tools.provisioning.wish import Wish

STYLE = """
@page { size: A6 landscape; margin: 8mm }
body { margin: 0; font: 11pt/1.4 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif }
main { display: grid; grid-template-columns: 38mm 1fr; gap: 6mm; align-items: center }
h1 { margin: 0; font-size: 22pt; overflow-wrap: anywhere } p { margin: 1mm 0 }
svg { display: block; width: 38mm; height: 38mm; shape-rendering: crispEdges }
small { color: #333; overflow-wrap: anywhere }
"""


def page_of(wish: Wish) -> str:
    """The address that the label's code leads to: the node's own pages in the booth's network."""
    return f"http://{wish.node}.local:{port_of(wish.node_toml)}/"


def label(wish: Wish, board: str, texts: Texts) -> str:
    """The label as a page that prints true to size."""
    code = io.BytesIO()
    segno.make(page_of(wish), error="m", micro=False).save(
        code, kind="svg", border=4, xmldecl=False, svgns=False, omitsize=True
    )
    steps = texts("label.claim", console=wish.console) if wish.console else texts("label.alone")
    return (
        f'<!doctype html>\n<html lang="{texts.locale}">\n<meta charset="utf-8">\n'
        f"<title>{html.escape(wish.node)}</title>\n<style>{STYLE}</style>\n<main>\n"
        f"{code.getvalue().decode()}\n<div><h1>{html.escape(wish.node)}</h1>"
        f"<p>{html.escape(board)}</p><p>{html.escape(page_of(wish))}</p>"
        f"<p><small>{html.escape(steps)}</small></p></div>\n</main>\n</html>\n"
    )


def drawn(wish: Wish) -> str:
    """The same code for a terminal."""
    out = io.StringIO()
    segno.make(page_of(wish), error="m", micro=False).terminal(out, border=2, compact=True)
    return out.getvalue().rstrip("\n")
