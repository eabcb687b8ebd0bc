"""How a node starts and stops: refused files, taken ports, signals, and the day after a crash."""

import re
import signal
import socket
import time
from fractions import Fraction
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.fakes.clip_factory import ClipSpec, write_clip
from tests.fakes.running import (
    START_S,
    Said,
    change_saved_place,
    events,
    frame_of,
    livesell,
    running,
    saved_place,
    until_place_saved,
)
from tests.fakes.small_day import Part
from tests.fakes.watching import watching

pytestmark = pytest.mark.timeout(300)


def start(config: Path) -> Said:
    return livesell("run", "--config", str(config))


def test_a_taken_port_is_named_in_the_last_line(make_day):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = start(make_day(web={"port": port}).config)
    assert (said.code, said.out) == (1, "")
    last = said.err.splitlines()[-1]
    assert f"web failed: web: cannot listen on 127.0.0.1:{port}" in last
    assert "another program has this port" in last
    assert "Traceback" not in said.err


def test_all_faults_of_the_configuration_are_told_at_once(make_day):
    day = make_day()
    text = day.config.read_text(encoding="utf-8")
    text = text.replace('size = "640x360"', 'size = "641x360"\nfps = "30"')
    text = text.replace("bitrate_kbps = 2500", "bitrate_kbps = -1\nbitrat = 1")
    text = text.replace('kind = "pattern"', 'kind = "patern"')
    day.config.write_text(f"{text}\n[wep]\nport = 1\n", encoding="utf-8")
    said = start(day.config)
    assert (said.code, said.out) == (78, "")
    places = sorted(line.removeprefix(f"{day.config}: ") for line in said.err.splitlines())
    assert [place.split(":")[0] for place in places] == [
        "camera.kind = 'patern'",
        "encoder.bitrat",
        "encoder.bitrate_kbps = -1",
        "program.fps = '30'",
        "program.size = '641x360'",
        "wep",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file or directory"),
        (b'rundown = "day.toml"\nnode = "\xff"\n', "line 2: not UTF-8 (byte 0xff)"),
        (b"= = =", "not TOML"),
        (b"#" * 2_000_000, "larger than 1000000 bytes"),
    ],
    ids=["missing", "not UTF-8", "not TOML", "large"],
)
def test_a_configuration_that_is_none_is_refused(tmp_path: Path, content: bytes | None, reason):
    config = tmp_path / "node.toml"
    if content is not None:
        config.write_bytes(content)
    said = start(config)
    assert (said.code, said.out, len(said.err.splitlines())) == (78, "", 1)
    assert reason in said.err


def test_all_faults_of_the_rundown_are_told_at_once(make_day):
    day = make_day()
    day.clip("two").unlink()
    text = day.rundown.read_text(encoding="utf-8")
    text = text.replace('fallback = "pause"', 'fallback = "paus"')
    text = text.replace('on_lost = "pause"', 'on_lost = "nowhere"\nnxt = "one"')
    day.rundown.write_text(text.replace('"00:40.0"', "40"), encoding="utf-8")
    said = start(day.config)
    assert (said.code, said.out) == (78, "")
    faults = [line.removeprefix(f"{day.rundown}: ") for line in said.err.splitlines()]
    found = {tuple(fault.split(": ")[:2]) for fault in faults}
    assert {
        ("fallback = 'paus'", "E03"),
        ("segment[2].asset = 'two.mkv'", "E50"),
        ("segment[4].on_lost = 'nowhere'", "E04"),
    } <= found
    assert any("nxt" in fault for fault in faults)
    assert any("segment[1].length = 40" in fault for fault in faults)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00garbage", b"format = [[[[[", b"x" * 10_000_000, b""],
    ids=["not UTF-8", "not TOML", "10 MB", "empty"],
)
def test_a_rundown_that_is_none_is_refused(make_day, content: bytes):
    day = make_day()
    day.rundown.write_bytes(content)
    said = start(day.config)
    assert (said.code, said.out) == (78, "")
    assert said.err.splitlines()
    assert all(str(day.rundown) in line for line in said.err.splitlines()), said.err
    assert len(said.err) < 20_000


def test_a_rundown_that_is_missing_is_refused(make_day):
    day = make_day()
    day.rundown.unlink()
    said = start(day.config)
    assert (said.code, said.out, len(said.err.splitlines())) == (78, "", 1)
    assert f"rundown = '{day.rundown}': no such file" in said.err


async def test_sigterm_during_a_dissolve_ends_in_peace(make_day):
    with running(make_day().config) as node:
        async with watching(node.url), ClientSession() as pages:
            socket = await pages.ws_connect(f"{node.url}api/watch")
            await socket.receive_json()
            node.command("skip", segment="one")  # the dissolve to `two` lasts two seconds
            while frame_of(node.status()) >= 60:  # missed it: once more
                node.command("take", segment="one")
                node.command("skip", segment="one")
            code, _ = node.stop(signal.SIGTERM)
    assert (code, node.out) == (0, f"on air: {node.url}\n")
    assert not (node.folder / "state" / "node.url").exists()
    assert "Traceback" not in node.err
    assert "force" not in node.err


def test_a_node_ends_by_itself_within_its_two_seconds(make_day):
    day, codes = make_day(), [1]
    while codes[-1]:  # a machine that stood still has another try
        with running(day.config, module="node") as node:
            codes.append(node.stop()[0])
            assert codes[-1] == 0 or "ended by force" in node.err


def test_sigint_ends_in_peace_and_keeps_what_was_played(make_day):
    day = make_day()
    with running(day.config) as node:
        node.command("skip", segment="one")
        code, _ = node.stop(signal.SIGINT)
    assert code == 0
    assert not (day.state_dir / "node.url").exists()
    assert "Traceback" not in node.err
    assert [(one.ev, one.seg) for one in events(day.state_dir)] == [
        ("show.start", "one"),
        ("seg.start", "one"),
        ("seg.end", "one"),
        ("seg.start", "two"),
        ("seg.end", "two"),
        ("show.stop", "two"),
    ]


def test_a_killed_node_goes_on_where_it_was_or_where_the_day_is(make_day, clips, tmp_path):
    spec = ClipSpec(width=160, height=90, fps=Fraction(2), seconds=900.0, audio=None, b_frames=0)
    long = write_clip(tmp_path / "long.mkv", spec)  # a start may take a minute of it
    day = make_day(parts=(Part("one", 40, clips["one"]), Part("two", 900, long)))
    with running(day.config) as node:
        until_place_saved(node, day.state_dir, "one")
        assert node.stop(signal.SIGKILL)[0] == -signal.SIGKILL
    kept = change_saved_place(day.state_dir, age_s=-START_S)  # it counts for 15 s
    with running(day.config) as node:
        status = node.status()
        assert (status.segment, status.kind) == ("one", "clip")
        drawn = status.frames.out - status.frames.repeated
        assert abs(frame_of(status) - kept.position - drawn) <= 2
        until_place_saved(node, day.state_dir, "one")
        node.stop(signal.SIGKILL)
    aged = change_saved_place(day.state_dir, age_s=45.0)
    with running(day.config) as node:
        status = node.status()
        assert status.segment == "two"
        latest_s = aged.position / 30 + (time.time() - aged.wall) - 40
        assert aged.position / 30 + 45 - 40 <= status.position_s <= latest_s + 0.1
        node.stop(signal.SIGKILL)
    assert (day.state_dir / "node.url").exists(), "a killed node cannot tidy up"


def test_a_place_behind_the_end_begins_the_next_segment_without_a_black_frame(make_day):
    day = make_day()
    with running(day.config) as node:
        until_place_saved(node, day.state_dir, "one")
        node.stop(signal.SIGKILL)
    change_saved_place(day.state_dir, age_s=-START_S, position=40 * 30)
    with running(day.config) as node:
        status = node.until(lambda status: status.frames.out > 10)
    assert (status.segment, status.frames.black) == ("two", 0)


def test_a_place_of_another_rundown_counts_as_none(make_day):
    day = make_day()
    with running(day.config) as node:
        node.command("take", segment="two")
        until_place_saved(node, day.state_dir, "two")
    assert saved_place(day.state_dir).segment == "two"
    text = day.rundown.read_text("utf-8")
    changed = re.sub(r"(?m)^(date *=).*$", r"\1 2027-01-02", text)
    assert changed != text
    day.rundown.write_text(changed, "utf-8")
    with running(day.config) as node:
        assert node.status().segment == "one"


def test_a_damaged_memory_is_set_aside(make_day):
    day = make_day()
    day.state_dir.mkdir()
    (day.state_dir / "node.db").write_bytes(b"no database at all, but long enough" * 100)
    (day.state_dir / "clips.json").write_bytes(b"\xff{")
    (day.state_dir / "encoder.json").write_bytes(b"[")
    with running(day.config) as node:
        node.until(
            lambda status: (
                {status.health[name].condition for name in ("memory", "events")} == {"ready"}
            )
        )
        node.stop()
    assert (day.state_dir / "node.db.damaged").exists()
    assert saved_place(day.state_dir).segment == "one"
