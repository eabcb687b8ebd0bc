"""Desired state: applied whole, reported with its reason, tried again where waiting may help."""

import asyncio
import contextlib
import hashlib

import pytest

from node.control.desired import DesiredState
from node.control.messages import ContractError
from node.control.sections import (
    AssetsWanted,
    CatalogueWanted,
    ConfigWanted,
    Desired,
    KeysWanted,
    ShowWanted,
    SoftwareWanted,
)
from node.control.shelf import Shelf
from node.errors import AssetError, LinkError
from node.findings import Finding
from tests.fakes.keys import Keys
from tests.unit.control.samples import NODE

DAY, CATALOG = b"the day", b"the catalog"


def name_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Shop:
    """A fetcher that has `files`; `errors` come first, one for each call."""

    def __init__(self, folder):
        self.folder, self.files, self.errors = folder, [DAY, CATALOG], []
        self.asked = 0
        self.sync_error = None
        self.is_here = asyncio.Event()
        self.is_here.set()

    async def fetch(self, sha256, _url, _size):
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        for content in self.files:
            if name_of(content) == sha256:
                path = self.folder / sha256[7:20]
                path.write_bytes(content)
                return path
        raise AssetError("no such file")

    async def sync(self, _wanted, progress):
        progress({"missing": 2})
        await self.is_here.wait()
        if self.sync_error:
            raise self.sync_error
        return {"missing": 0}


class Rig:
    def __init__(self, folder, *, fetcher=True, in_force=0, findings=()):
        self.shelf, self.shop = Shelf(folder), Shop(folder)
        self.shelf.load()
        self.told, self.days, self.trusted = [], [], []
        self.findings = findings
        self.desired = DesiredState(
            self.shelf, fetcher=self.shop if fetcher else None, edit=self.edit,
            check=lambda overlay: ["program.fps = 7: expected 25"] if "bad" in overlay else [],
            in_force=in_force, software="1.0", trust=self.trusted.append,
            report=lambda section, standing: self.told.append((section, standing)),
        )  # fmt: skip
        self.task = None

    async def edit(self, files):
        self.days.append(dict(files))
        return self.findings

    def want(self, section, data, ver=1):
        kept = self.shelf.put(Desired(1, NODE, section, ver, 0, data))
        self.desired.came(section, kept)

    def begin(self):
        self.task = asyncio.create_task(self.desired.run(lambda: None))

    async def until(self, is_so):
        async with asyncio.timeout(60):
            while not is_so():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def status(self, section, status):
        async with asyncio.timeout(60):
            while True:
                found = [one for name, one in self.told if (name, one.status) == (section, status)]
                if found:
                    return found[-1]
                await asyncio.sleep(0.005)


@pytest.fixture
async def make(tmp_path):
    rigs = []

    def made(**given):
        rig = Rig(tmp_path, **given)
        rigs.append(rig)
        rig.begin()
        return rig

    yield made
    for rig in rigs:
        rig.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await rig.task


async def test_a_rundown_and_its_catalogue_are_put_in_place_together(make):
    rig = make()
    rig.want("catalogue", CatalogueWanted(name_of(CATALOG)))
    rig.want("show", ShowWanted(name_of(DAY)))
    await rig.status("show", "applied")
    assert rig.days[-1] == {"day.toml": DAY, "catalog.toml": CATALOG}


async def test_a_rundown_that_is_refused_says_where(make):
    rig = make(findings=(Finding("day.toml", "segment[0]", "E12", "is no segment"),))
    rig.want("show", ShowWanted(name_of(DAY)))
    failed = await rig.status("show", "failed")
    assert failed.reason.code == "precondition"
    assert "segment[0]: E12" in failed.reason.message


async def test_a_file_that_is_not_to_be_had_is_a_failure(make):
    rig = make()
    rig.want("show", ShowWanted("sha256:" + "0" * 64))
    assert (await rig.status("show", "failed")).reason.code == "asset_missing"


async def test_a_line_that_is_down_is_waited_for(make, monkeypatch):
    monkeypatch.setattr("node.control.desired.RETRY_FIRST_S", 0.02)
    rig = make()
    rig.shop.errors = [LinkError("no route")] * 2
    rig.want("show", ShowWanted(name_of(DAY)))
    assert (await rig.status("show", "applying")).reason.retryable
    await rig.status("show", "applied")
    assert rig.shop.asked == 3


async def test_without_an_asset_server_it_says_so(make):
    rig = make(fetcher=False)
    rig.want("assets", AssetsWanted("sha256:" + "0" * 64))
    assert (await rig.status("assets", "failed")).reason.code == "precondition"


async def test_assets_tell_how_far_they_are(make):
    rig = make()
    rig.want("assets", AssetsWanted("sha256:" + "0" * 64))
    assert (await rig.status("assets", "applied")).data == {"missing": 0}
    assert (await rig.status("assets", "applying")).data == {"missing": 2}


MANIFEST = AssetsWanted("sha256:" + "0" * 64)


async def test_a_long_sync_of_files_holds_up_no_other_section(make):
    rig = make(in_force=4)
    rig.shop.is_here.clear()
    rig.want("assets", MANIFEST)
    await rig.status("assets", "applying")
    rig.want("config", ConfigWanted({"program": {"fps": 25}}), ver=4)
    rig.want("software", SoftwareWanted("1.0", "", "sha256:" + "0" * 64))
    rig.want("keys", Keys().keys)
    rig.want("show", ShowWanted(name_of(DAY)))
    for section in ("config", "software", "keys", "show"):
        await rig.status(section, "applied")
    assert rig.days == [{"day.toml": DAY}]


async def test_a_day_that_came_before_its_files_is_put_in_place_again_with_them(make):
    rig = make()
    rig.shop.is_here.clear()
    rig.want("assets", MANIFEST)
    rig.want("show", ShowWanted(name_of(DAY)))
    assert (await rig.status("show", "applied")).data["awaits"] == "assets"
    rig.shop.is_here.set()
    await rig.until(lambda: len(rig.days) == 2)
    await rig.until(lambda: "awaits" not in rig.shelf.standing("show").data
                    and rig.shelf.standing("show").status == "applied")  # fmt: skip
    assert rig.days == [{"day.toml": DAY}] * 2


@pytest.mark.parametrize("error", [None, AssetError("altered")])
async def test_a_day_refused_for_want_of_files_on_their_way_has_not_failed_yet(make, error):
    rig = make(findings=(Finding("day.toml", "segment[0]", "E30", "no such file"),))
    rig.shop.is_here.clear()
    rig.shop.sync_error = error
    rig.want("assets", MANIFEST)
    rig.want("show", ShowWanted(name_of(DAY)))
    assert "E30" in (await rig.status("show", "applying")).reason.message
    rig.findings = () if error is None else rig.findings
    rig.shop.is_here.set()
    await rig.status("show", "applied" if error is None else "failed")
    assert not [one for name, one in rig.told[:-1] if (name, one.status) == ("show", "failed")]


async def test_a_configuration_waits_for_a_restart_and_is_then_in_force(make):
    rig = make()
    rig.want("config", ConfigWanted({"program": {"fps": 25}}), ver=4)
    assert (await rig.status("config", "applying")).data == {"needs": "restart"}
    after = make(in_force=4)
    assert (await after.status("config", "applied")).ver == 4


async def test_a_configuration_with_a_fault_is_refused_with_its_place(make):
    rig = make()
    rig.want("config", ConfigWanted({"bad": {}}))
    assert "program.fps" in (await rig.status("config", "failed")).reason.message


async def test_other_software_is_reported_and_applied_once_it_runs(make):
    rig = make()
    rig.want("software", SoftwareWanted("2.0", "", "sha256:" + "0" * 64))
    assert "it runs 1.0" in (await rig.status("software", "failed")).reason.message
    rig.want("software", SoftwareWanted("1.0", "", "sha256:" + "0" * 64), ver=2)
    assert (await rig.status("software", "applied")).ver == 2


async def test_keys_are_trusted_now_and_after_a_restart(make):
    keys = Keys().keys
    make().want("keys", keys)
    rig = make()
    await rig.status("keys", "applied") if rig.told else None
    assert isinstance(rig.shelf.wanted("keys").data, KeysWanted)
    async with asyncio.timeout(60):
        while keys not in rig.trusted:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_what_is_old_is_ignored_and_says_what_is_in_force(make):
    rig = make()
    rig.want("software", SoftwareWanted("1.0", "", "sha256:" + "0" * 64), ver=7)
    await rig.status("software", "applied")
    rig.want("software", SoftwareWanted("9.0", "", "sha256:" + "0" * 64), ver=6)
    assert (await rig.status("software", "ignored_old")).ver == 7


async def test_what_cannot_be_read_is_told_and_changes_nothing(make):
    rig = make()
    rig.want("software", SoftwareWanted("1.0", "", "sha256:" + "0" * 64), ver=7)
    await rig.status("software", "applied")
    rig.desired.refused("software", ContractError("bad_signature", "no"))
    failed = await rig.status("software", "failed")
    assert (failed.ver, failed.reason.code) == (7, "bad_signature")
    assert rig.shelf.standing("software").status == "applied"


async def test_a_damaged_shelf_is_an_empty_one(tmp_path):
    (tmp_path / "desired").mkdir()
    (tmp_path / "desired" / "show.json").write_bytes(b"\xff garbage")
    shelf = Shelf(tmp_path)
    shelf.load()
    assert shelf.versions() == {}
