"""A camera behind anything FFmpeg opens: rtsp://, udp://, /dev/video0, a file, a lavfi graph."""

from node.capture.intake import Intake, masked
from node.capture.threaded import ThreadedCamera
from node.channels import Fanout
from node.config import UrlConfig
from node.media import AudioChunk, Size


def url_camera(
    cfg: UrlConfig, *, size: Size, fps: int, sound: Fanout[AudioChunk] | None = None
) -> ThreadedCamera:
    """A file is paced by its timestamps, a live source comes as it comes."""
    return ThreadedCamera(
        f"camera {masked(cfg.url)}",
        lambda ports: Intake(
            cfg,
            size=size,
            fps=fps,
            clock=ports.clock,
            give=ports.give,
            hear=ports.hear,
            held=ports.held,
        ),
        sound=sound,
    )
