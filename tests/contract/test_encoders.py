"""What every video codec promises, over every implementation."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from node.encode import annexb, gstreamer
from node.encode.codec import VideoCodec
from node.encode.gstreamer import Gstreamer
from node.encode.headroom import PRESETS, moving_pictures
from node.encode.v4l2m2m import V4l2M2m
from node.encode.x264 import X264
from node.errors import DeviceError
from node.media import AccessUnit, Frame, Pts90k, Rendition, Size
from tests.fakes.m2m_driver import SimulatedM2m

RENDITION = Rendition(Size(320, 176), 30, 800)
PICTURES = moving_pictures(RENDITION.size)
WORTH_BYTES = 4 << 20
"""More than this in 2,000 pictures would be a leak of 2 kB a picture."""

OWN = re.compile(r"^(?:RssAnon|VmSwap):\s+(\d+) kB", re.MULTILINE)
pytestmark = pytest.mark.timeout(300)

Make = Callable[[Rendition], VideoCodec]


def x264(preset: str, threads: int) -> Make:
    return lambda rendition: X264(rendition, preset=preset, threads=threads, why="under test")


def v4l2m2m(rendition: Rendition) -> VideoCodec:
    kernel = SimulatedM2m()
    return V4l2M2m(rendition, path="/dev/video11", why="under test", kernel=kernel)


def by_element(element: str) -> Make:
    return lambda rendition: Gstreamer(rendition, element=element, why="under test")


CODECS = [
    *(pytest.param(x264(preset, 1), id=f"libx264/{preset}") for preset in PRESETS),
    pytest.param(x264("superfast", 2), id="libx264/superfast, 2 threads"),
    pytest.param(v4l2m2m, id="v4l2m2m, simulated driver"),
    pytest.param(by_element("x264enc"), id="gstreamer/x264enc"),
    pytest.param(by_element("openh264enc"), id="gstreamer/openh264enc"),
]


@pytest.fixture(params=CODECS)
def make(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes codecs of one kind; where the machine has not got it, the tests are skipped."""
    monkeypatch.setattr(gstreamer, "ANSWER_S", 60.0)  # a busy machine is no hanging one
    monkeypatch.setattr(gstreamer, "PATIENCE_MS", 30_000)
    monkeypatch.setattr(gstreamer, "OPENING_S", 60.0)
    monkeypatch.setattr(gstreamer, "STALLED_S", 60.0)
    made: list[VideoCodec] = []

    def make_one(rendition: Rendition = RENDITION) -> VideoCodec:
        codec = request.param(rendition)
        made.append(codec)
        if isinstance(codec, Gstreamer):
            skip_if_missing(codec)
        return codec

    yield make_one
    for codec in made:
        codec.close()


def skip_if_missing(codec: Gstreamer) -> None:
    try:
        codec.open()
    except DeviceError as error:
        if any(lack in str(error) for lack in ("no python3-gi", "no gir1.2", "no element")):
            pytest.skip(str(error))


def encode(codec: VideoCodec, numbers: range, forced: tuple[int, ...] = ()) -> list[AccessUnit]:
    return encode_these(codec, PICTURES, numbers, forced)


def encode_these(codec, pictures, numbers, forced=()) -> list[AccessUnit]:
    units: list[AccessUnit] = []
    for number in numbers:
        frame = Frame(Pts90k(7 + number * 3000), number / 30, pictures[number % len(pictures)])
        units += codec.encode(frame, number in forced)
    return units


def busy_pictures() -> list[np.ndarray]:
    """Travelling pictures under fresh noise: each costs bits, as hair and foliage do."""
    noise = np.random.default_rng(3)
    pictures = []
    for number in range(30):
        picture = PICTURES[number % len(PICTURES)].copy()
        height, width = RENDITION.size.height, RENDITION.size.width
        picture[:height] += noise.integers(0, 14, (height, width), np.uint8)
        pictures.append(picture)
    return pictures


def kbps_of(units: list[AccessUnit]) -> float:
    """Bit rate by the stream's own clock."""
    return sum(len(unit.payload) for unit in units) * 8 * 30 / len(units) / 1000


def test_each_frame_gives_one_unit_at_once_with_its_stamps(make: Make):
    codec = make(RENDITION)
    for number in range(10):
        (unit,) = encode(codec, range(number, number + 1))
        assert (unit.pts, unit.captured_s) == (7 + number * 3000, number / 30)
        assert unit.payload.startswith(annexb.START_CODE)


def test_the_first_unit_and_forced_ones_alone_are_idrs_with_their_parameter_sets(make: Make):
    units = encode(make(RENDITION), range(40), forced=(7, 30))
    assert [number for number, unit in enumerate(units) if unit.is_idr] == [0, 7, 30]
    for unit in units:
        assert unit.is_idr == annexb.is_idr(unit.payload)
        assert unit.is_idr == (annexb.parameter_sets(unit.payload) is not None)


def test_every_idr_says_constrained_baseline_and_no_higher_level_than_asked(make: Make):
    for unit in encode(make(RENDITION), range(20), forced=(9,)):
        if (sets := annexb.parameter_sets(unit.payload)) is not None:
            promised = annexb.promise(sets[0])
            assert (promised.profile, promised.is_constrained) == (66, True)
            assert promised.level <= 30


def test_a_stream_decodes_from_any_idr_in_order(make: Make):
    units = encode(make(RENDITION), range(20), forced=(10,))[10:]
    decoder = av.CodecContext.create("h264", "r")
    pictures = [p for unit in units for p in decoder.decode(av.Packet(unit.payload))]
    pictures += decoder.decode(None)
    assert len(pictures) == 10
    for number, picture in enumerate(pictures, 10):
        wanted = PICTURES[number % len(PICTURES)][: RENDITION.size.height].astype(int)
        error = np.abs(picture.to_ndarray()[: RENDITION.size.height].astype(int) - wanted)
        assert error.mean() < 15


def test_units_come_in_the_order_of_their_frames(make: Make):
    stamps = [unit.pts for unit in encode(make(RENDITION), range(40), forced=(7,))]
    assert stamps == [7 + number * 3000 for number in range(40)]


def test_the_frame_is_not_written_to(make: Make):
    before = [picture.copy() for picture in PICTURES]
    encode(make(RENDITION), range(15))
    assert all(np.array_equal(a, b) for a, b in zip(before, PICTURES, strict=True))


def test_after_close_the_next_unit_is_an_idr(make: Make):
    codec = make(RENDITION)
    encode(codec, range(5))
    codec.close()
    assert [unit.is_idr for unit in encode(codec, range(5, 8))] == [True, False, False]


def test_a_bit_rate_is_reached_two_seconds_after_it_was_asked_for(make: Make):
    codec, pictures = make(RENDITION), busy_pictures()
    at = 0
    for asked in (800, 400, 700):
        codec.set_bitrate(asked)
        units = encode_these(codec, pictures, range(at, at + 120))
        at += 120
        assert kbps_of(units[60:]) == pytest.approx(asked, rel=0.15)


def test_a_change_of_the_bit_rate_costs_no_idr(make: Make):
    codec, pictures = make(RENDITION), busy_pictures()
    if codec.name == "gstreamer/openh264enc":
        pytest.skip("OpenH264 answers a new bit rate with an IDR")
    encode_these(codec, pictures, range(30))
    codec.set_bitrate(700)
    assert not any(unit.is_idr for unit in encode_these(codec, pictures, range(30, 60)))


def test_two_thousand_pictures_take_no_memory(make: Make):
    codec = make(Rendition(Size(64, 64), 30, 300))
    pictures = moving_pictures(Size(64, 64))
    encode_these(codec, pictures, range(300))
    before = own_bytes(codec)
    encode_these(codec, pictures, range(300, 2300))
    assert own_bytes(codec) - before < WORTH_BYTES


def own_bytes(codec: VideoCodec) -> int:
    """Of this process and, where another one encodes, of that; in memory or swapped out.

    Pages of libraries do not count: a system that wants room drops them and reads them again.
    """
    pids = [os.getpid(), *([codec.pid] if isinstance(codec, Gstreamer) else [])]
    return sum(
        int(count) * 1024
        for pid in pids
        for count in OWN.findall(Path(f"/proc/{pid}/status").read_text())
    )


def test_a_picture_of_another_size_is_refused_with_both_sizes(make: Make):
    frame = Frame(Pts90k(0), 0.0, moving_pictures(Size(64, 64))[0])
    with pytest.raises(DeviceError, match="got a picture of 64x64, expected 320x176"):
        make(RENDITION).encode(frame, False)


def test_odd_sides_are_refused_by_name(make: Make):
    odd = Rendition(Size(321, 176), 30, 800)
    with pytest.raises(DeviceError, match="321x176: sides must be even"):
        make(odd).encode(Frame(Pts90k(0), 0.0, np.zeros((264, 321), np.uint8)), False)


def test_spared_and_restored_it_goes_on(make: Make):
    codec = make(RENDITION)
    units = encode(codec, range(3))
    while codec.ease():
        pass
    units += encode(codec, range(3, 6))
    codec.restore()
    units += encode(codec, range(6, 9))
    assert len(units) == 9
    assert units[0].is_idr


def test_it_says_what_it_is_and_why(make: Make):
    codec = make(RENDITION)
    kind, _, rest = codec.name.partition("/")
    assert kind in {"libx264", "v4l2m2m", "gstreamer"}
    assert rest
    assert codec.why


def test_vectors_are_what_they_are_called():
    folder = Path(__file__).parents[1] / "vectors" / "h264"
    decoder = av.CodecContext.create("h264", "r")
    packets = [av.Packet((folder / name).read_bytes()) for name in ("idr.h264", "delta.h264")]
    pictures = [p for packet in packets for p in decoder.decode(packet)] + decoder.decode(None)
    assert [(p.width, p.height) for p in pictures] == [(160, 96)] * 2
