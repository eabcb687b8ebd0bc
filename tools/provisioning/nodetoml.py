"""The node.toml that a new node begins with."""

import json
import re
import tomllib
from typing import Final

from tools.provisioning.refusals import Refusal
from tools.provisioning.wish import Wish

CA_FILE: Final = "/etc/livesell/pki/console-ca.pem"
TOKEN_FILE: Final = "/run/credentials/livesell.service/secrets_operator_token"  # noqa: S105  # a place
SHOW: Final = "/var/lib/livesell/show/day.toml"
PORT_MAX: Final = 65535
PORT: Final = 8080
"""Of the node's pages where nothing else is said (node.config.WebConfig)."""
_PLAIN: Final = """\
# This node's configuration; `livesell check /etc/livesell/node.toml` says what is wrong with it, a
# change counts from the next start. All keys: firmware_config/node.toml of the project.
rundown = "{show}"
state_dir = "/var/lib/livesell"

# No [camera] yet: a live segment shows what it has for that case. See `livesell doctor`.

[web]
port = {port}
# Made on this machine at its first start: sudo cat /etc/livesell/secrets/operator_token
operator_token_file = "{token}"
"""


def node_toml(wish: Wish) -> str:
    """The configuration's text: the given one, or a plain one, as this node's and of this fleet.

    Raises:
        Refusal: the given one is no TOML, names another node, or has a line to a fleet already.
    """
    text = wish.node_toml or _PLAIN.format(show=SHOW, token=TOKEN_FILE, port=PORT)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refusal("node_toml", why=error) from error
    if table.get("node", wish.node) != wish.node:
        raise Refusal("node_toml_node", node=table["node"], wanted=wish.node)
    if "node" not in table:
        text = f"node = {json.dumps(wish.node)}\n{text}"
    if not wish.console:
        return text
    for other in ("enrol", "mqtt"):
        if other in table:
            raise Refusal("node_toml_line", table=other)
    ca_file = f"ca_file = {json.dumps(CA_FILE)}\n" if wish.console_ca else ""
    console = json.dumps(re.sub("/$", "", wish.console))
    return f"{text.rstrip()}\n\n[enrol]\nconsole = {console}\n{ca_file}"


def port_of(config: str) -> int:
    """The port of the node's pages as a configuration has it, the usual one where it has none."""
    try:
        port = tomllib.loads(config).get("web", {}).get("port", PORT)
    except (tomllib.TOMLDecodeError, AttributeError):
        return PORT  # `livesell check` says what is wrong with it
    return port if isinstance(port, int) and 0 < port <= PORT_MAX else PORT
