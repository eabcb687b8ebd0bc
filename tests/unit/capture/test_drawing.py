"""The simulated picture: says that it is one, shows the time, is alive, stays in range."""

from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from node.capture.barcode import read_barcode
from node.capture.drawing import Drawing
from node.config import PatternConfig
from node.errors import DeviceError
from node.media import Size, planes

NOW = datetime(2026, 11, 21, 3, 8, 6, 402_000, tzinfo=UTC)
SIZES = [Size(640, 360), Size(1280, 720), Size(1920, 1080), Size(320, 180)]


SMALL = Size(640, 360)


def prepared(size=SMALL, fps=30, **cfg):
    drawing = Drawing(PatternConfig(**cfg), size=size, fps=fps)
    drawing.prepare()
    return drawing


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("barcode", [False, True])
def test_a_picture_is_in_range_at_any_size(size, barcode):
    drawing = prepared(size, barcode=barcode)
    for tick in (0, 17, 400):
        pixels = drawing.draw(tick, NOW)
        luma, u, v = planes(pixels)
        assert pixels.shape == (size.height * 3 // 2, size.width)
        assert luma.min() >= 16
        assert luma.max() <= 235
        assert u.min() >= 16
        assert v.max() <= 240


def test_it_shows_a_scene_and_not_a_flat_field():
    luma = planes(prepared().draw(0, NOW))[0]
    assert luma.std() > 20


def test_the_clock_and_the_counter_change_from_frame_to_frame():
    drawing = prepared()
    plate = (slice(44, 106), slice(444, 596))
    first = drawing.draw(7, NOW)[plate]
    assert np.array_equal(first, drawing.draw(7, NOW)[plate])
    assert not np.array_equal(first, drawing.draw(8, NOW)[plate])
    assert not np.array_equal(first, drawing.draw(7, NOW.replace(microsecond=403_000))[plate])


def test_it_is_alive_outside_the_plate():
    drawing = prepared()
    before, after = (drawing.draw(tick, NOW)[120:360] for tick in (0, 15))
    assert (before != after).mean() > 0.02


def test_no_frame_is_drawn_into_another():
    drawing = prepared()
    first = drawing.draw(0, NOW)
    kept = first.copy()
    drawing.draw(500, NOW)
    assert np.array_equal(first, kept)


def test_the_words_that_it_is_simulated_are_there():
    """The label's row of the plate carries ink, whatever the time."""
    luma = planes(prepared(Size(1280, 720)).draw(0, NOW))[0]
    label = luma[100:120, 910:1050]
    assert (label > 150).mean() > 0.1
    assert (label < 60).mean() > 0.4


def test_the_barcode_tells_the_wall_clock():
    luma = planes(prepared(barcode=True).draw(0, NOW))[0]
    assert read_barcode(luma) == int(NOW.timestamp() * 1000) % 2**32


def test_without_the_barcode_there_is_none():
    assert read_barcode(planes(prepared().draw(0, NOW))[0]) is None


def test_the_lamp_flashes_at_each_full_second():
    drawing = prepared(Size(1280, 720), barcode=True)
    lamp = (slice(252, 268), slice(1148, 1178))
    lit = [tick for tick in range(65) if drawing.draw(tick, NOW)[lamp].min() > 200]
    assert lit == [0, 1, 30, 31, 60, 61]


def test_a_backdrop_fills_the_picture(tmp_path):
    path = tmp_path / "desk.png"
    Image.new("RGB", (800, 800), (0, 0, 255)).save(path)
    luma, u, _ = planes(prepared(backdrop=str(path)).draw(0, NOW))
    assert u[170, 5] > 200
    assert u[170, 310] > 200
    assert luma[350, 5] < 60


@pytest.mark.parametrize("content", [None, b"no picture"])
def test_a_backdrop_that_is_no_picture_is_named(tmp_path, content):
    path = tmp_path / "desk.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DeviceError, match=r"camera\.backdrop = .*desk\.png"):
        prepared(backdrop=str(path))
