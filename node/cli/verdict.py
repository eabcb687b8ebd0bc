"""One line of the doctor: what was looked at, how it is, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from node.cli.texts import Texts

Level = Literal["ok", "warn", "fail", "absent"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` names the text `doctor.PART.CODE`; `facts` go into it and into the JSON."""

    part: str
    level: Level
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def message(self, texts: Texts) -> str:
        """How it is, in one line."""
        return texts(f"doctor.{self.part}.{self.code}", **self.facts)

    def cure(self, texts: Texts) -> str:
        """What to do; empty where nothing is to be done."""
        key = f"doctor.{self.part}.{self.code}_cure"
        return texts(key, **self.facts) if key in texts else ""
