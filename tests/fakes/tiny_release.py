"""A release as real as can be: a signed manifest and one wheel, whose program does what it is told.

Its `livesell` runs, fails, hangs or calls itself something else at `update check`; `run` ends at
once with the code it was made for.
"""

import base64
import hashlib
import zipfile
from pathlib import Path

from node.jws import PrivateKey
from tools.release.bundle import seal
from tools.release.target import Target

PROGRAM = """\
import json, sys, time

def main():
    if sys.argv[1:3] == ["update", "check"]:
        {check}
        print(json.dumps({{"version": "{says}", "ok": True}}))
        return 0
    print("running {version}")
    return {exit_code}
"""
CHECKS = {
    "ok": "pass",
    "fails": "sys.exit('ERROR: nothing works')",
    "hangs": "time.sleep(600)",
    "crashes": "raise RuntimeError('broken')",
}


def tiny_release(
    folder: Path, version: str, key: PrivateKey, target: Target, *,
    check: str = "ok", says: str = "", exit_code: int = 0, tag: str = "py3-none-any",
) -> None:  # fmt: skip
    """Make it in a new folder."""
    folder.mkdir()
    program = PROGRAM.format(
        check=CHECKS[check], version=version, says=says or version, exit_code=exit_code
    )
    info = f"livesell_node-{version}.dist-info"
    files = {
        "livesell_tiny.py": program,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: livesell-node\nVersion: {version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{info}/entry_points.txt": "[console_scripts]\nlivesell = livesell_tiny:main\n",
    }
    files[f"{info}/RECORD"] = "".join(
        f"{name},sha256={_digest(text)},{len(text)}\n" for name, text in files.items()
    )
    with zipfile.ZipFile(folder / f"livesell_node-{version}-{tag}.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    seal(folder, target, key, version=version, min_version="1.0")


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
