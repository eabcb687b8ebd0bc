"""Every way in which the node can fail, as one tree.

NodeError
  ConfigError      the file is wrong: exit 78, do not restart
  RundownError     rundown or catalog refused, rule by rule; the one on air goes on
  TransientError   waiting may cure it: the supervisor retries
    DeviceError    camera, microphone, GPIO, encoder, disk
    LinkError      broker, uplink, asset server
  AssetError       clip, card or model missing or damaged: skip the segment, slate
  CommandError     cannot be obeyed now: told to its sender, with a reason code
"""

from collections.abc import Sequence

__all__ = [
    "AssetError",
    "CommandError",
    "ConfigError",
    "DeviceError",
    "LinkError",
    "NodeError",
    "RundownError",
    "TransientError",
]


class NodeError(Exception):
    """Anything that the node foresees."""


class ConfigError(NodeError):
    """The configuration is wrong; `faults` names every place, one line each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class RundownError(NodeError):
    """A rundown or catalog is refused; `faults` holds one line for each finding."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class TransientError(NodeError):
    """Waiting may cure it."""


class DeviceError(TransientError):
    """A camera, microphone, GPIO line, encoder or disk does not work now."""


class LinkError(TransientError):
    """A broker, uplink or asset server cannot be reached now."""


class AssetError(NodeError):
    """A clip, card or model is missing or damaged."""


class CommandError(NodeError):
    """A command cannot be obeyed now; `code` is a stable word for machines."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
