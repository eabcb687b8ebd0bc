"""Who may belong."""

import msgspec
import pytest

from node.control.certificates import digits_of
from node.errors import CommandError
from tools.fleet.claims import CODE_LENGTH, LIFE_MS, TRIES_MAX, Claim, code_of, tried

CLAIM = Claim("c", "n0001", "csr", "m", "s", "ABCDEFGHIJ", "secret", "ff", "123456", 1000)


def test_the_code_lets_it_in_however_it_is_typed():
    assert tried(CLAIM, " abcdefghij ", "ann", 2000).standing == "approved"


def test_too_many_wrong_codes_make_it_void():
    claim = CLAIM
    for _ in range(TRIES_MAX):
        claim = tried(claim, "WRONG", "ann", 2000)
    assert claim.standing == "void"
    with pytest.raises(CommandError):
        tried(claim, CLAIM.code, "ann", 2000)


def test_a_code_holds_a_quarter_of_an_hour():
    with pytest.raises(CommandError):
        tried(CLAIM, CLAIM.code, "ann", 1000 + LIFE_MS)


def test_a_code_is_used_once():
    with pytest.raises(CommandError):
        tried(msgspec.structs.replace(CLAIM, standing="approved"), CLAIM.code, "ann", 2000)


def test_the_digits_come_from_both_keys():
    assert digits_of("aa", "root") == digits_of("aa", "root")
    assert len({digits_of("aa", "root"), digits_of("ab", "root"), digits_of("aa", "rooT")}) == 3
    assert len(digits_of("aa", "root")) == 6


def test_a_code_is_ten_characters_that_screens_show_well():
    code = code_of(bytes(range(7)))
    assert len(code) == CODE_LENGTH
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
