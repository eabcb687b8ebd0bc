"""The controller's keys, and what a node makes of what they sign."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509

from node.control.envelope import KeyRing, Moment, open_command, open_desired
from node.control.messages import ContractError, WireCommand, uuid7
from node.control.plane import root_key
from node.control.sections import Desired, KeysWanted, ShowWanted
from node.control.topics import address
from node.errors import ConfigError
from tools.fleet.authority import renew_pair
from tools.fleet.founding import found
from tools.fleet.keys import Signer, load_signer, make_keys
from tools.fleet.settings import Settings, load_settings

NOW = 1_795_236_000_000


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    make_keys(tmp_path, NOW)
    return load_signer(tmp_path)


@pytest.fixture
def ring(tmp_path: Path, signer: Signer) -> KeyRing:
    """What a node trusts that has nothing but the root key and took the keys section."""
    root = KeyRing((root_key(str(tmp_path / "root.jwk")),))
    where = address("acme", "n0001", "desired", "keys")
    keys = open_desired(signer.keys_section, where, node="n0001", ring=root, moment=Moment(NOW, 0))
    assert isinstance(keys.data, KeysWanted)
    return root.with_keys(keys.data)


def test_a_node_that_has_the_root_key_alone_comes_to_trust_commands(signer: Signer, ring: KeyRing):
    wire = WireCommand(1, uuid7(NOW, bytes(10)), "live.stop", "n0001", NOW, NOW + 1000)
    body, where = signer.sign_command(wire), address("acme", "n0001", "cmd", "live.stop")
    command, _ = open_command(body, where, node="n0001", ring=ring, moment=Moment(NOW, 0))
    assert command.id == wire.id
    with pytest.raises(ContractError):
        open_command(body, where, node="n0002", ring=ring, moment=Moment(NOW, 0))


def test_a_section_is_signed_for_one_node(signer: Signer, ring: KeyRing):
    wanted = Desired(1, "n0001", "show", 3, NOW, ShowWanted("sha256:" + "9" * 64))
    where = address("acme", "n0001", "desired", "show")
    opened = open_desired(
        signer.sign_desired(wanted), where, node="n0001", ring=ring, moment=Moment(NOW, 0)
    )
    assert opened == wanted


def test_a_node_that_takes_nothing_signed_gets_plain_json(signer: Signer):
    wire = WireCommand(1, uuid7(NOW, bytes(10)), "live.stop", "n0001", NOW, NOW + 1000)
    assert msgspec.json.decode(signer.sign_command(wire, is_plain=True))["type"] == "live.stop"


def test_a_key_that_others_can_read_is_refused(tmp_path: Path):
    make_keys(tmp_path, NOW)
    (tmp_path / "cmd.key").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_signer(tmp_path)


def test_every_secret_of_a_new_fleet_is_its_owners_alone(tmp_path: Path):
    found(tmp_path / "f", Settings("acme"), "fleet.example")
    secrets = [*(tmp_path / "f").glob("*.key"), tmp_path / "f/admin.token", tmp_path / "f/fleet.db"]
    assert len(secrets) == 9
    assert {path.stat().st_mode & 0o777 for path in secrets} == {0o600}
    assert load_settings(tmp_path / "f").https_cert == "https.crt"


def test_the_console_is_known_by_its_host_and_on_its_own_machine(tmp_path: Path):
    found(tmp_path, Settings("acme"), "fleet.example")
    cert = x509.load_pem_x509_certificate((tmp_path / "https.crt").read_bytes())
    names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["fleet.example", "localhost"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_the_fleets_own_certificates_are_renewed_for_the_same_keys_and_hosts(tmp_path: Path):
    found(tmp_path, Settings("acme"), "fleet.example")
    now = datetime.now(UTC)
    before = {stem: (tmp_path / f"{stem}.crt").read_bytes() for stem in ("ctl", "https")}
    assert not renew_pair(tmp_path, "ctl", now + timedelta(days=59))
    assert not renew_pair(tmp_path, "none", now)
    assert renew_pair(tmp_path, "ctl", now + timedelta(days=61))
    assert renew_pair(tmp_path, "https", now + timedelta(days=250))
    for stem, old in before.items():
        first, second = map(
            x509.load_pem_x509_certificate, (old, (tmp_path / f"{stem}.crt").read_bytes())
        )
        assert first.serial_number != second.serial_number
        assert first.public_key() == second.public_key()
        assert first.subject == second.subject
        kinds = (x509.ExtendedKeyUsage, x509.SubjectAlternativeName)[: 1 + (stem == "https")]
        for kind in kinds:
            assert first.extensions.get_extension_for_class(kind) == (
                second.extensions.get_extension_for_class(kind)
            )


def test_a_broker_that_root_starts_becomes_who_may_read_the_keys(tmp_path: Path):
    found(tmp_path, Settings("acme"), "fleet.example")
    assert f"\nuser {tmp_path.owner()}\n" in (tmp_path / "mosquitto.conf").read_text()


def test_a_second_founding_changes_nothing(tmp_path: Path):
    found(tmp_path, Settings("acme"), "")
    before = (tmp_path / "root.key").read_bytes()
    with pytest.raises(FileExistsError):
        found(tmp_path, Settings("acme"), "")
    assert (tmp_path / "root.key").read_bytes() == before


def test_a_setting_that_is_none_is_named(tmp_path: Path):
    (tmp_path / "fleet.toml").write_text('brocker = "mqtt://x"\n')
    with pytest.raises(ConfigError, match="brocker"):
        load_settings(tmp_path)
