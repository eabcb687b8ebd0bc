"""Settings of a mosquitto for a fleet: certificates, each node in its own tree alone; pure.

The traps are told in the file itself, since it is read where it runs (mosquitto.conf(5), measured
with mosquitto 2.0.11).
"""

from pathlib import Path
from typing import Final

BIG_FLEET_LINES: Final = """\
persistence true
# Each save rewrites the whole database: up to 50 nodes, on every change (true, 1); above, every
# 5 s, and what is lost then is sent again by nodes and controller.
autosave_on_changes false
autosave_interval 5
persistent_client_expiration 7d
max_queued_messages 5000
max_packet_size 131072
set_tcp_nodelay true
"""


def tls_lines(folder: Path) -> str:
    """Who may come in: those with a certificate of the fleet, by its name alone."""
    return (
        f"cafile {folder}/ca.crt\ncertfile {folder}/broker.crt\nkeyfile {folder}/broker.key\n"
        "# What is revoked: `fleet wipe` writes it, SIGHUP has it read again.\n"
        f"crlfile {folder}/crl.pem\n"
        "tls_version tlsv1.2\nrequire_certificate true\nuse_identity_as_username true\n"
        "# Without the next line one node could take over another's session.\n"
        "use_username_as_clientid true\n"
        f"acl_file {folder}/acl\n"
    )


def settings(folder: Path, port: int, user: str) -> str:
    """The whole of mosquitto.conf; `persistence_location` is left to the system's.

    Started by root, mosquitto becomes `user` (empty: its own choice), who must read the keys.
    """
    head = f"listener {port}\nallow_anonymous false\n" + (f"user {user}\n" if user else "")
    return f"{head}{tls_lines(folder)}{BIG_FLEET_LINES}"


def acl(org: str, controller: str) -> str:
    """A node reads its commands and writes under its `up/`; the controller does the rest."""
    own = f"ls/v1/{org}/nodes/%u"
    return (
        "# Lines before the first `user` that begin with `topic` hold for anonymous clients only:\n"
        "# hence `pattern`, although two have no %u (mosquitto warns of it).\n"
        f"pattern read {own}/cmd/#\npattern read {own}/desired/#\npattern read {own}/time\n"
        f"pattern write {own}/up/#\n"
        f"pattern read ls/v1/{org}/all/cmd/#\npattern read ls/v1/{org}/ctl/online\n"
        f"user {controller}\ntopic readwrite ls/v1/{org}/#\ntopic read $SYS/#\n"
    )
