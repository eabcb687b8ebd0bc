"""The machine that a release is for: its processor, its Python, the age of its C library; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from packaging.requirements import Requirement
from packaging.version import Version

MACHINES: Final = ("aarch64", "x86_64")
GLIBC: Final = 36
"""2.36: Debian 12 and the Raspberry Pi OS made of it, the oldest that the node runs on."""
_OLDEST_GLIBC: Final = 5
_LEGACY: Final = ("manylinux2014", "manylinux2010", "manylinux1", "linux")
_START: Final = re.compile(r"^(?=[a-zA-Z0-9])", re.MULTILINE)
_HASH: Final = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Target:
    """`machine` as `uname -m` has it, `python` such as 3.11, `glibc` the 36 of 2.36."""

    machine: str
    python: str
    glibc: int = GLIBC

    @property
    def tags(self) -> Iterator[str]:
        """Platform tags of wheels that run there, the newest first (PEP 600)."""
        for minor in range(self.glibc, _OLDEST_GLIBC - 1, -1):
            yield f"manylinux_2_{minor}_{self.machine}"
        yield from (f"{one}_{self.machine}" for one in _LEGACY)

    @property
    def environment(self) -> dict[str, str]:
        """What markers are judged by (PEP 508), which pip would take of this machine."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }

    def judge(self, requirement: Requirement) -> bool:
        """Whether a requirement is meant for this machine."""
        return requirement.marker is None or requirement.marker.evaluate(self.environment)


@dataclass(frozen=True, slots=True)
class Pinned:
    """A package of a lock file: one version, and the hashes of all its files."""

    name: str
    version: Version
    hashes: tuple[str, ...]

    @property
    def line(self) -> str:
        """As pip reads it, without its marker."""
        hashes = "".join(f" --hash={one}" for one in self.hashes)
        return f"{self.name}=={self.version}{hashes}"


def pinned(lock: str, target: Target) -> list[Pinned]:
    """The packages of a lock file that `target` needs.

    Raises:
        ValueError: a package that is not pinned to one version, with its hashes.
    """
    found = []
    for entry in _START.split(lock):
        if not entry.strip() or entry.startswith("#"):
            continue
        requirement = Requirement(entry.partition(" \\\n")[0].partition("    #")[0].strip())
        versions = [one.version for one in requirement.specifier if one.operator == "=="]
        hashes = tuple(_HASH.findall(entry))
        if len(versions) != 1 or not hashes:
            raise ValueError(f"{requirement.name}: not pinned to one version with its hashes")
        if target.judge(requirement):
            found.append(Pinned(requirement.name, Version(versions[0]), hashes))
    return found
