"""Still pictures: fitted like clips, upright, opaque."""

import numpy as np
import pytest
from PIL import Image

from node.clips.still import load_still
from node.errors import AssetError
from node.media import Size, planes

SIZE = Size(320, 180)


def saved(path, image, **options):
    image.save(path, **options)
    return path


def test_white_is_white_and_bars_are_black(tmp_path):
    path = saved(tmp_path / "a.png", Image.new("RGB", (100, 100), "white"))
    luma, u, v = planes(load_still(path, SIZE))
    assert luma.shape == (180, 320)
    assert luma[90, 160] == pytest.approx(235, abs=1)
    assert luma[90, 10] == 16
    assert u[45, 80] == pytest.approx(128, abs=1)
    assert v[45, 5] == 128


def test_red_has_the_values_of_bt709(tmp_path):
    path = saved(tmp_path / "a.png", Image.new("RGB", (320, 180), (255, 0, 0)))
    luma, u, v = planes(load_still(path, SIZE))
    assert (luma[90, 160], u[45, 80], v[45, 80]) == pytest.approx((63, 102, 240), abs=2)


def test_what_is_transparent_is_black(tmp_path):
    path = saved(tmp_path / "a.png", Image.new("RGBA", (320, 180), (255, 255, 255, 0)))
    assert np.all(planes(load_still(path, SIZE))[0] == 16)


def test_a_photograph_stands_upright(tmp_path):
    image = Image.new("RGB", (64, 32), "black")
    image.paste("white", (0, 0, 32, 32))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise: left becomes top
    path = saved(tmp_path / "a.jpg", image, exif=exif)
    luma = planes(load_still(path, SIZE))[0]
    assert luma[20, 160] > 200
    assert luma[160, 160] < 40


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "LA", "I;16"])
def test_any_kind_of_picture_is_shown(tmp_path, mode):
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    if mode == "I;16":
        image = Image.new(mode, (50, 40))
    else:
        image = Image.new("RGB", (50, 40), "gray").convert(mode)
    assert load_still(saved(path, image), SIZE).shape == (270, 320)


@pytest.mark.parametrize("content", [b"", b"words", b"\x89PNG\r\n\x1a\n" + bytes(60)])
def test_what_is_no_picture_is_refused_by_name(tmp_path, content):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(AssetError, match=r"a\.png: not a picture"):
        load_still(path, SIZE)


def test_a_cut_off_picture_is_refused(tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)
    path = saved(tmp_path / "a.jpg", Image.fromarray(noise))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(AssetError, match="truncated"):
        load_still(path, SIZE)


def test_a_missing_picture_is_named(tmp_path):
    with pytest.raises(AssetError, match=r"gone\.png"):
        load_still(tmp_path / "gone.png", SIZE)
