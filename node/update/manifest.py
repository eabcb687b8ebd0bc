"""The signed manifest of a release: its files by hash, and where they run; pure.

A compact JWS of `typ` `ls-software+jws` by a key of use `software`; the payload is JSON.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Final, Literal

import msgspec

from node.jws import PublicKey, UntrustedError, verify
from node.update.versions import is_below, order_of

TYP: Final = "ls-software+jws"
USE: Final = "software"
MANIFEST: Final = "manifest.jws"
TOKEN_MAX_BYTES: Final = 256 * 1024
FILES_MAX: Final = 200
FILE_MAX_BYTES: Final = 1 << 30
_WHEEL: Final = (
    r"^[A-Za-z0-9][A-Za-z0-9_.]{0,99}-[A-Za-z0-9_.!+]{1,60}(-\d[A-Za-z0-9_.]{0,20})?"
    r"(-[A-Za-z0-9_.]{1,100}){3}\.whl$(?!\n)"
)

Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$(?!\n)")]
Size = Annotated[int, msgspec.Meta(ge=1, le=FILE_MAX_BYTES)]


class Wheel(msgspec.Struct, frozen=True):
    """A file of a release: a wheel, bytes and SHA-256."""

    name: Annotated[str, msgspec.Meta(pattern=_WHEEL, max_length=240)]
    size: Size
    sha256: Digest

    @property
    def package(self) -> str:
        """The package's name as pip knows it."""
        return re.sub(r"[-_.]+", "-", self.name.split("-")[0]).lower()

    @property
    def version(self) -> str:
        """The package's version."""
        return self.name.split("-")[1]

    @property
    def requirement(self) -> str:
        """A line for pip that takes this wheel and no other."""
        return f"{self.package}=={self.version} --hash=sha256:{self.sha256}"


class Release(msgspec.Struct, frozen=True):
    """What a manifest says.

    Once this release has been found good none below `min_version` is installed any more. `python`
    is the version (3.11) and `machine` the processor (`uname -m`) that its wheels are for.
    `installed_bytes` is what it takes on disk, about. `system` names packages of the distribution
    that it needs besides.
    """

    v: Literal[1]
    version: Annotated[str, msgspec.Meta(max_length=40)]
    min_version: Annotated[str, msgspec.Meta(max_length=40)]
    python: Annotated[str, msgspec.Meta(pattern=r"^3\.\d{1,3}$(?!\n)")]
    machine: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]{1,20}$(?!\n)")]
    made: int
    installed_bytes: Annotated[int, msgspec.Meta(ge=0, le=64 << 30)]
    files: Annotated[tuple[Wheel, ...], msgspec.Meta(min_length=1, max_length=FILES_MAX)]
    system: Annotated[tuple[str, ...], msgspec.Meta(max_length=FILES_MAX)] = ()

    @property
    def download_bytes(self) -> int:
        """All files together."""
        return sum(one.size for one in self.files)

    @property
    def needed_bytes(self) -> int:
        """What must be free before it is begun: twice what it takes (control-plane.md §7)."""
        return 2 * (self.download_bytes + self.installed_bytes)

    @property
    def requirements(self) -> str:
        """The requirements file: every wheel pinned by its hash."""
        return "".join(f"{one.requirement}\n" for one in self.files)


def opened(token: bytes, keys: Iterable[PublicKey]) -> Release:
    """The release of a manifest that one of `keys` has signed.

    Raises:
        UntrustedError: not to be believed: `bad_signature`, `unknown_key`, or `bad_payload` where
            the signature is right and the content is not.
    """
    try:
        text = token.decode("ascii").strip()
    except ValueError as error:
        raise UntrustedError("bad_signature", "no compact JWS") from error
    payload, _ = verify(text, keys, typ=TYP, use=USE)
    try:
        release = msgspec.json.decode(payload, type=Release)
        _check(release)
    except (msgspec.MsgspecError, ValueError) as error:
        raise UntrustedError("bad_payload", f"manifest: {error}") from error
    return release


def _check(release: Release) -> None:
    """Raises `ValueError` for what no release can be."""
    order_of(release.version)
    if is_below(release.version, release.min_version):
        raise ValueError(f"min_version {release.min_version} is above {release.version}")
    packages = [one.package for one in release.files]
    twice = {one for one in packages if packages.count(one) > 1}
    if twice:
        raise ValueError(f"two wheels of {', '.join(sorted(twice))}")
