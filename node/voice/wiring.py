"""The voice's parts, as far as the configuration has them, wired by hand."""

import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from node.audio.cleaner import CleanChunk, Cleaner
from node.audio.echopath import probe
from node.audio.loudspeaker import Loudspeaker
from node.audio.microphone import Microphone
from node.audio.simulated import Hall
from node.audio.visitors import Visitors
from node.board.leisure import Leisure
from node.catalog.products import Catalog
from node.channels import Fanout, State
from node.config import Config
from node.config_voice import SimulatedMicrophoneConfig, VoiceConfig
from node.errors import AssetError
from node.media import AudioChunk, SpeechChunk
from node.metrics.events import Event
from node.program.commands import VoiceCommand
from node.program.listening import Listening, Turn
from node.program.show import Show
from node.program.spoken import SpokenRing
from node.supervise import Component
from node.voice.acting import Acting, Submit
from node.voice.booth import Ways
from node.voice.cloud import Cloud, Seam
from node.voice.conversation import Conversation, Noted
from node.voice.ear import Ear
from node.voice.ears import BoothEars
from node.voice.engines import engines_of
from node.voice.foresight import Foresight
from node.voice.hearing import Hearing, VoiceModels
from node.voice.moments import Moments
from node.voice.replies import Replies, own_replies
from node.voice.saying import Aloud
from node.voice.second import SecondEar
from node.voice.speech import Speech
from node.voice.triggers import TriggerMaps
from node.voice.voice import VoicePart
from node.voice.wishes import Wishes
from node.voice.wordbook import Wordbook

if TYPE_CHECKING:
    from node.catalog.persona import Persona

HEARD: Final = 50
"""Blocks of 20 ms that may wait for the ear: a second."""


@dataclass(frozen=True, slots=True)
class VoiceNeighbours:
    """The parts that the voice speaks with; `mixed` is the program's sound, `ring` a part of it.

    `visitors` is the folder of those who may be made to ask in a simulated hall. What is done ahead
    of the show is done at `leisure`.
    """

    state: State[Show]
    submit: Submit
    catalog: Callable[[], Catalog]
    mixed: Fanout[AudioChunk]
    ring: SpokenRing
    note: Callable[[Event], None]
    visitors: Path | None = None
    leisure: Leisure | None = None


class _Voices:
    """All parts of the voice; `close` lets go of their threads at the end.

    `visitors` can be made to ask where the microphone is simulated.
    """

    def __init__(
        self, cfg: Config, voice: VoiceConfig, near: VoiceNeighbours, listening: State[Listening]
    ) -> None:
        self._near, self._state_dir = near, Path(cfg.state_dir)
        self._moments = Moments(near.catalog)
        self._wordbook = Wordbook(near.state, near.catalog)
        self._said: tuple[Persona, Replies] | None = None
        speech = Speech(
            engines_of(voice, lambda: near.state.value.rundown.persona.voice),
            state_dir=self._state_dir,
            cache_mb=voice.cache_mb,
            target_lufs=cfg.program.loudness_lufs,
            leisure=near.leisure,
        )
        self._aloud = Aloud(state=near.state, ring=near.ring, speech=speech, submit=near.submit)
        self.cloud = Cloud(lambda reply: self.voice.replied(reply))
        self._ears: BoothEars | None = None
        self.visitors: Visitors | None = None
        parts: list[Component] = []
        parts += self._hearing(cfg, voice)
        self._second = SecondEar() if voice.second_stage and cfg.microphone is not None else None
        parts += [] if self._second is None else [self._second]
        self.voice = VoicePart(
            Wishes(voice.wake == "press", voice.opens_with_show, voice.cloud, voice.follow_up_s),
            state=near.state,
            listening=listening,
            lexicon=lambda: self._wordbook.lexicon,
            moments=self._moments,
            ring=near.ring,
            tongue=self._aloud,
            submit=near.submit,
            ears=self._ears,
            converse=self._conversation,
            can_ask_cloud=lambda: voice.cloud and self.cloud.is_up,
            second=self._second,
        )
        foresight = Foresight(near.state, self._moments, self._replies, speech)
        self.parts: tuple[Component, ...] = (
            *(self._aloud, self._wordbook, self.voice, foresight),
            *parts,
        )

    def close(self) -> None:
        """Nothing may run any more."""
        self.cloud.close()
        self._wordbook.close()
        if self._ears is not None:
            self._ears.close()
        if self._second is not None:
            self._second.close()

    def _conversation(
        self, ways: Callable[[], Ways], close_ear: Callable[[], None]
    ) -> Conversation:
        near = self._near
        acting = Acting(
            state=near.state, submit=near.submit, tongue=self._aloud,
            hand=lambda hand_over: conversation.hand(hand_over),
            withdraw=lambda number: conversation.withdraw(number),
            close_ear=close_ear,
        )  # fmt: skip
        conversation = Conversation(
            self._replies, state=near.state, moments=self._moments, acting=acting, ways=ways,
            cloud=self.cloud, note=lambda turn: near.note(_event(turn)),
        )  # fmt: skip
        return conversation

    def _hearing(self, cfg: Config, voice: VoiceConfig) -> list[Component]:
        """Microphone, canceller, ear and maps; and the loudspeaker, whose sound the ear knows."""
        if cfg.microphone is None:
            return list(_unheard(cfg, self._near))
        near, parts = self._near, list[Component]()
        heard = Fanout[SpeechChunk](size=HEARD)
        clean = Fanout[CleanChunk](size=HEARD)
        played = near.mixed
        if cfg.loudspeaker is not None:
            played = Fanout[AudioChunk](size=HEARD)
            parts.append(
                Loudspeaker(
                    cfg.loudspeaker, mixed=near.mixed, played=played,
                    first=probe() if voice.duplex == "auto" else None,
                    volume=lambda: _volume(near.state.value),
                )
            )  # fmt: skip
        hall = Hall(near.mixed)
        if near.visitors is not None and isinstance(cfg.microphone, SimulatedMicrophoneConfig):
            self.visitors = Visitors(near.visitors, hall)
            self.visitors.begin()
        microphone = Microphone(cfg.microphone, out=heard, hall=hall)
        cleaner = Cleaner(voice, heard=heard, played=played, out=clean)
        load = _once(lambda: _models(voice, self._state_dir))
        maps = TriggerMaps(near.state, load=load, state_dir=self._state_dir, leisure=near.leisure)

        def prepare(hearing: Hearing) -> None:
            hearing.is_speaking = near.ring.is_playing
            hearing.boosts = maps.boosts()
            hearing.threshold_shift = voice.threshold_shift
            hearing.is_addressed, hearing.keeps_utterance = (
                self.voice.is_addressed,
                self.voice.keeps_utterance,
            )
            hearing.loss_db = cleaner.report.value.loss_db

        ear = Ear(heard=clean, load=load, prepare=prepare,
                  tired=lambda why, rest_s: near.note(_rest(why, rest_s)),
                  hear=lambda one, began_s: self.voice.hear(one, began_s))  # fmt: skip
        self._ears = BoothEars(microphone, cleaner, ear, maps)
        return [*parts, microphone, cleaner, ear, maps]

    def _replies(self) -> Replies:
        """The sentences of the persona of the moment."""
        persona, known = self._near.state.value.rundown.persona, self._said
        if known is None or known[0] is not persona:
            self._said = known = (persona, own_replies().with_own(persona.replies))
        return known[1]


@dataclass(frozen=True, slots=True)
class VoiceParts:
    """The voice as the rest of the node knows it; as it is created: none.

    `obey` raises `CommandError`; `connect` is given the line by which questions reach the cloud;
    `close` lets go of the threads at the end.
    """

    parts: tuple[Component, ...] = ()
    obey: Callable[[VoiceCommand], Awaitable[Turn | None]] | None = None
    visitors: Visitors | None = None
    connect: Callable[[Seam], None] = lambda _: None
    close: Callable[[], None] = lambda: None


def voice_of(cfg: Config, near: VoiceNeighbours, listening: State[Listening]) -> VoiceParts:
    """The voice of a node, which shows what it does in `listening`; raises `AssetError`."""
    if cfg.voice is None:
        return VoiceParts(_unheard(cfg, near))
    one = _Voices(cfg, cfg.voice, near, listening)
    return VoiceParts(one.parts, one.voice.obey, one.visitors, one.cloud.connect, one.close)


def _unheard(cfg: Config, near: VoiceNeighbours) -> tuple[Component, ...]:
    """The loudspeaker of a node that does not listen."""
    if cfg.loudspeaker is None:
        return ()
    speaker = Loudspeaker(
        cfg.loudspeaker, mixed=near.mixed, played=Fanout(size=1),
        volume=lambda: _volume(near.state.value),
    )  # fmt: skip
    return (speaker,)


def _volume(show: Show) -> float:
    """Of the booth's loudspeaker, 0 to 1; viewers elsewhere hear the program in any case."""
    return show.volume / 100 if show.is_speaker_on else 0.0


def _once(load: Callable[[], VoiceModels]) -> Callable[[], VoiceModels]:
    """Opened by whichever thread asks first, for all; one that failed is tried again."""
    lock, opened = threading.Lock(), list[VoiceModels]()

    def models() -> VoiceModels:
        with lock:
            if not opened:
                opened.append(load())
            return opened[0]

    return models


def _models(voice: VoiceConfig, state_dir: Path) -> VoiceModels:
    """Raises `AssetError`. Thread: the ear's."""
    try:
        from node.voice.models import load_models  # noqa: PLC0415  # loads onnxruntime
    except ImportError as error:
        raise AssetError(f"voice: the extra voice is not installed: {error}") from error
    folder = Path(voice.models) if voice.models else None
    return load_models(folder, fetched=state_dir / "models")


def _rest(why: str, rest_s: float) -> Event:
    return Event(ev="fault", part=Ear.name, why=why, n=round(rest_s))


def _event(turn: Noted) -> Event:
    return Event(
        ev="ask", intent=turn.intent, conf=round(turn.confidence, 3), where=turn.where,
        ms=round(turn.ms, 1), product=turn.product,
    )  # fmt: skip
