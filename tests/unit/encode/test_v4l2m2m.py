"""The V4L2 encoder against a simulated driver: queues, faults, release."""

import errno
import logging
import struct
from dataclasses import replace
from fractions import Fraction

import pytest

from node.board import videodev2 as v4l2
from node.encode import annexb, v4l2m2m
from node.encode.headroom import moving_pictures
from node.encode.v4l2m2m import V4l2M2m
from node.errors import DeviceError
from node.media import AccessUnit, Frame, Pts90k, Rendition, Size
from tests.fakes.m2m_driver import BITRATE, CAPTURE, OUTPUT, REPEAT, SimulatedM2m

RENDITION = Rendition(Size(322, 178), 30, 800)
"""A width that no driver's rows have, and sides that are no multiples of 16."""
PICTURES = moving_pictures(RENDITION.size)


class Rig:
    """A codec on a simulated driver, with a clock that moves only in `poll`."""

    def __init__(self, rendition: Rendition = RENDITION) -> None:
        self.kernel = SimulatedM2m()
        self.kernel.now_s = 0.0
        self.codec = V4l2M2m(
            rendition, path="/dev/video11", why="a test", kernel=self.kernel, now=self.kernel.now
        )
        self.number = 0

    def encode(self, count: int = 1, *, force_idr: bool = False) -> list[AccessUnit]:
        units: list[AccessUnit] = []
        for _ in range(count):
            pixels = PICTURES[self.number % len(PICTURES)]
            frame = Frame(Pts90k(self.number * 3000), self.number / 30, pixels)
            units += self.codec.encode(frame, force_idr)
            self.number += 1
        return units


def numbers(units: list[AccessUnit]) -> list[int]:
    return [unit.pts // 3000 for unit in units]


def test_rows_wider_than_the_picture_come_out_as_they_went_in():
    units = Rig().encode(3)
    assert numbers(units) == [0, 1, 2]
    sets = annexb.parameter_sets(units[0].payload)
    assert sets is not None
    assert annexb.promise(sets[0]) == annexb.Promise(66, is_constrained=True, level=30)


def test_headers_that_the_driver_says_once_stand_before_every_idr():
    rig = Rig()
    units = rig.encode(3) + rig.encode(force_idr=True) + rig.encode(2)
    assert rig.kernel.controls[REPEAT] == 0
    first, later = [annexb.parameter_sets(unit.payload) for unit in units if unit.is_idr]
    assert first == later is not None


@pytest.mark.parametrize(("asked", "given"), [(20, 150_000), (900, 900_000), (90_000, 20_000_000)])
def test_a_bit_rate_is_kept_within_what_the_driver_bears(asked: int, given: int):
    rig = Rig()
    rig.encode()
    rig.codec.set_bitrate(asked)
    assert rig.kernel.controls[BITRATE] == given


def test_a_bit_rate_set_before_it_opens_counts():
    rig = Rig()
    rig.codec.set_bitrate(333)
    rig.encode()
    assert rig.kernel.controls[BITRATE] == 333_000


def test_a_picture_that_the_driver_dropped_is_let_go():
    rig = Rig()
    rig.kernel.drops = {2, 3}
    assert numbers(rig.encode(7)) == [0, 1, 4, 5, 6]
    assert rig.codec.lost == 2


def test_a_driver_that_keeps_one_picture_back_is_waited_for_once_only():
    rig = Rig()
    rig.kernel.lag = 1
    assert numbers(rig.encode(6)) == [0, 1, 2, 3, 4]
    assert rig.kernel.now() == pytest.approx(v4l2m2m.FIRST_PATIENCE_S)


def test_a_driver_that_was_late_once_is_in_time_again():
    rig = Rig()
    rig.encode(3)
    rig.kernel.stalls = True
    assert rig.encode() == []
    rig.kernel.stalls = False
    assert numbers(rig.encode(3)) == [3, 4, 5, 6]
    assert numbers(rig.encode()) == [7]


def test_a_driver_that_hangs_is_found_out_in_time_and_opened_anew():
    rig = Rig()
    rig.encode(3)
    rig.kernel.stalls = True
    with pytest.raises(DeviceError, match="no picture came back"):
        rig.encode(60)
    assert rig.kernel.now() < 2.0
    rig.codec.close()
    rig.kernel.stalls = False
    units = rig.encode(2)
    assert [unit.is_idr for unit in units] == [True, False]
    rig.codec.close()
    assert rig.kernel.open_devices == 0


def test_a_pause_of_the_program_is_no_hang():
    rig = Rig()
    rig.encode(3)
    assert rig.kernel.now_s is not None
    rig.kernel.now_s += 60
    rig.kernel.drops = {3}
    assert numbers(rig.encode(2)) == [4]


def test_garbage_is_refused_with_its_first_bytes():
    rig = Rig()
    rig.kernel.garbage = 1
    with pytest.raises(DeviceError, match=r"no H\.264: 17 2a 17 2a"):
        rig.encode()


def test_a_device_that_is_busy_is_named(caplog: pytest.LogCaptureFixture):
    rig = Rig()
    rig.kernel.busy = 1
    with pytest.raises(DeviceError, match=r"/dev/video11: open: busy.*\(EBUSY\)"):
        rig.encode()
    with caplog.at_level(logging.INFO):
        assert len(rig.encode()) == 1
    assert "no B-frames: Invalid argument (EINVAL): not taken" in caplog.text


def test_a_device_that_is_not_there_is_named():
    codec = V4l2M2m(RENDITION, path="/dev/video7", why="", kernel=SimulatedM2m())
    with pytest.raises(DeviceError, match=r"/dev/video7: open: no such device \(ENOENT\)"):
        codec.open()


@pytest.mark.parametrize(
    ("request_number", "step"),
    [
        (v4l2.VIDIOC_S_FMT, "format"),
        (v4l2.VIDIOC_S_CTRL, "bit rate"),
        (v4l2.VIDIOC_REQBUFS, "buffers"),
        (v4l2.VIDIOC_QUERYBUF, "buffers"),
        (v4l2.VIDIOC_STREAMON, "buffers"),
        (v4l2.VIDIOC_DQBUF, "picture"),
    ],
)
def test_what_fails_is_told_and_nothing_stays_open(request_number: int, step: str):
    rig = Rig()
    rig.kernel.fails_at = request_number
    with pytest.raises(DeviceError, match=rf"/dev/video11: {step}: .*\(EIO\)"):
        rig.encode()
    rig.codec.close()
    assert rig.kernel.open_devices == 0
    rig.kernel.fails_at = 0
    assert len(rig.encode()) == 1


def test_a_driver_without_frame_rates_encodes_all_the_same(caplog: pytest.LogCaptureFixture):
    rig = Rig()
    rig.kernel.fps = Fraction(30)
    rig.kernel.fails_at = v4l2.VIDIOC_S_PARM
    with caplog.at_level(logging.INFO):
        assert len(rig.encode()) == 1
    assert "frame rate: Input/output error (EIO): not taken" in caplog.text


def test_a_size_that_the_driver_changes_is_refused():
    rendition = Rendition(Size(2048, 96), 30, 800)
    codec = V4l2M2m(rendition, path="/dev/video11", why="", kernel=SimulatedM2m())
    with pytest.raises(DeviceError, match="takes 1920x96, not 2048x96"):
        codec.open()


@pytest.mark.parametrize(("whole", "row"), [(0, 0), (322 * 178 * 3 // 2, 160), (100, 384)])
def test_a_driver_that_has_no_room_for_a_picture_is_refused(monkeypatch, whole: int, row: int):
    real = SimulatedM2m._s_fmt

    def spoilt(self: SimulatedM2m, argument: bytearray) -> None:
        real(self, argument)
        struct.pack_into("=II", argument, 28, whole, row)

    monkeypatch.setattr(SimulatedM2m, "_s_fmt", spoilt)
    with pytest.raises(DeviceError, match=rf"rows of {row} bytes, {whole} in all, for 322x178"):
        Rig().encode()


def spoilt_buffers(monkeypatch: pytest.MonkeyPatch, request: str, spoil) -> None:
    """Have the driver's answer to a request be altered: `spoil` gets the argument."""
    real = getattr(SimulatedM2m, request)

    def answered(self: SimulatedM2m, argument: bytearray) -> None:
        real(self, argument)
        spoil(self, argument)

    monkeypatch.setattr(SimulatedM2m, request, answered)


@pytest.mark.parametrize("kind", [CAPTURE, OUTPUT])
def test_a_driver_that_names_a_buffer_that_is_not_there_is_refused(monkeypatch, kind: int):
    def spoil(_driver: SimulatedM2m, argument: bytearray) -> None:
        if struct.unpack_from("=I", argument, 4)[0] == kind:
            struct.pack_into("=I", argument, 0, 77)

    rig = Rig()
    rig.encode(2)
    spoilt_buffers(monkeypatch, "_dqbuf", spoil)
    with pytest.raises(DeviceError, match="/dev/video11: there is no buffer 77"):
        rig.encode(2)
    rig.codec.close()
    assert rig.kernel.open_devices == 0


def test_a_driver_whose_buffers_are_smaller_than_it_said_is_refused(monkeypatch):
    def spoil(driver: SimulatedM2m, argument: bytearray) -> None:
        kind, index, plane = driver._buffer(argument)
        offset = driver.queues[kind].buffers[index].offset
        driver._write_plane(plane, struct.pack("=IIQ", 0, 4096, offset))

    spoilt_buffers(monkeypatch, "_querybuf", spoil)
    rig = Rig()
    with pytest.raises(DeviceError, match="/dev/video11: buffers of 4096 bytes, not 102528"):
        rig.encode()
    assert rig.kernel.open_devices == 0


def test_a_driver_that_makes_no_buffers_is_refused(monkeypatch):
    def spoil(_driver: SimulatedM2m, argument: bytearray) -> None:
        argument[:4] = bytes(4)

    spoilt_buffers(monkeypatch, "_reqbufs", spoil)
    with pytest.raises(
        DeviceError, match="/dev/video11: pictures in: its driver made 0 of 4 buffers"
    ):
        Rig().encode()


def test_a_driver_whose_buffers_cannot_be_mapped_is_refused_by_what_it_takes():
    rig = Rig()
    rig.kernel.memories = (4,)
    with pytest.raises(DeviceError, match=r"/dev/video11: pictures in: .* only takes DMABUF"):
        rig.encode()
    assert rig.kernel.open_devices == 0


@pytest.mark.parametrize("stamp", [(0, 0), (1 << 40, 0), (-1, 999_999)])
def test_stamps_that_no_picture_had_are_refused(monkeypatch, stamp: tuple[int, int]):
    def spoil(_driver: SimulatedM2m, argument: bytearray) -> None:
        struct.pack_into("=qq", argument, 24, *stamp)

    rig = Rig()
    rig.encode(2)
    spoilt_buffers(monkeypatch, "_dqbuf", spoil)
    with pytest.raises(DeviceError, match="which no waiting frame has"):
        rig.encode(2)


def test_a_picture_that_the_driver_calls_damaged_is_let_go(monkeypatch):
    damaged = {1}

    def spoil(driver: SimulatedM2m, argument: bytearray) -> None:
        if struct.unpack_from("=I", argument, 4)[0] == CAPTURE and driver.pictures - 1 in damaged:
            struct.pack_into("=I", argument, 12, v4l2.V4L2_BUF_FLAG_ERROR)

    spoilt_buffers(monkeypatch, "_dqbuf", spoil)
    rig = Rig()
    assert numbers(rig.encode(4)) == [0, 2, 3]
    assert rig.codec.lost == 1


def test_an_encoder_that_is_pulled_in_the_middle_is_told(monkeypatch):
    rig = Rig()
    rig.encode(2)

    def gone(*_: object) -> None:
        raise OSError(errno.ENODEV, "gone")

    monkeypatch.setattr(SimulatedM2m, "_dqbuf", gone)
    with pytest.raises(DeviceError, match=r"/dev/video11: picture: unplugged \(ENODEV\)"):
        rig.encode()
    rig.codec.close()
    assert rig.kernel.open_devices == 0


def test_what_stands_before_a_coded_picture_counts_among_its_bytes(monkeypatch):
    real = v4l2.BufferArgument.filled.fget
    expected = Rig().encode()[0].payload
    monkeypatch.setattr(
        v4l2.BufferArgument, "filled", property(lambda one: replace(real(one), offset=4))
    )
    with pytest.raises(DeviceError, match=r"that are no H\.264"):
        Rig().encode()
    took: list[bytes] = []
    monkeypatch.setattr(v4l2m2m.ForeignUnits, "take", lambda _, __, content: took.append(content))
    Rig().encode()
    assert took == [expected[4:]]


def test_too_small_a_size_is_refused():
    codec = V4l2M2m(
        Rendition(Size(16, 16), 30, 800), path="/dev/video11", why="", kernel=SimulatedM2m()
    )
    with pytest.raises(DeviceError, match="16x16: sides must be even, and 32 at least"):
        codec.open()


def test_close_gives_everything_back_and_may_be_repeated():
    rig = Rig()
    rig.encode(2)
    rig.codec.close()
    rig.codec.close()
    assert rig.kernel.open_devices == 0
    assert all(not queue.buffers for queue in rig.kernel.queues.values())
