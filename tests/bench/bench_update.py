"""What an update costs: `python -m tests.bench.bench_update --release DIR [--root DIR]`.

DIR is a release of this machine as tools/release has made it, with its public key beside or
`--keys`. It is installed twice, under two names, as a machine would: built, swapped, taken back.
Prints seconds of each step, bytes on disk, and how long each release takes to be on air (the demo,
headless). `--without-air` leaves that out.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from node.jws import new_key, write_public_key
from node.update import apply as applying
from node.update import trial
from node.update.disk import Disk
from node.update.layout import MAILBOX, Layout
from node.update.machine import ThisMachine
from node.update.mailbox import FILES, HEALTHY, REQUEST, Go, Healthy, Mailbox, Request
from node.update.manifest import MANIFEST, Release, opened
from node.update.site import Site
from tools.release.bundle import seal
from tools.release.target import Target

MB = 1 << 20
T = TypeVar("T")


class Timed(ThisMachine):
    """This machine, with the time of each deed; there is no service to start."""

    def __init__(self) -> None:
        super().__init__(Path("/nonexistent/node.toml"))
        self.spent: dict[str, float] = {}

    def make_environment(self, python: Path, folder: Path) -> None:
        self._timed("environment", lambda: ThisMachine.make_environment(self, python, folder))

    def install(self, folder: Path, wheels: Path, requirements: Path) -> None:
        self._timed("pip", lambda: ThisMachine.install(self, folder, wheels, requirements))

    def check(self, folder: Path, version: str) -> None:
        self._timed("self check", lambda: ThisMachine.check(self, folder, version))

    def _timed(self, name: str, deed: Callable[[], None]) -> None:
        began_s = time.perf_counter()
        deed()
        self.spent[name] = time.perf_counter() - began_s


def main() -> int:
    """Measure; prints as it goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--root", type=Path, help="where to work; a new folder by default")
    parser.add_argument("--without-air", action="store_true")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-update-", dir=args.root))
    try:
        _measure(args.release, folder, is_on_air=not args.without_air)
    finally:
        shutil.rmtree(folder)
    return 0


def _measure(source: Path, folder: Path, *, is_on_air: bool) -> None:
    key = new_key("bench", "software")
    (folder / "keys").mkdir()
    (folder / "opt").mkdir()
    write_public_key(folder / "keys/bench.jwk", key.public)
    machine = Timed()
    site = Site(Layout(folder / "opt"), Disk(), machine)
    target = Target(machine.architecture(), f"{sys.version_info.major}.{sys.version_info.minor}")
    (wheel,) = source.glob("livesell_node-*.whl")
    version = wheel.name.split("-")[1]

    releases: list[Release] = []
    for number in (1, 2):  # the same wheels, another manifest: an id of its own
        one = folder / f"stick{number}"
        shutil.copytree(source, one)
        time.sleep(0.01)  # `made` differs
        releases.append(seal(one, target, key, version=version, min_version=version))
    release = releases[0]
    print(f"{version}, {len(release.files)} wheels, {release.download_bytes / MB:.0f} MB to fetch")

    _told(
        "first installation",
        lambda: applying.install(site, folder / "stick1", folder / "state", folder / "keys"),
    )
    for name, spent_s in machine.spent.items():
        print(f"  of it {name:20} {spent_s:7.1f} s")
    place = site.layout.release(site.layout.led_to(site.layout.current))
    print(f"one installed release: {_bytes_of(place) / MB:.0f} MB "
          f"(estimated {release.installed_bytes / MB:.0f})")  # fmt: skip

    mailbox = Mailbox(folder / "state")
    manifest = _handed_over(folder / "stick2", folder / "state", folder / "keys")
    mailbox.put(REQUEST, Request(1, manifest, 1))
    step = lambda: applying.apply(site, folder / "state", folder / "keys")  # noqa: E731
    assert _told("built beside the one that runs", step).did == "staged"
    mailbox.put(REQUEST, Request(1, manifest, 1, Go(machine.boot(), machine.now_s())))
    assert _told("swapped", step).did == "swapped"
    _told("counted before the start", lambda: trial.attempt(site))
    print(f"two installed releases: {_bytes_of(folder / 'opt') / MB:.0f} MB")
    if is_on_air:
        _on_air("update: on air after", site)
    current = site.layout.led_to(site.layout.current)
    assert _told("taken back", lambda: trial.roll_back(site)).did == "put_back"
    if is_on_air:
        _on_air("roll-back: on air after", site)
    mailbox.put(HEALTHY, Healthy(1, current, machine.boot(), machine.now_s()))
    _told("the one taken back removed", step)
    _told("a look with nothing to do", step)
    _told("attempt as a command", lambda: subprocess.run(
        [site.layout.current / "bin/livesell", "update", "attempt", "--root", site.layout.root],
        check=True, capture_output=True,
    ))  # fmt: skip


def _told(name: str, deed: Callable[[], T]) -> T:
    began_s = time.perf_counter()
    found = deed()
    print(f"{name:32} {time.perf_counter() - began_s:7.2f} s", flush=True)
    return found


def _handed_over(stick: Path, state: Path, keys: Path) -> str:
    """Lay the files where the node would have fetched them; the manifest's SHA-256."""
    from hashlib import sha256

    from node.jws import read_keys

    blobs = state.joinpath(MAILBOX, *FILES)
    blobs.mkdir(parents=True)
    token = (stick / MANIFEST).read_bytes()
    for one in opened(token, read_keys(keys)).files:
        os.link(stick / one.name, blobs / one.sha256)
    digest = sha256(token).hexdigest()
    (blobs / digest).write_bytes(token)
    return digest


def _on_air(name: str, site: Site) -> None:
    """From the start of the process to its address, as the demo of the release tells it."""
    began_s = time.perf_counter()
    with subprocess.Popen(
        [site.layout.current / "bin/livesell", "demo", "--headless", "--port", "0",
         "--seconds", "1", "--size", "640x360"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as demo:  # fmt: skip
        assert demo.stdout is not None
        for line in demo.stdout:
            if "http://" in line:
                print(f"{name:32} {time.perf_counter() - began_s:7.2f} s", flush=True)
                break
        demo.stdout.read()


def _bytes_of(folder: Path) -> int:
    """What lies there, in whole blocks."""
    return sum(one.lstat().st_blocks * 512 for one in folder.rglob("*"))


if __name__ == "__main__":
    sys.exit(main())
