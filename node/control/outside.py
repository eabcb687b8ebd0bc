"""All lines that lead out of the booth, as far as the configuration has them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from node.config import Config
from node.config_control import EnrolConfig, MqttConfig
from node.control.broker import broker_line
from node.control.enrolling import belonging, console_of, enrolment_of
from node.control.home_wiring import home_assistant_of
from node.control.papers import Drawer
from node.control.renewal import ExpiryWatch, Renewal
from node.control.wiring import Neighbours, control_of, with_overlay
from node.metrics.events import Event
from node.supervise import Component

if TYPE_CHECKING:
    from node.control.plane import ControlPlane

__all__ = ["Neighbours", "Outside", "reach_out", "with_line"]


class Outside:
    """`parts` are what the supervisor runs; `close` lets go of the files at the end."""

    def __init__(self, cfg: Config, near: Neighbours) -> None:
        self._cfg, self._near = cfg, near
        self._plane: ControlPlane | None = None
        self._mqtt: MqttConfig | None = None
        parts: list[Component] = []
        if cfg.mqtt is not None:
            parts += self._commanded(cfg.mqtt)
        elif cfg.enrol is not None:
            parts.append(self._asking(cfg.enrol))
        if cfg.home_assistant is not None:
            parts.append(home_assistant_of(cfg, cfg.home_assistant, near))
        self.parts = tuple(parts)

    @property
    def broker(self) -> str:
        """By which broker the node is commanded, for people; empty: it runs alone."""
        return broker_line(self._mqtt)

    @property
    def is_heard(self) -> bool:
        """Whether the broker has answered this connection, where the node is to have one."""
        plane = self._plane
        return plane is None or (plane.link.is_up and plane.reporter.rtt_ms is not None)

    def close(self) -> None:
        """Nothing may run any more."""
        if self._plane is not None:
            self._plane.close()

    def _commanded(self, mqtt: MqttConfig) -> tuple[Component, ...]:
        if self._cfg.enrol is not None:
            mqtt = msgspec.structs.replace(mqtt, may_reboot=self._cfg.enrol.may_reboot)
        self._mqtt = mqtt
        plane = self._plane = control_of(self._cfg, mqtt, self._near)
        return (*plane.parts, *self._lasting(mqtt, plane))

    def _lasting(self, mqtt: MqttConfig, plane: "ControlPlane") -> Iterator[Component]:
        """What sees to it that the node's certificate does not end."""
        events = self._near.events

        def now() -> datetime | None:
            moment = plane.keeper.reading().moment.now
            return None if moment is None else datetime.fromtimestamp(moment / 1000, UTC)

        def alarm(why: str) -> None:
            events.note(Event(ev="sys.alert", part="certificate", why=why))

        if self._cfg.enrol is not None:
            drawer, desk = Drawer(Path(self._cfg.state_dir)), console_of(self._cfg.enrol)
            yield Renewal(drawer, desk, plane.link, now=now, alarm=alarm)
        elif mqtt.cert_file:
            yield ExpiryWatch(Path(mqtt.cert_file), now=now, alarm=alarm)

    def _asking(self, table: EnrolConfig) -> Component:
        return enrolment_of(
            self._cfg,
            table,
            shown=self._near.claiming,
            begin=lambda mqtt: self._near.join(self._commanded(mqtt)),
        )


def reach_out(cfg: Config, near: Neighbours) -> Outside:
    """The controller's line and Home Assistant's; raises `ConfigError` for unusable keys."""
    return Outside(cfg, near)


def with_line(cfg: Config) -> Config:
    """The configuration with the line that it was given, and what is wanted by that from afar."""
    cfg = belonging(cfg)
    return cfg if cfg.mqtt is None else with_overlay(cfg)
