"""take, card, layout, skip, volume, identify: what is sent, and what comes of it."""

import json

import pytest

from node.__main__ import main
from node.board.identity import URL_FILE, demo_state_dir


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["take", "ep2"], {"do": "take", "segment": "ep2"}),
        (["take", "live"], {"do": "live"}),
        (["take", "resume"], {"do": "resume"}),
        (
            ["card", "show", "P17"],
            {"do": "card.show", "product": "P17", "for_s": 30.0, "why": "operator"},
        ),
        (
            ["card", "show", "P17", "--for", "1.5m"],
            {"do": "card.show", "product": "P17", "for_s": 90.0, "why": "operator"},
        ),
        (["card", "hide"], {"do": "card.hide", "why": "operator"}),
        (["layout", "pip"], {"do": "layout", "layout": "pip"}),
        (["skip", "ep9"], {"do": "skip", "segment": "ep9"}),
        (["volume", "40"], {"do": "volume", "percent": 40}),
        (["volume", "0"], {"do": "volume", "percent": 0}),
        (["identify"], {"do": "identify", "for_s": 10}),
        (["camera", "lock"], {"do": "camera.lock", "is_locked": True}),
        (["camera", "unlock"], {"do": "camera.lock", "is_locked": False}),
        (["identify", "--for", "1m"], {"do": "identify", "for_s": 60}),
    ],
)
def test_each_verb_sends_its_command(node, capsys, words, command):
    assert main([*words, "--url", node.url]) == 0
    assert node.commands == [command]
    assert capsys.readouterr().out == "done\n"


def test_skip_without_a_name_names_what_is_on_air(node):
    assert main(["skip", "--url", node.url]) == 0
    assert node.commands == [{"do": "skip", "segment": "ep1"}]


def test_there_is_nothing_to_skip_when_nothing_is_on_air(node, capsys):
    node.answers["/status"] = (200, b'{"version":"0.1.0","segment":null}')
    assert main(["skip", "--url", node.url]) == 1
    assert node.commands == []
    assert "nothing to skip" in capsys.readouterr().err


def test_a_refusal_is_told_with_the_nodes_reason(node, capsys):
    node.refuse("not_ready", "ep2 is not ready")
    assert main(["take", "ep2", "--url", node.url]) == 1
    assert capsys.readouterr().err == "refused: ep2 is not ready (not_ready)\n"


def test_a_refusal_is_told_in_chinese(node, capsys):
    node.refuse("forbidden", "token wrong", status=403)
    assert main(["take", "ep2", "--url", node.url, "--lang", "zh"]) == 1
    assert capsys.readouterr().err == "被拒绝:token wrong(forbidden)\n"


def test_no_node_is_one_clear_line(capsys):
    assert main(["take", "live", "--url", "http://127.0.0.1:1"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "no node answers at http://127.0.0.1:1 (Connection refused)" in line


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://x:99999", "http://[::1"])
def test_what_is_no_address_is_said_so(capsys, url):
    assert main(["take", "live", "--url", url]) == 1
    assert "is no address" in capsys.readouterr().err


def test_an_address_may_lack_its_scheme(node):
    assert main(["take", "live", "--url", node.url.removeprefix("http://")]) == 0


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>"), (500, b""), (200, b"[]"), (200, b"3"), (404, b'{"ok":false}')],
)
def test_something_else_behind_the_port_is_told_apart_from_a_node(node, capsys, status, body):
    node.answers["/api/command"] = (status, body)
    assert main(["take", "live", "--url", node.url]) == 1
    assert f"answered {status}" in capsys.readouterr().err


def test_the_demo_is_found_by_the_address_it_left(node):
    folder = demo_state_dir()
    folder.mkdir(parents=True)
    (folder / URL_FILE).write_text(f"{node.url}/\n")
    assert main(["take", "live"]) == 0
    assert node.commands == [{"do": "live"}]


def test_an_address_left_by_a_dead_demo_is_passed_over(node, tmp_path):
    for folder, url in (
        (demo_state_dir(), "http://127.0.0.1:1/"),
        (tmp_path / "installed", node.url),
    ):
        folder.mkdir(parents=True)
        (folder / URL_FILE).write_text(url)
    assert main(["take", "live"]) == 0
    assert node.commands == [{"do": "live"}]


def test_a_proxy_in_the_environment_is_not_asked(node, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert main(["take", "live", "--url", node.url]) == 0


def test_the_token_is_shown_to_the_node(node, tmp_path):
    (tmp_path / "token").write_text("secret\n")
    words = ["take", "live", "--url", node.url, "--token-file", str(tmp_path / "token")]
    assert main(words) == 0
    assert node.asked[0][1]["Authorization"] == "Bearer secret"


def test_a_token_that_cannot_be_read_is_told(node, capsys, tmp_path):
    words = ["take", "live", "--url", node.url, "--token-file", str(tmp_path / "no")]
    assert main(words) == 1
    assert node.asked == []
    assert "No such file" in capsys.readouterr().err


def test_a_segment_with_any_name_is_sent_as_json(node):
    assert main(["take", '第一集"\\', "--url", node.url]) == 0
    assert node.commands == json.loads('[{"do": "take", "segment": "第一集\\"\\\\"}]')
