"""The as-played log: one chain across its files, bounded, its heads kept through power cuts."""

import json

import pytest

from node.chain import GENESIS, prove
from node.errors import DeviceError
from node.metrics.asplayed import AsPlayed, closed_files, read_heads


def log(folder, **how):
    return AsPlayed(folder, **{"file_bytes": 1_000, "files_kept": 3, **how})


def fill(folder, count, **how):
    played = log(folder, **how)
    for number in range(count):
        played.append([{"n": number, "why": "x" * 200}])
    played.close()


def proof(path, **how):
    with path.open("rb") as stream:
        return prove(stream, **how)


def numbers(path):
    return [json.loads(line)["n"] for line in path.read_text().splitlines()]


def whole_chain(folder):
    """The numbers of all lines there are, once each file was found to follow the one before."""
    read, prev = [], None
    for path in [*closed_files(folder), folder / "as-played.jsonl"]:
        found = proof(path, prev=prev)
        assert found.broken is None
        read += numbers(path)
        prev = found.head
    return read


def test_the_chain_goes_across_the_files(tmp_path):
    fill(tmp_path, 10)
    assert len(closed_files(tmp_path)) == 3
    assert whole_chain(tmp_path) == list(range(10))
    assert proof(closed_files(tmp_path)[0], prev=GENESIS).broken is None


def test_a_restart_goes_on_in_the_same_chain(tmp_path):
    fill(tmp_path, 5)
    fill(tmp_path, 5)
    assert whole_chain(tmp_path) == [*range(5), *range(5)]


def test_old_files_make_room_and_their_heads_stay(tmp_path):
    fill(tmp_path, 30)
    kept = [path.name for path in closed_files(tmp_path)]
    assert len(kept) == 3
    heads = read_heads(tmp_path)
    assert list(heads) == [f"as-played-{number:06d}.jsonl" for number in range(1, len(heads) + 1)]
    assert [head.deed for head in heads.values()] == ["dropped"] * (len(heads) - 3) + ["closed"] * 3
    last_dropped = list(heads.values())[-4]
    assert proof(closed_files(tmp_path)[0]).start == last_dropped.head
    assert proof(tmp_path / "as-played.heads.jsonl", prev=GENESIS).broken is None


def test_a_power_cut_between_closing_and_noting_loses_no_head(tmp_path):
    fill(tmp_path, 3, file_bytes=10_000)
    (tmp_path / "as-played.jsonl").rename(tmp_path / "as-played-000001.jsonl")
    fill(tmp_path, 2, file_bytes=10_000)
    assert read_heads(tmp_path)["as-played-000001.jsonl"].lines == 3
    assert whole_chain(tmp_path) == [0, 1, 2, 0, 1]


@pytest.mark.parametrize("damage", [b"", b"garbage\n", None])
def test_lost_heads_are_noted_anew_and_no_file_is_overwritten(tmp_path, damage):
    fill(tmp_path, 10)
    heads = tmp_path / "as-played.heads.jsonl"
    if damage is None:
        heads.unlink()
    else:
        heads.write_bytes(damage)
    fill(tmp_path, 5, files_kept=9)
    assert whole_chain(tmp_path) == [*range(10), *range(5)]


def test_a_folder_that_refuses_is_a_device_error_and_heals(tmp_path):
    folder = tmp_path / "state"
    folder.write_text("in the way")
    played = log(folder)
    with pytest.raises(DeviceError):
        played.append([{"n": 0}])
    folder.unlink()
    played.append([{"n": 0}])
    played.close()
    assert whole_chain(folder) == [0]


def test_a_number_that_cannot_be_taken_waits_and_heals(tmp_path, monkeypatch):
    played = log(tmp_path)
    for number in range(3):
        played.append([{"n": number, "why": "x" * 200}])
    with monkeypatch.context() as broken:

        def refuse(self, target):
            raise OSError(28, "No space left on device")

        broken.setattr("pathlib.Path.rename", refuse)
        with pytest.raises(DeviceError, match="No space"):
            played.append([{"n": 3, "why": ""}])
    played.append([{"n": 3, "why": ""}])
    played.close()
    assert whole_chain(tmp_path) == [0, 1, 2, 3]
