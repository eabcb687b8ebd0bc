"""All lines that lead out of the booth, as far as the configuration has them."""

from dataclasses import dataclass

from node.config import Config
from node.control.home_wiring import home_assistant_of
from node.control.plane import ControlPlane
from node.control.wiring import Neighbours, control_of
from node.supervise import Component

__all__ = ["Neighbours", "Outside", "reach_out"]


@dataclass(frozen=True, slots=True)
class Outside:
    """The parts that the supervisor runs; `close` lets go of the files at the end."""

    parts: tuple[Component, ...]
    plane: ControlPlane | None

    def close(self) -> None:
        """Nothing may run any more."""
        if self.plane is not None:
            self.plane.close()


def reach_out(cfg: Config, near: Neighbours) -> Outside:
    """The controller's line and Home Assistant's; raises `ConfigError` for unusable keys."""
    plane = None if cfg.mqtt is None else control_of(cfg, cfg.mqtt, near)
    parts: tuple[Component, ...] = () if plane is None else plane.parts
    if cfg.home_assistant is not None:
        parts = (*parts, home_assistant_of(cfg, cfg.home_assistant, near))
    return Outside(parts, plane)
