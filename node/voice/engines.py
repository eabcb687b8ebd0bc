"""Which voices the configuration asks for, the best first."""

from collections.abc import Callable, Mapping
from pathlib import Path

from node.config_voice import VoiceConfig
from node.voice.engine import Engine
from node.voice.espeak import Espeak
from node.voice.neural import Neural
from node.voice.prompts import Prompts


def engines_of(cfg: VoiceConfig, voices: Callable[[], Mapping[str, str]]) -> tuple[Engine, ...]:
    """`auto` is recorded prompts, the neural voice and espeak-ng, those that are named.

    `voices` gives the names of espeak-ng's voices by locale (a persona's `voice`).
    """
    prompts: tuple[Engine, ...] = (Prompts(Path(cfg.prompts)),) if cfg.prompts else ()
    neural: tuple[Engine, ...] = (Neural(Path(cfg.neural_model)),) if cfg.neural_model else ()
    match cfg.engine:
        case "auto":
            return (*prompts, *neural, Espeak(voices))
        case "prompts":
            return prompts
        case "neural":
            return (*prompts, *neural)
        case "espeak":
            return (Espeak(voices),)
