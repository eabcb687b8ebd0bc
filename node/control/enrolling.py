"""The enrolment among the node's parts: what a node gets when it is let in, put to use at once."""

import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from node.board.capacity import read_capacity
from node.board.claiming import Claiming
from node.board.identity import serial_number
from node.channels import State
from node.config import Config
from node.config_control import EnrolConfig, MqttConfig, line_faults
from node.control.broker import Login, tls_context
from node.control.claim import Console
from node.control.enrolment import Applicant, Enrolment
from node.control.papers import Drawer
from node.control.shelf import FOLDER as DESIRED
from node.errors import ConfigError, LinkError

log = logging.getLogger(__name__)


def belonging(cfg: Config) -> Config:
    """The configuration with the line that this node was given, where it was let in before."""
    if cfg.enrol is None:
        return cfg
    drawer = Drawer(Path(cfg.state_dir))
    papers = drawer.current()
    if papers is None or papers.place.node != cfg.node:
        return cfg
    return msgspec.structs.replace(cfg, mqtt=drawer.line(papers))


def console_of(table: EnrolConfig) -> Console:
    """The fleet's console; raises `ConfigError` for an authority that cannot be read."""
    try:
        is_tls = table.console.startswith("https://")
        tls = tls_context(Login("", ca_file=table.ca_file)) if is_tls else None
    except LinkError as error:
        raise ConfigError([f"enrol.ca_file = {table.ca_file!r}: {error}"]) from error
    return Console(table.console, tls)


def enrolment_of(
    cfg: Config,
    table: EnrolConfig,
    *,
    shown: State[Claiming | None],
    begin: Callable[[MqttConfig], None],
) -> Enrolment:
    """What asks to be let in; `begin` is given the line. Raises `ConfigError`."""

    def judge(mqtt: MqttConfig) -> Iterator[str]:
        try:
            msgspec.convert(msgspec.to_builtins(mqtt), MqttConfig)
        except msgspec.ValidationError as error:
            yield str(error)
            return
        yield from line_faults(mqtt, cfg.fetch)

    def begun(mqtt: MqttConfig) -> None:
        # What another fleet wanted, and the keys it named, must not be obeyed here.
        shutil.rmtree(Path(cfg.state_dir) / DESIRED, ignore_errors=True)
        begin(mqtt)

    return Enrolment(
        Applicant(cfg.node, read_capacity().model, serial_number()),
        console_of(table),
        Drawer(Path(cfg.state_dir)),
        shown=shown,
        judge=judge,
        begin=begun,
    )
