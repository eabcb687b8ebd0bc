"""Is a card, and a code burned into the picture, readable once encoded at a low bit rate?

The node's own card, a code at whole-pixel modules and its own x264 settings over two scenes: the
demo's drama and moving noise (the worst case). Every tenth picture is decoded and its code read by
zxing-cpp; of the card the structural similarity to the drawn one is told, and whether tesseract
reads its price, where tesseract is installed. The kiosk's own code never is in the video: this is
for what is recorded or sent on.

    pip install zxing-cpp      # for this bench alone
    python -m tests.bench.bench_qr [--seconds 4] [--size 1280x720] [--preset veryfast]
"""

import argparse
import re
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from io import BytesIO

import av
import numpy as np
import segno
from PIL import Image

from node.cli.demo import ASSETS
from node.encode.x264 import X264
from node.graphics.card import CardFace, draw_card
from node.graphics.overlay import to_overlay
from node.media import Frame, Overlay, Pixels, Pts90k, Rendition, Size
from node.program import pixels

FPS, EVERY = 30, 10
BITRATES_KBPS = (2500, 1000, 600, 300)
MODULES_PX = (3, 4, 5, 6)
LINK = "https://go.example.com/q/x7kq2m"
CARD = CardFace(
    title={"zh": "旅行快客茶具", "en": "Travel tea set"},
    price={"zh": "¥129.00", "en": "CN¥129.00"},
    badge={"zh": "展会价", "en": "Fair price"},
)
PRICE = re.compile(r"129[.,]00")
WINDOW = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--preset", default="veryfast")
    chosen = parser.parse_args()
    width, height = (int(edge) for edge in chosen.size.split("x"))
    size, count = Size(width, height), round(chosen.seconds * FPS)
    card = draw_card(CARD, size=size, locales=("zh", "en"))
    codes = {px: code(px) for px in MODULES_PX}
    widths = {px: codes[px].size[0] for px in MODULES_PX}
    named = ", ".join(f"{px} px a module = {widths[px]} px" for px in MODULES_PX)
    print(f"{size}, libx264/{chosen.preset}, {count} pictures a run, every {EVERY}th looked at")
    print(f"codes, quiet zone included: {named}")
    for scene, draw in (("drama", drama), ("noise", noise)):
        for kbps in BITRATES_KBPS:
            shares, similar, prices, looked = dict.fromkeys(MODULES_PX, 0), [], 0, 0
            drawn = composed(draw(size, count), card, codes, size)
            for source, seen in coded(drawn, size, kbps, chosen.preset):
                looked += 1
                read = texts(seen[:height], codes, size)
                for px in MODULES_PX:
                    shares[px] += read[px] == LINK
                box = card_box(card)
                similar.append(similarity(source[:height][box], seen[:height][box]))
                prices += reads_price(seen[:height][box])
            told = ", ".join(f"{widths[px]} px {shares[px]}/{looked}" for px in MODULES_PX)
            print(f"{scene:6} {kbps:5} kbit/s  codes read: {told}")
            price = f"price read {prices}/{looked}" if shutil.which("tesseract") else "no tesseract"
            median, worst = statistics.median(similar), min(similar)
            print(f"{'':20}card similarity {median:.3f} (worst {worst:.3f}), {price}")


def code(module_px: int) -> Image.Image:
    """The code of the link, its quiet zone included, as a picture."""
    file = BytesIO()
    segno.make(LINK, error="q", micro=False).save(file, kind="png", scale=module_px, border=4)
    return Image.open(file).convert("RGBA")


def place(px: int, size: Size) -> tuple[int, int]:
    """Where a code stands: all of them side by side at the top."""
    return 20 + MODULES_PX.index(px) * (size.width // len(MODULES_PX)), 20


def composed(
    scene: Iterator[Pixels], card: Overlay, codes: dict[int, Image.Image], size: Size
) -> Iterator[Pixels]:
    """The scene with card and codes, as the mixer draws them."""
    laid = [card]
    for px, drawing in codes.items():
        x, y = place(px, size)
        laid.append(to_overlay(drawing, x=x, y=y))
    for picture in scene:
        made = picture.copy()
        for overlay in laid:
            pixels.blend(made, overlay)
        yield made


def drama(size: Size, count: int) -> Iterator[Pixels]:
    """The demo's first episode, over and over."""
    given = 0
    while given < count:
        with av.open(str(ASSETS / "ep1.mp4")) as container:
            for frame in container.decode(video=0):
                if given == count:
                    return
                given += 1
                yield frame.reformat(size.width, size.height, "yuv420p").to_ndarray()


def noise(size: Size, count: int) -> Iterator[Pixels]:
    """Coarse noise that moves by four pixels a picture."""
    drawn = np.random.default_rng(1)
    coarse = drawn.integers(16, 236, (size.height // 8, size.width // 4), dtype=np.uint8)
    luma = np.kron(coarse, np.ones((8, 8), np.uint8))
    for number in range(count):
        picture = np.full((size.height * 3 // 2, size.width), 128, np.uint8)
        at = number * 4 % size.width
        picture[: size.height] = luma[: size.height, at : at + size.width]
        yield picture


def coded(
    drawn: Iterator[Pixels], size: Size, kbps: int, preset: str
) -> Iterator[tuple[Pixels, Pixels]]:
    """Every tenth picture beside what a viewer's decoder makes of it."""
    codec = X264(Rendition(size, FPS, kbps), preset=preset, threads=0, why="bench")
    decoder = av.CodecContext.create("h264", "r")
    for number, picture in enumerate(drawn):
        pts = Pts90k(number * 90_000 // FPS)
        for unit in codec.encode(Frame(pts, 0.0, picture), number == 0):
            for frame in decoder.decode(av.Packet(unit.payload)):
                if number % EVERY == EVERY - 1:
                    yield picture, frame.to_ndarray(format="yuv420p")
    codec.close()


def texts(luma: Pixels, codes: dict[int, Image.Image], size: Size) -> dict[int, str]:
    """What the reader makes of each code, found in its own part of the picture."""
    try:
        import zxingcpp
    except ImportError:
        raise SystemExit("bench_qr reads codes with zxing-cpp: pip install zxing-cpp") from None
    found: dict[int, str] = {}
    for px, drawing in codes.items():
        x, y = place(px, size)
        part = luma[
            max(0, y - 20) : y + drawing.height + 20, max(0, x - 20) : x + drawing.width + 20
        ]
        read = zxingcpp.read_barcodes(np.ascontiguousarray(part))
        found[px] = read[0].text if read else ""
    return found


def card_box(card: Overlay) -> tuple[slice, slice]:
    """The card's part of a picture."""
    height, width = card.coverage.shape[:2]
    return slice(card.y, card.y + height), slice(card.x, card.x + width)


def similarity(a: Pixels, b: Pixels) -> float:
    """Structural similarity of two luma planes (Wang et al. 2004), mean of 8 x 8 windows."""
    height, width = (edge // WINDOW * WINDOW for edge in a.shape)

    def windows(plane: Pixels) -> np.ndarray:
        cut = plane[:height, :width].astype(np.float64)
        return cut.reshape(height // WINDOW, WINDOW, width // WINDOW, WINDOW).swapaxes(1, 2)

    one, other = windows(a), windows(b)
    means = one.mean((2, 3)), other.mean((2, 3))
    spread = one.var((2, 3)) + other.var((2, 3))
    common = (one * other).mean((2, 3)) - means[0] * means[1]
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * means[0] * means[1] + c1) * (2 * common + c2)
    return float((top / ((means[0] ** 2 + means[1] ** 2 + c1) * (spread + c2))).mean())


def reads_price(luma: Pixels) -> bool:
    """Whether tesseract reads the price on the card."""
    program = shutil.which("tesseract")
    if program is None:
        return False
    file = BytesIO()
    Image.fromarray(luma).resize((luma.shape[1] * 2, luma.shape[0] * 2)).save(file, "PNG")
    words = [program, "stdin", "stdout", "--psm", "11"]
    run = subprocess.run(words, input=file.getvalue(), capture_output=True, check=False)
    return bool(PRICE.search(run.stdout.decode(errors="replace")))


if __name__ == "__main__":
    main()
