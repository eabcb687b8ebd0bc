"""The library: each clip measured once, a mended one measured again, faults on demand."""

import pytest

from node.clips.library import Library
from node.errors import AssetError
from node.media import Size
from tests.fakes.clip_factory import ClipSpec, write_clip


@pytest.fixture
def library(tmp_path):
    made = Library([], size=Size(320, 180), fps=30, target_lufs=-16, cache=tmp_path / "clips.json")
    yield made
    made.close()


async def test_a_clip_mended_after_a_failure_is_measured_again(library, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"junk")
    with pytest.raises(AssetError, match=r"a\.mp4"):
        await library.facts(path)
    write_clip(path, ClipSpec(seconds=0.5))
    assert (await library.facts(path)).frames == 15


async def test_a_clip_prerolled_twice_keeps_its_player(library, tmp_path):
    clip = library.open(write_clip(tmp_path / "a.mp4", ClipSpec(seconds=1.0)), loops=False)
    await clip.preroll()
    player = clip._player
    await clip.preroll()
    assert clip._player is player
    await clip.close()


async def test_the_fault_switch_breaks_and_mends_what_is_open(library, tmp_path):
    clip = library.open(write_clip(tmp_path / "a.mp4", ClipSpec(seconds=1.0)), loops=False)
    await clip.preroll()
    library.fault.kill()
    assert clip.next() is None
    assert "fault bar" in str(clip.error)
    library.fault.heal()
    assert clip.error is None
    assert clip.next() is not None
    await clip.close()
