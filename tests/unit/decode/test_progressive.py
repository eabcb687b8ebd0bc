"""Interlaced pictures become progressive; none is lost."""

from fractions import Fraction

import av
import pytest

from node.decode.progressive import Deinterlacer
from tests.fakes.clip_factory import ClipSpec, write_clip


def test_progressive_pictures_pass_untouched():
    frame = av.VideoFrame(64, 64, "yuv420p")
    deinterlacer = Deinterlacer()
    assert deinterlacer.feed(frame) == [frame]
    assert deinterlacer.flush() == []


@pytest.mark.parametrize("layout", ["interlaced"])
def test_each_interlaced_picture_comes_out_once_with_its_time(tmp_path, layout):
    spec = ClipSpec(
        codec="mpeg2video", options={"flags": "+ildct+ilme"}, seconds=1.0, audio=None, b_frames=0,
        fps=Fraction(25),
    )  # fmt: skip
    with av.open(str(write_clip(tmp_path / f"{layout}.ts", spec))) as container:
        decoded = list(container.decode(video=0))
    assert decoded[0].interlaced_frame
    times = [frame.time for frame in decoded]
    deinterlacer = Deinterlacer()
    out = [one for frame in decoded for one in deinterlacer.feed(frame)] + deinterlacer.flush()
    assert [frame.time for frame in out] == pytest.approx(times)
    assert not any(frame.interlaced_frame for frame in out)
