"""A simulated V4L2 memory-to-memory encoder behind the kernel's seam: libx264 does the work.

It reads and writes the arguments byte by byte, at the offsets of <linux/videodev2.h>, with nothing
of `node.board.videodev2`, so that a wrong layout there shows. It behaves as bcm2835-codec does:
rows in steps of 64 bytes, headers with the first picture alone, stamps copied in microseconds.
"""

import ctypes
import errno
import mmap
import os
import struct
from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from node.encode import annexb
from tests.fakes.driver_memory import DriverMemory

CAPTURE, OUTPUT = 9, 10
ROWS_IN_STEPS_OF = 64
BITRATE, PROFILE, LEVEL, REPEAT, FORCE = 0x9909CF, 0x990A6B, 0x990A67, 0x9909E2, 0x9909E5
KNOWN_CONTROLS = {BITRATE, PROFILE, LEVEL, REPEAT, FORCE, 0x990A66, 0x9909CE, 0x9909D8}
LEVELS = {8: "30", 9: "31", 10: "32", 11: "40", 12: "41", 13: "42"}
PROFILES = {0: "baseline", 1: "baseline", 2: "main", 4: "high"}


@dataclass
class Buffer:
    """One buffer of the driver's memory."""

    offset: int
    length: int
    used: int = 0
    stamp: tuple[int, int] = (0, 0)
    flags: int = 0


@dataclass
class Queue:
    """What VIDIOC_REQBUFS made, what the driver holds, and what it is done with."""

    buffers: list[Buffer] = field(default_factory=list)
    held: deque[int] = field(default_factory=deque)
    done: deque[int] = field(default_factory=deque)
    is_on: bool = False


class SimulatedM2m:
    """A `Kernel` with one device, `/dev/video11`, and faults to be switched on.

    `stalls`: nothing comes back. `garbage`: so many pictures come out as bytes that are no H.264.
    `busy`: the number of openings refused. `fails_at`: the request that fails. `drops`: numbers of
    pictures (from 0) silently dropped. `lag`: pictures that stay inside until others follow.
    `memories`: what VIDIOC_REQBUFS takes, V4L2_MEMORY_MMAP alone at first.
    """

    def __init__(self) -> None:
        self.stalls = False
        self.busy = self.garbage = 0
        self.fails_at = 0
        self.drops: set[int] = set()
        self.lag = 0
        self.memories: tuple[int, ...] = (1,)
        self.now_s: float | None = None
        self.controls: dict[int, int] = {}
        self.opened = 0
        self.closed = 0
        self.pictures = 0
        self.queues: dict[int, Queue] = {}
        self.size = (0, 0)
        self.stride = 0
        self._memory = DriverMemory()
        self._codec: VideoCodecContext | None = None
        self._late: deque[bytes] = deque()
        self._is_forced = False
        self._is_first = True

    @property
    def open_devices(self) -> int:
        return self.opened - self.closed

    def now(self) -> float:
        """The clock for `V4l2M2m`: it moves on as long as anyone waits."""
        assert self.now_s is not None
        return self.now_s

    def paths(self) -> tuple[str, ...]:
        return ("/dev/video11",)

    def open(self, path: str) -> int:
        if path != "/dev/video11":
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if self.busy:
            self.busy -= 1
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), path)
        self.opened += 1
        self.queues = {OUTPUT: Queue(), CAPTURE: Queue()}
        self.controls = {PROFILE: 4, LEVEL: 11, REPEAT: 0, BITRATE: 10_000_000}
        self._codec, self._is_first, self._is_forced = None, True, False
        self.pictures = 0
        self._late.clear()
        return 1000

    def close(self, descriptor: int) -> None:
        assert descriptor == 1000
        self.closed += 1
        for queue in self.queues.values():
            self._free(queue)

    def map(self, descriptor: int, length: int, offset: int) -> mmap.mmap:
        assert descriptor == 1000
        return self._memory.map(length, offset)

    def wait(self, descriptor: int, timeout_s: float) -> bool:
        assert descriptor == 1000
        if not self.queues[CAPTURE].done and self.now_s is not None:
            self.now_s += timeout_s
        return bool(self.queues[CAPTURE].done)

    def ioctl(self, descriptor: int, request: int, argument: bytearray) -> None:
        assert descriptor == 1000
        if request == self.fails_at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        size = request >> 16 & 0x3FFF
        assert len(argument) == size, f"{request:#x} with {len(argument)} bytes, not {size}"
        {
            0x00: self._querycap, 0x02: self._enum_fmt, 0x05: self._s_fmt, 0x08: self._reqbufs,
            0x09: self._querybuf, 0x0F: self._qbuf, 0x11: self._dqbuf, 0x12: self._streamon,
            0x13: self._streamoff, 0x16: self._s_parm, 0x1C: self._s_ctrl,
        }[request & 0xFF](argument)  # fmt: skip

    def _querycap(self, argument: bytearray) -> None:
        struct.pack_into("=16s32s32s", argument, 0, b"bcm2835-codec", b"simulated encoder", b"")
        struct.pack_into("=II", argument, 84, 0x84004000, 0x04004000)

    def _enum_fmt(self, argument: bytearray) -> None:
        index, kind = struct.unpack_from("=II", argument, 0)
        formats = {OUTPUT: [b"YU12", b"NV12"], CAPTURE: [b"H264"]}[kind]
        if index >= len(formats):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        argument[44:48] = formats[index]

    def _s_fmt(self, argument: bytearray) -> None:
        (kind,) = struct.unpack_from("=I", argument, 0)
        width, height = struct.unpack_from("=II", argument, 8)
        fourcc = bytes(argument[16:20])
        width, height = min(max(width, 32), 1920), min(max(height, 32), 1920)
        assert argument[8 + 180] == 1, "one plane"
        if kind == OUTPUT:
            assert fourcc == b"YU12"
            assert struct.unpack_from("=II", argument, 20) == (1, 3), "progressive, BT.709"
            assert bytes(argument[8 + 182 : 8 + 185]) == bytes([2, 2, 1]), "BT.709, limited range"
            self.size = (width, height)
            self.stride = -(-width // ROWS_IN_STEPS_OF) * ROWS_IN_STEPS_OF
            self._sizes = {**getattr(self, "_sizes", {}), OUTPUT: self.stride * height * 3 // 2}
            struct.pack_into("=II", argument, 28, self._sizes[OUTPUT], self.stride)
        else:
            assert fourcc == b"H264"
            (asked,) = struct.unpack_from("=I", argument, 28)
            self._sizes = {**getattr(self, "_sizes", {}), CAPTURE: max(asked, 512 << 10)}
            struct.pack_into("=II", argument, 28, self._sizes[CAPTURE], 0)
        struct.pack_into("=II", argument, 8, width, height)

    def _s_parm(self, argument: bytearray) -> None:
        kind, _, _, numerator, denominator = struct.unpack_from("=IIIII", argument, 0)
        assert kind == OUTPUT
        self.fps = Fraction(denominator, numerator)

    def _s_ctrl(self, argument: bytearray) -> None:
        number, value = struct.unpack("=Ii", argument)
        if number not in KNOWN_CONTROLS:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        if number == FORCE:
            self._is_forced = True
            return
        self.controls[number] = value
        if number == BITRATE:
            assert 25_000 <= value <= 25_000_000
            if self._codec is not None:
                self._codec.bit_rate = value

    def _reqbufs(self, argument: bytearray) -> None:
        count, kind, memory = struct.unpack_from("=III", argument, 0)
        if memory not in self.memories:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        queue = self.queues[kind]
        self._free(queue)
        queue.buffers += [Buffer(*self._memory.make(self._sizes[kind])) for _ in range(count)]

    def _querybuf(self, argument: bytearray) -> None:
        kind, index, plane = self._buffer(argument)
        buffer = self.queues[kind].buffers[index]
        self._write_plane(plane, struct.pack("=IIQ", 0, buffer.length, buffer.offset))

    def _qbuf(self, argument: bytearray) -> None:
        kind, index, plane = self._buffer(argument)
        buffer = self.queues[kind].buffers[index]
        assert index not in self.queues[kind].held
        (buffer.used,) = struct.unpack("=I", ctypes.string_at(plane, 4))
        assert buffer.used <= buffer.length
        buffer.stamp = struct.unpack_from("=qq", argument, 24)
        assert 0 <= buffer.stamp[1] < 1_000_000
        self.queues[kind].held.append(index)
        self._work()

    def _dqbuf(self, argument: bytearray) -> None:
        kind, _, plane = self._buffer(argument)
        queue = self.queues[kind]
        if not queue.done:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        index = queue.done.popleft()
        buffer = queue.buffers[index]
        struct.pack_into("=I", argument, 0, index)
        struct.pack_into("=I", argument, 12, buffer.flags)
        struct.pack_into("=qq", argument, 24, *buffer.stamp)
        self._write_plane(plane, struct.pack("=II", buffer.used, buffer.length))

    def _streamon(self, argument: bytearray) -> None:
        self.queues[struct.unpack("=I", argument)[0]].is_on = True

    def _streamoff(self, argument: bytearray) -> None:
        queue = self.queues[struct.unpack("=I", argument)[0]]
        queue.is_on = False
        queue.held.clear()
        queue.done.clear()

    def _buffer(self, argument: bytearray) -> tuple[int, int, int]:
        """Queue, index, and the address of the one plane."""
        index, kind = struct.unpack_from("=II", argument, 0)
        memory, planes, count = struct.unpack_from("=IQI", argument, 60)
        assert (memory, count) == (1, 1)
        assert planes
        return kind, index, planes

    def _write_plane(self, address: int, content: bytes) -> None:
        ctypes.memmove(address, content, len(content))

    def _free(self, queue: Queue) -> None:
        for buffer in queue.buffers:
            self._memory.free(buffer.offset)
        queue.buffers.clear()
        queue.held.clear()
        queue.done.clear()

    def _work(self) -> None:
        """Encode as long as there is a picture and room for its unit."""
        pictures, units = self.queues[OUTPUT], self.queues[CAPTURE]
        while pictures.is_on and units.is_on and pictures.held and units.held and not self.stalls:
            number, self.pictures = self.pictures, self.pictures + 1
            index = pictures.held.popleft()
            picture = pictures.buffers[index]
            payload = self._encoded(picture)
            pictures.done.append(index)
            if number in self.drops:
                continue
            self._late.append(struct.pack("=qq", *picture.stamp) + payload)
            if len(self._late) > self.lag:
                self._give(self._late.popleft())

    def _give(self, late: bytes) -> None:
        units = self.queues[CAPTURE]
        index = units.held.popleft()
        unit, payload = units.buffers[index], late[16:]
        unit.stamp, unit.used = struct.unpack("=qq", late[:16]), len(payload)
        unit.flags = 0x8 if annexb.is_idr(payload) else 0
        self._memory.write(unit.offset, payload)
        units.done.append(index)

    def _encoded(self, picture: Buffer) -> bytes:
        if self.garbage:
            self.garbage -= 1
            return b"\x17\x2a" * 50
        width, height = self.size
        raw = np.frombuffer(self._memory.read(picture.offset, picture.used), np.uint8)
        luma = raw[: self.stride * height].reshape(height, self.stride)[:, :width]
        chroma = raw[self.stride * height :].reshape(height, self.stride // 2)[:, : width // 2]
        pixels = np.concatenate((luma, chroma.reshape(height // 2, width)))
        frame = av.VideoFrame.from_ndarray(pixels, format="yuv420p")
        frame.pts = picture.stamp[0] * 1_000_000 + picture.stamp[1]
        frame.time_base = Fraction(1, 1_000_000)
        if self._is_forced:
            frame.pict_type, self._is_forced = PictureType.I, False
        (packet,) = self._opened().encode(frame)
        return self._without_headers(bytes(packet))

    def _without_headers(self, payload: bytes) -> bytes:
        """The driver says SPS and PPS once, unless asked to repeat them."""
        if self._is_first or self.controls[REPEAT]:
            self._is_first = False
            return payload
        return annexb.join(u for u in annexb.split(payload) if annexb.nal_type(u) not in {7, 8})

    def _opened(self) -> VideoCodecContext:
        if self._codec is None:
            codec = av.CodecContext.create("libx264", "w")
            codec.width, codec.height = self.size
            codec.pix_fmt, codec.time_base = "yuv420p", Fraction(1, 1_000_000)
            codec.framerate, codec.gop_size, codec.thread_count = self.fps, 1 << 20, 1
            ceiling = 4 * self.controls[BITRATE]
            codec.bit_rate = ceiling  # as its ceiling at first: libx264 then stays constant
            codec.options = {
                "preset": "ultrafast", "tune": "zerolatency", "forced-idr": "1",
                "profile": PROFILES[self.controls[PROFILE]], "level": LEVELS[self.controls[LEVEL]],
                "maxrate": str(ceiling), "bufsize": str(ceiling // 4),
                "x264-params": "scenecut=0:repeat-headers=1",
            }  # fmt: skip
            codec.open()
            codec.bit_rate = self.controls[BITRATE]
            self._codec = codec
        return self._codec
