"""What an operator sends up with `fleet assets sync`, a node fetches, believes and names."""

import asyncio
import os
from datetime import date

import msgspec
import pytest

from node.catalog.assets import FORMAT, ManifestForm
from node.catalog.trust import Trust
from node.control.download import Downloader
from node.control.fetch import AssetFetcher, Terms
from node.control.filing import _public
from node.control.origins import Origins
from node.errors import AssetError
from tests.fakes.fleet_desk import fleet_desk
from tests.fakes.mosquitto import PROGRAM
from tests.fakes.vault import entry_of
from tools.fleet.__main__ import main

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(300),
]


@pytest.fixture
def make_fetcher(tmp_path):
    made = []

    def make(url, keys):
        origins = Origins(f"{url}/v1/assets")
        terms = Terms(
            trust=lambda: Trust(keys, is_required=True),
            market=lambda: "CN",
            today=lambda: date(2026, 11, 21),
        )
        fetcher = AssetFetcher(
            tmp_path / "state", origins, terms, budget_bytes=100 << 20,
            download=lambda pool: Downloader(origins, pool),
        )  # fmt: skip
        made.append(fetcher)
        return fetcher

    yield make
    for one in made:
        one.close()


async def test_files_that_a_controller_signed_reach_a_node(tmp_path, monkeypatch, make_fetcher):
    show = tmp_path / "show"
    show.mkdir()
    (show / "ep1.mp4").write_bytes(os.urandom(300_000))
    entries = {"ep1.mp4": entry_of(show / "ep1.mp4")}
    (show / "assets.json").write_bytes(msgspec.json.encode(ManifestForm(FORMAT, entries)))
    async with fleet_desk(tmp_path) as desk:
        node = await desk.node("n0001")
        monkeypatch.setenv("FLEET_SERVER", desk.url)
        monkeypatch.setenv("FLEET_TOKEN_FILE", str(desk.folder / "admin.token"))
        words = ("assets", "sync", str(show / "assets.json"), "n0001", "--wait", "60s")
        assert await asyncio.to_thread(main, words) == 0
        wanted = node.desired["assets"].data
        keys = tuple(_public(key) for key in node.ring.keys if key.use == "assets")
        with pytest.raises(AssetError, match="no trusted key"):
            await make_fetcher(desk.url, ()).sync(wanted, lambda _: None)
        fetcher = make_fetcher(desk.url, keys)
        summary = await fetcher.sync(wanted, lambda _: None)
    assert summary["files"] == 1
    assert (fetcher.folder / "ep1.mp4").read_bytes() == (show / "ep1.mp4").read_bytes()
