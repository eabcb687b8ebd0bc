"""The pages with a pretended show behind them: `python -m tests.fakes.fake_node [PORT]`."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
from aiohttp import web

from node.channels import State
from node.config import WebConfig
from node.findings import Finding
from node.media import Pts90k
from node.program.listening import Listening
from node.stream.inbox import Question
from node.stream.viewer import Notice
from node.web.access import Access
from node.web.landing import LandingFace
from node.web.operator import OperatorFace
from node.web.pages import PagesFace
from node.web.questions import Questions
from node.web.server import Face, Web
from tests.fakes.fake_picture import product
from tests.fakes.fake_show import FakeShow
from tests.fakes.fake_voice import FakeVoice
from tests.fakes.fake_whep import FakeWhep
from tests.fakes.patient_pages import PatientPages
from tests.fakes.shown_day import landing

FINDINGS = (
    Finding("day.toml", "segment[1].cue[1].at = '03:31.5'", "E18",
            "expected 0 ≤ at < length = 03:30.0"),
    Finding("day.toml", "segment[2].title.zh = '全网第一'", "E20", "no screen may show this"),
    Finding("day.toml", "segment", "W28", "four episodes, a season has 6 to 10"),
)  # fmt: skip
HUES = {"P17": (93, 122, 104), "P18": (52, 74, 110), "P21": (201, 146, 66)}


class FakeCrowdFace:
    """The messages that wait, as the node's crowd tells them."""

    def __init__(self, show: FakeShow) -> None:
        self._show = show

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The path of the face."""
        return [web.get("/api/crowd", self._waiting)]

    async def _waiting(self, _request: web.Request) -> web.Response:
        waiting = [
            {"id": key, "text": text, "name": name}
            for key, (text, name) in self._show.waiting.items()
        ]
        return web.json_response({"waiting": waiting})


async def fake_edit(files: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """Refuses a day that says `bad`, warns of one that says `odd`, takes all others."""
    text = b"".join(files.values())
    if b"bad" in text:
        return FINDINGS
    return FINDINGS[2:] if b"odd" in text else ()


@asynccontextmanager
async def fake_node(
    port: int = 0, *, is_still: bool = False, voice: FakeVoice | None = None
) -> AsyncIterator[tuple[Web, FakeShow, FakeWhep]]:
    """Serve until the block is left.

    In a show that `is_still` nothing airs by itself, and its pages give up nobody.
    """
    whep = FakeWhep()
    show = FakeShow(whep.announce)
    questions = _questions(whep, show, voice)
    show.is_still = is_still
    show.viewers = lambda: len(whep.sessions)
    access = Access(names=frozenset({"localhost"}))
    with tempfile.TemporaryDirectory() as folder:
        for name, hue in HUES.items():
            product(hue).save(Path(folder) / f"{name}.png")
        faces: list[Face] = [
            (PatientPages if is_still else PagesFace)(access, is_demo=True),
            OperatorFace(submit=show.submit, snapshot=show.snapshot, changed=show.changed,
                         access=access, fault=show.fault, edit=fake_edit,
                         voice=None if voice is None else voice.obey),
            FakeCrowdFace(show),
            LandingFace(find=landing, picture=lambda name: Path(folder) / f"{name}.png"),
            whep,
        ]  # fmt: skip
        server = Web(WebConfig(host="127.0.0.1", port=port), faces)
        ready = asyncio.Event()
        tasks = [
            asyncio.create_task(server.run(ready.set)),
            asyncio.create_task(show.run()),
            asyncio.create_task(questions.run(lambda: None)),
        ]
        try:
            await ready.wait()
            yield server, show, whep
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await whep.close()


def _questions(whep: FakeWhep, show: FakeShow, voice: FakeVoice | None) -> Questions:
    """What the pages ask; every page is told what becomes of it."""

    def told(notice: Notice) -> dict[str, object]:
        return dict(notice.message)

    def announce(notice: Notice) -> None:
        whep.announce(told(notice))

    def hear(message: dict[str, object]) -> None:
        show.hear(message)
        if message["t"] == "ask":
            questions.ask("viewer", msgspec.convert(message, Question))

    listening = State(Listening()) if voice is None else voice.listening
    questions = Questions(
        None if voice is None else voice.obey,
        listening,
        tell=lambda _sid, notice: announce(notice),
        announce=announce,
        pts=lambda: Pts90k(0),
        may_send=voice is not None,
    )
    show.listening = lambda: listening.value
    whep.listen = hear
    whep.greeting = lambda: [
        show.at(),
        show.card_message(),
        show.strip_message(),
        *(told(one) for one in questions.greet()),
    ]
    return questions


async def main() -> None:
    """Serve until interrupted, with a voice."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    async with fake_node(port, voice=FakeVoice()) as (server, _, _):
        print(server.url, flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
