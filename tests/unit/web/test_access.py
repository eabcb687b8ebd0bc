"""The operator's token: where it lies, what it must be, what the browser keeps of it."""

from pathlib import Path

import pytest

from node.config import WebConfig
from node.errors import ConfigError
from node.web.access import Access, load_access


def test_the_token_is_read_without_its_line_end(tmp_path: Path):
    letters = "0123456789abcdef"
    file = tmp_path / "token"
    file.write_text(letters + "\n")
    access = load_access(WebConfig(operator_token_file=str(file)))
    assert access.token == letters


@pytest.mark.parametrize(
    "content", [b"", b"short", b"\xff" * 20, "口令口令口令口令口令口令口令口令".encode()]
)
def test_a_token_that_can_be_guessed_or_typed_wrong_is_a_fault(tmp_path: Path, content: bytes):
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"web\.operator_token_file"):
        load_access(WebConfig(operator_token_file=str(file)))


def test_a_missing_token_file_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match="nowhere"):
        load_access(WebConfig(operator_token_file=str(tmp_path / "nowhere")))


def test_the_public_name_is_a_name_of_the_node():
    assert (
        "shop.example.com" in load_access(WebConfig(public_url="https://Shop.example.com/")).names
    )


def test_the_token_stands_in_no_log():
    assert "hidden" not in repr(Access("hidden token of letters"))


def test_the_cookie_is_not_the_token():
    access = Access("0123456789abcdef")
    cookie = access.cookie_for("0123456789abcdef")
    assert cookie is not None
    assert "0123456789abcdef" not in cookie
    assert access.cookie_for("0123456789abcdeg") is None
    assert Access().cookie_for("") is None
