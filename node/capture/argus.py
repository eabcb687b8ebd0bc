"""A camera on a Jetson's ribbon cable: GStreamer in a process of its own, read frame by frame.

NVIDIA's source is closed and has hung before; a process can be killed. What it prints goes to its
standard output, so frames come over a pipe of their own.
"""

import fcntl
import os
import shlex
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np

from node.board.gstreamer import readable
from node.capture.stamps import Stamps
from node.capture.threaded import FIRST_S, STALL_S, Ports, ThreadedCamera
from node.config_camera import ArgusConfig, Balance
from node.errors import DeviceError
from node.media import Frame, Pixels, Size

PROGRAM = "gst-launch-1.0"
CURE = "apt-get install gstreamer1.0-tools gstreamer1.0-plugins-base"
WAIT_S = 0.2
"""So long a wait for bytes keeps `stop` from being heard."""
END_S = 1.0
"""A process that was asked to end is killed after so long; argus frees its sensor when it ends."""
KEPT_LINES = 8
PIPE_BYTES = 1 << 20
"""A frame in few pieces; the most that Linux allows without rights (fs.pipe-max-size)."""
TURNED = 2
"""nvvidconv's flip-method of 180 degrees."""
WHITE_BALANCE: dict[Balance, int] = {
    "auto": 1, "incandescent": 2, "tungsten": 2, "fluorescent": 3, "indoor": 4,
    "daylight": 5, "cloudy": 6,
}  # fmt: skip
"""nvarguscamerasrc's `wbmode`: 2 incandescent, 3 fluorescent, 4 warm fluorescent."""


def argus_camera(cfg: ArgusConfig, *, size: Size, fps: int) -> ThreadedCamera:
    """Frames of a Jetson's camera, or of whatever `cfg.source` names."""
    return ThreadedCamera(
        f"camera {cfg.number}",
        lambda ports: PipelineReader(
            f"camera {cfg.number}", pipeline_of(cfg, size, fps), size=size, ports=ports
        ),
    )


def pipeline_of(cfg: ArgusConfig, size: Size, fps: int) -> str:
    """The pipeline up to its sink, for I420 of the program's size without padding.

    Properties: `gst-inspect-1.0 nvarguscamerasrc`, and NVIDIA's Accelerated GStreamer guide.
    """
    form = f"width={size.width},height={size.height}"
    if cfg.source:
        converted = f"videoconvert ! videoscale ! videorate ! video/x-raw,format=I420,{form}"
        return f"{cfg.source} ! {converted},framerate={fps}/1"
    words = [f"nvarguscamerasrc sensor-id={cfg.number} wbmode={WHITE_BALANCE[cfg.white_balance]}"]
    if cfg.exposure_us != "auto":
        words.append(f'exposuretimerange="{cfg.exposure_us * 1000} {cfg.exposure_us * 1000}"')
    if cfg.gain != "auto":
        words.append(f'gainrange="{cfg.gain:g} {cfg.gain:g}"')
    taken = f"video/x-raw(memory:NVMM),format=NV12,{form},framerate={fps}/1"
    turned = f"nvvidconv flip-method={TURNED if cfg.rotation else 0}"
    return f"{' '.join(words)} ! {taken} ! {turned} ! video/x-raw,format=I420,{form}"


class PipelineReader:
    """Reads a GStreamer pipeline; `run` raises `DeviceError` with the last it said."""

    def __init__(self, name: str, pipeline: str, *, size: Size, ports: Ports) -> None:
        self._name = name
        self._pipeline = pipeline
        self._size = size
        self._ports = ports
        self._stopped = threading.Event()
        self._stamps = Stamps(ports.clock)
        self._said: deque[str] = deque(maxlen=KEPT_LINES)

    def stop(self) -> None:
        """End `run` soon. Thread: any."""
        self._stopped.set()

    def run(self) -> None:
        """Read until stopped; raises `DeviceError`."""
        try:
            with self._launched() as (frames, said):
                self._read(frames, said)
        except FileNotFoundError as error:
            raise DeviceError(f"{self._name}: {PROGRAM} is not installed: {CURE}") from error
        except OSError as error:
            raise DeviceError(f"{self._name}: {error.strerror or error}") from error

    @contextmanager
    def _launched(self) -> Iterator[tuple[int, int]]:
        """The pipeline running; descriptors of its frames and of what it says."""
        frames, sink = os.pipe()
        said, mouth = os.pipe()
        with suppress(OSError):  # more rights are needed where many pipes are large already
            fcntl.fcntl(frames, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        try:
            try:
                process = subprocess.Popen(  # noqa: S603  # the node's own configuration
                    [PROGRAM, "-q", *shlex.split(_with_sink(self._pipeline, sink))],
                    stdin=subprocess.DEVNULL,
                    stdout=mouth,
                    stderr=mouth,
                    pass_fds=(sink,),
                )
            finally:
                os.close(sink)
                os.close(mouth)
            try:
                yield frames, said
            finally:
                _end(process)
        finally:
            os.close(frames)
            os.close(said)

    def _read(self, frames: int, said: int) -> None:
        os.set_blocking(frames, False)
        os.set_blocking(said, False)
        pixels, filled, limit_s = self._blank(), 0, FIRST_S
        silent_since_s, listening = self._ports.clock(), [frames, said]
        while not self._stopped.is_set():
            ready = readable(listening, WAIT_S)
            if said in ready and not self._listen(said):
                listening.remove(said)
            if frames in ready:
                count = os.readv(frames, [pixels.reshape(-1).data[filled:]])
                if count == 0:
                    self._hear_out(said)
                    raise DeviceError(f"{self._name}: {self._last_words('has ended')}")
                filled += count
                silent_since_s = self._ports.clock()
            elif self._ports.clock() - silent_since_s > limit_s:
                silence = f"no frame for {limit_s:.0f} s"
                raise DeviceError(f"{self._name}: {self._last_words(silence)}")
            if filled == pixels.size:
                self._ports.give(Frame(*self._stamps.place(None), pixels))
                pixels, filled, limit_s = self._blank(), 0, STALL_S

    def _blank(self) -> Pixels:
        return np.empty((self._size.height * 3 // 2, self._size.width), np.uint8)

    def _listen(self, said: int) -> bool:
        """Keep the last lines of what it says; false when it says no more."""
        text = os.read(said, 65_536).decode("utf-8", "replace")
        self._said.extend(line.strip() for line in text.splitlines() if line.strip())
        return text != ""

    def _hear_out(self, said: int) -> None:
        """What it says when it ends comes a little after its last frame."""
        while readable((said,), WAIT_S) and self._listen(said):
            pass

    def _last_words(self, what: str) -> str:
        """What happened, and the first of the lines kept that speaks of an error."""
        wrong = [line for line in self._said if "error" in line.casefold() or "no el" in line]
        told = wrong[:1] or list(self._said)[-1:]
        return f"{what}: {told[0]}" if told else what


def _with_sink(pipeline: str, sink: int) -> str:
    """Only the newest frame waits for a late reader."""
    queue = "queue leaky=downstream max-size-buffers=1 max-size-bytes=0 max-size-time=0"
    return f"{pipeline} ! {queue} ! fdsink fd={sink} sync=false"


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, then kill it."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
