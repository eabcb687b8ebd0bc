"""What a V4L2 camera offers, and which of it is taken for a program."""

import errno
from fractions import Fraction

import pytest

from node.board import videodev2
from node.capture.v4l2_modes import Mode, Wish, choose, modes_of
from node.errors import DeviceError
from node.media import Size
from tests.fakes.fake_v4l2 import H264, MJPG, NV12, SINGLE, YUYV, FakeV4l2

HD, VGA, FULL = Size(1280, 720), Size(640, 480), Size(1920, 1080)
WISH = Wish(HD, 30)
FOURCC = {"yuyv": YUYV, "mjpeg": MJPG, "nv12": NV12, "h264": H264}


def mode(name, size, rate):
    return Mode(name, FOURCC[name], size, Fraction(rate))


WEBCAM = (
    mode("yuyv", VGA, 30),
    mode("yuyv", HD, 10),
    mode("mjpeg", VGA, 30),
    mode("mjpeg", HD, 30),
    mode("mjpeg", FULL, 30),
)
"""As the common ones on USB 2 have them."""


@pytest.mark.parametrize(
    ("modes", "wish", "taken"),
    [
        (WEBCAM, WISH, mode("mjpeg", HD, 30)),
        (WEBCAM, Wish(Size(640, 360), 30), mode("yuyv", VGA, 30)),
        (WEBCAM, Wish(FULL, 30), mode("mjpeg", FULL, 30)),
        (WEBCAM, Wish(HD, 30, format="yuyv"), mode("yuyv", VGA, 30)),
        (WEBCAM, Wish(HD, 30, mode_size=FULL), mode("mjpeg", FULL, 30)),
        ((mode("mjpeg", HD, 60), mode("mjpeg", HD, 30)), WISH, mode("mjpeg", HD, 30)),
        ((mode("mjpeg", HD, 60), mode("mjpeg", HD, 25)), WISH, mode("mjpeg", HD, 60)),
        ((mode("yuyv", HD, 30), mode("nv12", HD, 30)), WISH, mode("nv12", HD, 30)),
        ((mode("h264", HD, 30), mode("mjpeg", HD, 30)), WISH, mode("mjpeg", HD, 30)),
        ((mode("h264", HD, 30), mode("mjpeg", HD, 15)), WISH, mode("h264", HD, 30)),
        ((mode("nv12", HD, 0),), WISH, mode("nv12", HD, 0)),
    ],
)
def test_rate_and_detail_come_first_then_what_costs_least(modes, wish, taken):
    assert choose(modes, wish).mode == taken


def test_the_reason_names_what_would_have_cost_less():
    assert choose(WEBCAM, WISH).why == (
        "best of 5 modes for 1280x720 at 30/s; costs less but gives less: yuyv 640x480 at 30/s"
    )


@pytest.mark.parametrize(
    ("modes", "wish", "said"),
    [
        ((), WISH, "no format that can be read"),
        (WEBCAM, Wish(HD, 30, format="nv12"), "has no nv12, only yuyv 640x480, yuyv 1280x720"),
        (WEBCAM, Wish(HD, 30, "yuyv", FULL), "has no yuyv 1920x1080, only"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(modes, wish, said):
    with pytest.raises(DeviceError, match=said):
        choose(modes, wish)


def test_every_mode_is_listed_and_formats_that_cannot_be_read_are_not():
    unread = int.from_bytes(b"BA81", "little")
    kernel = FakeV4l2(
        [
            (YUYV, 640, 480, [Fraction(30), Fraction(15, 2)]),
            (unread, 640, 480, [Fraction(30)]),
            (MJPG, 1280, 720, [Fraction(30)]),
            (MJPG, 641, 481, [Fraction(30)]),
            (NV12, 640, 480, []),
        ],
        content=lambda _: b"",
    )
    found = modes_of(lambda request, buffer: kernel.ioctl(7, request, buffer), SINGLE, WISH)
    assert found == (
        mode("yuyv", VGA, 30),
        mode("yuyv", VGA, Fraction(15, 2)),
        mode("mjpeg", HD, 30),
        mode("nv12", VGA, 0),
    )


def ranges(request, buffer):
    """A driver that lists ranges, as that of a sensor or grabber does."""
    if buffer[0]:
        raise OSError(errno.EINVAL, "no more")
    if request == videodev2.VIDIOC_ENUM_FMT:
        buffer[:] = videodev2.FMTDESC.pack(0, 1, 0, b"", YUYV, 0)
    elif request == videodev2.VIDIOC_ENUM_FRAMESIZES:
        buffer[:] = videodev2.FRMSIZEENUM.pack(0, YUYV, 3, 48, 4096, 16, 32, 2160, 16)
    else:
        buffer[:] = videodev2.FRMIVALENUM.pack(0, YUYV, 1280, 720, 3, 1, 60, 1, 5, 0, 0)


def test_of_a_range_what_comes_next_to_the_program_is_taken():
    assert modes_of(ranges, SINGLE, WISH) == (mode("yuyv", HD, 30),)
    assert modes_of(ranges, SINGLE, Wish(Size(640, 360), 25)) == (mode("yuyv", Size(640, 352), 25),)


def test_a_driver_whose_list_never_ends_is_cut_short():
    def endless(_request, buffer):
        buffer[:] = videodev2.FMTDESC.pack(0, 1, 0, b"", 0, 0)

    assert modes_of(endless, SINGLE, WISH) == ()


@pytest.mark.parametrize(
    ("least", "most", "step", "width"),
    [
        (49, 641, 2, None),
        (49, 641, 1, 640),
        (0, 0, 0, None),
        (48, 4096, 0, 1280),
        (641, 641, 0, None),
    ],
)
def test_of_a_range_no_size_without_pixels_or_with_half_a_pair_is_taken(least, most, step, width):
    def odd(request, buffer):
        ranges(request, buffer)
        if request == videodev2.VIDIOC_ENUM_FRAMESIZES:
            buffer[:] = videodev2.FRMSIZEENUM.pack(0, YUYV, 3, least, most, step, 720, 720, 1)

    found = modes_of(odd, SINGLE, WISH)
    assert [one.size.width for one in found] == ([] if width is None else [width])
