"""What root's side asks of the machine: environments, packages, the service, a boot's clock."""

import json
import os
import platform
import pwd
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, Protocol

from node.board.clock import boot_id
from node.errors import NodeError

SERVICE: Final = "livesell.service"
USER: Final = "livesell"
"""Who runs the node, and so its self check, where there is such a user."""
PIP_S: Final = 1800.0
CHECK_S: Final = 180.0
"""A slow board loads all libraries from a cold card in less (not measured on one)."""
SYSTEMCTL_S: Final = 60.0
_SAID_LETTERS: Final = 300


class MachineError(NodeError):
    """A program that was asked for help failed; `is_late`: it took too long."""

    def __init__(self, message: str, *, is_late: bool = False) -> None:
        super().__init__(message)
        self.is_late = is_late


class Machine(Protocol):
    """Everything but files; what fails raises `MachineError`."""

    def architecture(self) -> str:
        """The processor, as `uname -m` has it."""
        ...

    def python(self, version: str) -> Path | None:
        """An interpreter of that version (`3.11`) which belongs to no environment."""
        ...

    def make_environment(self, python: Path, folder: Path) -> None:
        """Make a virtual environment that sees the distribution's packages."""
        ...

    def install(self, folder: Path, wheels: Path, requirements: Path) -> None:
        """Install exactly these wheels into an environment, without a network."""
        ...

    def check(self, folder: Path, version: str) -> None:
        """Have the release in an environment judge itself."""
        ...

    def restart(self, *, is_failed: bool) -> None:
        """Have systemd start the node again; `is_failed`: it has given up on it."""
        ...

    def free_bytes(self, folder: Path) -> int:
        """What is free on the disk of a folder."""
        ...

    def boot(self) -> str:
        """Which start of the machine this is."""
        ...

    def now_s(self) -> float:
        """Seconds since then, sleep included: the wall clock may be anything."""
        ...


class ThisMachine:
    """The real one. `config` is the configuration that a new release must get along with."""

    def __init__(self, config: Path) -> None:
        self._config = config

    def architecture(self) -> str:
        """The processor, as `uname -m` has it."""
        return platform.machine()

    def python(self, version: str) -> Path | None:
        """The one that runs here, where it is of that version, else one of the system's."""
        name = f"python{version}"
        if f"{sys.version_info.major}.{sys.version_info.minor}" == version:
            own = Path(sys.base_prefix) / "bin" / name
            if own.is_file():
                return own
        found = shutil.which(name, path="/usr/bin:/usr/local/bin")
        return Path(found) if found else None

    def make_environment(self, python: Path, folder: Path) -> None:
        """Make a virtual environment; libcamera binds to the system's Python alone."""
        _run("venv", [python, "-I", "-m", "venv", "--system-site-packages", folder], PIP_S)

    def install(self, folder: Path, wheels: Path, requirements: Path) -> None:
        """Install by the environment's own pip, which asks no index and no configuration."""
        _run(
            "pip",
            [
                folder / "bin/python", "-I", "-m", "pip", "--isolated", "--no-input", "install",
                "--disable-pip-version-check", "--no-cache-dir", "--no-index", "--no-deps",
                "--ignore-installed", "--only-binary", ":all:", "--require-hashes",
                "--find-links", wheels, "-r", requirements,
            ],
            PIP_S,
        )  # fmt: skip

    def check(self, folder: Path, version: str) -> None:
        """`livesell update check` of the new release, as the node's user."""
        words: list[str | Path] = [
            folder / "bin/livesell", "update", "check", "--config", self._config,
        ]  # fmt: skip
        said = _run("self check", words, CHECK_S, user=_user())
        try:
            found = json.loads(said.splitlines()[-1])["version"]
        except (IndexError, ValueError, KeyError, TypeError) as error:
            raise MachineError(f"its self check says nothing that can be read: {error}") from error
        if found != version:
            raise MachineError(f"it calls itself {found}, its manifest {version}")

    def restart(self, *, is_failed: bool) -> None:
        """By systemctl, which does not wait: we may be a part of the very start."""
        if is_failed:
            _run("systemctl", ["systemctl", "reset-failed", SERVICE], SYSTEMCTL_S)
        _run("systemctl", ["systemctl", "--no-block", "restart", SERVICE], SYSTEMCTL_S)

    def free_bytes(self, folder: Path) -> int:
        """What is free on the disk of a folder."""
        return shutil.disk_usage(folder).free

    def boot(self) -> str:
        """Which start of the machine this is."""
        return boot_id()

    def now_s(self) -> float:
        """Seconds since then, sleep included."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)


def _run(name: str, words: list[str | Path], limit_s: float, *, user: str | None = None) -> str:
    """What a program prints; it gets nothing of our environment but a path."""
    group = None if user is None else pwd.getpwnam(user).pw_gid
    environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/dev/null"}
    try:
        done = subprocess.run(  # noqa: S603  # words of our own, no shell
            [str(one) for one in words], capture_output=True, text=True, errors="replace",
            timeout=limit_s, env=environ, user=user, group=group,
            extra_groups=None if user is None else [], stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise MachineError(f"{name}: not done in {limit_s:.0f} s", is_late=True) from error
    except OSError as error:
        raise MachineError(f"{name}: {error.strerror or error}") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        why = next((one for one in lines if "ERROR" in one), lines[-1] if lines else "")
        why = why.removeprefix("ERROR: ")
        raise MachineError(f"{name}: {why[:_SAID_LETTERS] or f'exit code {done.returncode}'}")
    return done.stdout


def _user() -> str | None:
    """The node's user, where we may become it."""
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return None
    return USER if os.geteuid() == 0 else None
