"""A driver that hangs is not asked again for ever."""

import threading

import pytest

from node.board import hanging
from node.errors import DeviceError


def test_of_a_driver_that_hangs_only_so_many_threads_are_left_behind(monkeypatch):
    monkeypatch.setattr(hanging, "MOST", 2)
    let_go, back = threading.Event(), threading.Semaphore(0)

    def hang():
        let_go.wait(60)
        back.release()

    for _ in range(2):
        hanging.begin("a card that hangs", hang)
    with pytest.raises(DeviceError, match="its driver hangs: 2 openings never came back"):
        hanging.begin("a card that hangs", hang)
    hanging.begin("another card", hang)
    let_go.set()
    assert all(back.acquire(timeout=60) for _ in range(3))
    for one in threading.enumerate():
        if one.name == "a card that hangs":
            one.join(60)
    hanging.begin("a card that hangs", hang)
    assert back.acquire(timeout=60)
