"""A busy machine is no codec that hangs: what is to hang is given a limit by its own test."""

import pytest

from node.encode import encoder, gstreamer

PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codecs and their processes may take their time."""
    for name in ("STALL_S", "OPENING_S", "CLOSING_S"):
        monkeypatch.setattr(encoder, name, PATIENCE_S)
    for name in ("OPENING_S", "ANSWER_S", "STALLED_S", "ENDING_S"):
        monkeypatch.setattr(gstreamer, name, PATIENCE_S)
