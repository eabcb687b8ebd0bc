"""The chained log on disk: power cuts at every byte, full disks, cut and damaged files."""

import resource
from contextlib import contextmanager

import pytest

from node.chain import GENESIS, Line, prove, walk
from node.chainfile import ChainFile, read_head
from node.errors import DeviceError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log" / "prices.jsonl"


def written(path, count):
    file = ChainFile(path)
    file.append({"n": number} for number in range(count))
    file.close()


def numbers(path):
    with path.open("rb") as stream:
        return [step.record["n"] for step in walk(stream) if isinstance(step, Line)]


def proof(path, **how):
    with path.open("rb") as stream:
        return prove(stream, **how)


def test_a_log_goes_on_where_it_ended(path):
    written(path, 2)
    file = ChainFile(path)
    assert file.open().fault == ""
    file.append([{"n": 2}])
    file.close()
    assert numbers(path) == [0, 1, 2]
    found = proof(path, prev=GENESIS, anchor=read_head(path))
    assert (found.broken, found.head) == (None, read_head(path))


def test_a_power_cut_at_any_byte_of_the_last_line_costs_that_line_only(path):
    written(path, 3)
    content = path.read_bytes()
    begin = content[:-1].rindex(b"\n") + 1
    for end in range(begin, len(content)):
        path.write_bytes(content[:end])
        aside = path.with_name("prices.jsonl.torn")
        aside.unlink(missing_ok=True)
        path.with_suffix(".head").unlink(missing_ok=True)
        file = ChainFile(path)
        assert file.open().torn == end - begin
        file.append([{"n": 9}])
        file.close()
        assert numbers(path) == [0, 1, 9]
        assert proof(path, prev=GENESIS).broken is None
        if end > begin:
            assert aside.read_bytes() == content[begin:end] + b"\n"


@pytest.mark.parametrize("tail", [b"\0" * 5_000, b"\xff\n{}\n", b"x" * 200_000, b"\n\n"])
def test_a_tail_of_garbage_is_set_aside(path, tail):
    written(path, 2)
    with path.open("ab") as file:
        file.write(tail)
    file = ChainFile(path)
    assert file.open().torn == len(tail)
    file.append([{"n": 2}])
    file.close()
    assert proof(path, prev=GENESIS).broken is None
    assert numbers(path) == [0, 1, 2]


def test_torn_pieces_have_a_bound(path, monkeypatch):
    monkeypatch.setattr("node.chainfile.TORN_BYTES", 100)
    written(path, 1)
    for _ in range(20):
        with path.open("ab") as file:
            file.write(b"x" * 60)
        torn = ChainFile(path)
        torn.open()
        torn.close()
    assert path.with_name("prices.jsonl.torn").stat().st_size < 250


def test_damage_in_the_middle_stays_and_the_chain_goes_on(path):
    written(path, 4)
    damaged = path.read_bytes().replace(b'"n":1', b'"n":7')
    path.write_bytes(damaged)
    file = ChainFile(path)
    opened = file.open()
    assert (opened.broken, opened.torn) == (2, 0)
    assert opened.fault == "line 2 breaks the chain"
    file.append([{"n": 4}])
    file.close()
    assert path.read_bytes().startswith(damaged)
    assert numbers(path) == [0, 2, 3, 4]
    assert proof(path).broken.line == 2


def test_lines_that_went_while_nobody_looked_are_noticed(path):
    written(path, 4)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    file = ChainFile(path)
    opened = file.open()
    file.close()
    assert opened.is_cut
    assert opened.fault == "lines are missing at the end"


def test_a_head_left_behind_by_a_power_cut_is_no_cut(path):
    written(path, 1)
    behind = path.with_suffix(".head").read_bytes()
    file = ChainFile(path)
    file.append([{"n": 1}])
    file.close()
    path.with_suffix(".head").write_bytes(behind)
    again = ChainFile(path)
    assert not again.open().is_cut
    again.close()


@pytest.mark.parametrize("head", [b"", b"nonsense", b"\xff" * 64, b"A" * 64])
def test_a_head_that_is_none_says_nothing(path, head):
    written(path, 1)
    path.with_suffix(".head").write_bytes(head)
    assert read_head(path) == ""


@contextmanager
def room_for(size):
    """No file may grow beyond `size` bytes: the kernel takes what fits and refuses the rest."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room", [0, 1, 100, 250, 400])
def test_a_full_disk_takes_nothing_in_part_and_heals(path, room):
    file = ChainFile(path)
    file.append([{"n": 0}])
    with room_for(file.size + room), pytest.raises(DeviceError, match="too large"):
        file.append([{"n": 1}, {"n": 2}, {"n": 3}])
    assert numbers(path) == [0]
    file.append([{"n": 1}, {"n": 2}, {"n": 3}])
    file.close()
    assert numbers(path) == [0, 1, 2, 3]
    assert proof(path, prev=GENESIS).broken is None


def test_where_half_a_write_cannot_be_taken_back_the_next_one_sets_it_aside(path, monkeypatch):
    file = ChainFile(path)
    file.append([{"n": 0}])
    with room_for(file.size + 100), monkeypatch.context() as broken:
        broken.setattr(ChainFile, "_take_back", ChainFile.close)
        with pytest.raises(DeviceError):
            file.append([{"n": 1}])
    file.append([{"n": 1}])
    file.close()
    assert proof(path, prev=GENESIS).broken is None
    assert numbers(path) == [0, 1]


def test_a_log_taken_away_while_open_is_begun_anew_behind_its_head(path):
    file = ChainFile(path)
    file.append([{"n": 0}])
    head = file.head
    path.unlink()
    file.append([{"n": 1}])
    file.close()
    assert numbers(path) == [1]
    assert proof(path).start == head


def test_two_writers_are_refused(path):
    first, second = ChainFile(path), ChainFile(path)
    first.append([{"n": 0}])
    with pytest.raises(DeviceError, match="unavailable"):
        second.append([{"n": 1}])
    first.close()
    second.append([{"n": 1}])
    second.close()
    assert numbers(path) == [0, 1]


@pytest.mark.parametrize("kind", ["folder", "file in the way"])
def test_a_place_where_no_log_can_be_is_a_device_error(tmp_path, kind):
    path = tmp_path / "prices.jsonl"
    if kind == "folder":
        path.mkdir()
    else:
        (tmp_path / "file").write_text("")
        path = tmp_path / "file" / "prices.jsonl"
    with pytest.raises(DeviceError, match=r"prices\.jsonl"):
        ChainFile(path).open()
