"""A voice that answers by a short list: what pages need to see of an ear, without a microphone."""

import asyncio
from dataclasses import replace

from node.channels import State
from node.errors import CommandError
from node.program.commands import (
    Ask,
    Attend,
    CallStaff,
    HushVoice,
    Misheard,
    MuteEar,
    Talk,
    VoiceCommand,
)
from node.program.listening import Ear, Listening, Turn

PRICE = {"zh": "价格?", "en": "Price?"}
PRICE_SAID = {"zh": "展会价一百二十九元。", "en": "The show price is 129 yuan."}
NOT_UNDERSTOOD = {"zh": "没听懂", "en": "Not understood"}
CALLED = {"zh": "叫店员?", "en": "Call staff?"}
ARMED = Listening(ear="armed", duplex="full", level_db=-42.0, microphone="simulated visitors",
                  is_simulated=True)  # fmt: skip


class FakeVoice:
    """Obeys as the voice does; `hear` has something be asked aloud."""

    def __init__(self, listening: Listening = ARMED) -> None:
        self.listening = State(listening)
        self.commands: list[VoiceCommand] = []

    async def obey(self, command: VoiceCommand) -> Turn | None:
        """Do what is asked; raises `CommandError` "unknown_turn"."""
        self.commands.append(command)
        match command:
            case Ask():
                return self._ask(command.text, command.locale or "zh")
            case Talk():
                self.turn_to("listening" if command.is_pressed else "armed")
            case MuteEar():
                self.turn_to("muted" if command.is_muted else "armed")
            case Misheard():
                self._reject(command.number)
            case Attend():
                self.settle(command.number, command.text)
            case CallStaff():
                return self._new(CALLED, {}, "call_staff", way="talk")
            case HushVoice():
                self.listening.set(replace(self.listening.value, is_speaking=False))
        return None

    def hear(self, label: dict[str, str] = PRICE, answer: dict[str, str] = PRICE_SAID, *,
             is_drawn: bool = False) -> Turn:  # fmt: skip
        """A visitor asked aloud and is being answered."""
        turn = self._new(label, answer, "price", is_drawn=is_drawn)
        self.listening.set(replace(self.listening.value, ear="listening", is_speaking=True))
        return turn

    def turn_to(self, ear: Ear) -> None:
        """Change the light."""
        self.listening.set(replace(self.listening.value, ear=ear))

    def settle(self, number: int, answer: dict[str, str]) -> None:
        """What waited is answered."""
        turns = tuple(
            replace(turn, waits=False, answer=answer) if turn.number == number else turn
            for turn in self.listening.value.turns
        )
        self.listening.set(replace(self.listening.value, turns=turns))

    def _ask(self, text: str, locale: str) -> Turn:
        if "多少钱" in text or "price" in text:
            return self._new(PRICE, PRICE_SAID, "price", way="typed", locale=locale)
        return self._new(NOT_UNDERSTOOD, {}, "", way="typed", locale=locale)

    def _new(self, label: dict[str, str], answer: dict[str, str], intent: str, way: str = "voice",
             locale: str = "zh", *, is_drawn: bool = False) -> Turn:  # fmt: skip
        listening = self.listening.value
        turn = Turn(
            number=len(listening.turns) + 1,
            at_s=asyncio.get_running_loop().time(),
            way="typed" if way == "typed" else "voice",
            locale=locale,
            intent=intent,
            label=label,
            answer=answer,
            by="node" if intent else "staff",
            waits=not intent,
            is_drawn=is_drawn,
        )
        self.listening.set(replace(listening, turns=(*listening.turns, turn)))
        return turn

    def _reject(self, number: int) -> None:
        turns = self.listening.value.turns
        if number not in {turn.number for turn in turns}:
            raise CommandError("unknown_turn", f"no turn {number}")
        kept = tuple(
            replace(turn, is_rejected=True) if turn.number == number else turn for turn in turns
        )
        self.listening.set(replace(self.listening.value, turns=kept))
