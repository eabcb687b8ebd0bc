"""The tables of node.toml by which the booth hears and speaks: microphone, loudspeaker, voice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from node.paths import absolute

Device = str | Annotated[int, msgspec.Meta(ge=0, le=999)]
"""A part of a sound device's name, in any case, or its number; empty: the system's default."""
RateHz = Annotated[int, msgspec.Meta(ge=0, le=384_000)]
LOWEST_RATE_HZ = 8000
"""Speech needs as much."""
Engine = Literal["auto", "prompts", "neural", "espeak"]


class DeviceMicrophoneConfig(msgspec.Struct, frozen=True, tag_field="kind", tag="device",
                             forbid_unknown_fields=True):  # fmt: skip
    """A microphone of this machine.

    `rate_hz` 0 opens it at the rate it prefers. `channel` 1 is the first, 0 the mean of all: an
    array whose first channel is the cleaned one wants 1. The card's own gain control and noise
    suppression should be off.
    """

    device: Device = ""
    rate_hz: RateHz = 0
    channel: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    gain_db: Annotated[float, msgspec.Meta(ge=-30, le=40)] = 0.0


class UrlMicrophoneConfig(msgspec.Struct, frozen=True, tag_field="kind", tag="url",
                          forbid_unknown_fields=True):  # fmt: skip
    """Sound that FFmpeg reads in a microphone's stead: a WAV file, rtsp://, udp://.

    `format` forces FFmpeg's input format; empty guesses. `loop` starts a file again at its end.
    Without `is_paced` a file comes as fast as it is read.
    """

    url: str
    format: str = ""
    options: dict[str, str] = {}
    loop: bool = False
    is_paced: bool = True


class SimulatedMicrophoneConfig(msgspec.Struct, frozen=True, tag_field="kind", tag="simulated",
                                forbid_unknown_fields=True):  # fmt: skip
    """A simulated hall: its noise, visitors who speak when asked to, the booth's own sound.

    `noise_db` is the hall's level in dBFS, `distance_m` how far visitors stand off. `echo_db` is
    how much weaker than in the program the booth's own sound arrives, after `echo_delay_ms`.
    """

    noise_db: Annotated[float, msgspec.Meta(ge=-90, le=-10)] = -55.0
    distance_m: Annotated[float, msgspec.Meta(ge=0.2, le=10)] = 0.7
    echo_db: Annotated[float, msgspec.Meta(ge=-90, le=0)] = -20.0
    echo_delay_ms: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 60


MicrophoneConfig = DeviceMicrophoneConfig | UrlMicrophoneConfig | SimulatedMicrophoneConfig


class LoudspeakerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A loudspeaker of this machine that plays the program's sound.

    Without this table only browsers play it. `volume_db` lowers it; `latency_ms` is how much is
    held ready for the card.
    """

    device: Device = ""
    volume_db: Annotated[float, msgspec.Meta(ge=-60, le=0)] = 0.0
    latency_ms: Annotated[int, msgspec.Meta(ge=20, le=1000)] = 80


class VoiceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How visitors are heard and answered; without this table nobody listens.

    Hearing: `models` is a folder searched before the node's own. `wake` "word" arms the wake word,
    "press" leaves the ear closed but for the button. `follow_up_s` is how long after an answer the
    next question needs no wake word; `opens_with_show` lets the show's `listen.open` open the ear.
    `threshold_shift` is added to every keyword's threshold. `duplex` "auto" is chosen by the
    echo test; `echo_delay_ms` sets what that test would measure, 0 leaves it to the test. With
    `second_stage` a recogniser (extra `asr`, 4 GB of memory) hears English once more that holds no
    keyword.

    Speaking: `engine` "auto" takes recorded prompts where there are some, then the neural voice
    where `neural_model` names one, then espeak-ng. `prompts` is a folder of recordings, `cache_mb`
    bounds what is kept of rendered speech.

    `cloud` allows an utterance to leave the booth, if its visitor agrees as well.
    """

    models: str = ""
    wake: Literal["word", "press"] = "word"
    follow_up_s: Annotated[float, msgspec.Meta(ge=0, le=30)] = 8.0
    opens_with_show: bool = True
    threshold_shift: Annotated[float, msgspec.Meta(ge=-0.3, le=0.4)] = 0.0
    duplex: Literal["auto", "full", "half"] = "auto"
    echo_delay_ms: Annotated[int, msgspec.Meta(ge=0, le=2000)] = 0
    second_stage: bool = False
    engine: Engine = "auto"
    neural_model: str = ""
    prompts: str = ""
    cache_mb: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 64
    cloud: bool = False


def placed_microphone(table: MicrophoneConfig, base: Path) -> MicrophoneConfig:
    """The same table; a file's path made absolute."""
    if not isinstance(table, UrlMicrophoneConfig) or table.format or "://" in table.url:
        return table
    return msgspec.structs.replace(table, url=absolute(base, table.url))


def placed_voice(table: VoiceConfig, base: Path) -> VoiceConfig:
    """The same table with each relative path made absolute."""
    return msgspec.structs.replace(
        table,
        models=absolute(base, table.models),
        neural_model=absolute(base, table.neural_model),
        prompts=absolute(base, table.prompts),
    )


def hearing_faults(microphone: MicrophoneConfig | None, voice: VoiceConfig | None) -> Iterator[str]:
    """What is wrong with microphone and voice, beyond their form."""
    if microphone is not None:
        yield from _microphone_faults(microphone)
    if voice is not None:
        yield from _voice_faults(voice)


def _microphone_faults(table: MicrophoneConfig) -> Iterator[str]:
    if isinstance(table, DeviceMicrophoneConfig) and 0 < table.rate_hz < LOWEST_RATE_HZ:
        yield f"microphone.rate_hz = {table.rate_hz}: expected 0 or >= {LOWEST_RATE_HZ}"
    if isinstance(table, UrlMicrophoneConfig) and not table.format and "://" not in table.url:
        if not table.url:
            yield "microphone.url = '': expected a file or a URL"
        elif not Path(table.url).exists():
            yield f"microphone.url = {table.url!r}: no such file"


def _voice_faults(table: VoiceConfig) -> Iterator[str]:
    for name in ("models", "prompts"):
        if (path := str(getattr(table, name))) and not Path(path).is_dir():
            yield f"voice.{name} = {path!r}: no such folder"
    if table.neural_model and not Path(table.neural_model).exists():
        yield f"voice.neural_model = {table.neural_model!r}: no such file"
    if table.engine == "neural" and not table.neural_model:
        yield "voice.engine = 'neural': needs neural_model"
    if table.engine == "prompts" and not table.prompts:
        yield "voice.engine = 'prompts': needs prompts"
