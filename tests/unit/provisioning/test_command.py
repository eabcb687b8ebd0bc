"""tools/provision as it is called: what it shows, writes, refuses, and in which words."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from node.cli.texts import Texts
from tests.unit.provisioning.conftest import SSH_KEY, MakeCard, snapshot
from tools.provisioning import boottree
from tools.provisioning.__main__ import LOCALES, main
from tools.provisioning.parser import build


def test_a_check_tells_all_but_secrets_and_changes_nothing(
    make_card: MakeCard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    card = make_card("os13")
    stock, password = snapshot(card), tmp_path / "password"
    password.write_text("correct horse\n")
    words = [str(card), "--board", "pi5", "--node", "booth-12", "--wifi", "hall", "--country", "CN",
             "--wifi-password-file", str(password), "--check", "--lang", "en"]  # fmt: skip
    assert main(words) == 0
    out = capsys.readouterr().out
    assert snapshot(card) == stock
    assert "+dtparam=watchdog=on" in out
    assert "+++ network-config: " in out
    assert "nothing was changed" in out
    assert "correct horse" not in out
    assert not re.search("[0-9a-f]{64}", out)


def test_the_whole_command_makes_a_card_and_its_label(
    make_card: MakeCard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    card, key = make_card("os13"), tmp_path / "id.pub"
    key.write_text(f"# mine\n{SSH_KEY}\n")
    label = tmp_path / "label.html"
    words = [str(card), "--board", "zero2w", "--node", "booth-12", "--ssh-key", str(key),
             "--console", "https://fleet.example.com:8090/", "--label", str(label)]  # fmt: skip
    assert main([*words, "--lang", "zh"]) == 0
    assert "入队码" in capsys.readouterr().out
    table = tomllib.loads((card / "livesell/node.toml").read_text())
    assert table["enrol"] == {"console": "https://fleet.example.com:8090"}
    page = label.read_text()
    assert "http://booth-12.local:8080/" in page
    assert "<svg" in page
    assert (card / "livesell/board").read_text() == "zero2w\n"
    assert main([str(card), "--undo"]) == 0


def test_a_label_that_cannot_be_written_is_said_in_one_line(
    make_card: MakeCard, capsys: pytest.CaptureFixture[str]
):
    card = make_card("os13")
    words = [str(card), "--board", "pi5", "--node", "a", "--label", f"{card}/none/a.html"]
    assert main([*words, "--lang", "en"]) == 1
    err = capsys.readouterr().err
    assert "none/a.html: No such file" in err
    assert len(err.splitlines()) == 1


def test_passwords_of_another_tools_orders_are_kept_and_never_shown(
    make_card: MakeCard, capsys: pytest.CaptureFixture[str]
):
    card = make_card("os13")
    (card / "network-config").write_text("wifis: {password: of-another-tool}\n")
    stock = snapshot(card)
    words = [str(card), "--board", "pi5", "--node", "a", "--lang", "en"]
    assert main([*words, "--check"]) == 0
    assert "of-another-tool" not in capsys.readouterr().out
    assert main(words) == 0
    assert main([str(card), "--undo"]) == 0
    assert snapshot(card) == stock
    assert not (card / "livesell").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "needed: BOOT"),
        (["{card}"], "needed: --board"),
        (["{card}", "--board", "pi5"], "needed: --node"),
        (["{card}", "--board", "pi9", "--node", "a"], "no board 'pi9'"),
        (["{card}", "--board", "pi5", "--node", "A"], "--node 'A'"),
        (["{card}", "--undo"], "was not made up by this tool"),
        (["{card}/none", "--board", "pi5", "--node", "a"], "is the card mounted?"),
        (["{card}/issue.txt", "--board", "pi5", "--node", "a"], "no image of a card"),
        (["{card}", "--board", "pi5", "--node", "a", "--wheels", "{card}"], "no wheels in it"),
        (["{card}", "--board", "pi5", "--node", "a", "--wifi", "a\udcff"], "--wifi 'a\\udcff'"),
        (["{card}", "--board", "pi5", "--node", "a", "--wifi", "a\nb"], "--wifi 'a\\nb'"),
        (["{card}", "--board", "pi5", "--node", "a", "--wifi", "hall"], "--country ''"),
        (["{card}", "--board", "pi5", "--node", "a", "--console", "https://a\udcff"], "--console"),
        (
            [
                "{card}",
                "--board",
                "pi5",
                "--node",
                "a",
                "--wifi",
                "hall",
                "--country",
                "CN",
                "--wifi-password-file",
                "/dev/null",
            ],
            "8 to 63 letters",
        ),
        (
            [
                "{card}",
                "--board",
                "zero2w",
                "--node",
                "a",
                "--wifi",
                "hall",
                "--country",
                "CN",
                "--wpa3",
                "--wifi-password-file",
                "{card}/../password",
            ],
            "--wpa3: the radio of a Raspberry Pi Zero 2 W cannot",
        ),
    ],
)
def test_what_is_refused_is_said_in_one_line_and_changes_nothing(
    make_card: MakeCard, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    card = make_card("os13")
    (card.parent / "password").write_text("correct horse\n")
    stock = snapshot(card)
    assert main([*(word.format(card=card) for word in words), "--lang", "en"]) == 1
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1
    assert snapshot(card) == stock


def test_both_languages_have_the_same_words():
    folder = Path(boottree.__file__).with_name("locales")
    en, zh = (tomllib.loads((folder / f"{one}.toml").read_text()) for one in ("en", "zh"))

    def shape(table: dict) -> dict:
        return {
            key: shape(value) if isinstance(value, dict) else sorted(re.findall(r"\{\w+", value))
            for key, value in table.items()
        }

    assert shape(en) == shape(zh)
    sources = Path(boottree.__file__).parent.glob("*.py")
    codes = {code for path in sources for code in re.findall(r'Refusal\("(\w+)"', path.read_text())}
    codes |= {"mount", "umount"}
    codes |= {f"bad_{one}" for one in ("node", "user", "timezone", "country", "ssh_key")}
    assert codes == set(en["refused_because"])


def test_the_command_takes_what_the_readme_and_its_own_help_show(capsys):
    texts = {one: Texts(one, tomllib.loads((LOCALES / f"{one}.toml").read_text()))
             for one in ("en", "zh")}  # fmt: skip
    pages = [(Path(__file__).parents[3] / "README.md").read_text()]
    pages += [text("examples").replace("\\\n", " ") for text in texts.values()]
    shown = [line.partition("tools/provision ")[2] for page in pages for line in page.splitlines()
             if re.match(r"\s*(sudo )?tools/provision ", line)]  # fmt: skip
    assert len(shown) == 12
    for line in shown:
        words = shlex.split(re.split(" {3,}", line)[0], comments=True)
        args = build(texts["en"]).parse_args(words)
        assert args.here or args.target
    with pytest.raises(SystemExit):
        main(["--help", "--lang", "zh"])
    assert "直播节点" in capsys.readouterr().out


@pytest.mark.parametrize(("lang", "said"), [("en", "readable on"), ("zh", "明文保存")])
def test_help_says_where_the_password_lies_in_the_clear(lang: str, said: str):
    texts = Texts(lang, tomllib.loads((LOCALES / f"{lang}.toml").read_text(encoding="utf-8")))
    helps = {one.dest: one.help or "" for one in build(texts)._actions}
    for option in ("wifi", "wpa3"):
        assert said in helps[option]
        assert "Raspberry Pi OS 13" in helps[option]
    assert "2:2.10-24+rpt1" in helps["wifi"]
    assert "".join(build(texts).format_help().split()).count("".join(helps["wpa3"].split())) == 1
