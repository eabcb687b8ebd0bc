"""A node to talk to, and no other: neither the user's own nor the machine's."""

from collections.abc import Iterator

import pytest

from tests.fakes.http_node import HttpNode, http_node


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setattr("node.cli.client.STATE_DIR", tmp_path / "installed")
    monkeypatch.setattr("node.cli.client.DEFAULT_URL", "http://127.0.0.1:1")
    for name in ("TIMEOUT_S", "KNOCK_S"):  # a busy machine has no less of a node
        monkeypatch.setattr(f"node.cli.client.{name}", 60.0)


@pytest.fixture
def node() -> Iterator[HttpNode]:
    with http_node() as one:
        yield one
