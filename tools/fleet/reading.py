"""What nodes say, read and checked: topic and bytes to a typed value; pure."""

from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from node.control.messages import (
    VERSION,
    Ack,
    Birth,
    ContractError,
    JsonObject,
    Online,
    TimeQuery,
)
from node.control.sections import Reported
from node.control.telemetry import TELEMETRY, CloudEvent
from node.control.topics import Address, Channel, parse
from node.control.wireform import check_size, decode

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tele:
    """Telemetry of a kind."""

    kind: str
    value: JsonObject


@dataclass(frozen=True, slots=True)
class Echo:
    """A section as the broker holds it."""

    section: str
    body: bytes


Word = Online | Birth | Reported | Ack | CloudEvent | Tele | TimeQuery | Echo
_FORMS: Final[dict[Channel, type[Online | Birth | Reported | Ack | CloudEvent | TimeQuery]]] = {
    "online": Online,
    "birth": Birth,
    "reported": Reported,
    "ack": Ack,
    "event": CloudEvent,
    "timeq": TimeQuery,
}


def read(topic: str, body: bytes, org: str) -> tuple[Address, Word]:
    """Who says what; raises `ContractError` for what the contract does not have."""
    address = parse(topic)
    if address is None or address.org != org:
        raise ContractError("unknown_type", f"topic {topic[:100]!r}")
    check_size(body)
    if address.channel == "desired":
        return address, Echo(address.leaf, body)
    if address.channel == "tele":
        return address, _tele(address, body)
    form = _FORMS.get(address.channel)
    if form is None:
        raise ContractError("unknown_type", f"nothing that a node says: {address}")
    word = decode(body, form)
    if isinstance(word, CloudEvent):
        if word.source != f"ls/{org}/{address.node}":
            raise ContractError("wrong_audience", f"source = {word.source[:60]!r}")
        return address, word
    _known(word.v)
    if isinstance(word, (Birth, Reported, Ack)):
        _same(word.node, address)
    return address, word


def _tele(address: Address, body: bytes) -> Tele:
    form = next((form for kind, form in TELEMETRY.items() if kind == address.leaf), None)
    if form is None:
        raise ContractError("unknown_type", f"telemetry {address.leaf!r}")
    told = decode(body, form)
    _known(told.v)
    _same(told.node, address)
    return Tele(address.leaf, msgspec.to_builtins(told))


def _same(node: str, address: Address) -> None:
    if node != address.node:
        raise ContractError("wrong_audience", f"node = {node[:40]!r} on {address}")


def _known(version: int) -> None:
    if version != VERSION:
        raise ContractError("unknown_version", f"v = {version}: expected {VERSION}")
