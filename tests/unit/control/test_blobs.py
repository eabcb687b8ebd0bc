import hashlib

import pytest

from node.control.blobs import Blobs
from node.errors import AssetError, CommandError, DeviceError

CONTENT = b"clip" * 1000
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "blobs", 10_000)


def written(blobs, content=CONTENT, name=NAME):
    partial = blobs.partial(name)
    partial.open()
    partial.append(content)
    return partial


def test_a_file_has_its_name_only_when_it_is_whole(blobs):
    partial = written(blobs, CONTENT[:2000])
    assert blobs.find(NAME) is None
    partial.append(CONTENT[2000:])
    assert partial.seal() == blobs.find(NAME)


def test_what_came_before_a_restart_is_taken_up(blobs):
    written(blobs, CONTENT[:2000]).close()
    partial = blobs.partial(NAME)
    partial.open()
    assert partial.length == 2000
    partial.append(CONTENT[2000:])
    assert partial.seal().read_bytes() == CONTENT


def test_wrong_content_is_forgotten(blobs):
    partial = written(blobs, CONTENT + b"!")
    with pytest.raises(AssetError, match="altered"):
        partial.seal()
    assert partial.length == 0
    partial.append(CONTENT)
    assert partial.seal().read_bytes() == CONTENT


def test_room_is_made_by_the_oldest_that_is_not_pinned(blobs):
    names = []
    for number in range(2):
        content = bytes([number]) * 4000
        names.append(hashlib.sha256(content).hexdigest())
        written(blobs, content, names[-1]).seal()
    blobs.make_room(5000, {names[0]})
    assert blobs.find(names[0])
    assert blobs.find(names[1]) is None


def test_what_is_pinned_stays_and_the_rest_is_refused(blobs):
    written(blobs).seal()
    with pytest.raises(CommandError) as caught:
        blobs.make_room(7000, {NAME})
    assert caught.value.code == "disk"
    assert blobs.find(NAME)


def test_half_a_file_counts_and_goes_first(blobs):
    written(blobs).seal()
    blobs.find(NAME)
    written(blobs, b"x" * 4000, "0" * 64).close()
    blobs.make_room(5000, set())
    assert blobs.find(NAME)
    assert not (blobs.folder / f"{'0' * 64}.part").exists()


def test_a_folder_that_cannot_be_made_is_a_fault_of_the_device(tmp_path):
    (tmp_path / "blobs").write_bytes(b"a file")
    with pytest.raises(DeviceError):
        Blobs(tmp_path / "blobs", 10_000).partial(NAME).open()
