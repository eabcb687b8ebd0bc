"""The lock files as values: what is pinned, and what each machine gets elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

FROM_SYSTEM: Mapping[str, str] = {
    "pyaudio": "Debian's python3-pyaudio, or built with portaudio19-dev",
    "lgpio": "Raspberry Pi OS's python3-lgpio, or built with PYPI=1 and swig",
}
"""What has no wheel for 64-bit ARM, for some Python or for any, and what stands in for it."""
SDIST_ONLY = frozenset({"pyaudio"})


@dataclass(frozen=True, slots=True)
class Pin:
    """One package: `wanted` is `name==version`, with its marker where there is one.

    `block` holds its lines of the file, hashes included.
    """

    name: str
    wanted: str
    block: str


def read(path: Path) -> Iterator[Pin]:
    """Every package of a lock file that uv wrote."""
    block: list[str] = []
    for line in path.read_text().splitlines():
        if line and line[0].isalnum() and block:
            yield _pin(block)
            block = []
        if line and not line.lstrip().startswith("#"):
            block.append(line)
    if block:
        yield _pin(block)


def write(pins: Sequence[Pin], path: Path, *, hashes: bool) -> None:
    """A requirements file of these."""
    path.write_text("".join(f"{pin.block if hashes else pin.wanted}\n" for pin in pins))


def is_wheel(pin: Pin, machine: str, python: str) -> bool:
    """Whether a machine takes that package from a wheel; `python` is as in "3.13"."""
    marker = Requirement(pin.wanted).marker
    where = {
        "platform_machine": machine,
        "python_version": python,
        "python_full_version": f"{python}.5",
        "sys_platform": "linux",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    is_wanted = marker is None or marker.evaluate(where)
    return is_wanted and pin.name not in SDIST_ONLY


def _pin(block: Sequence[str]) -> Pin:
    wanted = block[0].removesuffix("\\").strip()
    return Pin(wanted.partition("==")[0], wanted, "\n".join(block))
