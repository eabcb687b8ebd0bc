import pytest

from node.control.origins import Origins, shown, signature_address
from node.errors import AssetError

HASH = "sha256:" + "ab" * 32
HOME = Origins("https://files.example:8443/show/", frozenset({"cdn.example", "lan.example:81"}))


def test_without_an_address_a_file_lies_under_its_hash_at_the_asset_server():
    assert HOME.address(HASH) == "https://files.example:8443/show/" + "ab" * 32


def test_a_node_without_asset_server_needs_an_address():
    with pytest.raises(AssetError, match="no asset server"):
        Origins().address(HASH)


@pytest.mark.parametrize(
    "url", ["https://cdn.example/a", "https://lan.example:81/a?x=1", "https://files.example:8443/b"]
)
def test_known_hosts_are_asked(url):
    assert HOME.admitted(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/a",
        "https://cdn.example:444/a",
        "https://cdn.example.evil.example/a",
        "https://files.example/a",
        "https://lan.example/a",
        "http://cdn.example/a",
        "http://127.0.0.1/a",
        "https://user:word@cdn.example/a",
        "https://cdn.example@evil.example/a",
        "https:///a",
        "https://cdn.example:99999/a",
        "https://[::1/a",
        "ftp://cdn.example/a",
        "file:///etc/passwd",
        "https://cdn.example/" + "a" * 3000,
        "//cdn.example/a",
        "",
    ],
)
def test_no_other_address_is_asked(url):
    with pytest.raises(AssetError):
        HOME.admitted(url)


def test_plain_http_is_for_this_machine_or_by_leave():
    assert Origins("http://127.0.0.1:8000").address(HASH)
    with pytest.raises(AssetError, match="only https"):
        Origins("http://files.lan").address(HASH)
    assert Origins("http://files.lan", allow_http=True).address(HASH)


def test_a_redirect_keeps_its_scheme():
    origins = Origins("https://a.example", frozenset({"b.example"}), allow_http=True)
    assert origins.admitted("https://b.example/x", before="https://a.example/x")
    with pytest.raises(AssetError, match="another scheme"):
        origins.admitted("http://b.example/x", before="https://a.example/x")


def test_what_is_logged_has_no_query_and_no_login():
    assert shown("https://me:secret@a.example/b?token=secret") == "https://a.example/b"


def test_a_signature_lies_beside_its_manifest():
    assert signature_address("https://a.example/x/assets.json?v=1") == (
        "https://a.example/x/assets.jws?v=1"
    )
    assert signature_address("https://a.example/abcd").endswith("/abcd.jws")
