"""A clip player's stage: writes a clip, plays it, closes the player."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from node.clips import player as player_module
from node.clips.player import ClipPlayer
from node.media import Size
from tests.fakes.clip_factory import ClipSpec, write_clip

SIZE = Size(320, 180)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder of a busy machine may take its time to end."""
    monkeypatch.setattr(player_module, "CLOSE_S", 60.0)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Writes a clip: `make(name, **what differs from ClipSpec)`."""

    def write(name: str = "clip.mp4", **spec: object) -> Path:
        return write_clip(tmp_path / name, ClipSpec(**spec))  # type: ignore[arg-type]

    return write


Opener = Callable[..., AbstractAsyncContextManager[ClipPlayer]]


@pytest.fixture
def playing() -> Opener:
    """An open player: `async with playing(path, at_frame=0, **for ClipPlayer) as player`."""

    @asynccontextmanager
    async def play(
        path: Path, *, at_frame: int = 0, size: Size = SIZE, fps: int = 30, gain_db: float = 0.0,
        loops: bool = False,
    ) -> AsyncIterator[ClipPlayer]:  # fmt: skip
        player = ClipPlayer(path, size=size, fps=fps, gain_db=gain_db, loops=loops)
        try:
            await player.preroll(at_frame)
            yield player
        finally:
            await player.close()

    return play
