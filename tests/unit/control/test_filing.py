"""The node's own fetcher: whose signature it takes, when it is quiet, what it must not lose."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from node.catalog.trust import TYP, USE
from node.control.approved import opened
from node.control.envelope import Key, sign
from node.control.filing import _public, assets_of, is_climax_near
from node.jws import PrivateKey, PublicKey, sign_beside, verify_beside
from node.program.rundown import Cue
from tests.fakes.rundowns import FPS, clip, live, rundown
from tests.fakes.stage import stage


def test_a_key_that_the_controllers_root_names_opens_a_manifests_signature():
    secret = Ed25519PrivateKey.generate()
    key = _public(Key("assets-1", "assets", secret.public_key()))
    seed = secret.private_bytes_raw()
    token = sign_beside(b"manifest", PrivateKey(PublicKey("assets-1", USE, key.x), seed), typ=TYP)
    assert verify_beside(token, b"manifest", (key,), typ=TYP, use=USE) == key


def test_what_a_controller_seals_opens_into_a_manifest_and_its_signature():
    secret = Ed25519PrivateKey.generate()
    sealed = sign(b'{"format":"x"}', "ls-assets+jws", kid="assets-1", key=secret)
    manifest, signature = opened(sealed)
    assert manifest == b'{"format":"x"}'
    key = _public(Key("assets-1", "assets", secret.public_key()))
    assert verify_beside(signature.decode(), manifest, (key,), typ=TYP, use=USE) == key


@pytest.mark.parametrize("plain", [b"", b"{}", b"eyJ.a", b"eyJ.a.b.c", b"\xff" * 10])
def test_all_else_is_a_manifest_as_it_stands(plain):
    assert opened(plain) == (plain, b"")


def test_it_is_quiet_from_the_announcement_of_a_climax_until_it_has_come():
    climax = Cue("drama.twist", 20 * FPS, "mark", beat="climax")
    played = stage(rundown(clip("drama", 60, climax), play=("drama",)))
    quiet = []
    for tick in range(25 * FPS):
        played.step()
        if is_climax_near(played.show):
            quiet.append(tick)
    assert len(quiet) == 15 * FPS
    assert quiet[-1] - quiet[0] == 15 * FPS - 1
    assert {fact.ev for fact in played.facts} >= {"beat.soon", "cue.fire"}


def test_the_files_of_a_day_are_those_its_segments_name():
    played = stage(rundown(clip("one", 5), live("desk", 5), play=("one", "desk")))
    assert assets_of(played.show) == [Path("one.mp4"), Path("slate.png")]
