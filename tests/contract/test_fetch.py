"""Files come over a network that breaks, from servers that lie: what arrives is right."""

import asyncio
import hashlib
import json
import os
from dataclasses import replace
from datetime import date

import msgspec
import pytest

from node.catalog.assets import FORMAT, EntryForm, ManifestForm
from node.catalog.trust import TYP, USE, Trust
from node.control.download import Downloader, Patience
from node.control.fetch import AssetFetcher, Terms
from node.control.origins import Origins
from node.control.sections import AssetsWanted
from node.errors import AssetError, CommandError, LinkError
from node.jws import new_key, sign, sign_beside
from tests.fakes.asset_server import AssetServer

MB = 1 << 20
SWIFT = Patience(head_s=60.0, read_s=60.0, trickle_s=60.0, first_delay_s=0.01, last_delay_s=0.02)
KEY = new_key("legal-1", USE)


def named(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@pytest.fixture
async def server():
    async with AssetServer().running() as one:
        yield one


@pytest.fixture
def make_fetcher(server, tmp_path):
    made = []

    def make(budget_bytes=100 * MB, patience=SWIFT, bytes_per_s=0.0, is_quiet=lambda: False,
             hosts=(), base="", **terms):  # fmt: skip
        origins = Origins(base or server.url, frozenset(hosts))
        terms.setdefault("trust", lambda: Trust((KEY.public,), is_required=True))
        terms.setdefault("market", lambda: "cn")
        terms.setdefault("today", lambda: date(2026, 11, 21))
        fetcher = AssetFetcher(
            tmp_path / "state",
            origins,
            Terms(**terms),
            budget_bytes=budget_bytes,
            download=lambda pool: Downloader(
                origins, pool, bytes_per_s=bytes_per_s, is_quiet=is_quiet, patience=patience
            ),
        )
        made.append(fetcher)
        return fetcher

    yield make
    for one in made:
        one.close()


def put(server, content: bytes) -> str:
    server.files[f"/{named(content)[7:]}"] = content
    return named(content)


def publish(server, files: dict[str, bytes], key=KEY, **terms) -> AssetsWanted:
    """A manifest with its signature, and the files it names."""
    entries = {
        name: EntryForm(
            hashlib.sha256(content).hexdigest(),
            len(content),
            **{"approver": "Li", "approved": date(2026, 1, 2), **terms.get(name, {})},
        )
        for name, content in files.items()
    }
    for content in files.values():
        put(server, content)
    manifest = json.dumps(msgspec.to_builtins(ManifestForm(FORMAT, entries))).encode()
    name = put(server, manifest)
    token = sign_beside(manifest, key, typ=TYP)
    server.files[f"/{name[7:]}.jws"] = token.encode()
    return AssetsWanted(name, bytes=len(manifest))


async def test_a_file_comes_whole(server, make_fetcher):
    content = os.urandom(3 * MB)
    path = await make_fetcher().fetch(put(server, content), "", len(content))
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o222 == 0


async def test_what_lies_here_is_not_asked_for_again(server, make_fetcher):
    name = put(server, b"clip")
    fetcher = make_fetcher()
    assert await fetcher.fetch(name, "", 4) == await fetcher.fetch(name, "", 0)
    assert len(server.asked) == 1


async def test_a_days_file_comes_while_clips_are_on_their_way(server, make_fetcher):
    fetcher, told = make_fetcher(), []
    wanted = publish(server, {"long.mp4": os.urandom(40 * MB)})
    day = put(server, b"the day")
    server.bytes_per_s = 1e6
    syncing = asyncio.create_task(fetcher.sync(wanted, told.append))
    async with asyncio.timeout(60):
        while not told:  # noqa: ASYNC110  # what is waited for is told by a server
            await asyncio.sleep(0.01)
    assert (await fetcher.fetch(day, "", 7)).read_bytes() == b"the day"
    assert not syncing.done()
    syncing.cancel()
    await asyncio.wait([syncing])


async def test_a_file_that_two_ask_for_comes_once(server, make_fetcher):
    content = os.urandom(MB)
    name = put(server, content)
    fetcher = make_fetcher()
    paths = await asyncio.gather(*(fetcher.fetch(name, "", MB) for _ in range(3)))
    assert len(set(paths)) == 1
    assert fetcher.bytes_read == MB


async def test_a_link_that_drops_is_taken_up_where_it_broke(server, make_fetcher):
    content = os.urandom(2 * MB)
    server.drop_after = 300_000
    fetcher = make_fetcher()
    path = await fetcher.fetch(put(server, content), "", len(content))
    assert path.read_bytes() == content
    offsets = [offset for _, offset in server.asked]
    assert offsets == sorted(set(offsets))
    assert len(offsets) >= 7  # what comes with the break may be lost with it, and comes again
    assert fetcher.bytes_read == len(content)


async def test_a_restart_takes_up_what_came_before_it(server, make_fetcher):
    content = os.urandom(MB)
    name = put(server, content)
    server.drop_after = 600_000
    server.files[f"/{name[7:]}"] = content[:600_000]
    with pytest.raises((LinkError, AssetError)):
        await make_fetcher().fetch(name, "", 0)
    server.drop_after, server.claims = 0, 0
    server.files[f"/{name[7:]}"] = content
    fetcher = make_fetcher()
    path = await fetcher.fetch(name, "", len(content))
    assert path.read_bytes() == content


async def test_a_server_without_ranges_costs_more_and_no_more(server, make_fetcher):
    content = os.urandom(MB)
    name = put(server, content)
    server.has_ranges = False
    server.drop_after = 400_000
    fetcher = make_fetcher()
    with pytest.raises(LinkError):
        await fetcher.fetch(name, "", len(content))
    server.drop_after = 0
    path = await fetcher.fetch(name, "", len(content))
    assert path.read_bytes() == content


async def test_an_altered_file_never_gets_its_name(server, make_fetcher, tmp_path):
    content = os.urandom(MB)
    name = put(server, content)
    server.files[f"/{name[7:]}"] = content[:-1] + b"!"
    with pytest.raises(AssetError, match="altered"):
        await make_fetcher().fetch(name, "", len(content))
    assert not (tmp_path / "state" / "assets" / "blobs" / name[7:]).exists()


async def test_a_damaged_beginning_is_fetched_once_more(server, make_fetcher, tmp_path):
    content = os.urandom(MB)
    name = put(server, content)
    blobs = tmp_path / "state" / "assets" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"{name[7:]}.part").write_bytes(b"x" * 1000)
    path = await make_fetcher().fetch(name, "", len(content))
    assert path.read_bytes() == content


async def test_a_file_damaged_on_disk_is_fetched_anew(server, make_fetcher):
    name = put(server, b"clip")
    path = await make_fetcher().fetch(name, "", 4)
    path.chmod(0o644)
    path.write_bytes(b"clop")
    assert (await make_fetcher().fetch(name, "", 4)).read_bytes() == b"clip"


@pytest.mark.parametrize("claims", [10, -10])
async def test_a_lie_about_the_length_is_found(server, make_fetcher, claims):
    content = os.urandom(1000)
    name = put(server, content)
    server.claims = claims
    with pytest.raises((AssetError, LinkError)):
        await make_fetcher().fetch(name, "", 1000)


async def test_a_body_that_does_not_end_is_cut(server, make_fetcher):
    content = os.urandom(1000)
    name = put(server, content)
    server.files[f"/{name[7:]}"] = content * 2000
    server.has_length = False
    with pytest.raises(AssetError, match="longer than 1000"):
        await make_fetcher().fetch(name, "", 1000)
    with pytest.raises(AssetError, match="longer than 1048576"):
        await make_fetcher().fetch(name, "", 0)


async def test_a_trickle_is_given_up(server, make_fetcher):
    content = os.urandom(100_000)
    name = put(server, content)
    server.trickle_s = 0.05
    fetcher = make_fetcher(patience=replace(SWIFT, trickle_s=0.3))
    async with asyncio.timeout(60):
        while fetcher.bytes_read < 12:  # each attempt brings a few bytes: they are kept
            task = asyncio.ensure_future(fetcher.fetch(name, "", len(content)))
            await asyncio.wait([task], timeout=1.5)
            task.cancel()
            await asyncio.wait([task])
    assert len({offset for _, offset in server.asked}) > 1
    assert all(path == f"/{name[7:]}" for path, _ in server.asked)


async def test_a_fault_of_the_server_is_waited_out(server, make_fetcher):
    name = put(server, b"clip")
    server.statuses = [503, 429, 500]
    assert (await make_fetcher().fetch(name, "", 4)).read_bytes() == b"clip"


@pytest.mark.parametrize("status", [403, 404, 410, 204])
async def test_what_is_not_there_is_told_at_once(server, make_fetcher, status):
    name = put(server, b"clip")
    server.statuses = [status] * 2
    with pytest.raises(AssetError, match=f"status {status}"):
        await make_fetcher().fetch(name, "", 4)
    assert len(server.asked) == 1


async def test_a_server_that_is_away_is_a_matter_of_the_link(make_fetcher):
    with pytest.raises(LinkError):
        await make_fetcher(base="http://127.0.0.1:9").fetch(named(b"clip"), "", 4)


async def test_redirects_are_followed_within_the_known_hosts(server, make_fetcher):
    name = put(server, b"clip")
    server.redirects["/a"] = f"/{name[7:]}"
    assert (await make_fetcher().fetch(name, f"{server.url}/a", 4)).read_bytes() == b"clip"


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ("http://127.0.0.1:1/x", "no host of this node's"),
        ("https://127.0.0.1/x", "another scheme"),
        ("file:///etc/passwd", "no address"),
        ("/loop", "more than 4 redirects"),
        ("http://[bad/x", "no address"),
    ],
)
async def test_a_redirect_leads_nowhere_else(server, make_fetcher, there, why):
    server.redirects["/loop"] = there
    with pytest.raises(AssetError, match=why):
        await make_fetcher().fetch(named(b"clip"), f"{server.url}/loop", 4)


async def test_encoded_bodies_are_refused(server, make_fetcher):
    name = put(server, b"clip")
    server.head = "\r\nContent-Encoding: gzip"
    with pytest.raises(AssetError, match="encoded"):
        await make_fetcher().fetch(name, "", 4)


async def test_nothing_moves_while_a_climax_is_near(server, make_fetcher):
    content = os.urandom(MB)
    quiet = asyncio.Event()
    fetcher = make_fetcher(is_quiet=lambda: not quiet.is_set())
    task = asyncio.ensure_future(fetcher.fetch(put(server, content), "", len(content)))
    done, _ = await asyncio.wait([task], timeout=0.4)
    assert not done
    assert server.asked == []
    quiet.set()
    assert (await task).read_bytes() == content


async def test_the_rate_is_kept(server, make_fetcher):
    content = os.urandom(MB)
    fetcher = make_fetcher(bytes_per_s=MB / 2)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    await fetcher.fetch(put(server, content), "", len(content))
    assert loop.time() - began_s >= 0.9  # half of it at once, half in the second after


async def test_a_manifest_brings_what_it_approves_under_its_names(server, make_fetcher):
    files = {"ep1.mp4": os.urandom(100_000), "img/p17.png": b"png", "again.mp4": b"png"}
    fetcher, told = make_fetcher(), []
    summary = await fetcher.sync(publish(server, files), told.append)
    assert {name: (fetcher.folder / name).read_bytes() for name in files} == files
    assert summary["files"] == 3
    assert summary["bytes"] == 100_003
    assert told[0] == {"done": 100_000, "of": 100_003} or told[0]["of"] == 100_003


async def test_a_manifest_inside_its_signature_needs_nothing_beside_it(server, make_fetcher):
    wanted = publish(server, {"a.mp4": b"a"})
    manifest = server.files.pop(f"/{wanted.manifest[7:]}")
    del server.files[f"/{wanted.manifest[7:]}.jws"]
    sealed = put(server, sign(manifest, KEY, typ=TYP).encode())
    fetcher = make_fetcher()
    await fetcher.sync(AssetsWanted(sealed), lambda _: None)
    assert (fetcher.folder / "a.mp4").read_bytes() == b"a"
    forged = put(server, sign(manifest, new_key("legal-1", USE), typ=TYP).encode())
    with pytest.raises(AssetError, match="not over this content"):
        await fetcher.sync(AssetsWanted(forged), lambda _: None)


async def test_unapproved_expired_and_foreign_files_stay_away(server, make_fetcher):
    files = {"a.mp4": b"a", "b.mp4": b"b", "c.mp4": b"c", "d.mp4": b"d"}
    terms = {
        "a.mp4": {"approver": ""},
        "b.mp4": {"expires": date(2026, 11, 20)},
        "c.mp4": {"markets": ("us",)},
        "d.mp4": {"expires": date(2026, 11, 21), "markets": ("cn", "us")},
    }
    fetcher = make_fetcher()
    summary = await fetcher.sync(publish(server, files, **terms), lambda _: None)
    assert summary["refused"] == {"unapproved": 1, "expired": 1, "other_market": 1}
    assert [one.name for one in fetcher.folder.glob("*.mp4")] == ["d.mp4"]
    assert not any(path == f"/{named(b'a')[7:]}" for path, _ in server.asked)


async def test_a_manifest_signed_by_a_stranger_brings_nothing(server, make_fetcher):
    wanted = publish(server, {"a.mp4": b"a"}, key=new_key("legal-1", USE))
    fetcher = make_fetcher()
    with pytest.raises(AssetError, match="not over this content"):
        await fetcher.sync(wanted, lambda _: None)
    assert not fetcher.folder.exists()
    assert not any(path == f"/{named(b'a')[7:]}" for path, _ in server.asked)


async def test_a_manifest_without_signature_brings_nothing(server, make_fetcher):
    wanted = publish(server, {"a.mp4": b"a"})
    del server.files[f"/{wanted.manifest[7:]}.jws"]
    with pytest.raises(AssetError, match="404"):
        await make_fetcher().sync(wanted, lambda _: None)


@pytest.mark.parametrize(
    "name", ["assets.json", "assets.jws", "a/b/../../assets.json", "x" * 300, "\ud800.mp4", "a/b"]
)
async def test_a_name_that_no_file_can_have_is_the_manifests_fault(server, make_fetcher, name):
    wanted = publish(server, {"a": b"1", name: b"2"})
    fetcher = make_fetcher()
    with pytest.raises(AssetError, match="manifest"):
        await fetcher.sync(wanted, lambda _: None)
    assert not fetcher.folder.exists()


async def test_the_files_used_longest_ago_make_room(server, make_fetcher, tmp_path):
    fetcher = make_fetcher(budget_bytes=3 * MB)
    names = [put(server, os.urandom(MB)) for _ in range(4)]
    blobs = tmp_path / "state" / "assets" / "blobs"
    for at, name in enumerate(names[:3]):
        await fetcher.fetch(name, "", MB)
        os.utime(blobs / f"{name[7:]}.used", (at, at))
    await fetcher.fetch(names[0], "", MB)  # used now
    await fetcher.fetch(names[3], "", MB)
    here = [(blobs / name[7:]).exists() for name in names]
    assert here == [True, False, True, True]


async def test_the_show_on_air_and_the_next_one_keep_their_files(server, make_fetcher):
    on_air = []
    fetcher = make_fetcher(budget_bytes=3 * MB + 10_000, in_use=lambda: on_air)
    first = publish(server, {"one.mp4": os.urandom(MB)})
    await fetcher.sync(first, lambda _: None)
    on_air.append(fetcher.folder.resolve() / "one.mp4")
    await fetcher.sync(publish(server, {"one.mp4": os.urandom(MB)}), lambda _: None)
    with pytest.raises(CommandError, match="do not fit"):
        await fetcher.sync(publish(server, {"one.mp4": os.urandom(2 * MB)}), lambda _: None)
    assert on_air[0].is_file()
    await fetcher.sync(publish(server, {"one.mp4": os.urandom(MB)}), lambda _: None)
    assert on_air[0].is_file()
    assert (fetcher.folder / "one.mp4").is_file()


async def test_a_manifest_larger_than_the_budget_is_refused_before_it_begins(server, make_fetcher):
    wanted = publish(server, {"a.mp4": os.urandom(MB), "b.mp4": os.urandom(MB)})
    with pytest.raises(CommandError) as caught:
        await make_fetcher(budget_bytes=2 * MB - 1).sync(wanted, lambda _: None)
    assert caught.value.code == "disk"
    assert len(server.asked) == 2  # manifest and signature
