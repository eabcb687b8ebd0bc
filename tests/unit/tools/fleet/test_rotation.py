"""New keys come in by the root key alone, and the old private ones go once they sign."""

from pathlib import Path

import msgspec
import pytest

from node.control.envelope import KeyRing, Moment, open_command, open_desired, sign
from node.control.messages import ContractError, WireCommand, uuid7
from node.control.plane import root_key
from node.control.sections import KeysWanted
from node.control.topics import address
from node.errors import CommandError
from tools.fleet import rotation
from tools.fleet.keys import DAY_MS, Signer, load_signer, make_keys, read_key

NOW = 1_795_236_000_000
LATER = NOW + 80 * DAY_MS
WHERE = address("acme", "n0001", "cmd", "live.stop")


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    make_keys(tmp_path, NOW)
    return tmp_path


def ring_of(fleet: Path, section: bytes, now: int = LATER) -> KeyRing:
    """What a node trusts that took that section."""
    root = KeyRing((root_key(str(fleet / "root.jwk")),))
    place = address("acme", "n0001", "desired", "keys")
    keys = open_desired(section, place, node="n0001", ring=root, moment=Moment(now, 0))
    assert isinstance(keys.data, KeysWanted)
    return root.with_keys(keys.data)


def signed(fleet: Path, payload: bytes) -> bytes:
    return sign(payload, "ls-keys+jws", kid="root", key=read_key(fleet / "root.key"))


def stop(signer: Signer, at: int) -> bytes:
    return signer.sign_command(
        WireCommand(1, uuid7(at, bytes(10)), "live.stop", "n0001", at, at + 1000)
    )


def obeyed(body: bytes, ring: KeyRing, at: int) -> str:
    """The id of a command that is believed, or the code of why it is not."""
    try:
        command, _ = open_command(body, WHERE, node="n0001", ring=ring, moment=Moment(at, 0))
    except ContractError as error:
        return error.code
    return command.id


def test_nodes_believe_both_keys_until_the_old_one_ends(fleet: Path):
    old = load_signer(fleet)
    section = signed(fleet, rotation.proposed(fleet, LATER))
    rotation.accepted(fleet, section)
    assert load_signer(fleet).now.command_kid == old.now.command_kid
    rotation.switched(fleet)
    new = load_signer(fleet)
    ring = ring_of(fleet, section)
    assert (new.keys_ver, new.keys_section) == (2, section)
    for one in (old, new):
        assert "-" in obeyed(stop(one, LATER), ring, LATER)
    end = NOW + 90 * DAY_MS
    assert obeyed(stop(old, end), ring, end) == "unknown_key"
    assert "-" in obeyed(stop(new, end), ring, end)


def test_a_node_with_the_old_keys_alone_refuses_the_new_one_as_unknown(fleet: Path):
    ring = ring_of(fleet, load_signer(fleet).keys_section)
    rotation.accepted(fleet, signed(fleet, rotation.proposed(fleet, LATER)))
    rotation.switched(fleet)
    assert obeyed(stop(load_signer(fleet), LATER), ring, LATER) == "unknown_key"


def test_the_old_private_keys_are_gone_and_the_new_ones_are_their_owners_alone(fleet: Path):
    rotation.accepted(fleet, signed(fleet, rotation.proposed(fleet, LATER)))
    file = rotation.switched(fleet)
    names = {path.name for path in fleet.glob("*.key")}
    assert names == {"root.key", *(f"{kid}.key" for kid in file.kids.values())}
    assert {path.stat().st_mode & 0o777 for path in fleet.glob("*.key")} == {0o600}
    assert not (fleet / rotation.NEXT).exists()


def test_it_goes_on_and_on(fleet: Path):
    at = NOW
    for ver in range(2, 6):
        at += 80 * DAY_MS
        rotation.accepted(fleet, signed(fleet, rotation.proposed(fleet, at)))
        assert rotation.switched(fleet).ver == ver
    _, keys = rotation.keys_in(load_signer(fleet).keys_section)
    assert len(keys) == 4  # what ended is named no more
    assert len(list(fleet.glob("*.key"))) == 3


def test_only_the_root_key_names_keys(fleet: Path, tmp_path: Path):
    payload = rotation.proposed(fleet, LATER)
    (tmp_path / "other").mkdir()
    make_keys(tmp_path / "other", NOW)
    with pytest.raises(CommandError, match="root key"):
        rotation.accepted(fleet, signed(tmp_path / "other", payload))
    changed = msgspec.json.decode(payload) | {"ver": 9}
    with pytest.raises(CommandError, match="not the keys that were proposed"):
        rotation.accepted(fleet, signed(fleet, msgspec.json.encode(changed)))


def test_a_proposal_that_nobody_signed_is_proposed_again_for_a_day(fleet: Path):
    first = rotation.proposed(fleet, LATER)
    assert rotation.proposed(fleet, LATER + 1000) == first
    assert rotation.proposed(fleet, LATER + 2 * DAY_MS) != first
    assert len(list(fleet.glob("*.key"))) == 5


def test_what_is_on_its_way_is_not_overtaken(fleet: Path):
    rotation.accepted(fleet, signed(fleet, rotation.proposed(fleet, LATER)))
    with pytest.raises(CommandError, match="on their way"):
        rotation.proposed(fleet, LATER)


def test_the_roots_owner_is_warned_of_keys_that_hold_too_long(fleet: Path):
    payload = rotation.proposed(fleet, LATER)
    assert list(rotation.faults(payload, LATER)) == []
    assert "longer than 90 days" in next(rotation.faults(payload, LATER - 10 * DAY_MS))
    assert list(rotation.faults(b"{}", LATER)) != []
