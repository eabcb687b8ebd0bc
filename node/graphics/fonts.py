"""Finds the fonts that can write Chinese beside Latin, and keeps each size loaded once."""

import shutil
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Literal

from PIL import ImageFont

from node.errors import AssetError

Weight = Literal["regular", "bold"]
Font = ImageFont.FreeTypeFont

FONT_ROOTS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("~/.local/share/fonts"),
    Path("~/.fonts"),
)

CHINESE_FILES: dict[Weight, tuple[str, ...]] = {
    "regular": (
        "opentype/noto/NotoSansCJK-Regular.ttc",
        "noto-cjk/NotoSansCJK-Regular.ttc",
        "google-noto-cjk/NotoSansCJK-Regular.ttc",
        "NotoSansCJK-Regular.ttc",
        "truetype/wqy/wqy-microhei.ttc",
        "truetype/wqy/wqy-zenhei.ttc",
        "truetype/droid/DroidSansFallbackFull.ttf",
    ),
    "bold": (
        "opentype/noto/NotoSansCJK-Bold.ttc",
        "noto-cjk/NotoSansCJK-Bold.ttc",
        "google-noto-cjk/NotoSansCJK-Bold.ttc",
        "NotoSansCJK-Bold.ttc",
    ),
}
"""Under a root, best first: Debian, Arch and Fedora; WenQuanYi and Droid have one weight."""

OTHER_SCRIPTS = ("Arabic", "Hebrew", "Thai", "Devanagari")


def _other_files(noto: str, dejavu: str) -> tuple[str, ...]:
    folders = ("truetype/noto", "noto", "google-noto")
    files = (f"{folder}/NotoSans{one}-{noto}.ttf" for one in OTHER_SCRIPTS for folder in folders)
    return (*files, f"truetype/dejavu/{dejavu}.ttf", f"TTF/{dejavu}.ttf")


OTHER_FILES: dict[Weight, tuple[str, ...]] = {
    "regular": _other_files("Regular", "DejaVuSans"),
    "bold": _other_files("Bold", "DejaVuSans-Bold"),
}
"""For what the Chinese font lacks; on Debian those of fonts-noto-core, then DejaVu."""

SCRIPTS: dict[str, str] = {"ar": "ع", "fa": "گ", "he": "ש", "th": "ก", "hi": "क"}
"""A letter of each language that needs one of `OTHER_FILES`."""

_SIMPLIFIED = "SC"
_COLLECTION_FACES_MAX = 10
_PROBE = "中"
_UNASSIGNED = "\U0010fffe"  # a non-character: every font answers with its empty box
_FC_MATCH_TIMEOUT_S = 5.0


@lru_cache(maxsize=256)
def face(weight: Weight, size_px: int) -> Font:
    """The Chinese and Latin font at a size (em, px).

    Raises:
        AssetError: no font on this machine can draw Chinese.
    """
    path, index = _chinese_file(weight)
    return ImageFont.truetype(path, size_px, index)


@lru_cache(maxsize=64)
def other_faces(weight: Weight, size_px: int) -> tuple[Font, ...]:
    """Fonts for characters that the Chinese one lacks, best first; may be empty."""
    found = (_first_file((name,)) for name in OTHER_FILES[weight])
    return tuple(ImageFont.truetype(path, size_px) for path in found if path is not None)


@lru_cache(maxsize=256)
def family(font: Font) -> tuple[Font, ...]:
    """A font of `face` or `other_faces` and those that stand beside it, Chinese first."""
    size_px = round(font.size)
    weights: tuple[Weight, ...] = ("regular", "bold")
    families = ((face(weight, size_px), *other_faces(weight, size_px)) for weight in weights)
    return next((fonts for fonts in families if font in fonts), (font,))


@lru_cache(maxsize=16384)
def has_glyph(font: Font, character: str) -> bool:
    """Whether a font has a shape of its own for a character (else it draws an empty box)."""
    if character.isspace():
        return True
    shape, box = font.getmask(character), font.getmask(_UNASSIGNED)
    return shape.size != box.size or bytes(shape) != bytes(box)


@lru_cache(maxsize=2)
def _chinese_file(weight: Weight) -> tuple[Path, int]:
    path = _first_file(CHINESE_FILES[weight])
    if path is None and weight == "bold":
        return _chinese_file("regular")
    path = path or _asked_of_fontconfig()
    index = _simplified_face(path) if path is not None else None
    if path is None or index is None:
        raise AssetError("fonts: none of this machine can draw Chinese; install fonts-noto-cjk")
    return path, index


def _first_file(names: tuple[str, ...]) -> Path | None:
    candidates = (root.expanduser() / name for name in names for root in FONT_ROOTS)
    return next((path for path in candidates if path.is_file()), None)


def _asked_of_fontconfig() -> Path | None:
    program = shutil.which("fc-match")
    if program is None:
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed question, no words from outside
            [program, "--format=%{file}", "sans:lang=zh-cn"],
            capture_output=True,
            text=True,
            timeout=_FC_MATCH_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    path = Path(answer.stdout.strip())
    return path if path.is_file() else None


def _simplified_face(path: Path) -> int | None:
    """Index of the simplified Chinese face in a font file, of any Chinese one, or None."""
    chinese: int | None = None
    for index in range(_COLLECTION_FACES_MAX):
        try:
            font = ImageFont.truetype(path, 20, index)
        except OSError:
            break
        if not has_glyph(font, _PROBE):
            continue
        chinese = index if chinese is None else chinese
        if _SIMPLIFIED in (font.getname()[0] or "").split():
            return index
    return chinese
