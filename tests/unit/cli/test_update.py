"""livesell update: exit codes and words for people; a release that judges itself."""

import errno
import json

import pytest

from node.__main__ import main
from node.board.identity import VERSION
from node.cli import selfcheck
from node.cli.texts import load
from tests.fakes.installation import Booth, id_of

FATES = ("staged", "committed", "refused", "rolled_back")


@pytest.fixture
def booth(tmp_path):
    return Booth(tmp_path)


@pytest.fixture
def run(booth, monkeypatch):
    monkeypatch.setattr("node.cli.update.ThisMachine", lambda _config: booth.machine)

    def run(*words):
        places = ("--root", booth.layout.root, "--state-dir", booth.state, "--keys", booth.keys)
        return main(["update", words[0], *map(str, places), *words[1:]])

    return run


def installed(booth, run, version):
    folder = booth.state / version
    folder.mkdir()
    manifest = booth.publish(version, folder=folder)
    assert run("apply", "--from", str(folder)) == 0
    return id_of(version, manifest)


def test_a_release_is_installed_from_a_folder_and_the_node_started(booth, run, capsys):
    release = installed(booth, run, "1.0")
    assert (booth.current, booth.machine.restarts) == (release, [False])
    assert f"{release} was found good" in capsys.readouterr().out


def test_a_refused_release_is_exit_1_with_its_reason(booth, run, capsys, tmp_path):
    assert run("apply", "--from", str(tmp_path)) == 1
    assert "manifest.jws" in capsys.readouterr().err
    assert booth.machine.restarts == []


def test_a_place_that_is_not_there_is_named_once(booth, run, capsys, tmp_path):
    run("apply", "--from", str(tmp_path / "none"))
    err = capsys.readouterr().err
    assert err.rstrip().endswith("none/manifest.jws: No such file or directory")
    booth.layout.root.rename(tmp_path / "elsewhere")
    assert run("rollback") == 1
    assert capsys.readouterr().err.count(".lock") == 1


def test_what_runs_is_called_so_though_the_way_back_leads_there_too(booth, run, capsys):
    release = installed(booth, run, "1.0")
    booth.layout.previous.symlink_to(f"releases/{release}")
    capsys.readouterr()
    run("status")
    assert f"{release}  runs" in capsys.readouterr().out


def test_a_way_back_starts_the_node_that_systemd_gave_up(booth, run):
    first = installed(booth, run, "1.0")
    installed(booth, run, "1.1")
    assert run("rollback") == 0
    assert booth.current == first
    assert booth.machine.restarts[-1] is True


def test_without_a_trial_a_way_back_does_nothing_unless_it_is_forced(booth, run):
    first = installed(booth, run, "1.0")
    second = installed(booth, run, "1.1")
    assert run("commit") == 0
    booth.machine.restarts.clear()
    assert run("rollback") == 0
    assert (booth.current, booth.machine.restarts) == (second, [])
    assert run("rollback", "--committed") == 0
    assert booth.current == first


def test_the_node_is_not_started_where_that_is_not_wanted(booth, run):
    installed(booth, run, "1.0")
    installed(booth, run, "1.1")
    booth.machine.restarts.clear()
    assert run("rollback", "--no-restart") == 0
    assert booth.machine.restarts == []


def test_an_attempt_never_keeps_the_node_from_starting(booth, run, capsys):
    booth.layout.root.rmdir()
    assert run("attempt") == 0
    assert "the disk refuses" in capsys.readouterr().err


def test_an_attempt_on_a_read_only_disk_lets_the_node_start(booth, run, monkeypatch, capsys):
    def refuse(_disk, path, _body):
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    installed(booth, run, "1.0")
    release = installed(booth, run, "1.1")
    monkeypatch.setattr("node.update.disk.Disk.write", refuse)
    assert run("attempt") == 0
    assert "Read-only" in capsys.readouterr().err
    assert booth.current == release


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_status_names_each_release_and_what_became_of_the_last(booth, run, capsys, lang):
    assert run("status", "--lang", lang) == 0
    first = installed(booth, run, "1.0")
    second = installed(booth, run, "1.1")
    assert run("status", "--lang", lang) == 0
    assert run("rollback") == 0
    capsys.readouterr()
    assert run("status", "--lang", lang) == 0
    shown = capsys.readouterr().out
    assert first in shown
    assert second in shown
    assert load(lang)("update.fate.rolled_back") in shown
    booth.layout.record.write_bytes(b"{")
    assert run("status", "--lang", lang) == 0
    assert str(booth.layout.record) in capsys.readouterr().out


def test_the_status_for_machines_has_the_record_and_the_seals(booth, run, capsys):
    release = installed(booth, run, "1.0")
    capsys.readouterr()
    assert run("status", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["current"], told["state"]["floor"]) == (release, "1.0")
    assert told["releases"][release]["version"] == "1.0"


@pytest.mark.parametrize("fate", FATES)
def test_every_fate_has_words(fate):
    assert all(load(lang)(f"update.fate.{fate}") for lang in ("zh", "en"))


def test_this_release_finds_nothing_wrong_with_itself(tmp_path, capsys):
    assert main(["update", "check", "--config", str(tmp_path / "none.toml")]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"version": VERSION, "ok": True}


def test_a_part_that_cannot_be_loaded_is_a_fault(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(selfcheck, "PARTS", ("node.no_such_part",))
    assert main(["update", "check", "--config", str(tmp_path / "none.toml")]) == 1
    assert "ERROR: node.no_such_part cannot be loaded" in capsys.readouterr().out


def test_a_configuration_of_another_form_is_a_fault(tmp_path, capsys):
    config = tmp_path / "node.toml"
    config.write_text("[camrea]\n")
    assert main(["update", "check", "--config", str(config)]) == 1
    assert "camrea" in capsys.readouterr().out


def test_an_encoder_that_refuses_is_a_fault(tmp_path, capsys, monkeypatch):
    def refuse(*_args):
        raise OSError("no codec")

    monkeypatch.setattr("node.encode.x264.X264.encode", refuse)
    assert main(["update", "check", "--config", str(tmp_path / "none.toml")]) == 1
    assert "encoder: no codec" in capsys.readouterr().out
