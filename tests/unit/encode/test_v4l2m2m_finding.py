"""Finding the V4L2 encoder among the devices of a board."""

import errno
import struct

from node.encode.v4l2m2m import find_encoder
from tests.fakes.m2m_driver import OUTPUT, SimulatedM2m


def test_the_encoder_among_the_devices_is_found():
    assert find_encoder(SimulatedM2m()) == ("/dev/video11", [])


class Camera(SimulatedM2m):
    """A capture device, or a decoder: no encoder."""

    def __init__(self, capabilities: int) -> None:
        super().__init__()
        self.capabilities = capabilities

    def _querycap(self, argument: bytearray) -> None:
        argument[88:92] = self.capabilities.to_bytes(4, "little")
        argument[84:88] = (0x80000000).to_bytes(4, "little")

    def _enum_fmt(self, argument: bytearray) -> None:
        raise OSError(errno.EINVAL, "no more formats")


def test_a_camera_is_passed_over_without_a_word():
    camera = Camera(0x1)
    assert find_encoder(camera) == ("", [])
    assert camera.open_devices == 0


def test_an_encoder_of_the_older_queues_is_passed_over_by_name():
    class InOnePiece(Camera):
        """Lists H.264 for V4L2_BUF_TYPE_VIDEO_CAPTURE."""

        def _enum_fmt(self, argument: bytearray) -> None:
            index, kind = struct.unpack_from("=II", argument, 0)
            if (index, kind) != (0, 1):
                raise OSError(errno.EINVAL, "no more formats")
            argument[44:48] = b"H264"

    older = InOnePiece(0x8000)
    refused = ["v4l2m2m: /dev/video11: an encoder of single-planar queues alone"]
    assert find_encoder(older) == ("", refused)
    assert find_encoder(Camera(0x8000)) == ("", [])  # a scaler
    assert older.open_devices == 0


def test_a_decoder_is_passed_over_by_name():
    decoder = Camera(0x4000)
    refused = ["v4l2m2m: /dev/video11: does not turn I420 into H.264"]
    assert find_encoder(decoder) == ("", refused)
    assert decoder.open_devices == 0


def test_a_busy_device_is_passed_over_by_name():
    kernel = SimulatedM2m()
    kernel.busy = 1
    path, refusals = find_encoder(kernel)
    assert path == ""
    assert "busy: another program encodes (EBUSY)" in refusals[0]


def test_an_encoder_that_lists_raw_formats_of_the_coded_one_that_is_set_is_found():
    class Choosy(SimulatedM2m):
        """Begins with another codec, for which it takes no I420."""

        is_h264 = False

        def _s_fmt(self, argument: bytearray) -> None:
            super()._s_fmt(argument)
            self.is_h264 |= bytes(argument[16:20]) == b"H264"

        def _enum_fmt(self, argument: bytearray) -> None:
            if struct.unpack_from("=I", argument, 4)[0] == OUTPUT and not self.is_h264:
                raise OSError(errno.EINVAL, "no more formats")
            super()._enum_fmt(argument)

    choosy = Choosy()
    assert find_encoder(choosy) == ("/dev/video11", [])
    assert choosy.open_devices == 0
