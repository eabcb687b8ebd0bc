"""The node's configuration: every table of node.toml as a frozen struct, and how it is read.

Units stand in the key names. Show content (rundown, catalog) is not configuration.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from node.config_camera import (
    ArgusConfig,
    PiCameraConfig,
    V4l2Config,
    camera_faults,
    placed_camera,
)
from node.config_control import (
    EnrolConfig,
    FetchConfig,
    HomeAssistantConfig,
    MqttConfig,
    enrol_faults,
    home_assistant_faults,
    mqtt_faults,
    placed_home_assistant,
    placed_mqtt,
)
from node.config_panel import PanelConfig, panel_faults
from node.config_voice import (
    LoudspeakerConfig,
    MicrophoneConfig,
    VoiceConfig,
    hearing_faults,
    placed_microphone,
    placed_voice,
)
from node.errors import ConfigError
from node.explain import faults_of
from node.paths import absolute, secret_faults

LARGEST_FILE_BYTES = 1_000_000


OVERLAID: Mapping[str, frozenset[str]] = {
    "program": frozenset({"size", "fps", "loudness_lufs"}),
    "encoder": frozenset({"bitrate_kbps", "preset", "threads"}),
    "web": frozenset({"max_viewers", "public_url", "approve_messages", "blocked_words"}),
}
"""What may be set from afar, by table."""

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


CameraConfig = PatternConfig | UrlConfig | PiCameraConfig | V4l2Config | ArgusConfig


class ProgramConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The one program picture and its clock."""

    size: Literal["1280x720", "1920x1080", "640x360"] = "1280x720"
    fps: Literal[25, 30] = 30
    loudness_lufs: Annotated[float, msgspec.Meta(ge=-31, le=-10)] = -16.0


class EncoderConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The program's one video encoding. `preset` "auto" is chosen by measured headroom.

    `kind` "auto" takes the board's own encoder where one stands a short trial, else libx264.
    `device` is a V4L2 encoder (empty: the first found), `element` one of GStreamer ("auto":
    nvv4l2h264enc); `preset` and `threads` are libx264's.
    """

    kind: Literal["auto", "libx264", "v4l2m2m", "gstreamer"] = "auto"
    device: Annotated[str, msgspec.Meta(pattern=r"^(/dev/\S+)?$")] = ""
    element: Literal["auto", "nvv4l2h264enc", "x264enc", "openh264enc"] = "auto"
    bitrate_kbps: Annotated[int, msgspec.Meta(ge=150, le=20_000)] = 2500
    preset: Preset = "auto"
    threads: Annotated[int, msgspec.Meta(ge=0, le=8)] = 0


class WebConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pages and WHEP. Port 0 takes any free one.

    Commands are taken from this machine itself, or from anyone who shows the token whose file is
    named; without a file only from this machine. `public_url` is what codes and links carry.
    Viewers' messages wait for the operator unless `approve_messages` is false; one with a hard word
    of the law, or with one of `blocked_words`, is dropped. The code on the kiosk's screen, which is
    `kiosk_width_cm` wide, is drawn to be read from `kiosk_distance_m`.
    """

    host: str = "0.0.0.0"  # noqa: S104  # a booth's pages are for the booth's network
    port: Port = 8080
    max_viewers: Annotated[int, msgspec.Meta(ge=1, le=200)] = 20
    operator_token_file: str = ""
    public_url: str = ""
    approve_messages: bool = True
    blocked_words: Annotated[tuple[str, ...], msgspec.Meta(max_length=2000)] = ()
    kiosk_distance_m: Annotated[float, msgspec.Meta(ge=0.3, le=20)] = 2.5
    kiosk_width_cm: Annotated[float, msgspec.Meta(ge=10, le=1000)] = 95.0


class AssetsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose approval of clips and pictures counts.

    `trusted_keys` is a file or a folder of public keys (`livesell keygen`). With `require_signed`
    only what a manifest lists that one of them signed is played.
    """

    trusted_keys: str = ""
    require_signed: bool = False


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of node.toml. Relative paths count from the file's folder.

    `load` makes every path absolute; `base` is that folder and no key of the file.
    """

    rundown: str
    node: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")] = "booth"
    state_dir: str = "/var/lib/livesell"
    camera: CameraConfig | None = None
    program: ProgramConfig = ProgramConfig()
    encoder: EncoderConfig = EncoderConfig()
    web: WebConfig = WebConfig()
    assets: AssetsConfig = AssetsConfig()
    mqtt: MqttConfig | None = None
    enrol: EnrolConfig | None = None
    fetch: FetchConfig = FetchConfig()
    home_assistant: HomeAssistantConfig | None = None
    microphone: MicrophoneConfig | None = None
    loudspeaker: LoudspeakerConfig | None = None
    voice: VoiceConfig | None = None
    panel: PanelConfig | None = None
    base: Path = Path()


def load(path: Path) -> Config:
    """Read node.toml; raises `ConfigError` with every fault: file, place, value and hint."""
    table = _read(path)
    base = path.resolve().parent
    faults = faults_of({key: value for key, value in table.items() if key != "base"}, Config)
    if "base" in table:
        faults.append("base: unknown key")
    if faults:
        raise ConfigError([f"{path}: {fault}" for fault in faults])
    config = _placed(msgspec.convert(table, Config), base)
    if faults := list(_missing_files(config)):
        raise ConfigError([f"{path}: {fault}" for fault in faults])
    return config


def overlaid(config: Config, overlay: Mapping[str, Mapping[str, object]]) -> Config:
    """The configuration with keys laid over it from afar; raises `ConfigError` with every fault.

    Only what shows and sounds may come from afar (`OVERLAID`): no file, no way in.
    """
    faults = [
        f"{table}.{key}: cannot be set from afar"
        for table, keys in overlay.items()
        for key in keys
        if key not in OVERLAID.get(table, ())
    ]
    whole: dict[str, dict[str, object]] = msgspec.to_builtins(config, enc_hook=str)
    for table, keys in overlay.items():
        if table in OVERLAID:
            whole[table] = {**whole[table], **keys}
    tables = {table: whole[table] for table in OVERLAID}
    faults += faults_of({"rundown": "", **tables}, Config)
    if faults:
        raise ConfigError(faults)
    told = msgspec.convert({"rundown": "", **tables}, Config)
    return msgspec.structs.replace(config, program=told.program, encoder=told.encoder, web=told.web)


def _read(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError([f"{path}: cannot be read: {reason}"]) from error
    if len(content) > LARGEST_FILE_BYTES:
        raise ConfigError([f"{path}: larger than {LARGEST_FILE_BYTES} bytes"])
    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        wrong = content[error.start]
        raise ConfigError([f"{path}: line {line}: not UTF-8 (byte 0x{wrong:02x})"]) from error
    except RecursionError as error:
        raise ConfigError([f"{path}: not TOML: nested too deeply"]) from error
    except ValueError as error:  # TOMLDecodeError, and numbers beyond Python's digit limit
        raise ConfigError([f"{path}: not TOML: {error}"]) from error


def _placed(config: Config, base: Path) -> Config:
    """The same configuration with each relative path made absolute."""
    camera = config.camera
    if isinstance(camera, PatternConfig):
        camera = msgspec.structs.replace(camera, backdrop=absolute(base, camera.backdrop))
    elif isinstance(camera, UrlConfig):
        if not camera.format and "://" not in camera.url:
            camera = msgspec.structs.replace(camera, url=absolute(base, camera.url))
    elif camera is not None:
        camera = placed_camera(camera, base)
    token_file = absolute(base, config.web.operator_token_file)
    return msgspec.structs.replace(
        config,
        base=base,
        rundown=absolute(base, config.rundown),
        state_dir=absolute(base, config.state_dir),
        camera=camera,
        web=msgspec.structs.replace(config.web, operator_token_file=token_file),
        assets=msgspec.structs.replace(
            config.assets, trusted_keys=absolute(base, config.assets.trusted_keys)
        ),
        mqtt=None if config.mqtt is None else placed_mqtt(config.mqtt, base),
        enrol=None
        if config.enrol is None
        else msgspec.structs.replace(
            config.enrol,
            console=config.enrol.console.rstrip("/"),
            ca_file=absolute(base, config.enrol.ca_file),
        ),
        home_assistant=None
        if config.home_assistant is None
        else placed_home_assistant(config.home_assistant, base),
        microphone=None
        if config.microphone is None
        else placed_microphone(config.microphone, base),
        voice=None if config.voice is None else placed_voice(config.voice, base),
    )


def _missing_files(config: Config) -> Iterator[str]:
    """What the tables name and the disk does not hold, or holds for too many eyes."""
    backdrop = config.camera.backdrop if isinstance(config.camera, PatternConfig) else ""
    if not Path(config.rundown).is_file():
        yield f"rundown = {config.rundown!r}: no such file"
    if backdrop and not Path(backdrop).is_file():
        yield f"camera.backdrop = {backdrop!r}: no such file"
    if isinstance(config.camera, PiCameraConfig | V4l2Config | ArgusConfig):
        yield from camera_faults(config.camera, config.program.fps)
    if config.mqtt is not None:
        yield from mqtt_faults(config.mqtt, config.fetch)
    if config.enrol is not None:
        yield from enrol_faults(config.enrol, config.mqtt)
    if config.home_assistant is not None:
        yield from home_assistant_faults(config.home_assistant)
    yield from hearing_faults(config.microphone, config.voice)
    yield from panel_faults(config.panel)
    yield from _asset_faults(config.assets)
    yield from _web_faults(config.web)


def _web_faults(web: WebConfig) -> Iterator[str]:
    if web.operator_token_file:
        yield from secret_faults("web.operator_token_file", Path(web.operator_token_file))
    if web.public_url and not web.public_url.startswith(("http://", "https://")):
        yield f"web.public_url = {web.public_url!r}: expected http:// or https://"


def _asset_faults(assets: AssetsConfig) -> Iterator[str]:
    keys = assets.trusted_keys
    if keys and not Path(keys).exists():
        yield f"assets.trusted_keys = {keys!r}: no such file"
    if assets.require_signed and not keys:
        yield "assets.require_signed = true: needs trusted_keys to judge signatures by"
