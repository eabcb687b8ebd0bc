"""How the process ends: told to, failed, or wrongly configured."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from node.cli.running import STOP_S

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60.0

STORY = """
import asyncio, sys, types
from node.errors import *
from node.supervise import Supervisor

class Part:
    name = "mixer"
    def __init__(self, error): self.error = error
    async def run(self, ready): raise self.error

async def run_node(cfg, *, is_demo, seconds, announce):
    announce("http://127.0.0.1:1/")
    {body}

app = types.ModuleType("node.app")
app.run_node = run_node
sys.modules["node.app"] = app
from node.__main__ import main
from node.cli import running
running.STOP_S = {stop_s}
sys.exit(main(["run", "--config", sys.argv[1]]))
"""
WAIT = "await asyncio.Event().wait()"
STUBBORN = """
    while True:
        try: await asyncio.Event().wait()
        except asyncio.CancelledError: pass
"""


@pytest.fixture
def start(tmp_path):
    """Start `livesell run` with a pretended node whose body is given.

    It is not ended by force before `stop_s`, however slowly a busy machine has it end by itself.
    """
    (tmp_path / "day.toml").write_text("")
    (tmp_path / "node.toml").write_text('rundown = "day.toml"')
    started: list[subprocess.Popen[str]] = []

    def begin(
        body: str, stop_s: float = 30.0, unbuffered: str = "", **out
    ) -> subprocess.Popen[str]:
        story = STORY.format(body=body, stop_s=stop_s)
        command = [sys.executable, "-c", story, str(tmp_path / "node.toml")]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | out
        environ = os.environ | {"LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
        environ["PYTHONUNBUFFERED"] = unbuffered
        started.append(subprocess.Popen(command, text=True, env=environ, **streams))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_the_node_ends_clean_and_soon(start, by):
    process = start(WAIT)
    assert process.stdout.readline() == "on air: http://127.0.0.1:1/\n"
    process.send_signal(by)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out, err) == (0, "", "")


def test_what_does_not_stop_is_ended_by_force_within_two_seconds(start):
    assert STOP_S < 2
    process = start(STUBBORN, STOP_S)
    process.stdout.readline()
    process.terminate()
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert err == "<3>livesell: did not stop within 1.8 s: ended by force\n"


def test_a_second_signal_ends_the_process_at_once(start):
    process = start("print('told', flush=True)".join(STUBBORN.rsplit("pass", 1)))
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "told\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 128 + signal.SIGINT, "it did not wait for the end by force"


def test_a_node_that_ends_by_itself_is_exit_0(start):
    process = start("return")
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out, err) == (0, "on air: http://127.0.0.1:1/\n", "")


def test_the_last_line_names_the_part_that_failed_and_why(start):
    process = start('await Supervisor().run(Part(DeviceError("no picture for 2 s")))')
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert err == "<3>livesell: mixer failed: no picture for 2 s\n"


def test_a_bug_is_told_with_its_trace_and_a_clear_last_line(start):
    process = start('await Supervisor().run(Part(ZeroDivisionError("by nought")))')
    _, err = process.communicate(timeout=PATIENCE_S)
    lines = err.splitlines()
    assert process.returncode == 1
    assert lines[-1] == "<3>livesell: mixer failed: ZeroDivisionError: by nought"
    assert any("Traceback" in line for line in lines)
    assert all(line.startswith("<3>") for line in lines)


@pytest.mark.parametrize(
    "body",
    [
        'raise RundownError(["day.toml: E01", "day.toml: E02"])',
        'raise ConfigError(["day.toml: E01", "day.toml: E02"])',
        'await Supervisor().run(Part(ConfigError(["day.toml: E01", "day.toml: E02"])))',
    ],
)
def test_wrong_files_are_exit_78_with_every_finding(start, body):
    process = start(body)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (78, "day.toml: E01\nday.toml: E02\n")


def test_a_foreseen_failure_at_the_start_is_one_line(start):
    process = start('raise DeviceError("the state directory is read-only")')
    _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (1, "livesell: the state directory is read-only\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_under_stdout_and_the_log_takes_nobody_off_air(start, unbuffered):
    loud = "__import__('logging').error('loud')"
    with Path("/dev/full").open("w") as full:
        process = start(loud, unbuffered=unbuffered, stdout=full, stderr=full)
        assert process.wait(timeout=PATIENCE_S) == 0


def test_a_reader_that_has_gone_takes_nobody_off_air(start):
    process = start("await asyncio.sleep(0); __import__('logging').error('loud')")
    process.stdout.close()
    assert process.wait(timeout=PATIENCE_S) == 0


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_written_is_a_failure(unbuffered):
    with Path("/dev/full").open("w") as full:
        told = subprocess.run(
            [sys.executable, "-m", "node", "version"],
            cwd=ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert told.returncode == 1
    assert told.stderr == "livesell: [Errno 28] No space left on device\n"
