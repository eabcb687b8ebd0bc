"""Hashes of files: read once, and again after every change, however soon it follows."""

import hashlib
from types import SimpleNamespace

import pytest

from node.catalog import hashes
from node.catalog.hashes import STEP_S, HashBook


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"picture")
    return path


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def test_a_file_that_has_not_changed_is_read_once(file, tmp_path, monkeypatch):
    assert HashBook(tmp_path / "hashes.json").sha256(file) == sha256(b"picture")
    monkeypatch.setattr(hashes, "_hashed", None)  # must not be asked again
    assert HashBook(tmp_path / "hashes.json").sha256(file) == sha256(b"picture")
    assert HashBook(tmp_path / "hashes.json").known(file) == sha256(b"picture")


def test_a_change_of_the_same_length_is_seen_however_soon_it_follows(file):
    book = HashBook(None)
    for content in (b"another", b"picture") * 10:
        file.write_bytes(content)
        assert book.sha256(file) == sha256(content)


@pytest.mark.parametrize(("age_s", "slept"), [(0.004, [STEP_S - 0.004]), (1.0, []), (-3600.0, [])])
def test_a_file_of_this_moment_is_read_once_a_change_of_it_would_show(
    file, monkeypatch, age_s, slept
):
    changed_s, rests = file.stat().st_ctime, []
    clock = SimpleNamespace(time=lambda: changed_s + age_s, sleep=rests.append)
    monkeypatch.setattr(hashes, "time", clock)
    assert HashBook(None).sha256(file) == sha256(b"picture")
    assert rests == [pytest.approx(one, abs=1e-5) for one in slept]


def test_what_cannot_be_read_has_no_hash(tmp_path):
    book = HashBook(None)
    assert (book.sha256(tmp_path / "gone"), book.known(tmp_path / "gone")) == ("", "")
