"""A running node and those who take part: likes, messages, taps, scans that open a gate."""

import asyncio
import json
import re
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from node.stream.inbox import FLOOD
from node.web.visitors import COOKIE
from tests.fakes.running import PATIENCE_S, PATIENT, NeverError, RunningNode, events, running
from tests.fakes.small_day import Part
from tests.fakes.watching import Watching, watching

pytestmark = pytest.mark.timeout(300)

GATE = 'gate = { any = ["scan:3 in 10m"], else = "idle" }'
ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")


def gated(clips: dict[str, Path]) -> tuple[Part, ...]:
    """`one` always, `two` after three scans, else the assistant."""
    return (
        Part("one", 40, clips["one"]),
        Part("two", 20, clips["two"], cues=GATE),
        Part("idle", 3, clips["idle"], kind="agent"),
    )


class Phone:
    """A browser of its own; keeps its cookie."""

    def __init__(self, node: RunningNode) -> None:
        self._parts = urlsplit(node.url)
        self._cookie = ""

    def look(self, path: str, method: str = "GET", **headers: str) -> int:
        """Ask for a page: its status."""
        sent = {"User-Agent": "Mozilla/5.0 (Android 15) Firefox/140", **headers}
        if self._cookie:
            sent["Cookie"] = self._cookie
        connection = HTTPConnection(str(self._parts.hostname), self._parts.port, timeout=PATIENCE_S)
        connection.request(method, path, headers=sent)
        answer = connection.getresponse()
        answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            assert cookie.startswith(COOKIE)
            self._cookie = cookie.partition(";")[0]
        connection.close()
        return answer.status


def card_link(node: RunningNode) -> str:
    """The link of the card, once put up."""
    node.command("card.show", product="P1", for_s=60)
    card = node.until(lambda status: status.card is not None).card
    assert card is not None
    return card.link


def crowd(node: RunningNode) -> dict[str, object]:
    """`GET /api/crowd`."""
    status, body = node.ask("/api/crowd")
    assert status == 200
    return dict(json.loads(body))


async def crowd_until(
    node: RunningNode, is_so: Callable[[dict[str, object]], bool]
) -> dict[str, object]:
    """The crowd as soon as something is true of it."""
    seen = crowd(node)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so(seen):
                await asyncio.sleep(0.02)
                seen = crowd(node)
    except TimeoutError:
        raise NeverError(f"never: {seen}") from None
    return seen


@pytest.mark.parametrize(("visitors", "then"), [(2, "idle"), (3, "two")])
def test_so_many_visitors_open_a_gate_and_lookers_do_not(make_day, clips, visitors, then):
    day = make_day(parts=gated(clips), camera="")
    with running(day.config) as node:
        link = card_link(node)
        page = link.partition("?")[0]
        looker = Phone(node)
        for _ in range(3):
            assert looker.look(page, method="HEAD") == 200
            assert looker.look(page, Purpose="prefetch") == 200
            assert looker.look(page, **{"User-Agent": "Googlebot/2.1"}) == 200
        phones = [Phone(node) for _ in range(visitors)]
        for phone in phones:
            assert [phone.look(page), phone.look(page), phone.look(link)] == [200] * 3
        node.command("skip", segment="one")
        assert node.until(lambda status: status.segment != "one").segment == then
        assert node.stop()[0] == 0
    scans = [event for event in events(day.state_dir) if event.ev == "scan"]
    assert [(one.product, one.k, one.n, one.by) for one in scans] == [
        ("P1", "qr", 1, "crowd")
    ] * visitors


async def take_part(node: RunningNode, code: str) -> None:
    """Watch for a while: like, tap, write, say nonsense."""
    async with watching(node.url) as viewer:
        await viewer.say(t="seen", first_ms=412)
        await viewer.say(t="like", n=5)
        await viewer.say(t="like", n=3)
        sums = await viewer.told("crowd", lambda one: one["likes"] == 8)
        assert (sums["viewers"], type(sums["rtp"])) == (1, int)
        await viewer.say(t="tap", code=code)
        await viewer.say(t="dance")
        await viewer.say(t="like", n=10_000)
        await viewer.say(t="say", text="多少钱 how much", name="Ann")
        await viewer.say(t="say", text="全网第一")
        seen = await crowd_until(node, lambda one: one["taken"] == 6)
        assert (seen["likes"], seen["unknown"], seen["malformed"]) == (8, 1, 1)
        await approve(node, viewer, seen["waiting"])
    await crowd_until(node, lambda one: one["viewers"] == 0)


async def approve(node: RunningNode, viewer: Watching, messages: list[dict[str, str]]) -> None:
    """Approve the one message that waits; only then does the viewer get it."""
    [waiting] = messages
    assert (waiting["text"], waiting["name"]) == ("多少钱 how much", "Ann")
    assert not any(one["t"] == "message" for one in viewer.messages)
    assert node.command("message.approve", id=waiting["id"])[0] == 200
    shown = await viewer.told("message", lambda _: True)
    assert (shown["id"], shown["text"]) == (waiting["id"], waiting["text"])
    assert node.command("message.refuse", id=waiting["id"])[0] == 409
    assert node.command("message.approve", id="unknown")[0] == 409


async def test_what_a_viewer_does_is_counted_judged_and_logged_without_a_name(make_day):
    day = make_day()
    with running(day.config, module=PATIENT) as node:
        await take_part(node, card_link(node).removeprefix("/q/").partition("?")[0])
        frames = node.status().frames
        assert node.stop()[0] == 0
    assert (frames.missing, frames.black) == (0, 0)
    kinds = ("view.", "like", "tap", "message")
    logged = [one for one in events(day.state_dir) if one.ev.startswith(kinds)]
    assert [one.ev for one in logged if one.ev.startswith("view.")] == [
        "view.join", "view.first_frame", "view.leave",
    ]  # fmt: skip
    assert {one.sid for one in logged} == {logged[0].sid}
    assert sum(one.n for one in logged if one.ev == "like") == 8
    assert [(one.product, one.seg) for one in logged if one.ev == "tap"] == [("P1", "one")]
    assert [one.k for one in logged if one.ev == "message"] == ["waits", "filtered", "approved"]
    log = (day.state_dir / "as-played.jsonl").read_text("utf-8")
    assert ADDRESS.search(log) is None
    assert not any(word in log for word in ("Ann", "多少钱", "全网第一"))


async def test_a_viewer_that_floods_the_node_is_sent_away_and_harms_nobody(make_day):
    day = make_day()
    with running(day.config) as node:
        async with watching(node.url) as other, watching(node.url) as viewer:
            for number in range(1 + FLOOD):  # only the first is taken, however slowly they come
                await viewer.say(t="seen", first_ms=412)
                await asyncio.sleep(0.01 * (number % 20 == 0))
            await crowd_until(node, lambda one: one["viewers"] == 1)
            await other.say(t="like")
            seen = await crowd_until(node, lambda one: one["taken"] >= 1)
            assert seen["limited"] >= FLOOD
            frames = other.seen[-1].frame + 30
            await other.until(lambda seen: seen[-1].frame > frames)
        assert node.stop()[0] == 0
    left = [one.why for one in events(day.state_dir) if one.ev == "view.leave"]
    assert left[0] == "flood"


async def test_a_scan_is_logged_with_the_cue_and_loop_of_its_card(make_day, clips):
    cue = '[[segment.cue]]\nat = "00:01.0"\ndo = "card.show"\nproduct = "P1"\nfor = "30s"\n'
    day = make_day(parts=(Part("one", 40, clips["one"], cues=cue),), play=("one",), camera="")
    with running(day.config) as node:
        card = node.until(lambda status: status.card is not None).card
        assert card is not None
        assert Phone(node).look(card.link) == 200
        node.until(lambda status: status.position_s > 2)
        assert node.stop()[0] == 0
    [scan] = [one for one in events(day.state_dir) if one.ev == "scan"]
    assert (scan.product, scan.cue, scan.loop, scan.k, scan.sid) == ("P1", "one.0", 0, "tap", "")
