"""Words of the command line as values, and those that are none."""

import argparse

import pytest

from node.cli.texts import load
from node.cli.words import port

TEXTS = load("en")


@pytest.mark.parametrize(("word", "value"), [("0", 0), ("8090", 8090), ("65535", 65535)])
def test_a_port_is_0_to_65535(word, value):
    assert port(TEXTS, word) == value


@pytest.mark.parametrize("word", ["65536", "00000099999", "008090", "-1", "8090 ", "", "٣", "1e3"])
def test_what_is_no_port_is_refused_with_the_word(word):
    with pytest.raises(argparse.ArgumentTypeError, match=word or "port"):
        port(TEXTS, word)
