"""Files by their hash: whole and true to their name, and there after a power cut."""

import hashlib

import pytest

from node.errors import AssetError, CommandError
from tools.fleet.shelf import Shelf, hash_of

CLIP = b"clip" * 1000
DIGEST = hashlib.sha256(CLIP).hexdigest()


async def chunks(*parts):
    for part in parts:
        yield part


@pytest.fixture
def synced(monkeypatch):
    """What lay in the folder each time its names were put on disk."""
    seen = []
    monkeypatch.setattr(
        "tools.fleet.shelf.sync_folder",
        lambda folder: seen.append(sorted(one.name for one in folder.iterdir())),
    )
    return seen


async def test_a_file_that_came_has_its_name_on_disk(tmp_path, synced):
    shelf = Shelf(tmp_path / "files")
    assert await shelf.take(DIGEST, chunks(CLIP[:7], CLIP[7:])) == len(CLIP)
    assert shelf.path(DIGEST).read_bytes() == CLIP
    assert synced == [[DIGEST]]


def test_a_small_file_has_its_name_on_disk(tmp_path, synced):
    shelf = Shelf(tmp_path / "files")
    assert shelf.put(CLIP) == DIGEST
    assert synced == [[DIGEST]]


async def test_what_is_not_true_to_its_name_leaves_nothing(tmp_path, synced):
    shelf = Shelf(tmp_path / "files")
    with pytest.raises(AssetError, match="has the hash"):
        await shelf.take("0" * 64, chunks(CLIP))
    assert list((tmp_path / "files").iterdir()) == []
    assert synced == []


@pytest.mark.parametrize("name", ["", "sha256:", "a" * 63, "A" * 64, "../" + "a" * 61, "a" * 65])
def test_what_is_no_hash_names_no_file(name):
    with pytest.raises(CommandError, match="expected a SHA-256"):
        hash_of(name)
