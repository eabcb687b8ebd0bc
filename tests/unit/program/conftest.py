"""The booth with a day that uses everything; a module may lay a smaller one in its place."""

from functools import partial

import pytest

from tests.fakes.booth import found_after, full_booth


@pytest.fixture
def booth(tmp_path):
    return full_booth(tmp_path)


@pytest.fixture
def judged(booth):
    """What a change makes of the day, beside the one warning that it has anyway."""
    return partial(found_after, booth)
