"""What the fleet's README tells people to copy and type really works."""

import argparse
import re
import shlex
import tomllib
from pathlib import Path

import msgspec

from node.config_control import EnrolConfig, FetchConfig, MqttConfig, enrol_faults
from tools.fleet.cli import exits, give
from tools.fleet.cli.parser import build
from tools.fleet.cli.texts import load

PATH = Path(exits.__file__).parents[1] / "README.md"
README = PATH.read_text(encoding="utf-8")
FILES = re.findall(r"^```toml\n# (\w+\.toml)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def verbs() -> set[str]:
    """Every verb that there is."""
    actions = build(load("en"))._actions
    (found,) = (one for one in actions if isinstance(one, argparse._SubParsersAction))
    return set(found.choices)


def test_the_command_line_takes_every_command_of_the_readme():
    shell = "".join(re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
    lines = [shlex.split(line) for line in shell.splitlines()]
    inline = [shlex.split(one) for one in re.findall(r"`fleet ([^`…A-Z]+)`", README)]
    spelt = [words[1:] for words in lines if words[0] == "fleet"]
    assert len(spelt) > 15
    for words in [*spelt, *(words for words in inline if len(words) > 1)]:
        build(load("en")).parse_args(words)
    assert {words[0] for words in lines} == {"fleet", "mosquitto"}


def test_the_table_of_verbs_names_each_once():
    table = README.partition("| verb | does |")[2].partition("\n\n")[0]
    named = [
        verb for row in table.splitlines()[2:] for verb in re.findall(r"`(\w+)`", row.split("|")[1])
    ]
    assert sorted(named) == sorted(verbs())


def test_the_table_of_exit_codes_names_each():
    codes = re.findall(r"^\| (\d) \|", README, re.MULTILINE)
    defined = {value for name, value in vars(exits).items() if name.isupper()}
    assert {int(code) for code in codes} == defined


def test_what_a_node_is_told_is_taken_by_the_node():
    tables = [tomllib.loads(content) for name, content in FILES if name == "node.toml"]
    here, there = (msgspec.convert(table["enrol"], EnrolConfig) for table in tables[:2])
    assert list(enrol_faults(here, None)) == []
    assert there.ca_file
    line = msgspec.convert(tables[2]["mqtt"], MqttConfig)
    assert (line.trust, bool(line.cert_file)) == ("jws", True)
    assert msgspec.convert(tables[0]["fetch"], FetchConfig).allow_http


def test_the_file_of_a_day_names_what_apply_knows():
    ((_, content),) = (one for one in FILES if one[0] == "show.toml")
    assert set(tomllib.loads(content)) <= {*give.ORDER, "labels", "nodes"}


def test_its_links_lead_somewhere():
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert len(linked) > 1
    assert [name for name in linked if not (PATH.parent / name).exists()] == []
