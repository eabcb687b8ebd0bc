"""`fleet init`: the folder of a new fleet, with its keys, its authority and its first admin."""

from pathlib import Path
from typing import Final

import msgspec

from node.control.broker import endpoint
from tools.fleet import authority, keys, mosquitto
from tools.fleet.ledger import Ledger
from tools.fleet.people import Person, new_token, token_hash
from tools.fleet.settings import ADMIN_TOKEN, CA_CERT, DATABASE, Settings, write_settings
from tools.fleet.wall import now_ms

FIRST: Final = "admin"
HERE: Final = ("127.0.0.1", "localhost")
"""Names of the console on its own machine, where `fleet` asks it."""


def found(folder: Path, settings: Settings, tls_host: str) -> None:
    """Make everything that serving needs; raises `FileExistsError` where there is a fleet already.

    With a `tls_host` there are certificates for the broker and the controller, both speak TLS, and
    `mosquitto.conf` and `acl` say so to a mosquitto.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys.make_keys(folder, now_ms())
    authority.make_authority(folder, settings.org)
    if tls_host:
        authority.make_pair(folder, "broker", tls_host, tls_host)
        authority.make_pair(folder, "https", tls_host, tls_host, *HERE)
        authority.make_pair(folder, "ctl", settings.client_id)
        settings = msgspec.structs.replace(
            settings, ca_file=CA_CERT, cert_file="ctl.crt", key_file="ctl.key",
            https_cert="https.crt", https_key="https.key",
        )  # fmt: skip
        port = endpoint(settings.broker).port
        keys.write_secret(folder / "acl", mosquitto.acl(settings.org, settings.client_id).encode())
        (folder / "mosquitto.conf").write_text(
            mosquitto.settings(folder.resolve(), port, _owner(folder))
        )
    write_settings(folder, settings)
    ledger, token = Ledger(folder / DATABASE), new_token()
    try:
        ledger.keep_person(Person(FIRST, "admin"), token_hash(token))
    finally:
        ledger.close()
    (folder / DATABASE).chmod(0o600)
    keys.write_secret(folder / ADMIN_TOKEN, token.encode() + b"\n")


def _owner(folder: Path) -> str:
    """Who owns it; empty where the system has no name for that user, as in some containers."""
    try:
        return folder.owner()
    except KeyError:
        return ""
