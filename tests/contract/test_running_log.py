"""What a real node leaves behind: logs that verify, also after a power cut, and show any change."""

import json
import signal

import pytest

from tests.fakes.running import RunningNode, events, livesell, running

pytestmark = pytest.mark.timeout(300)


def played(node: RunningNode) -> None:
    """Have something happen that the log must tell."""
    node.command("take", segment="two")
    node.command("card.show", product="P1", for_s=30)
    node.command("card.hide")
    node.command("take", segment="one")


def test_a_node_leaves_logs_that_verify_and_that_one_changed_byte_breaks(make_day):
    day = make_day()
    with running(day.config) as node:
        played(node)
        node.until(lambda status: status.health["prices"].condition == "ready")
        assert node.stop()[0] == 0
    state = day.config.parent / "state"
    said = livesell("verify", str(state))
    assert (said.code, said.err) == (0, "")
    kinds = [event.ev for event in events(state)]
    assert {"seg.start", "seg.end", "card.show", "card.hide"} <= set(kinds)
    taken = [event for event in events(state) if event.ev == "card.show"]
    assert [(event.by, event.product, event.rd[:7]) for event in taken] == [
        ("operator", "P1", "sha256:")
    ]
    for name in ("as-played.jsonl", "prices.jsonl"):
        path = state / name
        content = path.read_bytes()
        place = content.index(b'"ts":"20') + len(b'"ts":"20')
        path.write_bytes(content[:place] + b"9" + content[place + 1 :])
        line = content[:place].count(b"\n") + 1
        broken = livesell("verify", str(path))
        assert (broken.code, broken.out.startswith(f"{path}:{line}: changed: ")) == (1, True)
        path.write_bytes(content)


def test_a_killed_node_goes_on_in_the_same_chain(make_day):
    day = make_day()
    for by in (signal.SIGKILL, signal.SIGTERM):
        with running(day.config) as node:
            played(node)
            node.until(lambda status: status.health["events"].condition == "ready")
            if by is signal.SIGTERM:
                node.until(lambda status: status.health["prices"].condition == "ready")
            node.send(by)
            node.wait()
    state = day.config.parent / "state"
    assert livesell("verify", str(state)).code == 0
    boots = {event.id.split("-")[1] for event in events(state)}
    assert boots >= {"2"}
    prices = [json.loads(line) for line in (state / "prices.jsonl").read_text().splitlines()]
    assert [(line["product"], line["price"]) for line in prices] == [("P1", "168.00")]
