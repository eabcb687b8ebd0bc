"""The doctor's ear: how well the node that runs here hears."""

import msgspec

from node.cli.client import NodeAddress, fetch_status
from node.cli.status import EarStatus, NodeStatus
from node.cli.verdict import Verdict
from node.config import Config
from node.errors import LinkError


def ear(config: Config) -> Verdict:
    """Whether the ear keeps up, and whether its microphone is too loud to be understood."""
    if config.voice is None or config.microphone is None:
        return Verdict("ear", "absent", "none")
    try:
        body = fetch_status(NodeAddress(f"http://127.0.0.1:{config.web.port}"))
        return _judged(msgspec.json.decode(body, type=NodeStatus).voice)
    except (LinkError, msgspec.MsgspecError):
        return Verdict("ear", "absent", "not_running")


def _judged(voice: EarStatus) -> Verdict:
    if voice.trouble:
        code = "gone" if voice.lost else "trouble"
        return Verdict("ear", "warn", code, {"reason": voice.trouble})
    if voice.ear == "resting":
        return Verdict("ear", "warn", "resting", {"again_s": voice.again_s})
    if voice.clipped_percent:
        return Verdict("ear", "warn", "too_loud", {"percent": voice.clipped_percent})
    if not voice.microphone and voice.ear in {"armed", "listening", "sending"}:
        return Verdict("ear", "warn", "lost")
    if not voice.microphone:
        return Verdict("ear", "ok", "released")
    return Verdict("ear", "ok", "ok", {"microphone": voice.microphone})
