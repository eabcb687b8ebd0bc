"""livesell compile: a rundown in its wire form, canonical JSON, with its hash."""

import sys
from pathlib import Path

from node.program.canonical import canonical, hash_of
from node.program.reading import Reading, read_rundown

REFUSED = 1


def compile_day(path: Path, output: Path | None, *, has_files: bool) -> int:
    """Write the wire form to `output`, else to stdout; the hash goes to stdout or stderr.

    Returns:
        0 done, 1 when the rundown has errors, which are then told on stderr.
    """
    reading = judged(path, has_files=has_files)
    if reading.rundown is None or reading.catalog is None:
        return REFUSED
    wire = canonical(
        reading.rundown,
        reading.catalog,
        folder=path.absolute().parent,
        manifest=reading.manifest,
    )
    if output is None:
        sys.stdout.buffer.write(wire + b"\n")
        print(f"sha256:{hash_of(wire)}", file=sys.stderr)
    else:
        output.write_bytes(wire)
        print(f"sha256:{hash_of(wire)}  {output}")
    return 0


def judged(path: Path, *, has_files: bool) -> Reading:
    """The rundown at `path`; what is wrong with it is told on stderr."""
    reading = read_rundown(path, has_files=has_files)
    for finding in reading.findings:
        print(finding, file=sys.stderr)
    return reading
