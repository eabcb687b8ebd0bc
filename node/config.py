"""The node's configuration: every table of node.toml as a frozen struct.

Units stand in the key names. Show content (rundown, catalog) is not configuration.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Preset = Literal["auto", "ultrafast", "superfast", "veryfast", "faster"]


class PatternConfig(msgspec.Struct, frozen=True, tag_field="kind", tag="pattern",
                    forbid_unknown_fields=True):  # fmt: skip
    """The simulated desk camera: drawn scene, clock, frame counter; says "simulated".

    `barcode` draws the wall clock as a barcode for latency measurement. `backdrop` is a picture
    to draw on; empty draws a plain desk.
    """

    barcode: bool = False
    backdrop: str = ""


class UrlConfig(msgspec.Struct, frozen=True, tag_field="kind", tag="url",
                forbid_unknown_fields=True):  # fmt: skip
    """Anything that FFmpeg reads: rtsp://, udp://, /dev/video0, a file, a lavfi graph.

    `format` forces FFmpeg's input format ("v4l2", "lavfi"); empty guesses. `options` are passed
    to FFmpeg. `loop` starts a file again at its end.
    """

    url: str
    format: str = ""
    options: dict[str, str] = {}
    loop: bool = False


CameraConfig = PatternConfig | UrlConfig


class ProgramConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The one program picture and its clock."""

    size: Literal["1280x720", "1920x1080", "640x360"] = "1280x720"
    fps: Literal[25, 30] = 30
    loudness_lufs: Annotated[float, msgspec.Meta(ge=-31, le=-10)] = -16.0


class EncoderConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The program's one video encoding. `preset` "auto" is chosen by measured headroom."""

    bitrate_kbps: Annotated[int, msgspec.Meta(ge=150, le=20_000)] = 2500
    preset: Preset = "auto"
    threads: Annotated[int, msgspec.Meta(ge=0, le=8)] = 0


class WebConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pages and WHEP. Port 0 takes any free one.

    Commands are taken from this machine itself, or from anyone who shows the token whose file is
    named; without a file only from this machine. `public_url` is what codes and links carry.
    """

    host: str = "0.0.0.0"  # noqa: S104  # a booth's pages are for the booth's network
    port: Port = 8080
    max_viewers: Annotated[int, msgspec.Meta(ge=1, le=200)] = 20
    operator_token_file: str = ""
    public_url: str = ""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of node.toml. Relative paths count from the file's folder."""

    rundown: str
    node: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")] = "booth"
    state_dir: str = "/var/lib/livesell"
    camera: CameraConfig | None = None
    program: ProgramConfig = ProgramConfig()
    encoder: EncoderConfig = EncoderConfig()
    web: WebConfig = WebConfig()
    base: Path = Path()
