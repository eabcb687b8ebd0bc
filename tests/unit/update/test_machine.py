"""Programs that root's side asks: a clean environment, a limit, no more rights than due."""

import os
import pwd
import sys
from pathlib import Path

import pytest

from node.update import machine
from node.update.machine import MachineError, ThisMachine

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def run(*words, limit_s=60.0, user=None):
    return machine._run("it", list(words), limit_s, user=user)


def test_a_program_gets_nothing_of_our_environment(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/evil")
    monkeypatch.setenv("PIP_INDEX_URL", "http://evil/")
    said = run("/usr/bin/env").splitlines()
    assert {one.partition("=")[0] for one in said} == {"PATH", "LANG", "HOME"}


def test_what_it_says_of_its_failure_is_told():
    with pytest.raises(MachineError, match=r"^it: no such wheel$"):
        run(
            "/bin/sh",
            "-c",
            "echo something; echo 'ERROR: no such wheel' >&2; echo more >&2; exit 1",
        )
    with pytest.raises(MachineError, match="exit code 7"):
        run("/bin/sh", "-c", "exit 7")


def test_what_takes_too_long_is_ended():
    with pytest.raises(MachineError, match=r"not done in 0 s") as error:
        run("/bin/sleep", "60", limit_s=0.05)
    assert error.value.is_late


def test_a_program_that_is_not_there_is_an_error():
    with pytest.raises(MachineError, match="No such file"):
        run("/nonexistent/pip")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_a_new_release_judges_itself_without_roots_rights():
    nobody = pwd.getpwnam("nobody")
    said = run("/usr/bin/id", user="nobody")
    assert f"uid={nobody.pw_uid}(" in said
    assert f"gid={nobody.pw_gid}(" in said
    assert "root" not in said


def test_the_nodes_user_is_taken_only_where_there_is_one(monkeypatch):
    monkeypatch.setattr(machine, "USER", "no-such-user")
    assert machine._user() is None


def test_the_interpreter_is_of_the_version_that_is_asked_for():
    here = ThisMachine(Path())
    found = here.python(PYTHON)
    assert found is not None
    assert found.name == f"python{PYTHON}"
    assert here.python("3.99") is None


def test_the_clock_of_a_boot_goes_on():
    here = ThisMachine(Path())
    assert here.now_s() <= here.now_s()
    assert here.boot() == here.boot() != ""
    assert here.architecture() == os.uname().machine


@pytest.mark.parametrize(
    ("is_failed", "said"),
    [
        (False, ["--no-block restart livesell.service"]),
        (True, ["reset-failed livesell.service", "--no-block restart livesell.service"]),
    ],
)
def test_systemd_is_asked_not_to_be_waited_for(monkeypatch, is_failed, said):
    asked = []
    monkeypatch.setattr(machine, "_run", lambda _name, words, _limit: asked.append(words))
    ThisMachine(Path()).restart(is_failed=is_failed)
    assert [" ".join(one[1:]) for one in asked] == said
