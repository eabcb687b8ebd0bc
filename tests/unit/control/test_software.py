"""Desired software: never while somebody is on the air, and reported for what it came to."""

import asyncio
from dataclasses import dataclass, field

import pytest

from node.control.messages import ContractError
from node.control.sections import SoftwareWanted
from node.control.software import GO_POLL_S, POLL_S, SoftwareUpdater, Terms
from node.control.software_wiring import trusted
from node.control.timing import Reading
from node.errors import AssetError, DeviceError, LinkError
from node.jws import new_key
from node.update import apply as applying
from node.update import trial
from node.update.machine import MachineError
from node.update.mailbox import REQUEST, request_in
from node.update.record import read_record
from tests.fakes.inline_pool import InlinePool
from tests.fakes.installation import Booth, id_of
from tests.virtual_time import run_virtually

URL = "https://files.example.com/1.1/manifest.jws"


@dataclass
class Rig:
    """An installed node with 1.0, its updater, and root's side as systemd would call it."""

    booth: Booth
    version: str = "1.0"
    is_busy: bool = False
    clock: Reading = field(default_factory=lambda: Reading("synced", 1000, 500, 0.0))
    told: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    wished: object = None

    def __post_init__(self):
        folder = self.booth.state / "stick"
        folder.mkdir()
        self.booth.publish("1.0", folder=folder)
        applying.install(self.booth.site(), folder, self.booth.state, self.booth.keys)
        terms = Terms(
            self.fetch, lambda: trusted(self.booth.keys, {}), lambda: self.is_busy,
            lambda: self.clock,
        )  # fmt: skip
        self.make = lambda: SoftwareUpdater(
            self.booth.layout, self.booth.state, terms,
            version=self.version, machine=self.booth.machine, disk=InlinePool(),
        )  # fmt: skip

    async def fetch(self, sha256, url, size):
        self.asked.append((url, size))
        if self.errors:
            raise self.errors.pop(0)
        path = self.booth.files / sha256.removeprefix("sha256:")
        if not path.is_file():
            raise AssetError("no such file")
        return path

    async def root(self):
        """What the path unit and the timer do, until the node would be started again."""
        while True:
            await asyncio.sleep(1.0)
            self.booth.machine.clock_s = 100.0 + asyncio.get_running_loop().time()
            if self.apply().needs_restart:
                return

    async def tell(self, now):
        self.told.append(now)

    def apply(self):
        return applying.apply(self.booth.site(), self.booth.state, self.booth.keys)

    async def update(self, manifest, version="1.1", wish=1, **wanted):
        """Until root's side starts the node again, or the updater ends."""
        wanted = SoftwareWanted(version, URL, f"sha256:{manifest}", **wanted)
        self.wished = wanted
        going = asyncio.ensure_future(
            self.make().update(wanted, wish, self.tell, is_wanted=lambda: self.wished is wanted)
        )
        root = asyncio.ensure_future(self.root())
        await asyncio.wait((going, root), return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0)
        root.cancel()
        if going.done():
            return going.result()
        going.cancel()
        return None

    @property
    def steps(self):
        return [one["step"] for one in self.told]


@pytest.fixture
def rig(tmp_path, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _handle: None)
    return Rig(Booth(tmp_path))


def refused(rig, manifest, **wanted):
    with pytest.raises(ContractError) as error:
        run_virtually(rig.update(manifest, **wanted))
    assert rig.booth.current.startswith("1.0-")
    return error.value


def test_a_release_is_fetched_asked_for_and_takes_over(rig):
    manifest = rig.booth.publish("1.1")
    assert run_virtually(rig.update(manifest)) is None
    assert rig.booth.current == id_of("1.1", manifest)
    assert rig.steps == ["fetching", "fetching", "building"]
    assert rig.asked[1][0] == "https://files.example.com/1.1/livesell_node-1.1-py3-none-any.whl"


def test_it_is_applied_only_once_it_was_found_good(rig):
    manifest = rig.booth.publish("1.1")
    run_virtually(rig.update(manifest))
    rig.version = "1.1"
    trial.attempt(rig.booth.site())

    async def later():
        going = asyncio.ensure_future(rig.update(manifest))
        await asyncio.sleep(60)
        assert not going.done()
        rig.booth.say_healthy(rig.booth.current)
        return await going

    assert run_virtually(later()) == {"version": "1.1"}
    assert rig.told[-1] == {"version": "1.1", "step": "trial", "tries": 2}
    assert request_in(rig.booth.state) is None
    assert list(rig.booth.files.iterdir()) == []


def test_one_that_was_taken_back_is_a_failure_with_its_reason(rig):
    manifest = rig.booth.publish("1.1")
    run_virtually(rig.update(manifest))
    for _ in range(4):
        trial.attempt(rig.booth.site())
    error = refused(rig, manifest)
    assert error.code == "hw_error"
    assert "started 3 times" in str(error)


def test_one_that_waits_for_the_end_of_a_show_to_go_says_so(rig):
    manifest = rig.booth.publish("1.1")
    run_virtually(rig.update(manifest))
    rig.version = "1.1"
    trial.attempt(rig.booth.site())
    rig.booth.machine.clock_s += trial.TRIAL_S
    rig.booth.say_on_air()
    assert trial.settle(rig.booth.site(), rig.booth.state).did == "put_off"

    async def later():
        going = asyncio.ensure_future(rig.update(manifest))
        await asyncio.sleep(5)
        rig.wished = None
        await going

    with pytest.raises(LinkError):
        run_virtually(later())
    assert {"version": "1.1", "step": "trial", "tries": 2, "for": "show"} in rig.told


def test_what_root_refuses_is_a_failure_with_its_reason(rig):
    rig.booth.machine.faults["check"] = MachineError("cannot import", is_late=True)
    assert "cannot import" in str(refused(rig, rig.booth.publish("1.1")))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key": new_key("software-1", "software")}, "bad_signature"),
        ({"key": new_key("software-2", "software")}, "unknown_key"),
        ({"typ": "ls-assets+jws"}, "bad_signature"),
        ({"version": "1.2", "min_version": "1.2"}, "bad_payload"),
        ({"machine": "riscv64"}, "precondition"),
        ({"installed_bytes": 6 << 30}, "disk_full"),
    ],
)
def test_what_the_node_itself_can_see_is_never_asked_for(rig, changes, code):
    assert refused(rig, rig.booth.publish("1.1", **changes)).code == code
    assert request_in(rig.booth.state) is None


def test_an_older_release_than_the_floor_is_not_asked_for(rig):
    error = refused(rig, rig.booth.publish("0.9"), version="0.9")
    assert "older than 1.0" in str(error)


def test_nothing_begins_while_somebody_is_on_the_air(rig):
    manifest = rig.booth.publish("1.1")
    rig.is_busy = True

    async def show():
        going = asyncio.ensure_future(rig.update(manifest))
        await asyncio.sleep(300)
        assert rig.asked == []
        rig.is_busy = False
        await going

    run_virtually(show())
    assert rig.told[0] == {"version": "1.1", "step": "waiting", "for": "show"}
    assert rig.booth.current.startswith("1.1-")


def test_a_go_is_taken_back_when_somebody_goes_on_the_air(rig):
    manifest = rig.booth.publish("1.1")

    async def show():
        wanted = SoftwareWanted("1.1", URL, f"sha256:{manifest}")
        rig.wished = wanted
        going = asyncio.ensure_future(
            rig.make().update(wanted, 1, rig.tell, is_wanted=lambda: rig.wished is wanted)
        )
        await asyncio.sleep(POLL_S)
        assert rig.apply().did == "staged"
        await asyncio.sleep(2 * POLL_S)
        assert request_in(rig.booth.state).go is not None
        rig.is_busy = True
        await asyncio.sleep(2 * GO_POLL_S)
        assert rig.apply().did == "waiting"
        rig.is_busy = False
        await asyncio.sleep(2 * POLL_S)
        assert rig.apply().did == "swapped"
        going.cancel()

    run_virtually(show())


def test_what_is_built_waits_for_the_end_of_the_show(rig):
    manifest = rig.booth.publish("1.1")
    rig.booth.machine.check = lambda *_: setattr(rig, "is_busy", True)

    async def show():
        going = asyncio.ensure_future(rig.update(manifest))
        await asyncio.sleep(600)
        assert rig.booth.current.startswith("1.0-")
        assert read_record(rig.booth.layout).phase == "staged"
        assert request_in(rig.booth.state).go is None
        rig.is_busy = False
        await going

    run_virtually(show())
    assert rig.booth.current.startswith("1.1-")


@pytest.mark.parametrize(
    ("clock", "waits"),
    [
        (Reading("synced", 1999, 0, 0.0), "time"),
        (Reading("synced", 2000, 0, 0.0), ""),
        (Reading("unsynced", 9000, 1999, 0.0), "clock"),
        (Reading("unsynced", 0, 2000, 0.0), ""),
    ],
)
def test_its_time_must_certainly_have_come(rig, clock, waits):
    manifest, rig.clock = rig.booth.publish("1.1"), clock

    async def go():
        going = asyncio.ensure_future(rig.update(manifest, not_before=2000))
        await asyncio.sleep(100)
        assert going.done() == (not waits)
        rig.clock = Reading("synced", 2000, 0, 0.0)
        await going

    run_virtually(go())
    assert [one.get("for") for one in rig.told if one["step"] == "waiting"] == [waits] * bool(waits)
    assert rig.booth.current.startswith("1.1-")


def test_a_line_that_is_down_is_told_to_whoever_tries_again(rig):
    rig.errors = [LinkError("no route")]
    with pytest.raises(LinkError):
        run_virtually(rig.update(rig.booth.publish("1.1")))


def test_a_machine_without_roots_side_says_so(rig):
    rig.apply = lambda: trial.Report("nothing")
    with pytest.raises(DeviceError, match=r"livesell-update\.path"):
        run_virtually(rig.update(rig.booth.publish("1.1")))


def test_what_is_no_longer_wanted_is_given_up(rig):
    manifest = rig.booth.publish("1.1")
    rig.is_busy = True

    async def go():
        going = asyncio.ensure_future(rig.update(manifest))
        await asyncio.sleep(10 * POLL_S)
        rig.wished = None
        await going

    with pytest.raises(LinkError, match="another release"):
        run_virtually(go())


def test_files_of_other_releases_make_room(rig):
    old, new = rig.booth.publish("0.5"), rig.booth.publish("1.1")
    run_virtually(rig.update(new))
    assert not (rig.booth.files / old).exists()
    assert (rig.booth.files / new).exists()


def test_wanting_what_runs_takes_an_earlier_request_back(rig):
    rig.booth.ask(rig.booth.publish("1.1"))
    rig.apply = lambda: trial.Report("nothing")
    assert run_virtually(rig.update("0" * 64, version="1.0", wish=9)) == {"version": "1.0"}
    assert not (rig.booth.mailbox.folder / REQUEST).exists()


def test_where_the_fleet_names_keys_only_those_count(rig):
    key = rig.booth.key.public
    assert list(trusted(rig.booth.keys, {})) == [key]
    assert list(trusted(rig.booth.keys, {key.kid: key.x})) == [key]
    assert list(trusted(rig.booth.keys, {key.kid: b"\0" * 32})) == []
    assert list(trusted(rig.booth.keys, {"software-9": key.x})) == []


def test_without_keys_of_its_own_the_machine_trusts_none(tmp_path):
    with pytest.raises(ContractError) as error:
        list(trusted(tmp_path, {}))
    assert error.value.code == "unknown_key"
