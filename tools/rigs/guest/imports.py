"""`python -m tools.rigs.guest.imports MODULE...`: imports each and tells how long it took."""

import importlib
import platform
import sys
from collections.abc import Sequence
from time import monotonic


def main(names: Sequence[str]) -> int:
    """1 if one does not load."""
    began_s, failed = monotonic(), 0
    for name in names:
        start_s = monotonic()
        try:
            importlib.import_module(name)
        except (ImportError, OSError, AttributeError) as error:
            failed += 1
            print(f"{name}: {error!r}", flush=True)
        else:
            print(f"{name}: {monotonic() - start_s:.1f} s", flush=True)
    where = f"{platform.machine()}, Python {platform.python_version()}"
    print(f"{len(names) - failed} of {len(names)} on {where} in {monotonic() - began_s:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
