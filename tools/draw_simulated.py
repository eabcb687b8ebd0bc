"""Draws node/capture/simulated.png, the words on the simulated camera's plate.

Usage: python -m tools.draw_simulated FONT OUT (a font with Chinese and Latin letters).
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WORDS = "SIMULATED · 模拟"
HEIGHT_PX = 60


def draw(font_path: Path) -> Image.Image:
    """White words on black, `HEIGHT_PX` high."""
    font = ImageFont.truetype(str(font_path), HEIGHT_PX * 0.78, index=2)
    image = Image.new("L", (round(font.getlength(WORDS)) + 4, HEIGHT_PX), 0)
    ImageDraw.Draw(image).text((2, HEIGHT_PX / 2), WORDS, fill=255, font=font, anchor="lm")
    return image


def main() -> None:
    """Draw with the font given to the path given."""
    font_path, out = sys.argv[1:3]
    draw(Path(font_path)).save(out, optimize=True)


if __name__ == "__main__":
    main()
