"""A broker of the demo's own: a child process, on this machine only, that dies with it."""

import asyncio
import getpass
import logging
import os
import shutil
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from node.errors import DeviceError

log = logging.getLogger(__name__)

FOLDER: Final = "broker"
HOST: Final = "127.0.0.1"
SBIN: Final = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"
"""Where mosquitto lies on systems whose users do not have these folders on their PATH."""
LISTEN_LIMIT_S: Final = 10.0
LOOK_S: Final = 0.02
END_LIMIT_S: Final = 3.0
_MOSQUITTO: Final = """\
listener {port} {host}
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1
max_packet_size 131072
set_tcp_nodelay true
user {user}
log_dest file {folder}/mosquitto.log
log_type error
log_type warning
"""
_IOTCORE: Final = """\
id = 0
[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 10485760
max_segment_count = 10
[v5.1]
name = "v5"
listen = "{host}:{port}"
next_connection_delay_ms = 1
[v5.1.connections]
connection_timeout_ms = 10000
max_payload_size = 131072
max_inflight_count = 100
dynamic_filters = true
"""


@dataclass(frozen=True, slots=True)
class BrokerProgram:
    """What serves as a broker on this machine; `path` is mosquitto's, empty for the wheel."""

    name: Literal["mosquitto", "iotcore"]
    path: str = ""


def find_program() -> BrokerProgram | None:
    """What could be started here: mosquitto, else the wheel of the extra `demo`, else nothing."""
    path = shutil.which("mosquitto") or shutil.which("mosquitto", path=SBIN)
    if path:
        return BrokerProgram("mosquitto", path)
    return BrokerProgram("iotcore") if find_spec("iotcore") else None


def free_port() -> int:
    """A port of this machine that is free now."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


class DemoBroker:
    """Optional component: the broker on `port`; what it must remember is in `state_dir`/broker."""

    name = "broker"

    def __init__(self, program: BrokerProgram, state_dir: Path, port: int) -> None:
        self._program, self._folder = program, state_dir / FOLDER
        self._port = port

    @property
    def url(self) -> str:
        """Its address as `mqtt.endpoints` has it."""
        return f"mqtt://{HOST}:{self._port}"

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve until cancelled; raises `DeviceError` when the program ends or does not listen."""
        words = self._prepared()
        try:
            child = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            raise DeviceError(f"{words[0]}: {error.strerror or error}") from error
        try:
            await self._listening(child)
            ready()
            raise DeviceError(f"{self._program.name}: ended with {await child.wait()}")
        finally:
            await _ended(child)

    def _prepared(self) -> list[str]:
        """Write the configuration; returns the command line."""
        form, ending = (_MOSQUITTO, "conf") if self._program.path else (_IOTCORE, "toml")
        config = self._folder / f"{self._program.name}.{ending}"
        text = form.format(host=HOST, port=self._port, folder=self._folder, user=_user())
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            config.write_text(text, encoding="utf-8")
        except OSError as error:
            raise DeviceError(f"{config}: {error.strerror or error}") from error
        if self._program.path:
            return [*_bound_to_us(), self._program.path, "-c", str(config)]
        return [*_bound_to_us(), sys.executable, "-P", "-m", "iotcore", "--config", str(config)]

    async def _listening(self, child: asyncio.subprocess.Process) -> None:
        """Wait until it takes connections."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LISTEN_LIMIT_S):
                while child.returncode is None:
                    with suppress(OSError):
                        _, writer = await asyncio.open_connection(HOST, self._port)
                        writer.close()
                        return
                    await asyncio.sleep(LOOK_S)
        raise DeviceError(f"{self._program.name}: does not listen on port {self._port}")


def _bound_to_us() -> list[str]:
    """Has Linux end the child when this process ends, however it ends (prctl PR_SET_PDEATHSIG).

    By util-linux's setpriv, not between fork and exec: Python has other threads by then. Elsewhere
    a demo that is killed leaves its broker behind.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _user() -> str:
    """Whom mosquitto is to run as: started by root it would become a user who cannot write here."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


async def _ended(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        async with asyncio.timeout(END_LIMIT_S):
            await child.wait()
    except TimeoutError:
        log.warning("broker: does not end, it is killed")
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
