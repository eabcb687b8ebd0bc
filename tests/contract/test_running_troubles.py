"""What a running node does when the machine under it fails: a full disk, a codec that hangs."""

from datetime import date

import pytest

from node.jws import write_keys
from node.web.status import Status
from tests.fakes.running import PATIENT, RunningNode, events, running
from tests.fakes.small_day import Part
from tests.fakes.tight_disk import LimitedFiles, TightDisk, small_disk
from tests.fakes.vault import KEY, entry_of, write_signed
from tests.fakes.watching import watching

pytestmark = pytest.mark.timeout(300)

FILES = {"events": "as-played.jsonl", "memory": "node.db"}
STALLING = "tests.fakes.stalling_node"


def waiting(status: Status) -> set[str]:
    return {name for name, part in status.health.items() if part.condition == "waiting"}


def skip(node: RunningNode) -> Status:
    """Go to the other segment; the status half a second of program later."""
    before = node.status()
    node.command("skip", segment=before.segment)
    return node.until(lambda status: status.frames.out > before.frames.out + 15)


def fill_and_clear(node: RunningNode, disk: TightDisk) -> tuple[Status, int]:
    """Take the disk away and give it back; the status while it was full, and how many skips."""
    disk.fill(node.process.pid)
    full, skips = skip(node), 1
    while not waiting(full) >= {"events", "memory"}:  # the log's last page has room for some facts
        full, skips = skip(node), skips + 1
    later = skip(node)
    assert later.health["mixer"].condition == "ready"
    disk.clear(node.process.pid)
    node.until(lambda status: not waiting(status))
    return full, skips + 1


@pytest.mark.parametrize("kind", ["small disk", "limited files"])
def test_a_full_disk_takes_nobody_off_air_and_no_fact_is_lost(make_day, clips, kind: str):
    endless = [Part(name, 600, clips["idle"], kind="agent") for name in ("one", "two")]
    day = make_day(parts=endless)
    with small_disk(day.state_dir) as disk:
        tight: TightDisk | None = disk if kind == "small disk" else LimitedFiles()
        if tight is None:
            pytest.skip("no file system may be mounted here")
        with running(day.config, module=PATIENT) as node:
            node.until(lambda status: status.health["memory"].condition == "ready")
            full, skips = fill_and_clear(node, tight)
            assert node.ask("/health")[0] == 200
            assert node.stop()[0] == 0
        for name in ("events", "memory"):
            assert str(day.state_dir / FILES[name]) in full.health[name].last_error
        assert full.frames.missing == 0
        assert "Traceback" not in node.err
        kept = events(day.state_dir)
        aired = [one.seg for one in kept if one.ev == "seg.start"]
        assert aired == [("one", "two")[n % 2] for n in range(1 + skips)]
        assert [one.id for one in kept] == [f"small-1-{n:06}" for n in range(1, len(kept) + 1)]


def test_a_state_folder_that_cannot_be_had_takes_nobody_off_air(make_day):
    day = make_day()
    day.state_dir.write_text("a file where the folder should be")
    with running(day.config) as node:
        status = node.until(lambda status: {"memory"} <= waiting(status))
        assert status.on_air
        assert "state" in status.health["memory"].last_error
        assert node.stop()[0] == 0
    assert "Traceback" not in node.err


async def test_a_codec_that_hangs_once_is_opened_anew(make_day):
    with running(make_day().config, module=STALLING, environ={"HANGS": "1"}) as node:
        async with watching(node.url) as viewer:
            await viewer.until(lambda seen: seen[-1].frame > 150)
            status = node.status()
            code, _ = node.stop()
    assert status.health["video encoder"].condition == "ready"
    assert status.frames.missing > 0, "what was not coded is told"
    assert status.frames.black == 0
    assert "no answer within 2 s; opening it anew" in node.err
    assert code == 0


def test_a_codec_that_hangs_twice_ends_the_node_with_one_clear_line(make_day):
    with running(make_day().config, module=STALLING, environ={"HANGS": "2"}) as node:
        code = node.wait()
        last = node.err.splitlines()[-1]
        assert (code, "video encoder failed: libx264" in last) == (1, True)
        assert last.endswith("no answer within 2 s")
        assert "Traceback" not in node.err
        assert not (node.folder / "state" / "node.url").exists()


def test_a_clip_whose_approval_has_ended_is_skipped_and_the_show_goes_on(make_day):
    day = make_day()
    folder = day.config.parent
    names = [one.name for one in folder.iterdir() if one.suffix in {".mp4", ".mkv", ".png"}]
    entries = {
        name: entry_of(folder / name, expires=date(2020, 1, 1) if "one" in name else None)
        for name in names
    }
    write_signed(folder / "assets.json", entries)
    write_keys(folder / "k.key", folder / "k.jwk", KEY)
    text = day.config.read_text(encoding="utf-8")
    extra = '[assets]\ntrusted_keys = "k.jwk"\nrequire_signed = true\n'
    day.config.write_text(text + extra, encoding="utf-8")
    path = folder / "day.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("catalog =", 'assets = "assets.json"\ncatalog =', 1), "utf-8")
    with running(day.config) as node:
        status = node.until(lambda status: status.segment == "two")
        assert status.frames.black == 0
        assert node.stop()[0] == 0
    failed = [one for one in events(day.state_dir) if one.ev == "asset.failed"]
    assert {one.seg for one in failed} == {"one"}
    assert "its approval ended with 2020-01-01" in failed[0].why
