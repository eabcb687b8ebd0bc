"""The grammar of ask, talk, mute and hush, apart from them: --help loads nothing that they need."""

from typing import TYPE_CHECKING

from node.cli.grammar import add_address, verb
from node.cli.texts import Texts

if TYPE_CHECKING:
    from node.cli.grammar import Verbs


def add_voice(verbs: "Verbs", texts: Texts) -> None:
    """The grammar of these verbs."""
    asked = verb(verbs, "ask", texts)
    asked.add_argument("text", metavar="QUESTION", help=texts("ask.text"))
    asked.add_argument(
        "--locale", choices=("zh", "en", "auto"), default="auto", help=texts("ask.locale")
    )
    asked.add_argument("--may-send", action="store_true", help=texts("ask.may_send"))
    asked.add_argument("--json", action="store_true", dest="as_json", help=texts("json"))
    muted = verb(verbs, "mute", texts)
    muted.add_argument(
        "state", nargs="?", choices=("on", "off"), default="on", help=texts("mute.state")
    )
    for parser in (asked, muted, verb(verbs, "talk", texts), verb(verbs, "hush", texts)):
        add_address(parser, texts)
