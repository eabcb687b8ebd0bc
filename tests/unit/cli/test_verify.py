"""livesell verify: what it prints of whole and broken logs, and its exit code."""

import io
import json
import sys

import pytest

from node.__main__ import main
from node.chainfile import ChainFile
from node.metrics.asplayed import AsPlayed


@pytest.fixture
def state(tmp_path):
    """The state folder of a node whose log has been rolled, with old files dropped."""
    folder = tmp_path / "state"
    played = AsPlayed(folder, file_bytes=1_000, files_kept=3)
    for number in range(20):
        played.append([{"ev": "cue.fire", "n": number, "why": "x" * 200}])
    played.close()
    ledger = ChainFile(folder / "prices.jsonl")
    ledger.append({"price": f"{number}.00"} for number in range(3))
    ledger.close()
    return folder


def verify(capsys, *words):
    code = main(["verify", *map(str, words), "--lang", "en"])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def states(capsys, folder):
    code, out, _ = verify(capsys, folder, "--json")
    return code, {one["file"].rpartition("/")[2]: one for one in json.loads(out)}


def test_a_whole_folder_is_exit_0_with_a_line_for_each_file(state, capsys):
    code, out, err = verify(capsys, state)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert "as-played-000001.jsonl: dropped to make room, 3 lines, head kept " in lines[0]
    assert sum("whole, 3 lines, head " in line for line in lines) == 4
    assert lines[-1].startswith(f"{state}/prices.jsonl: whole, 3 lines")


def test_every_changed_byte_of_a_line_is_exit_1_with_file_and_line(state, capsys):
    path = state / "prices.jsonl"
    content = path.read_bytes()
    begin = content.index(b"\n") + 1
    for place in range(begin, content.index(b"\n", begin), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        code, out, _ = verify(capsys, path)
        assert (code, out.startswith(f"{path}:2: ")) == (1, True)


def test_a_changed_price_gives_the_hashes_expected_and_found(state, capsys):
    path = state / "prices.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"1.00"', b'"0.99"'))
    code, out, _ = verify(capsys, path)
    assert code == 1
    assert f"{path}:2: changed: its hash should be " in out
    _, found = states(capsys, state)
    broken = found["prices.jsonl"]
    assert (broken["reason"], broken["line"], broken["lines"]) == ("content", 2, 1)
    assert len(broken["expected"]) == len(broken["found"]) == 64


def test_lines_cut_off_the_end_are_missed(state, capsys):
    for name in ("as-played.jsonl", "prices.jsonl"):
        path = state / name
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:1]))
    code, found = states(capsys, state)
    assert code == 1
    assert [found[name]["reason"] for name in ("as-played.jsonl", "prices.jsonl")] == ["cut"] * 2
    assert found["as-played.jsonl"]["line"] == 2


def test_lines_cut_off_the_start_are_missed(state, capsys):
    path = state / "as-played.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    code, found = states(capsys, state)
    assert (code, found["as-played.jsonl"]["reason"]) == (1, "order")


@pytest.mark.parametrize("name", ["as-played-000005.jsonl", "as-played.jsonl", "prices.jsonl"])
def test_a_file_taken_away_is_missing(state, capsys, name):
    (state / name).unlink()
    code, found = states(capsys, state)
    assert (code, found[name]["state"]) == (1, "missing")
    assert sum(one["whole"] for one in found.values()) == len(found) - 1


def test_a_closed_file_cut_at_its_end_is_found_by_the_head_that_was_kept(state, capsys):
    path = state / "as-played-000005.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    code, out, _ = verify(capsys, path)
    assert code == 1
    assert f"{path}:3: lines are missing from here" in out


def test_a_copy_alone_says_what_cannot_be_seen(state, tmp_path, capsys):
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes((state / "as-played-000005.jsonl").read_bytes())
    code, out, _ = verify(capsys, copy)
    assert code == 0
    assert "(begins within a chain: lines cut off its start would not show)" in out
    copy.write_bytes((state / "prices.jsonl").read_bytes())
    assert "(no later hash known" in verify(capsys, copy)[1]


def test_a_hash_noted_elsewhere_shows_what_was_cut(state, tmp_path, capsys):
    lines = (state / "prices.jsonl").read_bytes().splitlines(keepends=True)
    head = json.loads(lines[-1])["hash"]
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(b"".join(lines))
    assert verify(capsys, copy, "--head", head)[0] == 0
    copy.write_bytes(b"".join(lines[:2]))
    assert verify(capsys, copy)[0] == 0
    assert verify(capsys, copy, "--head", head)[0] == 1


@pytest.mark.parametrize("content", [b"", b"\xff" * 9, b"{}\n", b"\n\n", b"\0" * 70_000])
def test_what_is_no_log_is_no_crash(tmp_path, capsys, content):
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    code, out, _ = verify(capsys, path)
    assert code == (1 if content else 0)
    assert out.startswith(f"{path}:1: " if content else f"{path}: whole, 0 lines")


def test_a_path_without_a_log_is_wrong_usage(state, tmp_path, capsys):
    empty = tmp_path / "empty"
    empty.mkdir()
    for words in ([tmp_path / "absent"], [empty], [state, empty]):
        code, out, err = verify(capsys, *words)
        assert (code, out) == (2, "")
        assert f"no log: {words[-1]}" in err


def test_a_hash_for_several_files_is_wrong_usage(state, capsys):
    assert verify(capsys, state, "--head", "0" * 64)[0] == 2


def test_chinese_is_spoken(state, capsys):
    path = state / "prices.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    assert main(["verify", str(path), "--lang", "zh"]) == 1
    assert f"{path}:3: 没有行尾" in capsys.readouterr().out


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_long_log_has_a_progress_bar_on_a_terminal(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("node.cli.verify.LONG_BYTES", 1)
    file = ChainFile(tmp_path / "long.jsonl")
    file.append({"n": number} for number in range(5_000))
    file.close()
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    assert main(["verify", str(file.path)]) == 0
    assert "█" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")
