"""The simulated camera's own backdrop: a wooden desk by a window, drawn without any file."""

from PIL import Image, ImageDraw, ImageFilter

from node.media import Size

CUP = (0.70, 0.60)
"""Middle of the cup's rim, as parts of width and height."""
TABLE_Y = 0.66
FINER = 2
"""Drawn so many times larger, so that edges are smooth."""
SOFT_PARTS = 4
"""A blurred shape is drawn so many times smaller: nobody sees it, and blurring costs less."""
_Colour = tuple[int, int, int]
_Corners = tuple[float, float, float, float]

WALL: tuple[_Colour, _Colour] = ((206, 196, 178), (168, 150, 130))
WOOD: tuple[_Colour, _Colour] = ((150, 102, 64), (92, 58, 36))


def draw_desk(size: Size) -> Image.Image:
    """An RGB picture of a desk with a tea tin, a book and a cup, warm light from the left."""
    image = Image.new("RGB", (size.width * FINER, size.height * FINER))
    canvas = _Canvas(image)
    _shade(image, (0, 0, 1, TABLE_Y), WALL)
    _draw_window_light(canvas)
    _draw_shelf(canvas)
    _shade(image, (0, TABLE_Y, 1, 1), WOOD)
    _draw_grain(canvas)
    _draw_tin(canvas)
    _draw_book(canvas)
    _draw_cup(canvas)
    return image.reduce(FINER)


class _Canvas:
    """Draws in parts of width and height, softly blurred where asked."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image

    def soft(
        self, points: list[tuple[float, float]], colour: _Colour, alpha: int, blur: float
    ) -> None:
        """A blurred polygon, `alpha` 0..255, `blur` as part of the height."""
        width, height = (side // SOFT_PARTS for side in self._image.size)
        mask = Image.new("L", (width, height), 0)
        corners = [(x * width, y * height) for x, y in points]
        ImageDraw.Draw(mask).polygon(corners, fill=alpha)
        mask = mask.filter(ImageFilter.GaussianBlur(blur * height)).resize(self._image.size)
        self._image.paste(Image.new("RGB", self._image.size, colour), mask=mask)

    def box(self, corners: _Corners, colour: _Colour, radius: float = 0.0) -> None:
        """A box with rounded corners, `radius` as part of the height."""
        ImageDraw.Draw(self._image).rounded_rectangle(
            (*self._px(*corners[:2]), *self._px(*corners[2:])), radius * self._image.height, colour
        )

    def oval(self, corners: _Corners, colour: _Colour) -> None:
        """An oval inside a box."""
        ImageDraw.Draw(self._image).ellipse(
            (*self._px(*corners[:2]), *self._px(*corners[2:])), colour
        )

    def line(self, points: list[tuple[float, float]], colour: _Colour, width: float) -> None:
        """A line through points, `width` as part of the height."""
        ImageDraw.Draw(self._image).line(
            [self._px(*point) for point in points],
            colour,
            max(1, round(width * self._image.height)),
        )

    def _px(self, x: float, y: float) -> tuple[float, float]:
        return x * self._image.width, y * self._image.height


def _shade(image: Image.Image, corners: _Corners, colours: tuple[_Colour, _Colour]) -> None:
    """A box that goes from the first colour at its top to the second at its bottom."""
    left, top, right, bottom = corners
    width, height = round((right - left) * image.width), round((bottom - top) * image.height) + 1
    ramp = Image.linear_gradient("L").resize((width, height))
    upper, lower = (Image.new("RGB", (width, height), colour) for colour in colours)
    upper.paste(lower, mask=ramp)
    image.paste(upper, (round(left * image.width), round(top * image.height)))


def _draw_window_light(canvas: _Canvas) -> None:
    for pane in range(3):
        x = 0.08 + 0.13 * pane
        slanted = [(x, 0.0), (x + 0.10, 0.0), (x + 0.24, TABLE_Y), (x + 0.13, TABLE_Y)]
        canvas.soft(slanted, (255, 240, 205), 90, 0.012)


def _draw_shelf(canvas: _Canvas) -> None:
    canvas.soft([(0.07, 0.30), (0.42, 0.30), (0.42, 0.36), (0.07, 0.36)], (70, 50, 36), 150, 0.02)
    canvas.box((0.06, 0.265, 0.43, 0.295), (122, 82, 52))
    tins = (
        (0.09, (88, 118, 92)),
        (0.16, (164, 74, 58)),
        (0.23, (206, 168, 96)),
        (0.35, (74, 92, 124)),
    )
    for x, colour in tins:
        canvas.box((x, 0.14, x + 0.055, 0.265), colour, 0.008)
        canvas.box((x, 0.14, x + 0.055, 0.16), (226, 214, 190), 0.008)


def _draw_grain(canvas: _Canvas) -> None:
    for index in range(9):
        y = TABLE_Y + 0.012 + index * index * 0.0042
        bend = 0.004 * (index % 3)
        canvas.line([(0, y), (0.4, y + bend), (1, y)], (118 - 4 * index, 78 - 3 * index, 50), 0.002)
    canvas.line([(0, TABLE_Y), (1, TABLE_Y)], (196, 148, 102), 0.005)


def _draw_tin(canvas: _Canvas) -> None:
    canvas.soft([(0.40, 0.80), (0.60, 0.80), (0.60, 0.85), (0.42, 0.85)], (30, 18, 12), 170, 0.015)
    canvas.box((0.41, 0.44, 0.52, 0.82), (46, 92, 78), 0.02)
    canvas.soft(
        [(0.42, 0.46), (0.44, 0.46), (0.44, 0.80), (0.42, 0.80)], (190, 224, 206), 130, 0.01
    )
    canvas.box((0.405, 0.42, 0.525, 0.49), (34, 70, 60), 0.015)
    canvas.box((0.425, 0.58, 0.505, 0.72), (236, 226, 200), 0.008)
    canvas.line([(0.44, 0.62), (0.49, 0.62)], (150, 60, 44), 0.012)
    canvas.line([(0.44, 0.655), (0.49, 0.655)], (120, 108, 92), 0.006)
    canvas.line([(0.44, 0.68), (0.48, 0.68)], (120, 108, 92), 0.006)


def _draw_book(canvas: _Canvas) -> None:
    canvas.soft([(0.13, 0.88), (0.36, 0.88), (0.34, 0.95), (0.12, 0.95)], (30, 18, 12), 150, 0.012)
    canvas.box((0.12, 0.86, 0.34, 0.92), (132, 54, 46), 0.008)
    canvas.box((0.13, 0.875, 0.345, 0.908), (238, 230, 212))
    canvas.box((0.14, 0.82, 0.33, 0.865), (58, 72, 96), 0.008)


def _draw_cup(canvas: _Canvas) -> None:
    x, rim = CUP
    canvas.soft([(x - 0.1, 0.85), (x + 0.14, 0.85), (x + 0.14, 0.9), (x - 0.1, 0.9)],
                (30, 18, 12), 170, 0.015)  # fmt: skip
    canvas.oval((x - 0.115, 0.83, x + 0.115, 0.90), (222, 214, 200))
    canvas.oval((x - 0.09, 0.84, x + 0.09, 0.885), (196, 186, 170))
    canvas.oval((x + 0.045, rim + 0.05, x + 0.12, rim + 0.2), (226, 218, 204))
    canvas.oval((x + 0.06, rim + 0.08, x + 0.105, rim + 0.17), (150, 118, 88))
    canvas.box((x - 0.075, rim + 0.01, x + 0.075, rim + 0.26), (236, 230, 218), 0.06)
    canvas.soft([(x + 0.02, rim + 0.05), (x + 0.07, rim + 0.05), (x + 0.05, rim + 0.24),
                 (x + 0.01, rim + 0.24)], (178, 166, 150), 150, 0.02)  # fmt: skip
    canvas.oval((x - 0.075, rim - 0.03, x + 0.075, rim + 0.045), (244, 240, 230))
    canvas.oval((x - 0.065, rim - 0.02, x + 0.065, rim + 0.037), (150, 92, 48))
