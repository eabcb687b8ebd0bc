"""What a node was given lies whole on disk, for its own eyes, and one set at a time is in force."""

import datetime
import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from node.control import certificates
from node.control.papers import Drawer, Papers, Place
from node.errors import CommandError, DeviceError
from tools.fleet import authority

PLACE = Place("n0001", "acme", "mqtts://fleet.example:8883", "https://fleet.example:8090")


def papers(folder: Path, node: str = "n0001") -> Papers:
    """Papers of a fleet of a test's own."""
    folder.mkdir(exist_ok=True)
    if not (folder / "ca.key").exists():
        authority.make_authority(folder, "acme")
    key = certificates.new_key()
    cert = authority.sign_request(folder, certificates.request(key, node), node)
    root = json.dumps({"kid": "root", "x": "A" * 43}).encode()
    return Papers(PLACE, key, cert, (folder / "ca.crt").read_bytes(), root)


def test_the_key_that_asks_is_made_once_and_its_owners_alone(tmp_path: Path):
    drawer = Drawer(tmp_path)
    key = drawer.asking_key()
    assert Drawer(tmp_path).asking_key() == key
    (file,) = drawer.folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert drawer.folder.stat().st_mode & 0o777 == 0o700


def test_a_key_that_cannot_be_read_says_which_file(tmp_path: Path):
    drawer = Drawer(tmp_path)
    drawer.folder.mkdir()
    (drawer.folder / "asking.key").write_bytes(b"rubbish")
    with pytest.raises(DeviceError, match=r"asking\.key"):
        drawer.asking_key()


def test_what_was_put_counts_once_it_is_settled(tmp_path: Path):
    drawer, given = Drawer(tmp_path), papers(tmp_path / "fleet-ca")
    drawer.asking_key()
    folder = drawer.put(given)
    assert drawer.current() is None
    drawer.settle(folder)
    assert drawer.current() == given
    assert sorted(one.name for one in drawer.folder.iterdir()) == ["1", "current"]
    modes = {one.stat().st_mode & 0o777 for one in folder.iterdir()}
    assert modes == {0o600}


def test_another_set_takes_its_place_at_once_and_whole(tmp_path: Path):
    drawer, ca = Drawer(tmp_path), tmp_path / "fleet-ca"
    first, second = papers(ca), papers(ca)
    drawer.settle(drawer.put(first))
    folder = drawer.put(second)
    assert drawer.current() == first
    drawer.settle(folder)
    assert drawer.current() == second
    line = drawer.line(second)
    assert line.endpoints == ("mqtts://fleet.example:8883",)
    assert Path(line.key_file).read_bytes() == second.key
    assert line.assets_url == "https://fleet.example:8090/v1/assets"


def test_a_set_that_is_not_whole_is_none(tmp_path: Path):
    drawer = Drawer(tmp_path)
    folder = drawer.put(papers(tmp_path / "fleet-ca"))
    drawer.settle(folder)
    (folder / "node.crt").write_bytes(papers(tmp_path / "fleet-ca").cert)  # of another key
    assert drawer.current() is None


def test_a_certificate_is_this_keys_this_nodes_and_this_authoritys(tmp_path: Path):
    given, foreign = papers(tmp_path / "one"), papers(tmp_path / "other")
    life = certificates.check(given.cert, key=given.key, ca=given.ca, node="n0001")
    assert (life.end - life.begin).days == 90
    assert (life.renewal - life.begin).days == 60
    with pytest.raises(CommandError, match="another key"):
        certificates.check(given.cert, key=foreign.key, ca=given.ca, node="n0001")
    with pytest.raises(CommandError, match="this node is n0002"):
        certificates.check(given.cert, key=given.key, ca=given.ca, node="n0002")
    with pytest.raises(CommandError, match="authority"):
        certificates.check(given.cert, key=given.key, ca=foreign.ca, node="n0001")
    with pytest.raises(CommandError, match="no certificate"):
        certificates.check(b"rubbish", key=given.key, ca=given.ca, node="n0001")


def test_node_and_controller_name_a_key_alike():
    key = certificates.new_key()
    assert authority.fingerprint(certificates.request(key, "n0001")) == certificates.fingerprint(
        key
    )


def test_a_certificate_for_no_p256_key_is_refused(tmp_path: Path):
    given = papers(tmp_path / "one")
    other = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(other.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(1))
        .sign(other, hashes.SHA384())
        .public_bytes(Encoding.PEM)
    )
    with pytest.raises(CommandError, match="another key"):
        certificates.check(cert, key=given.key, ca=given.ca, node="n0001")
