"""The command: python -m tools.make_pictures takes the README's pictures of the pages."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.make_pictures.demo import DemoError, running_demo
from tools.make_pictures.shots import SHOTS

_EXAMPLES = """examples:
  python -m tools.make_pictures                 all, into tools/make_pictures/pictures
  python -m tools.make_pictures --only kiosk    one picture
  python -m tools.make_pictures --out /var/tmp --quality 95

needs: what tools/test installs (Playwright, Debian's chromium, fonts-noto-cjk)
"""
_FOLDER = Path(__file__).with_name("pictures")


def main(arguments: Sequence[str] | None = None) -> int:
    """Take what was asked for; returns 0, or 1 where the demo or the browser does not come up."""
    wish = _parser().parse_args(arguments)
    shots = [shot for shot in SHOTS if wish.only in (None, shot.name)]
    chromium = shutil.which("chromium")
    if chromium is None:
        print("make_pictures: no chromium: sudo apt-get install chromium", file=sys.stderr)
        return 1
    wish.out.mkdir(parents=True, exist_ok=True)
    try:
        from tools.make_pictures.camera import take  # noqa: PLC0415  # Playwright is heavy

        with running_demo(wish.port) as demo:
            for path in take(shots, demo, chromium, wish.out, quality=wish.quality):
                print(f"{path}: {path.stat().st_size / 1000:.0f} kB", flush=True)
    except DemoError as fault:
        print(f"make_pictures: {fault}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.make_pictures",
        description="Start the demo and take the README's pictures of its pages in Chromium.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [shot.name for shot in SHOTS]
    parser.add_argument("--only", choices=names, help="take this one only")
    parser.add_argument("--out", type=Path, default=_FOLDER, help="folder for the pictures")
    parser.add_argument("--port", type=int, default=0, help="the demo's port (0: any free one)")
    parser.add_argument("--quality", type=int, default=80, help="JPEG quality, 1 to 100")
    return parser


if __name__ == "__main__":
    sys.exit(main())
