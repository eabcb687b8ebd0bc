"""A certificate is renewed after two thirds of its life, tried, and told of where that fails."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from node.control import certificates, renewal
from node.control.broker import Login
from node.control.claim import Renewed
from node.control.papers import Drawer, Papers, Place
from node.control.renewal import ExpiryWatch, Renewal
from node.errors import CommandError, LinkError
from tools.fleet import authority

PLACE = Place("n0001", "acme", "mqtts://fleet.example:8883", "https://fleet.example:8090")
DAY = timedelta(days=1)


class FakeLine:
    """A broker that takes a login or does not."""

    def __init__(self) -> None:
        self.is_taking = True
        self.logins: list[Login] = []
        self._looks = 0
        self._is_up = True

    @property
    def is_up(self) -> bool:
        self._looks += 1
        if self._looks > 1 and self.is_taking:  # it is seen down once
            self._is_up = True
        return self._is_up

    def use(self, login: Login) -> None:
        self.logins.append(login)
        self._is_up, self._looks = False, 0


class Stage:
    """A node with a certificate of 90 days, its console and its clock."""

    def __init__(self, folder: Path) -> None:
        self.ca = folder / "ca"
        self.ca.mkdir()
        authority.make_authority(self.ca, "acme")
        key = certificates.new_key()
        cert = authority.sign_request(self.ca, certificates.request(key, "n0001"), "n0001")
        root = json.dumps({"kid": "root", "x": "A" * 43}).encode()
        self.papers = Papers(PLACE, key, cert, (self.ca / "ca.crt").read_bytes(), root)
        self.drawer, self.line = Drawer(folder), FakeLine()
        self.drawer.settle(self.drawer.put(self.papers))
        self.now: datetime | None = datetime.now(UTC)
        self.asked = 0
        self.fault: Exception | None = None
        self.alarms: list[str] = []
        self.renewal = Renewal(
            self.drawer, self, self.line, now=lambda: self.now, alarm=self.alarms.append
        )

    async def renew(self, csr: bytes, cert: bytes, word: str) -> Renewed:
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        node = authority.vouched_name(self.ca, csr, cert, base64.b64decode(word))
        made = authority.sign_request(self.ca, csr, node)
        return Renewed(made.decode(), (self.ca / "ca.crt").read_text())

    async def after(self, days: float) -> None:
        """Look, so long after the certificate began."""
        self.now = certificates.life(self.papers.cert).begin + days * DAY
        await self.renewal.look()

    @property
    def is_renewed(self) -> bool:
        held = self.drawer.current()
        assert held is not None
        return held.cert != self.papers.cert


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(renewal, "STEP_S", 0.001)
    monkeypatch.setattr(renewal, "TRIAL_S", 0.05)
    return Stage(tmp_path)


async def test_before_60_days_nothing_is_asked(stage: Stage):
    await stage.after(59.9)
    assert (stage.asked, stage.line.logins) == (0, [])


async def test_after_60_days_another_key_and_certificate_take_its_place(stage: Stage):
    await stage.after(60.1)
    held = stage.drawer.current()
    assert held is not None
    assert stage.is_renewed
    assert held.key != stage.papers.key
    assert Path(stage.line.logins[-1].cert_file).read_bytes() == held.cert
    assert [one.name for one in stage.drawer.folder.iterdir() if one.name.isdigit()] == ["2"]
    assert stage.alarms == []


async def test_the_old_one_goes_on_where_the_broker_does_not_take_the_new_one(stage: Stage):
    stage.line.is_taking = False
    await stage.after(80)
    assert not stage.is_renewed
    first, back = stage.line.logins
    assert (Path(first.cert_file).parent.name, Path(back.cert_file).parent.name) == ("2", "1")
    assert [one.name for one in stage.drawer.folder.iterdir() if one.name.isdigit()] == ["1"]
    assert "ends in 10 days: the broker did not take" in stage.alarms[0]


async def test_without_a_line_nothing_is_tried(stage: Stage):
    stage.line.use(Login("n0001"))
    stage.line.is_taking = False
    await stage.after(61)
    assert (stage.asked, stage.alarms) == (0, [])


@pytest.mark.parametrize("fault", [LinkError("gone"), CommandError("not_allowed", "revoked")])
async def test_two_weeks_before_the_end_somebody_is_told_once_a_day(stage: Stage, fault: Exception):
    stage.fault = fault
    await stage.after(75)
    assert stage.alarms == []
    await stage.after(77)
    await stage.after(77.5)
    assert len(stage.alarms) == 1
    await stage.after(78.1)
    await stage.after(91)
    assert [one.split(":")[0].split(" ends")[0] for one in stage.alarms[:2]] == 2 * [
        "the certificate"
    ]
    assert "ended on" in stage.alarms[2]
    assert str(fault) in stage.alarms[2]


async def test_with_a_clock_that_is_not_to_be_trusted_nothing_is_done(stage: Stage):
    stage.now = None
    await stage.renewal.look()
    assert (stage.asked, stage.alarms) == (0, [])


async def test_a_certificate_of_another_key_is_not_even_tried(stage: Stage):
    async def other(csr: bytes, cert: bytes, word: str) -> Renewed:
        return Renewed(stage.papers.cert.decode(), stage.papers.ca.decode())

    stage.renew = other  # type: ignore[method-assign]
    await stage.after(80)
    assert stage.line.logins == []
    assert "another key" in stage.alarms[0]


def test_a_certificate_that_somebody_put_there_is_watched(tmp_path: Path):
    stage = Stage(tmp_path)
    path, alarms = tmp_path / "n0001.crt", []
    path.write_bytes(stage.papers.cert)
    watch = ExpiryWatch(path, now=lambda: stage.now, alarm=alarms.append)
    for left, count in ((15, 0), (13, 1), (12.5, 1), (11.9, 2)):
        stage.now = certificates.life(stage.papers.cert).end - left * DAY
        watch.look()
        assert len(alarms) == count


def test_who_is_not_vouched_for_gets_no_certificate(tmp_path: Path):
    stage = Stage(tmp_path)
    csr = certificates.request(certificates.new_key(), "n0001")
    with pytest.raises(CommandError, match="vouches"):
        authority.vouched_name(stage.ca, csr, stage.papers.cert, b"no signature")
    (tmp_path / "other").mkdir()
    authority.make_authority(tmp_path / "other", "acme")
    word = base64.b64decode(certificates.vouched(stage.papers.key, csr))
    with pytest.raises(CommandError, match="vouches"):
        authority.vouched_name(tmp_path / "other", csr, stage.papers.cert, word)
    assert authority.vouched_name(stage.ca, csr, stage.papers.cert, word) == "n0001"
