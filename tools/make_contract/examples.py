"""Examples of every message, written as typed values: what the types refuse cannot stand here."""

from collections.abc import Mapping
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from node.control import messages, orders, sections, telemetry
from node.control.envelope import key_text, sign

NODE: Final = "n0001"
ORG: Final = "acme"
AT: Final = 1_795_236_000_123
"""2026-11-21, as in all examples."""
EPOCH: Final = 1_795_230_000
ID: Final = "019ab3c2-7d1e-7c55-9a40-6f2b8f0f3a11"
HASH: Final = "sha256:" + "91c4" * 16
URL: Final = "https://assets.example.com/acme/"
KID: Final = "cmd-2026-11"
KEY: Final = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
)
"""The key that RFC 8032 §7.1 publishes for tests, so that anybody can make the same signature."""

ORDERS: Final[tuple[orders.Order, ...]] = (
    orders.CueGo("desk", AT + 1000),
    orders.CueArm("desk"),
    orders.CardShow("P17", 30.0),
    orders.CardHide(),
    orders.AudioSet(40),
    orders.Say({"zh": "欢迎光临", "en": "Welcome"}),
    orders.LiveStart("desk"),
    orders.LiveStop("slate"),
    orders.OfferSold("O1", 42),
    orders.StockSet("P17", 118),
    orders.Snapshot(320),
    orders.AskReply("4f1c2a9b-12", {"en": "Rinse it by hand, please."}, "P17", "card.show"),
    orders.SysReboot("node"),
    orders.SysIdentify(10),
    orders.LogGet(50),
    orders.Rebirth(),
    orders.Cancel("019ab3c2-7d1e-7c55-9a40-6f2b8f0f3a10"),
    orders.ScanNote("P17", AT, "ep1.1", 6),
)

WANTED: Final[Mapping[sections.Section, sections.Wanted]] = {
    "config": sections.ConfigWanted({"encoder": {"bitrate_kbps": 2500}}),
    "show": sections.ShowWanted(HASH, URL + "day.toml", 6_871),
    "catalogue": sections.CatalogueWanted(HASH, URL + "catalog.toml", 3_002),
    "assets": sections.AssetsWanted(HASH, URL + "assets.jws", 41_880),
    "software": sections.SoftwareWanted("1.4.2", URL + "1.4.2.jws", HASH, AT),
    "keys": sections.KeysWanted(
        (sections.PublicKey(KID, key_text(KEY.public_key()), "cmd", AT, AT + 90 * 86_400_000),)
    ),
}

OTHERS: Final[Mapping[str, tuple[msgspec.Struct, ...]]] = {
    "time": (messages.TimeReply(1, NODE, "k3", AT, AT + 7, AT + 8),),
    "ctl.online": (messages.ControllerOnline(1, online=True, at=AT),),
    "online": (
        messages.Online(1, online=True, bseq=57, at=AT),
        messages.Online(1, online=False, bseq=57, at=AT),
    ),
    "birth": (
        messages.Birth(
            v=1, node=NODE, bseq=57, at=AT, sw="1.4.2", model="Raspberry Pi 5",
            caps=("kiosk", "mic"), trust="jws", clock=messages.ClockView("synced", 3, AT - 5000),
            desired={"config": 12, "show": 7, "keys": 3}, outbox=messages.OutboxView(2, 911, 4),
            refused={"too_old": 1},
        ),
    ),
    "reported": (
        sections.Reported(1, NODE, "show", 7, "applied", AT, data={"missing": 0}),
        sections.Reported(
            1, NODE, "assets", 4, "failed", AT,
            messages.Reason("disk_full", "4.1 GB needed, 2.0 GB free", retryable=True),
        ),
    ),
    "ack": (
        messages.Ack(1, ID, NODE, "accepted", AT + 40, "synced"),
        messages.Ack(1, ID, NODE, "done", AT + 1001, "synced", result={"seg": "desk", "card": ""}),
        messages.Ack(
            1, ID, NODE, "failed", AT + 391, "synced", dup=True, progress=0.4,
            reason=messages.Reason("asset_missing", "desk.mp4 is not on disk", retryable=True),
        ),
    ),
    "event": (
        telemetry.CloudEvent(
            "1.0", f"{NODE}-7-004211", f"ls/{ORG}/{NODE}", "card.show",
            "2026-11-21T04:40:00.123Z", {"seg": "ep1", "pos": 151.4, "product": "P17"},
        ),
    ),
    "event.tele.agg": (
        telemetry.CloudEvent(
            "1.0", f"{NODE}-agg-{AT}", f"ls/{ORG}/{NODE}", "tele.agg", "2026-11-21T04:40:00.123Z",
            msgspec.to_builtins(telemetry.Aggregate(300, 30, {"cpu_c": (49.8, 51.2, 55.0)})),
        ),
    ),
    "tele.sys": (
        telemetry.Sys(1, NODE, AT, 8123.4, 51.2, 612, 9120, 18, 1.7, 2, 8100),
    ),
    "tele.player": (
        telemetry.Player(1, NODE, AT, "ep1", 151.4, 6, "climax", "P17", "desk", volume=40),
    ),
    "tele.stream": (
        telemetry.Streams(
            1, NODE, AT, 14, 30.0, 2480.5, {"uplink": "refused"}, telemetry.Hearing("resting", 42),
        ),
    ),
    "tele.alive": (telemetry.Alive(1, NODE, AT, 3),),
    "tele.ask": (
        telemetry.Ask(
            1, NODE, AT, "4f1c2a9b-12", "en", AT + 8000, 8000, "P17",
            (telemetry.Guess("usage", 0.62), telemetry.Guess("compare", 0.2)), "dishwasher?",
        ),
    ),
    "tele.still": (telemetry.Still(1, NODE, AT, ID, "ep1", 320, 180, "/9j/4AAQSkZJRg=="),),
    "timeq": (messages.TimeQuery(1, "k3", AT),),
}  # fmt: skip


def command(order: orders.Order) -> messages.WireCommand:
    """A command with an order, signed ten seconds or less before it ends."""
    kind = next(one for one in orders.KINDS.values() if one.order is type(order))
    data = {name: value for name, value in msgspec.to_builtins(order).items() if value is not None}
    is_to_all = kind.name == "live.stop"
    return messages.WireCommand(
        v=1, id=ID, type=kind.name, aud=messages.EVERYONE if is_to_all else NODE, iat=AT,
        exp=AT + kind.ttl_s * 1000, corr="show-20261121-a", by="op:17", data=data,
        seq=messages.Seq(kind.stream, EPOCH, 412) if kind.stream else None,
    )  # fmt: skip


def all_examples() -> dict[str, list[msgspec.Struct]]:
    """By the name of the message."""
    found: dict[str, list[msgspec.Struct]] = {}
    for order in ORDERS:
        wire = command(order)
        found[f"cmd.{wire.type}"] = [wire]
    stop = found["cmd.live.stop"][0]
    found["cmd.live.stop"].append(msgspec.structs.replace(stop, aud=NODE, data={"to": "resume"}))
    for section, wanted in WANTED.items():
        desired = sections.Desired(1, NODE, section, 7, AT, wanted)
        found[f"desired.{section}"] = [sections.wire_section(desired)]
    return found | {name: list(values) for name, values in OTHERS.items()}


def signed() -> str:
    """The first command as it goes over the wire."""
    body = msgspec.json.encode(command(ORDERS[0]))
    return sign(body, "ls-cmd+jws", kid=KID, key=KEY).decode()
