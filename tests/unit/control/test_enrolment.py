"""How a node asks to be let in: codes that end, answers that are wrong, papers that are right."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from node.board.claiming import Claiming
from node.channels import State
from node.control import certificates, enrolment
from node.control.claim import Asked, Granted, root_of
from node.control.enrolment import REFUSED_S, Applicant, Enrolment
from node.control.papers import Drawer
from node.errors import CommandError, LinkError
from tests.fakes.inline_pool import InlinePool
from tests.virtual_time import run_virtually
from tools.fleet import authority

if TYPE_CHECKING:
    from node.config_control import MqttConfig

ROOT = json.dumps({"kty": "OKP", "crv": "Ed25519", "kid": "root", "x": "A" * 43})
QUARTER_S = 900


@dataclass
class Console:
    """A console that answers as the test has it; approves where `granted` is set."""

    ca: Path
    url: str = "https://fleet.example:8090"
    standing: str = "waiting"
    fault: Exception | None = None
    change: Callable[[Asked], Asked] = lambda asked: asked
    give: Callable[[Granted], Granted] = lambda granted: granted
    asked_at: list[float] = field(default_factory=list)
    csr: bytes = b""

    async def ask(self, node: str, csr: bytes, *, model: str, serial: str) -> Asked:
        self.asked_at.append(asyncio.get_running_loop().time())
        if self.fault is not None:
            raise self.fault
        self.csr = csr
        key = authority.fingerprint(csr)
        n = len(self.asked_at)
        return self.change(Asked(
            "0" * 36, "s" * 32, f"AAAAAAAAA{'ABCDEFG'[n % 7]}", key,
            certificates.digits_of(key, "A" * 16), QUARTER_S * 1000, ROOT,
        ))  # fmt: skip

    async def look(self, asked: Asked) -> Granted:
        if self.fault is not None:
            raise self.fault
        if self.standing != "approved":
            return Granted(self.standing)  # type: ignore[arg-type]  # one of them
        cert = authority.sign_request(self.ca, self.csr, "n0001").decode()
        ca = (self.ca / "ca.crt").read_text()
        broker = "mqtts://fleet.example:8883"
        return self.give(Granted("approved", "n0001", "acme", broker, cert, ca, ROOT))


class Stage:
    """A node that asks."""

    def __init__(self, folder: Path) -> None:
        self.folder, ca = folder, folder / "ca"
        ca.mkdir()
        authority.make_authority(ca, "acme")
        self.console = Console(ca)
        self.shown = State[Claiming | None](None)
        self.lines: list[MqttConfig] = []
        self.faults: list[str] = []
        self.enrolment = Enrolment(
            Applicant("n0001", "Raspberry Pi 5", "100000001234"), self.console, Drawer(folder),
            shown=self.shown, judge=lambda _: self.faults, begin=self.lines.append,
        )  # fmt: skip

    def play(self, *acts: tuple[float, Callable[[], None]]) -> None:
        """Run it, with something done at each time, s."""

        async def run() -> None:
            loop = asyncio.get_running_loop()
            work = asyncio.ensure_future(self.enrolment.run(lambda: None))
            for at_s, act in acts:
                await asyncio.sleep(at_s - loop.time())
                act()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

        run_virtually(run())

    @property
    def now(self) -> Claiming:
        assert self.shown.value is not None
        return self.shown.value


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(enrolment, "ThreadPoolExecutor", lambda *_: InlinePool())
    return Stage(tmp_path)


def test_the_screen_says_where_who_and_six_digits(stage: Stage):
    seen: list[Claiming] = []
    stage.play((1, lambda: seen.append(stage.now)))
    (now,) = seen
    key = certificates.fingerprint((stage.folder / "fleet/asking.key").read_bytes())
    assert now.url == f"https://fleet.example:8090/claim#n0001.{now.code}.{key}"
    assert (now.standing, now.serial) == ("waiting", "100000001234")
    assert now.digits == certificates.digits_of(key, root_of(ROOT))


def test_a_code_holds_a_quarter_of_an_hour_then_there_is_another(stage: Stage):
    codes: list[str] = []
    times = (1, QUARTER_S - 5, QUARTER_S + 10)
    stage.play(*((at, lambda: codes.append(stage.now.code)) for at in times))
    assert codes[0] == codes[1] != codes[2]
    assert len(stage.console.asked_at) == 2


def test_a_claim_that_is_void_is_made_anew_at_once(stage: Stage):
    stage.play(
        (5, lambda: setattr(stage.console, "standing", "void")),
        (8, lambda: setattr(stage.console, "standing", "waiting")),
        (20, lambda: None),
    )
    assert len(stage.console.asked_at) == 2


def test_after_a_no_it_waits_a_quarter_of_an_hour(stage: Stage):
    seen: list[Claiming] = []
    stage.play(
        (5, lambda: setattr(stage.console, "standing", "refused")),
        (10, lambda: seen.append(stage.now)),
        (REFUSED_S * 0.7, lambda: setattr(stage.console, "standing", "waiting")),
        (REFUSED_S + 20, lambda: seen.append(stage.now)),
    )
    assert [one.standing for one in seen] == ["refused", "waiting"]
    assert len(stage.console.asked_at) == 2


def test_an_approved_node_gets_its_line_and_shows_nothing_more(stage: Stage):
    seen: list[Claiming | None] = []
    stage.play(
        (5, lambda: setattr(stage.console, "standing", "approved")),
        (20, lambda: seen.append(stage.shown.value)),
    )
    (line,) = stage.lines
    assert seen == [None]
    assert (line.endpoints, line.org) == (("mqtts://fleet.example:8883",), "acme")
    assert Path(line.key_file).stat().st_mode & 0o777 == 0o600
    assert Path(line.root_key_file).read_text() == ROOT
    assert not (stage.folder / "fleet/asking.key").exists()


def test_a_console_that_is_gone_for_a_while_costs_no_code(stage: Stage):
    seen: list[Claiming] = []
    stage.play(
        (5, lambda: setattr(stage.console, "fault", LinkError("no route"))),
        (60, lambda: seen.append(stage.now)),
        (61, lambda: setattr(stage.console, "fault", None)),
        (70, lambda: seen.append(stage.now)),
    )
    assert [(one.standing, one.why) for one in seen] == [("waiting", "no route"), ("waiting", "")]
    assert seen[0].code == seen[1].code


def test_who_finds_no_console_asks_ever_more_rarely(stage: Stage):
    stage.console.fault = LinkError("no route")
    stage.play((600, lambda: None))
    gaps = [b - a for a, b in zip(stage.console.asked_at, stage.console.asked_at[1:], strict=False)]
    assert gaps[0] < 5
    assert 40 < gaps[-1] <= 60
    assert stage.now.reason == "unreachable"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda one: msgspec.structs.replace(one, digits="000000"), "another key"),
        (lambda one: msgspec.structs.replace(one, fingerprint="ff"), "another key"),
        (lambda one: msgspec.structs.replace(one, root="{}"), "root key"),
        (
            lambda one: msgspec.structs.replace(one, root='{"kid":"a","x":"b","kty":"RSA"}'),
            "Ed25519",
        ),
    ],
)
def test_a_console_that_tells_other_digits_is_not_believed(stage: Stage, change, why):
    stage.console.change = change
    stage.play((1, lambda: None))
    assert why in stage.now.why
    assert stage.now.digits == ""


@pytest.mark.parametrize(
    ("give", "why"),
    [
        (lambda one: msgspec.structs.replace(one, root=ROOT + " "), "another root key"),
        (lambda one: msgspec.structs.replace(one, cert="rubbish"), "no certificate"),
        (lambda one: msgspec.structs.replace(one, ca=one.cert), "authority"),
        (lambda one: msgspec.structs.replace(one, ca=""), "no certificate"),
    ],
)
def test_papers_that_are_not_right_are_not_kept(stage: Stage, give, why):
    stage.console.give, stage.console.standing = give, "approved"
    stage.play((6, lambda: None))
    assert why in stage.now.why
    assert stage.lines == []
    assert not (stage.folder / "fleet/current").exists()


def test_a_line_that_may_not_be_is_named(stage: Stage):
    stage.console.standing, stage.faults = "approved", ["mqtt.endpoints: mqtt:// only here"]
    stage.play((6, lambda: None))
    assert "mqtt:// only here" in stage.now.why
    assert stage.lines == []


def test_a_refusal_to_take_the_claim_is_shown_with_its_code(stage: Stage):
    stage.console.fault = CommandError("busy", "too many claims: wait a minute")
    stage.play((1, lambda: None))
    assert (stage.now.standing, stage.now.reason) == ("asking", "busy")
