"""A process of its own that encodes by one GStreamer element: raw pictures in, H.264 out.

Run by the system's Python 3.8 or later, which has `gi` where the node's own has not; it needs
nothing else, and imports nothing of the node. Pictures lie in a shared file; requests and answers
are headers on pipes, `HEADER`, with bytes behind an answer. The answers leave by a copy of standard
output, because libraries of the vendor print on the real one.
"""

from __future__ import annotations

import importlib
import mmap
import os
import struct
import sys
from collections import deque
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

HEADER = struct.Struct("<BBxxIq")
"""Kind, flags, number of bytes that follow, and a number: pts in ns, or kbit/s."""

FRAME, BITRATE = 1, 2
"""Requests: encode the picture that lies in the shared file; change the bit rate."""
READY, UNIT, DONE, FAULT = 11, 12, 13, 14
"""Answers: the element runs; a coded picture; the picture is dealt with; the last words."""
FORCE_IDR = 1

ENDLESS = 1 << 30
KEPT_BACK_MAX = 2
"""An element that keeps more pictures back than these is no longer live, or hangs."""

ELEMENTS: dict[str, tuple[str, int, str, dict[str, str | int | bool]]] = {
    "nvv4l2h264enc": (
        "nvvidconv ! video/x-raw(memory:NVMM),format=NV12",
        1000,
        "video/x-h264,stream-format=byte-stream,alignment=au",
        {
            "profile": 0, "control-rate": 1, "preset-level": 1, "maxperf-enable": True,
            "iframeinterval": ENDLESS, "idrinterval": ENDLESS, "insert-sps-pps": True,
            "insert-vui": True, "poc-type": 2, "num-B-Frames": 0,
        },
    ),
    "x264enc": (
        "",
        1,
        "video/x-h264,stream-format=byte-stream,alignment=au,profile=constrained-baseline,"
        "level=(string){level}",
        {
            "tune": "zerolatency", "speed-preset": "superfast", "key-int-max": ENDLESS,
            "bframes": 0, "vbv-buf-capacity": 250, "threads": 1, "aud": False,
            "option-string": "scenecut=0",
        },
    ),
    "openh264enc": (
        "",
        1000,
        "video/x-h264,stream-format=byte-stream,alignment=au,profile=constrained-baseline",
        {
            "rate-control": "bitrate", "gop-size": ENDLESS, "complexity": "low",
            "enable-frame-skip": False, "multi-thread": 1,
            "scene-change-detection": False, "background-detection": False,
        },
    ),
}  # fmt: skip
"""By element: what stands before it, how many of its `bitrate`'s units make a kbit/s, what it must
put out, and its settings. One that this version of the element does not know is left out."""


class Pipeline:
    """The element between a source that we feed and a sink that we empty, one picture at a time."""

    def __init__(
        self, name: str, size: str, fps: int, kbps: int, level: str, patience_ms: int
    ) -> None:
        self._gst = _library("Gst", "1.0")
        self._video = _library("GstVideo", "1.0")
        self._glib = _library("GObject", "2.0")
        self._gst.init(None)
        before, self._scale, caps, settings = ELEMENTS[name]
        self._element = self._gst.ElementFactory.make(name, "encoder")
        if self._element is None:
            raise RuntimeError("no element " + name)
        for key, value in settings.items():
            if self._element.find_property(key) is not None:
                self._gst.util_set_object_arg(self._element, key, str(value))
        self.set_bitrate(kbps)
        self._pipeline = self._assembled(before, caps.format(level=level), size, fps)
        self._patience_ns = patience_ms * 1_000_000
        self._inside: deque[int] = deque()
        self._kept_back = 0
        self._is_prompt = False

    def set_bitrate(self, kbps: int) -> None:
        """Change the bit rate, in kbit/s."""
        self._element.set_property("bitrate", kbps * self._scale)

    def encode(self, picture: bytes, pts_ns: int, force_idr: bool) -> Iterator[tuple[int, bytes]]:  # noqa: FBT001
        """Encode one picture; stamps in ns and bytes of all that comes out, mostly its own.

        An element that keeps pictures back until others follow is found out when patience ends at
        its beginning, and is not waited for longer than it needs; one that has once answered at
        once is waited for each time.
        """
        if force_idr:
            self._force_idr()
        buffer = self._gst.Buffer.new_allocate(None, len(picture), None)
        buffer.fill(0, picture)
        buffer.pts = pts_ns
        if self._source.emit("push-buffer", buffer) != self._gst.FlowReturn.OK:
            raise RuntimeError(self._reason() or "the pipeline takes no pictures")
        self._inside.append(pts_ns)
        while len(self._inside) > self._kept_back:
            sample = self._sink.emit("try-pull-sample", self._patience_ns)
            if sample is None:
                reason = self._reason()
                if reason:
                    raise RuntimeError(reason)
                break
            coded = sample.get_buffer()
            stamp = sample.get_segment().to_running_time(self._gst.Format.TIME, coded.pts)
            while self._inside and self._inside[0] <= stamp:
                self._inside.popleft()
            yield stamp, coded.extract_dup(0, coded.get_size())
        self._is_prompt |= not self._inside
        self._kept_back = 0 if self._is_prompt else min(len(self._inside), KEPT_BACK_MAX)

    def _assembled(self, before: str, caps: str, size: str, fps: int) -> Any:  # noqa: ANN401
        width, height = size.split("x")
        raw = (
            f"video/x-raw,format=I420,width={width},height={height},framerate={fps}/1,"
            "colorimetry=(string)bt709,pixel-aspect-ratio=1/1"
        )
        pipeline = self._gst.Pipeline.new("encoding")
        self._source = self._gst.ElementFactory.make("appsrc", "source")
        self._sink = self._gst.ElementFactory.make("appsink", "sink")
        if self._source is None or self._sink is None:
            raise RuntimeError("no elements appsrc and appsink (gstreamer1.0-plugins-base)")
        self._gst.util_set_object_arg(self._source, "format", "time")
        self._source.set_property("caps", self._gst.Caps.from_string(raw))
        self._sink.set_property("sync", False)
        self._sink.set_property("caps", self._gst.Caps.from_string(caps))
        chain = [self._source, self._element, self._sink]
        if before:
            chain.insert(1, self._gst.parse_bin_from_description(before, True))
        for one in chain:
            pipeline.add(one)
        for number, following in enumerate(chain[1:]):
            if not chain[number].link(following):
                raise RuntimeError("the elements do not fit together")
        self._bus = pipeline.get_bus()
        if pipeline.set_state(self._gst.State.PLAYING) == self._gst.StateChangeReturn.FAILURE:
            raise RuntimeError(self._reason() or "the pipeline does not start")
        return pipeline

    def _force_idr(self) -> None:
        """By the vendor's signal where there is one, else by the event of GStreamer."""
        if self._glib.signal_lookup("force-IDR", type(self._element)):
            self._element.emit("force-IDR")
            return
        event = self._video.video_event_new_upstream_force_key_unit(
            self._gst.CLOCK_TIME_NONE, True, 0
        )
        self._element.get_static_pad("src").send_event(event)

    def _reason(self) -> str:
        """What the bus says went wrong; empty when nothing did."""
        message = self._bus.pop_filtered(self._gst.MessageType.ERROR)
        return "" if message is None else str(message.parse_error()[0].message)


def main(
    name: str, size: str, fps: str, kbps: str, level: str, patience_ms: str, picture_file: str
) -> None:
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    requests = os.fdopen(0, "rb", buffering=0)
    try:
        pipeline = Pipeline(name, size, int(fps), int(kbps), level, int(patience_ms))
        width, height = (int(one) for one in size.split("x"))
        pictures = mmap.mmap(int(picture_file), width * height * 3 // 2, prot=mmap.PROT_READ)
        answers.write(HEADER.pack(READY, 0, 0, 0))
        while True:
            header = requests.read(HEADER.size)
            if len(header) < HEADER.size:
                return
            _obey(pipeline, header, pictures, answers)
    except (RuntimeError, ImportError, ValueError) as error:
        words = str(error).encode("utf-8", "replace")[:1000]
        answers.write(HEADER.pack(FAULT, 0, len(words), 0) + words)
        _leave(1)


def _obey(pipeline: Pipeline, header: bytes, pictures: mmap.mmap, answers: Any) -> None:  # noqa: ANN401
    kind, flags, _, number = HEADER.unpack(header)
    if kind == BITRATE:
        pipeline.set_bitrate(number)
        return
    for stamp, unit in pipeline.encode(pictures[:], number, bool(flags & FORCE_IDR)):
        _write(answers, HEADER.pack(UNIT, 0, len(unit), stamp) + unit)
    _write(answers, HEADER.pack(DONE, 0, 0, number))


def _write(answers: Any, content: bytes) -> None:  # noqa: ANN401
    """All of it: a raw pipe may take less at once."""
    left = memoryview(content)
    while left:
        left = left[answers.write(left) :]


def _library(name: str, version: str) -> ModuleType:
    try:
        gi = importlib.import_module("gi")
    except ImportError as error:
        raise RuntimeError("no python3-gi") from error
    try:
        gi.require_version(name, version)
    except ValueError as error:
        package = "gstreamer-1.0" if name == "Gst" else "gst-plugins-base-1.0"
        raise RuntimeError("no gir1.2-" + package) from error
    return importlib.import_module("gi.repository." + name)


def _leave(status: int) -> NoReturn:
    """At once: the vendor's libraries may hang in their own tidying."""
    os._exit(status)


if __name__ == "__main__":
    main(*sys.argv[1:])
    _leave(0)
