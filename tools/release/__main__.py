"""`python -m tools.release`: makes a signed release of this checkout for one kind of machine.

keygen NAME --folder DIR          a software key: NAME.key.jwk stays offline, NAME.jwk goes to
                                  /etc/livesell/software on each machine
make --out DIR --key FILE         wheels and signed manifest, for `livesell update apply --from`
                                  and `fleet rollout start software DIR/software.toml`
show DIR --keys PATH              what a release says, and whether it is whole and signed
"""

import argparse
import hashlib
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from node.board.identity import VERSION
from node.cli.progress import Bar
from node.errors import ConfigError, NodeError
from node.jws import UntrustedError, new_key, read_keys, read_private_key, write_keys
from node.update.manifest import MANIFEST, USE, opened
from node.update.versions import is_below
from tools.release.bundle import seal
from tools.release.parts import build_own, collect
from tools.release.target import GLIBC, MACHINES, Target

MB: Final = 1 << 20


def main(argv: Sequence[str] | None = None) -> int:
    """Do one of them; 0 done, 1 refused, said in one line."""
    args = _parser().parse_args(argv)
    try:
        return int(args.deed(args) or 0)
    except (NodeError, UntrustedError) as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"release: {error.filename or ''}: {error.strerror or error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "release", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    deeds = parser.add_subparsers(required=True, metavar="keygen|make|show")
    keygen = deeds.add_parser("keygen")
    keygen.add_argument("name")
    keygen.add_argument("--folder", type=Path, default=Path())
    keygen.set_defaults(deed=_keygen)
    make = deeds.add_parser("make")
    make.add_argument("--out", type=Path, required=True, help="a folder that is empty or new")
    make.add_argument("--key", type=Path, required=True, help="the private software key")
    make.add_argument("--machine", choices=MACHINES, default=platform.machine())
    make.add_argument("--python", default="3.11", help="of the machine (default: %(default)s)")
    make.add_argument("--glibc", type=int, default=GLIBC, help="36 is 2.36 (default)")
    make.add_argument("--version", default=VERSION, help="what it calls itself (%(default)s)")
    make.add_argument("--min-version", help="none below it may follow (default: its own)")
    make.add_argument("--url", default="", help="where DIR will be served; empty: by the fleet")
    make.set_defaults(deed=_make)
    show = deeds.add_parser("show")
    show.add_argument("folder", type=Path)
    show.add_argument("--keys", type=Path, required=True, help="public keys")
    show.set_defaults(deed=_show)
    return parser


def _keygen(args: argparse.Namespace) -> None:
    key = new_key(args.name, USE)
    private, public = (args.folder / f"{args.name}{one}" for one in (".key.jwk", ".jwk"))
    write_keys(private, public, key)
    print(f"{private}: sign with it, keep it offline\n{public}: for /etc/livesell/software")


def _make(args: argparse.Namespace) -> None:
    out: Path = args.out
    _judge_versions(args.version, args.min_version or args.version)
    target = Target(args.machine, args.python, args.glibc)
    key = read_private_key(args.key)
    if out.exists() and any(out.iterdir()):
        raise NodeError(f"{out}: not empty")
    out.mkdir(parents=True, exist_ok=True)
    with _step(1, "the node's own wheel"):
        build_own(out, args.version)
    bar = Bar(1)
    report: Callable[[float], None] = bar.piece("packages")

    def started(_name: str, number: int, count: int) -> None:
        report(number / count)

    with _step(2, f"locked packages for {target.machine}, Python {target.python}"):
        try:
            system = collect(out, target, started)
        finally:
            bar.close()
    with _step(3, f"manifest, signed by {key.public.kid}"):
        url = f"{args.url.rstrip('/')}/" if args.url else ""
        release = seal(
            out, target, key, version=args.version, min_version=args.min_version or args.version,
            system=system, url=url,
        )  # fmt: skip
    print(
        f"{out}: {release.version}, {len(release.files)} wheels, "
        f"{release.download_bytes / MB:.0f} MB, about {release.installed_bytes / MB:.0f} MB "
        f"installed" + (f"; needs {' '.join(system)}" if system else "")
    )


def _judge_versions(version: str, least: str) -> None:
    """Said before minutes are spent on packages; raises `NodeError`."""
    try:
        if is_below(version, least):
            raise NodeError(f"--min-version {least}: above --version {version}")
    except ValueError as error:
        raise NodeError(str(error)) from error


def _show(args: argparse.Namespace) -> int:
    try:
        keys = read_keys(args.keys)
    except ConfigError as error:
        raise NodeError(str(error)) from error
    release = opened((args.folder / MANIFEST).read_bytes(), keys)
    print(f"{release.version} for {release.machine}, Python {release.python}; signed")
    wrong = 0
    for one in release.files:
        path = args.folder / one.name
        is_right = path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == one.sha256
        wrong += not is_right
        print(f"  {'ok   ' if is_right else 'WRONG'} {one.size / MB:7.1f} MB  {one.name}")
    return int(wrong > 0)


class _step:  # noqa: N801  # reads as a verb
    """A step with its number and, at its end, its time."""

    def __init__(self, number: int, name: str) -> None:
        self._text, self._began_s = f"[{number}/3] {name}", time.monotonic()

    def __enter__(self) -> None:
        print(f"{self._text} …", file=sys.stderr, flush=True)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            print(f"{self._text}: {time.monotonic() - self._began_s:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
