"""The responder as a whole: at a controller that a test plays, with a model that it plays too."""

import asyncio
import base64
import contextlib
from pathlib import Path

import aiohttp
import pytest

import node
from node.catalog.reading import load_catalog
from node.control.demo_cloud import canned
from node.errors import CommandError, LinkError
from tests.fakes.chat_server import ChatServer
from tools.fleet.cli.client import RefusedError
from tools.responder import serving
from tools.responder.__main__ import main
from tools.responder.answerers import Canned, Grounded
from tools.responder.model import ChatModel, Endpoint
from tools.responder.serving import Responder

CATALOG = load_catalog(Path(node.__path__[0]) / "demo" / "catalog.toml")
CANNED = canned()
LONG_MS = 60_000


class Desk:
    """A controller: `script` are its answers to who waits; then it has nothing to say."""

    def __init__(self, *script):
        self.script, self.posts, self.queries = list(script), [], []

    def get(self, path, **query):
        assert path == "/v1/asks"
        self.queries.append(int(query["after"]))
        told = self.script.pop(0) if self.script else {"start": "a", "asks": []}
        if isinstance(told, Exception):
            raise told
        return told

    def post(self, path, content):
        if "gone" in path:
            raise RefusedError("unknown_turn", "no question waits")
        self.posts.append((path, dict(content)))
        return {}


def told(*asks, start="a"):
    return {"v": 1, "start": start, "asks": list(asks)}


def ask(n=1, **given):
    return {"n": n, "node": "n1", "turn": f"4f1c2a9b-{n}", "left_ms": LONG_MS, "locale": "en",
            "product": "P17", **given}  # fmt: skip


@pytest.fixture(autouse=True)
def _swift(monkeypatch):
    monkeypatch.setattr(serving, "AGAIN_S", 0.01)


async def respond(desk, answerer, lines, *, limit_s=30.0):
    """Run until so many questions have been seen to; what was told of each."""
    said, done = [], asyncio.Event()

    def tell(line):
        said.append(line)
        if len(said) == lines:
            done.set()

    task = asyncio.create_task(Responder(desk, answerer, limit_s=limit_s, tell=tell).run())
    async with asyncio.timeout(60):
        await asyncio.wait([task, asyncio.create_task(done.wait())],
                           return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
    if task.done():
        task.result()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return said


@contextlib.asynccontextmanager
async def grounded(**given):
    """A model on this machine that says as given."""
    ear = given.pop("ear", "")
    pictures = given.pop("with_pictures", False)
    async with ChatServer(**given).running() as server, aiohttp.ClientSession() as session:
        model = ChatModel(Endpoint(server.url, "m", ear=ear), session)
        yield server, Grounded(model, CATALOG, with_pictures=pictures)


async def test_a_canned_answer_says_that_it_is_one():
    desk = Desk(told(ask()))
    (line,) = await respond(desk, Canned(CANNED), 1)
    ((path, body),) = desk.posts
    assert path == "/v1/asks/n1/4f1c2a9b-1"
    assert body == {"text": CANNED, "product": "P17", "action": "card.show"}
    assert "no model" in CANNED["en"]
    assert "没有接模型" in CANNED["zh"]
    assert line.startswith("n1 4f1c2a9b-1: answered, ")


async def test_a_model_answers_from_the_catalog_with_the_products_card():
    desk = Desk(told(ask(text="Where is it made?")))
    async with grounded(says="In Chaozhou, Guangdong.") as (server, answerer):
        await respond(desk, answerer, 1)
    ((_, body),) = desk.posts
    assert body == {"text": {"en": "In Chaozhou, Guangdong."}, "product": "P17",
                    "action": "card.show"}  # fmt: skip
    rules = server.asked[0]["messages"][0]["content"]
    assert "Chaozhou, Guangdong" in rules
    assert "19.90" in rules


@pytest.mark.parametrize(("says", "outcome"), [
    ("PASS", "pass"), ("It costs $5 only.", "price"), ("It holds 350 ml.", "number"),
    ("Look at https://x.example", "link"), ("so " * 60, "too_long"), ("", "pass"),
])  # fmt: skip
async def test_what_the_catalog_does_not_hold_is_left_to_the_staff(says, outcome):
    desk = Desk(told(ask(text="How much?")))
    async with grounded(says=says) as (_, answerer):
        (line,) = await respond(desk, answerer, 1)
    assert f": {outcome}, " in line
    assert desk.posts == []


async def test_no_model_is_asked_about_health():
    desk = Desk(told(ask(text="Is it safe?", guesses=[{"intent": "suitable", "score": 0.8}])))
    async with grounded(says="Yes.") as (server, answerer):
        (line,) = await respond(desk, answerer, 1)
    assert "unsafe" in line
    assert server.asked == []


async def test_a_recorded_question_is_heard_first():
    sound = base64.b64encode(b"OggS voice").decode()
    desk = Desk(told(ask(audio=sound)))
    async with grounded(says="In Chaozhou.", heard="where from", ear="e") as (server, answerer):
        await respond(desk, answerer, 1)
    assert server.recordings == [b"OggS voice"]
    assert server.asked[0]["messages"][1]["content"] == 'QUESTION "where from"'
    assert len(desk.posts) == 1


@pytest.mark.parametrize("words", ["can my baby drink from it", "孕妇能用吗"])
async def test_no_model_is_asked_about_health_that_was_only_recorded(words):
    desk = Desk(told(ask(audio=base64.b64encode(b"OggS voice").decode())))
    async with grounded(says="Yes.", heard=words, ear="e") as (server, answerer):
        (line,) = await respond(desk, answerer, 1)
    assert "unsafe" in line
    assert server.asked == []
    assert desk.posts == []


async def test_the_products_picture_goes_along_when_it_shall():
    desk = Desk(told(ask(text="What colour?")))
    async with grounded(says="Mist grey.", with_pictures=True) as (server, answerer):
        await respond(desk, answerer, 1)
    url = server.asked[0]["messages"][1]["content"][1]["image_url"]["url"]
    assert url.startswith("data:image/jpeg;base64,/9j/")


async def test_a_model_that_is_slow_or_ill_leaves_the_question_to_the_staff():
    desk = Desk(told(ask(1, text="?")), told(ask(2, text="?", left_ms=100)))
    async with grounded(status=500) as (_, answerer):
        lines = await respond(desk, answerer, 2)
    assert ["no answer" in lines[0] + lines[1], "late" in lines[0] + lines[1]] == [True, True]
    desk = Desk(told(ask(text="?")))
    async with grounded(delay_s=60.0, says="Yes.") as (_, answerer):
        (line,) = await respond(desk, answerer, 1, limit_s=0.3)
    assert "late" in line or "no answer" in line
    assert desk.posts == []


async def test_each_question_is_seen_once_also_behind_a_controller_that_started_anew():
    desk = Desk(told(ask(7)), told(), told(start="b"), told(ask(1), start="b"))
    await respond(desk, Canned(CANNED), 2)
    assert [path[-2:] for path, _ in desk.posts] == ["-7", "-1"]
    assert desk.queries[:4] == [0, 7, 7, 0]


async def test_a_controller_that_is_away_or_babbles_is_asked_again():
    away = [LinkError("refused"), {"v": 1}, RefusedError("internal", "its log"), told(ask())]
    desk = Desk(*away)
    await respond(desk, Canned(CANNED), 1)
    assert len(desk.posts) == 1


async def test_who_is_not_let_in_is_told_so():
    with pytest.raises(CommandError, match="a token is needed"):
        await respond(Desk(RefusedError("no_token", "a token is needed")), Canned(CANNED), 1)


async def test_a_question_that_another_answered_ends_nothing():
    desk = Desk(told(ask(1, turn="gone"), ask(2)))
    lines = await respond(desk, Canned(CANNED), 2)
    assert sorted(line.split(": ")[1].split(",")[0] for line in lines) == [
        "answered", "unknown_turn",
    ]  # fmt: skip


async def test_what_is_told_of_a_question_holds_none_of_its_words(caplog):
    desk = Desk(told(ask(text="my secret wish")), LinkError("away"))
    async with grounded(says="PASS") as (_, answerer):
        lines = await respond(desk, answerer, 1)
    assert "secret" not in "".join(lines) + caplog.text


@pytest.mark.parametrize(("words", "code"), [
    (["--base-url", "http://far.example/v1", "--model", "m", "--catalog", "c.toml"], 78),
    (["--base-url", "https://x/v1", "--model", "m", "--catalog", "/no/such/file"], 78),
])  # fmt: skip
def test_a_wrong_address_or_catalog_ends_it_at_once(words, code, capsys, monkeypatch):
    monkeypatch.setenv("FLEET_SERVER", "http://127.0.0.1:1")
    assert main(words) == code
    assert capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--base-url", "x"], ["--canned", "--limit", "0"]])
def test_half_a_command_is_no_command(words):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
