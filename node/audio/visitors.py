"""The demo's visitors: recorded questions, played into the simulated hall when asked for.

`visitors.toml` lists them; `ID.ogg` beside it is each one's voice, dry and near: the hall adds
distance and noise.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import numpy as np

from node.audio.simulated import Hall, Wave, arriving
from node.decode.speech import read_speech
from node.errors import AssetError, CommandError
from node.media import SPEECH_RATE_HZ, Pcm

INDEX: Final = "visitors.toml"
LONGEST_S: Final = 20.0
"""What is longer is no question."""


class Visitor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who asks what: `says` as read, `phrases` as voiced, from `distance_m` (metres) away.

    `needs` names what must be before it is heard: `talk`, a press of TALK, as the wake word is not
    said; `answer`, one being said, which it interrupts.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]{1,32}\Z")]
    locale: str
    says: str
    phrases: tuple[str, ...]
    who: Literal["woman", "man"]
    voice: str
    distance_m: Annotated[float, msgspec.Meta(ge=0.2, le=10)]
    speed: Annotated[float, msgspec.Meta(ge=0.5, le=2)] = 1.0
    needs: Literal["", "talk", "answer"] = ""


class VisitorList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`visitors.toml`."""

    format: Literal["livesell-visitors/1"]
    visitor: tuple[Visitor, ...]


def listed(folder: Path) -> tuple[Visitor, ...]:
    """Who is listed in `folder`; raises `AssetError` with place and value."""
    path = folder / INDEX
    try:
        return msgspec.toml.decode(path.read_bytes(), type=VisitorList).visitor
    except (OSError, msgspec.MsgspecError) as error:
        raise AssetError(f"{path}: {error}") from error


class Visitors:
    """Plays what is recorded in `folder` into `hall`; loop thread only.

    `everyone` is who is listed there, empty until `begin`.
    """

    def __init__(self, folder: Path, hall: Hall) -> None:
        self.everyone: tuple[Visitor, ...] = ()
        self._folder, self._hall = folder, hall
        self._pool = ThreadPoolExecutor(1, "visitors")

    def begin(self) -> None:
        """Read the list; raises `AssetError`."""
        self.everyone = listed(self._folder)

    async def play(self, name: str) -> None:
        """Have a visitor speak, from now on.

        Raises:
            CommandError: "unknown_visitor"; "visitor_busy" while another one speaks;
                "visitor_mute" for a recording that cannot be read.
        """
        visitor = next((one for one in self.everyone if one.id == name), None)
        if visitor is None:
            raise CommandError("unknown_visitor", f"no visitor {name!r}")
        if self._hall.is_speaking:
            raise CommandError("visitor_busy", "another visitor is speaking")
        path = self._folder / f"{visitor.id}.ogg"
        try:
            loop = asyncio.get_running_loop()
            sound = await loop.run_in_executor(self._pool, _arriving, path, visitor.distance_m)
        except AssetError as error:
            raise CommandError("visitor_mute", str(error)) from error
        self._hall.place(sound)


def recording(path: Path) -> Pcm:
    """A recording as int16 [n], 16 kHz mono; raises `AssetError`. Thread: any."""
    pcm = np.concatenate([np.zeros(0, np.int16), *read_speech(path)])
    if not 0 < len(pcm) <= LONGEST_S * SPEECH_RATE_HZ:
        seconds = len(pcm) / SPEECH_RATE_HZ
        raise AssetError(f"{path}: {seconds:.1f} s: expected more than 0, at most {LONGEST_S:g}")
    return pcm


def _arriving(path: Path, distance_m: float) -> Wave:
    return arriving(recording(path), distance_m=distance_m)
