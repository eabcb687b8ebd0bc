"""Manifests: form, signature, and what a stranger's file may hold."""

import json
from datetime import date

import pytest

from node.catalog.approval import known_or_small, refusal
from node.catalog.assets import Approval, Manifest, read_manifest
from node.catalog.hashes import HashBook
from node.catalog.trust import Signature, signature_path
from tests.fakes.vault import KEY, STRANGER, entry_of, resign, trusting, write_signed


@pytest.fixture
def manifest(tmp_path):
    (tmp_path / "茶.mp4").write_bytes(b"clip")
    path = tmp_path / "assets.json"
    write_signed(path, {"茶.mp4": entry_of(tmp_path / "茶.mp4", expires=date(2027, 3, 31))})
    return path


def test_a_signed_manifest_tells_who_approved_what_until_when(manifest):
    read = read_manifest(manifest, trusting())
    assert isinstance(read, Manifest)
    assert read.signature == Signature("verified", "legal-1")
    entry = read.entry("./茶.mp4")
    assert (entry.approver, entry.expires, entry.size) == ("Li", date(2027, 3, 31), 4)


def test_without_keys_a_signature_is_told_as_unread(manifest):
    assert read_manifest(manifest).signature.state == "unread"
    signature_path(manifest).unlink()
    assert read_manifest(manifest).signature.state == "absent"


def altered(path):
    path.write_bytes(path.read_bytes().replace(b'"Li"', b'"Lu"'))


def a_space_more(path):
    path.write_bytes(path.read_bytes() + b" ")


def unsigned(path):
    signature_path(path).unlink()


def by_a_stranger(path):
    resign(path, STRANGER)


def of_another_typ(path):
    resign(path, typ="ls-cmd+jws")


def truncated(path):
    signature = signature_path(path)
    signature.write_bytes(signature.read_bytes()[:-20])


def with_payload(path):
    signature = signature_path(path)
    signature.write_bytes(signature.read_bytes().replace(b"..", b".e30."))


def algorithm_none(path):
    signature_path(path).write_text("eyJhbGciOiJub25lIiwidHlwIjoibHMtYXNzZXRzK2p3cyJ9..")


def garbage(path):
    signature_path(path).write_bytes(b"\xff\x00" * 500)


def endless(path):
    signature_path(path).write_bytes(b"a" * (10 << 20))


@pytest.mark.parametrize("is_required", [True, False])
@pytest.mark.parametrize(
    "change",
    [altered, a_space_more, by_a_stranger, of_another_typ, truncated, with_payload,
     algorithm_none, garbage, endless],
)  # fmt: skip
def test_a_signature_that_does_not_hold_is_refused_required_or_not(manifest, change, is_required):
    change(manifest)
    read = read_manifest(manifest, trusting(is_required=is_required))
    assert isinstance(read, str)
    assert "assets.jws" in read


def test_an_unsigned_manifest_is_refused_only_where_signatures_are_required(manifest):
    unsigned(manifest)
    assert "not signed" in read_manifest(manifest, trusting())
    assert isinstance(read_manifest(manifest, trusting(is_required=False)), Manifest)


GOOD = {"sha256": "0" * 64, "bytes": 1}
HOSTILE = {
    "a path upward": {"../a.mp4": GOOD},
    "a path that comes back": {"x/../../a.mp4": GOOD},
    "an absolute path": {"/etc/passwd": GOOD},
    "no name": {"": GOOD},
    "a NUL": {"a\0b": GOOD},
    "two spellings": {"a.mp4": GOOD, "./a.mp4": GOOD},
    "a day that is none": {"a": GOOD | {"expires": "2027-02-30"}},
    "an unknown fault": {"a": GOOD | {"accepted": ["everything"]}},
}


@pytest.mark.parametrize("files", HOSTILE.values(), ids=HOSTILE)
def test_a_name_or_term_that_makes_no_sense_is_refused(tmp_path, files):
    path = tmp_path / "assets.json"
    path.write_text(json.dumps({"format": "livesell-assets/1", "files": files}))
    assert isinstance(read_manifest(path), str)


TEXTS = {
    "a file twice": '{"format": "livesell-assets/1", "files": {"a": %s, "a": %s}}'
    % ((json.dumps(GOOD),) * 2),
    "a key twice": '{"format": "livesell-assets/1", "files": {}, "files": {}}',
    "no number": '{"format": "livesell-assets/1", "files": {"a": {"sha256": "%s", "bytes": 1, '
    '"loudness_lufs": NaN}}}' % ("0" * 64),
    "ten megabytes": "[" * (10 << 20),
    "not UTF-8": "\udcff",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_file_that_two_readers_could_read_differently_is_refused(tmp_path, text):
    path = tmp_path / "assets.json"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    assert isinstance(read_manifest(path), str)


def test_a_later_versions_key_is_not_read(tmp_path):
    path = tmp_path / "assets.json"
    files = {"a": GOOD | {"self_triggers": [[1.0, 2.0]]}}
    path.write_text(json.dumps({"format": "livesell-assets/1", "files": files}))
    assert isinstance(read_manifest(path), Manifest)


def test_a_hash_is_remembered_until_the_file_changes(tmp_path):
    path, book = tmp_path / "a", HashBook(tmp_path / "hashes.json")
    path.write_bytes(b"one")
    assert book.known(path) == ""
    first = book.sha256(path)
    assert HashBook(tmp_path / "hashes.json").known(path) == first
    path.write_bytes(b"two")
    assert book.known(path) == ""
    assert book.sha256(path) != first
    assert book.sha256(tmp_path / "gone") == ""


def test_a_large_file_is_not_read_when_a_day_is_judged(tmp_path, monkeypatch):
    monkeypatch.setattr("node.catalog.approval.READ_AT_LOAD_BYTES", 2)
    book = HashBook(None)
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "b").write_bytes(b"1")
    assert known_or_small(book, tmp_path / "a") == ""
    assert known_or_small(book, tmp_path / "b") == book.known(tmp_path / "b") != ""
    assert known_or_small(book, tmp_path / "gone") == ""


def test_an_approval_holds_through_its_last_day(tmp_path):
    path, book = tmp_path / "a", HashBook(None)
    path.write_bytes(b"1")
    approval = Approval(book.sha256(path), 1, date(2027, 1, 1))
    assert refusal(approval, path, today=date(2027, 1, 1), hashes=book) == ""
    assert "ended" in refusal(approval, path, today=date(2027, 1, 2), hashes=book)


def test_the_key_is_of_this_test_alone():
    assert KEY.public.x != STRANGER.public.x
