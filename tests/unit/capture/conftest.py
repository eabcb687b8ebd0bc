"""A busy machine is no lost camera: what a test is to lose, it loses by a limit of its own."""

import pytest

from node.capture import argus, faulty, intake, picamera, threaded, v4l2
from node.capture.threaded import ThreadedCamera

PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cameras, their readers and FFmpeg may take their time, between any two steps."""
    for module in (threaded, faulty, argus, picamera, v4l2):
        monkeypatch.setattr(module, "STALL_S", PATIENCE_S)
    for module in (threaded, argus, picamera, v4l2):
        monkeypatch.setattr(module, "FIRST_S", PATIENCE_S)
    monkeypatch.setitem(ThreadedCamera.__init__.__kwdefaults__, "first_s", PATIENCE_S)
    monkeypatch.setattr(threaded, "CLOSE_S", PATIENCE_S)
    for name in ("OPEN_S", "READ_S"):
        monkeypatch.setattr(intake, name, PATIENCE_S)
