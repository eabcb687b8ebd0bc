"""What fingers do to buttons: presses, long ones, chords, buttons that stick or rattle; pure.

Time is a parameter (loop time, s). An edge counts as it comes: the driver has debounced it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from node.config_panel import InputName

RATTLE_PRESSES: Final = 12
RATTLE_S: Final = 2.0
"""So many presses in so long are no finger's: a loose wire, or a line that floats."""
BOUNCE_S: Final = 0.15
"""A press so soon after the last one of the same button is a worn contact's, and the same press: a
finger taps six times a second at most.
"""
QUIET_S: Final = 5.0
"""A line that rattled is believed again when it has been quiet for so long."""
CHORDS: Final[tuple[frozenset[InputName], ...]] = (frozenset({"live", "next"}),)
"""Held together they mean something of their own. While one is down, the other alone is nothing."""

Trouble = Literal["stuck", "rattles"]


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed; of one that can be pressed long: and let go before that."""

    name: InputName


@dataclass(frozen=True, slots=True)
class PressedLong:
    """A button has been held."""

    name: InputName


@dataclass(frozen=True, slots=True)
class Chord:
    """Two buttons have been held together."""

    names: frozenset[InputName]


@dataclass(frozen=True, slots=True)
class Ill:
    """A button is ignored from now on."""

    name: InputName
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Well:
    """A button that was ignored counts again."""

    name: InputName


Deed = Pressed | PressedLong | Chord | Ill | Well


@dataclass(frozen=True, slots=True)
class Rule:
    """How a button is taken.

    With `long_s` above 0 it can be pressed long: then a short press counts as it ends. One that
    may stay down without being stuck has `can_stick` false.
    """

    long_s: float = 0.0
    can_stick: bool = True


@dataclass(frozen=True, slots=True)
class _Key:
    """One button: down since when, whether its long press or chord is still to come, its trouble.

    `is_spent`: nothing more comes of this press. `is_begun`: it was down before the node was there.
    `presses` are the newest, oldest first.
    """

    since_s: float | None = None
    is_spent: bool = False
    is_begun: bool = False
    trouble: Trouble | None = None
    presses: tuple[float, ...] = ()

    @property
    def is_bounce(self) -> bool:
        """Whether the newest press is the one before it, which a contact lost for a moment."""
        return len(self.presses) > 1 and self.presses[-1] - self.presses[-2] < BOUNCE_S

    @property
    def is_lone(self) -> bool:
        """Whether it can be part of no chord: nobody holds it."""
        return self.is_begun or self.trouble is not None


@dataclass(frozen=True, slots=True)
class Buttons:
    """All buttons at one moment; `edge` and `tick` return the next one, and what was done.

    `tick` must be called at `due_s`.
    """

    rules: Mapping[InputName, Rule]
    chord_s: float = 3.0
    stuck_s: float = 30.0
    keys: Mapping[InputName, _Key] = field(default_factory=dict)

    def begun(self, down: Iterable[InputName], at_s: float) -> "Buttons":
        """With buttons that are down as the node starts: nobody pressed them, nor in a chord."""
        known = {name: _Key(at_s, is_spent=True, is_begun=True) for name in down}
        return replace(self, keys={**self.keys, **known})

    @property
    def ill(self) -> Mapping[InputName, Trouble]:
        """The buttons that are ignored, and why."""
        return {name: key.trouble for name, key in self.keys.items() if key.trouble is not None}

    @property
    def due_s(self) -> float | None:
        """When time alone will do something; None: never."""
        waits = [at for name, key in self.keys.items() for at in self._waits(name, key)]
        waits += [since + self.chord_s for _, since in self._chords()]
        return min(waits, default=None)

    def edge(self, name: InputName, at_s: float, *, is_down: bool) -> "Change":
        """A button went down or up."""
        key = self.keys.get(name, _Key())
        if is_down == (key.since_s is not None):
            return self, ()
        return self._down(name, key, at_s) if is_down else self._up(name, key, at_s)

    def tick(self, at_s: float) -> "Change":
        """What time does to buttons that are held, or were ignored."""
        keys, deeds = dict(self.keys), list[Deed]()
        for names, since_s in self._chords():
            if at_s >= since_s + self.chord_s:
                keys |= {name: replace(keys[name], is_spent=True) for name in names}
                deeds.append(Chord(names))
        for name, key in list(keys.items()):
            keys[name], more = self._aged(name, key, at_s)
            deeds += more
        return replace(self, keys=keys), tuple(deeds)

    def _down(self, name: InputName, key: _Key, at_s: float) -> "Change":
        presses = (*(one for one in key.presses if one > at_s - RATTLE_S), at_s)[-RATTLE_PRESSES:]
        key = replace(key, since_s=at_s, presses=presses, is_spent=key.trouble is not None)
        if key.trouble is None and len(presses) == RATTLE_PRESSES:
            key = replace(key, trouble="rattles", is_spent=True)
            return self._with(name, key), (Ill(name, "rattles"),)
        is_second = any(self._is_held(other) for other in _partners(name))
        after = self._with(name, replace(key, is_spent=key.is_spent or is_second))
        is_new = not key.is_spent and not is_second and not key.is_bounce
        is_told = is_new and not self.rules[name].long_s
        return after, (Pressed(name),) if is_told else ()

    def _up(self, name: InputName, key: _Key, at_s: float) -> "Change":
        after = replace(key, since_s=None, is_spent=False, is_begun=False)
        if key.trouble == "stuck":
            return self._with(name, replace(after, trouble=None)), (Well(name),)
        if key.trouble == "rattles":
            return self._with(name, replace(after, presses=(*key.presses[1:], at_s))), ()
        is_short = self.rules[name].long_s > 0 and not key.is_spent and not key.is_bounce
        return self._with(name, after), (Pressed(name),) if is_short else ()

    def _aged(self, name: InputName, key: _Key, at_s: float) -> tuple[_Key, tuple[Deed, ...]]:
        rule = self.rules[name]
        if key.trouble == "rattles" and at_s >= _quiet_at(key):
            return replace(key, trouble=None, presses=()), (Well(name),)
        if key.since_s is None or key.trouble is not None:
            return key, ()
        if rule.can_stick and at_s >= key.since_s + self.stuck_s:
            return replace(key, trouble="stuck", is_spent=True), (Ill(name, "stuck"),)
        if rule.long_s > 0 and at_s >= key.since_s + rule.long_s and not key.is_spent:
            return replace(key, is_spent=True), (PressedLong(name),)
        return key, ()

    def _waits(self, name: InputName, key: _Key) -> Iterable[float]:
        rule = self.rules[name]
        if key.trouble == "rattles":
            yield _quiet_at(key)
        if key.since_s is None or key.trouble is not None:
            return
        if rule.can_stick:
            yield key.since_s + self.stuck_s
        if rule.long_s > 0 and not key.is_spent:
            yield key.since_s + rule.long_s

    def _chords(self) -> list[tuple[frozenset[InputName], float]]:
        """Those held whose time is still to come, and since when."""
        found = []
        for names in CHORDS:
            keys = [self.keys.get(name, _Key()) for name in names]
            since = [key.since_s for key in keys if key.since_s is not None]
            is_whole = len(since) == len(names) and not any(key.is_lone for key in keys)
            if is_whole and not all(key.is_spent for key in keys):
                found.append((names, max(since)))
        return found

    def _is_held(self, name: InputName) -> bool:
        key = self.keys.get(name)
        return key is not None and key.since_s is not None and not key.is_lone

    def _with(self, name: InputName, key: _Key) -> "Buttons":
        return replace(self, keys={**self.keys, name: key})


Change = tuple[Buttons, tuple[Deed, ...]]


def _quiet_at(key: _Key) -> float:
    return (key.presses[-1] if key.presses else 0.0) + QUIET_S


def _partners(name: InputName) -> Iterable[InputName]:
    return [other for names in CHORDS if name in names for other in names if other != name]
