"""What is loaded when: commands start in a moment, and no part pays for another."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.booth import Booth

pytestmark = pytest.mark.timeout(300)
ROOT = Path(__file__).parents[2]
PLACES = os.pathsep.join((str(ROOT), *filter(None, (os.environ.get("PYTHONPATH"),))))
HEAVY = {"av", "aiortc", "aiohttp", "PIL", "onnxruntime", "paho", "gpiozero", "picamera2", "skia"}
LOADED = "import json, sys; print(json.dumps(sorted(m for m in sys.modules if '.' not in m)))"


def loaded_by(statement: str) -> set[str]:
    """Top-level modules in a fresh interpreter after `statement`."""
    told = subprocess.run(
        [sys.executable, "-P", "-c", f"{statement}\n{LOADED}"],
        cwd=ROOT,
        env={"PYTHONPATH": PLACES, "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(told.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "module",
    ["node.config", "node.channels", "node.supervise", "node.errors", "node.program.commands"],
)
def test_the_foundation_loads_nothing_heavy(module):
    assert not loaded_by(f"import {module}") & (HEAVY | {"numpy"})


@pytest.mark.parametrize(
    "module", ["node.program.reading", "node.program.show", "node.catalog.products"]
)
def test_what_decides_loads_nothing_heavier_than_numpy(module):
    assert not loaded_by(f"import {module}") & (HEAVY - {"numpy"})


def test_help_loads_neither_asyncio_nor_msgspec():
    words = (
        "import sys\nfrom node.__main__ import main\ntry: main(['--help'])\nexcept SystemExit: pass"
    )
    assert not loaded_by(words) & (HEAVY | {"numpy", "asyncio", "msgspec", "http", "logging"})


@pytest.mark.parametrize("words", ["['take', 'live']", "['status']"])
def test_talking_to_a_node_loads_nothing_of_the_node(words):
    statement = f"from node.__main__ import main\nmain({words} + ['--url', 'http://127.0.0.1:1'])"
    assert not loaded_by(statement) & (HEAVY | {"numpy", "asyncio"})


def test_a_node_without_voice_and_mqtt_loads_neither():
    loaded = loaded_by("import node.app")
    assert {"av", "aiortc", "aiohttp"} <= loaded
    assert not loaded & {"onnxruntime", "paho", "gpiozero", "picamera2", "skia"}


SIGNING = {"cryptography", "jwt"}


def test_a_day_without_manifest_is_checked_without_loading_what_signs(tmp_path):
    booth = Booth(tmp_path)
    words = f"['check', '--without-clips', {str(booth.day)!r}]"
    assert not loaded_by(f"from node.__main__ import main\nmain({words})") & (HEAVY | SIGNING)
