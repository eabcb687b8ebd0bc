"""What the tests of a running node share: clips made once, a day of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.small_day import Part, SmallDay, write_clips

MakeDay = Callable[..., SmallDay]


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_clips(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="session")
def make_day(clips: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> MakeDay:
    """A day in a folder of its own: `one`, `two`, the assistant `idle` and `desk`."""

    def make(play: tuple[str, ...] = ("one", "two"), **fields) -> SmallDay:
        parts = (
            Part("one", 40, clips["one"], out="fade 2s"),
            Part("two", 20, clips["two"]),
            Part("idle", 600, clips["idle"], kind="agent"),
            Part("desk", 600, kind="live"),
        )
        fields.setdefault("parts", parts)
        return SmallDay(tmp_path_factory.mktemp("day"), play=play, **fields).write()

    return make
