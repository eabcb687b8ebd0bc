"""The command: python -m tools.make_demo draws, voices, encodes and lists the demo's assets."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import monotonic

from tools.kokoro import KokoroError
from tools.make_demo.encode import write_clip
from tools.make_demo.frames import Rgba, frames
from tools.make_demo.manifest import write_manifest
from tools.make_demo.pictures import write_pictures
from tools.make_demo.prompts import write_prompts
from tools.make_demo.script import Film, films
from tools.make_demo.soundtrack import mix
from tools.make_demo.visitors import write_visitors
from tools.make_demo.voices import Voice, VoiceError, open_voice

_EXAMPLES = """examples:
  python -m tools.make_demo                            everything, into node/demo
  python -m tools.make_demo --only ep2                 one film and the manifest
  python -m tools.make_demo --only pictures            slate, desk, products, logo
  python -m tools.make_demo --only visitors            the questions of simulated visitors
  python -m tools.make_demo --only prompts             the answers that the demo foresees
  python -m tools.make_demo --quick --out /var/tmp/try fast look: coarser encoding
  python -m tools.make_demo --voice espeak --seed 3    other voices, another hand at the camera

needs: pip install '.[demo]', Debian's fonts-noto-cjk; for --voice kokoro pip and npm as well
"""
_DEMO = Path(__file__).parents[2] / "node" / "demo"
_CRF, _QUICK_CRF = 24.0, 30.0
_BAR_WIDTH = 28
_NICE = 10


def main(arguments: list[str] | None = None) -> int:
    """Make what was asked for; returns 0, or 1 where a voice or a font is missing."""
    wish = _parser().parse_args(arguments)
    os.nice(_NICE)
    wish.out.mkdir(parents=True, exist_ok=True)
    try:
        _make(wish)
    except (VoiceError, FileNotFoundError) as fault:
        print(f"make_demo: {fault}", file=sys.stderr)
        return 1
    return 0


def _make(wish: argparse.Namespace) -> None:
    if wish.only in (None, "pictures"):
        write_pictures(wish.out)
    if wish.only in (None, "visitors"):
        _voiced("visitors", wish)
    if wish.only in (None, "prompts"):
        _voiced("prompts", wish)
    wanted = [film for name, film in films().items() if wish.only in (None, name)]
    if wanted:
        voice = open_voice(wish.voice, wish.cache)
        for film in wanted:
            _film(film, voice, wish)
    manifest = write_manifest(wish.out)
    whole = sum(path.stat().st_size for path in wish.out.rglob("*") if path.is_file())
    print(f"{manifest}: {whole / 1e6:.1f} MB in all")


def _voiced(name: str, wish: argparse.Namespace) -> None:
    """By Kokoro alone: the ear is trained on voices of its like, and the prompts shall please."""
    folder = wish.out / name
    if wish.voice == "espeak" or not folder.is_dir():
        print(f"{name}: left as they are ({folder})")
        return
    try:
        size = {"visitors": write_visitors, "prompts": write_prompts}[name](folder, wish.cache)
    except (KokoroError, subprocess.CalledProcessError) as fault:
        if wish.only == name:
            raise VoiceError(f"kokoro: {fault}") from fault
        print(f"{name}: left as they are, kokoro is not to be had ({fault})")
        return
    print(f"{name}: {size / 1e3:.0f} kB of recordings")


def _film(film: Film, voice: Voice, wish: argparse.Namespace) -> None:
    spoken = {index: voice.say(line) for index, line in enumerate(film.lines)}
    sound = mix(film, spoken, wish.seed)
    pictures = _with_bar(frames(film, spoken, wish.seed), film)
    crf, preset = (_QUICK_CRF, "ultrafast") if wish.quick else (_CRF, "slow")
    write_clip(wish.out / f"{film.name}.mp4", pictures, sound, crf=crf, preset=preset)


def _with_bar(pictures: Iterable[Rgba], film: Film) -> Iterator[Rgba]:
    begun = monotonic()
    for done, picture in enumerate(pictures, start=1):
        yield picture
        if done % 10 == 0 or done == film.frames:
            share = done / film.frames
            left_s = (monotonic() - begun) / share * (1 - share)
            bar = "#" * round(share * _BAR_WIDTH)
            end = "\n" if done == film.frames else "\r"
            print(
                f"{film.name:>10} [{bar:<{_BAR_WIDTH}}] {share:4.0%} {left_s:4.0f} s left",
                end=end,
                flush=True,
            )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.make_demo",
        description="Draw, voice and encode the demo's drama, its pictures and their manifest.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, default=_DEMO, help="folder to write to (node/demo)")
    parser.add_argument("--seed", type=int, default=7, help="camera's hand, music, foley (7)")
    parser.add_argument("--voice", choices=("auto", "kokoro", "espeak"), default="auto")
    parser.add_argument(
        "--only", choices=(*films(), "pictures", "visitors", "prompts"), help="make one thing"
    )
    parser.add_argument("--quick", action="store_true", help="coarse and fast, for looking")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "livesell" / "kokoro"
    parser.add_argument("--cache", type=Path, default=cache, help=f"packaged voices ({cache})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
