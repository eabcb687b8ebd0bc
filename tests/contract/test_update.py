"""An update as a machine makes it: real environments, pip, a program that runs, fails or hangs."""

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from node.jws import new_key, write_public_key
from node.update import apply as applying
from node.update import trial
from node.update.disk import Disk
from node.update.layout import MAILBOX, Layout
from node.update.machine import ThisMachine
from node.update.mailbox import (
    FILES,
    HEALTHY,
    LINE,
    ON_AIR,
    REQUEST,
    Go,
    Healthy,
    Line,
    Mailbox,
    OnAir,
    Request,
)
from node.update.manifest import MANIFEST
from node.update.record import read_record
from node.update.site import Site
from tests.fakes.tiny_release import tiny_release
from tools.release.target import Target

pytestmark = pytest.mark.timeout(900)
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
TARGET = Target(platform.machine(), PYTHON)
ROOT = Path(__file__).parents[2]


class Here(ThisMachine):
    """This machine; an environment is a copy of `made`, which takes a tenth of the time."""

    def __init__(self, made):
        super().__init__(Path("/nonexistent/node.toml"))
        self._made = made

    def make_environment(self, python, folder):
        if not self._made.is_dir():
            super().make_environment(python, self._made)
        shutil.copytree(self._made, folder, symlinks=True)

    def python(self, version):
        return Path(sys.executable).resolve() if version == PYTHON else None


@pytest.fixture(scope="module")
def key():
    return new_key("software-1", "software")


@pytest.fixture
def box(tmp_path, key):
    """Folders of a machine; nothing is installed."""
    for name in ("opt", "keys"):
        (tmp_path / name).mkdir()
    write_public_key(tmp_path / "keys/software-1.jwk", key.public)
    (tmp_path / "state" / MAILBOX / Path(*FILES)).mkdir(parents=True)
    return tmp_path


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    return tmp_path_factory.mktemp("environment") / "made"


@pytest.fixture
def site(box, environment):
    return Site(Layout(box / "opt"), Disk(), Here(environment))


def made(box, key, version, **how):
    tiny_release(box / version, version, key, how.pop("target", TARGET), **how)
    return box / version


def installed(site, box, folder):
    return applying.install(site, folder, box / "state", box / "keys")


def says(layout, *words):
    """What the installed program prints, and its exit code."""
    done = subprocess.run(
        [layout.current / "bin/livesell", *words], capture_output=True, text=True, check=False
    )
    return done.stdout.strip(), done.returncode


def livesell(box, *words):
    """Root's command, as systemd runs it; its exit code and what it prints."""
    places = ("--root", box / "opt", "--state-dir", box / "state", "--keys", box / "keys")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "node", "update", words[0], *map(str, places), *words[1:]],
        capture_output=True, text=True, check=False, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def hand_over(box, folder):
    """What the node does: lay the files under their hashes; the manifest's."""
    blobs = box / "state" / MAILBOX / Path(*FILES)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for one in manifest["files"]:
        (blobs / one["sha256"]).write_bytes((folder / one["name"]).read_bytes())
    digest = (folder / "software.toml").read_text().partition("sha256:")[2][:64]
    (blobs / digest).write_bytes((folder / MANIFEST).read_bytes())
    return digest


def test_from_a_stick_to_a_trial_to_a_commit_and_back(site, box, key):
    layout, machine, mailbox = site.layout, site.machine, Mailbox(box / "state")
    code, said = livesell(box, "apply", "--from", str(made(box, key, "1.0")), "--no-restart")
    assert code == 0, said
    assert says(layout, "run") == ("running 1.0", 0)

    digest = hand_over(box, made(box, key, "1.1"))
    mailbox.put(REQUEST, Request(1, digest, 7))
    code, said = livesell(box, "apply", "--no-restart")
    assert (code, "is built" in said) == (0, True), said
    assert says(layout, "run") == ("running 1.0", 0)

    for _ in range(9):  # a go holds for 30 s, in which a slow machine has not even begun
        mailbox.put(REQUEST, Request(1, digest, 7, Go(machine.boot(), machine.now_s())))
        if "takes over" in (said := livesell(box, "apply", "--no-restart")[1]):
            break
    assert "takes over" in said
    assert "2 tries left" in livesell(box, "attempt")[1]
    assert says(layout, "run") == ("running 1.1", 0)

    release = layout.led_to(layout.current)
    mailbox.put(HEALTHY, Healthy(1, release, machine.boot(), machine.now_s()))
    assert "found good" in livesell(box, "apply", "--no-restart")[1]
    assert read_record(layout).last.wish == 7
    assert "1.1" in livesell(box, "status")[1]

    assert livesell(box, "rollback", "--committed", "--no-restart")[0] == 0
    assert says(layout, "run") == ("running 1.0", 0)


def on_trial_for(site, seconds):
    """Have the trial begun that long ago, on the machine's own clock."""
    record = read_record(site.layout)
    since_s = site.machine.now_s() - seconds
    site.keep(msgspec.structs.replace(record, since_s=since_s))


def test_a_release_that_is_due_stays_while_somebody_is_live(site, box, key):
    layout, machine, mailbox = site.layout, site.machine, Mailbox(box / "state")
    installed(site, box, made(box, key, "1.0"))
    assert installed(site, box, made(box, key, "1.1")).did == "swapped"
    assert "2 tries left" in livesell(box, "attempt")[1]
    on_trial_for(site, 600)
    mailbox.put_over(ON_AIR, OnAir(1, machine.boot(), machine.now_s()))
    code, said = livesell(box, "apply", "--no-restart")
    assert (code, "somebody is live or armed" in said) == (0, True), said
    assert "taken back once nobody is" in livesell(box, "status")[1]
    assert says(layout, "run") == ("running 1.1", 0)
    mailbox.put_over(ON_AIR, OnAir(1))
    assert "taken back" in livesell(box, "apply", "--no-restart")[1]
    assert says(layout, "run") == ("running 1.0", 0)


def test_what_keeps_dying_waits_for_nobody_and_what_is_due_goes_at_a_start(site, box, key):
    installed(site, box, made(box, key, "1.0"))
    for version, way in (("1.1", "rollback"), ("1.2", "attempt")):
        assert installed(site, box, made(box, key, version)).did == "swapped"
        on_trial_for(site, 600)
        letter = OnAir(1, site.machine.boot(), site.machine.now_s())
        Mailbox(box / "state").put_over(ON_AIR, letter)
        livesell(box, "apply", "--no-restart")
        words = () if way == "attempt" else ("--no-restart",)
        assert "taken back" in livesell(box, way, *words)[1]
        assert says(site.layout, "run") == ("running 1.0", 0)


def test_a_booth_without_a_line_is_told_that_none_is_asked_for(site, box, key):
    installed(site, box, made(box, key, "1.0"))
    current = site.layout.led_to(site.layout.current)
    Mailbox(box / "state").put(LINE, Line(1, current, is_heard=False))
    livesell(box, "apply", "--from", str(made(box, key, "1.1")), "--no-restart")
    assert "not asked of it" in livesell(box, "status")[1]


def test_killed_while_it_builds_it_builds_again_and_the_old_one_runs_on(site, box, key):
    installed(site, box, made(box, key, "1.0"))
    digest = hand_over(box, made(box, key, "1.1"))
    marks = [  # each is there a little later than the one before it
        lambda: read_record(site.layout).phase == "building",
        lambda: any(site.layout.releases.glob("1.1-*/bin/python")),
        lambda: any(site.layout.releases.glob("1.1-*/bin/pip")),
        lambda: any(site.layout.releases.glob("1.1-*/bin/livesell")),
    ]
    for wish, reached in enumerate(marks, 1):
        # each is a wish of its own: what was built before, were it whole, is built anew
        Mailbox(box / "state").put(REQUEST, Request(1, digest, wish))
        kill_when(reached, box)
        assert trial.attempt(site).did == "nothing"
        assert says(site.layout, "run") == ("running 1.0", 0)
    assert applying.apply(site, box / "state", box / "keys").did in ("staged", "waiting")
    assert len(site.layout.complete()) == 2


def kill_when(reached, box):
    """Have root's side begin, and all that it began killed at once when something is so."""
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "node", "update", "apply", "--no-restart",
         "--root", box / "opt", "--state-dir", box / "state", "--keys", box / "keys"],
        start_new_session=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as running:  # fmt: skip
        before = reached()  # what an earlier one left is there until this one clears up
        while before and reached():
            assert running.poll() is None
            time.sleep(0.002)
        while not reached():
            assert running.poll() is None
            time.sleep(0.002)
        os.killpg(running.pid, signal.SIGKILL)


def test_a_release_that_crashes_at_its_start_is_gone_after_three(site, box, key):
    installed(site, box, made(box, key, "1.0"))
    installed(site, box, made(box, key, "1.1", exit_code=1))
    starts = []
    for _ in range(5):  # as systemd: ExecStartPre, then ExecStart by the link of that moment
        trial.attempt(site)
        starts.append(says(site.layout, "run"))
    assert starts == [("running 1.1", 1)] * 3 + [("running 1.0", 0)] * 2


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"check": "fails"}, "nothing works"),
        ({"check": "crashes"}, "broken"),
        ({"check": "hangs"}, "not done in 3 s"),
        ({"says": "6.6"}, "calls itself 6.6"),
        ({"tag": "cp311-cp311-win_amd64"}, "satisfies the requirement"),
        ({"target": Target(platform.machine(), "3.99")}, "Python 3.99"),
        ({"target": Target("riscv128", PYTHON)}, "riscv128"),
    ],
)
def test_what_does_not_work_here_never_runs(site, box, key, monkeypatch, how, why):
    if how == {"check": "hangs"}:  # the others have as long as they need
        monkeypatch.setattr("node.update.machine.CHECK_S", 3.0)
    report = installed(site, box, made(box, key, "1.1", **how))
    assert report.did == "refused"
    assert why in report.why
    assert site.layout.complete() == []
    assert not site.layout.incoming.exists()


def test_a_wheel_that_was_altered_after_the_signature_is_refused(site, box, key):
    folder = made(box, key, "1.1")
    (wheel,) = folder.glob("*.whl")
    wheel.write_bytes(wheel.read_bytes()[:-1] + b"!")
    assert "another hash" in installed(site, box, folder).why


def test_an_update_needs_no_network_and_heeds_no_configuration(site, box, key, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/")
    monkeypatch.setenv("PIP_REQUIRE_VIRTUALENV", "1")
    monkeypatch.setenv("PYTHONPATH", "/nonexistent")
    assert installed(site, box, made(box, key, "1.0")).did == "committed"
