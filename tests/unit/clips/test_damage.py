"""Files that are broken, cut off, or no clips at all: a clear word, and the show goes on."""

from fractions import Fraction

import av
import numpy as np
import pytest

from node.clips.pictures import Pictures
from node.errors import AssetError
from tests.fakes.audience import watch
from tests.fakes.clip_factory import number_of
from tests.unit.clips.conftest import SIZE


def spoil(path, start: float, stop: float) -> None:
    """Overwrite a part of the file, given in parts of its length, with noise (fixed seed)."""
    content = bytearray(path.read_bytes())
    first, last = int(len(content) * start), int(len(content) * stop)
    content[first:last] = np.random.default_rng(5).bytes(last - first)
    path.write_bytes(content)


def cut(path, keep: float) -> None:
    """Keep only this part of the file."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])


@pytest.mark.parametrize("name", ["clip.ts", "clip.mkv", "clip.mp4"])
async def test_damage_in_the_middle_is_counted_and_the_rest_is_shown(make, playing, name):
    path = make(name, width=640, height=360, seconds=4.0, gop=15)
    spoil(path, 0.4, 0.5)
    async with playing(path) as player:
        seen = await watch(player)
        assert player.damaged > 0
    assert seen.numbers[:40] == list(range(40))
    assert seen.numbers[-30:] == list(range(90, 120))
    assert len(seen.numbers) == 120
    assert player.error is None


def drop(path, packet: int, count: int) -> None:
    """Take packets of 188 bytes out of a transport stream."""
    content = path.read_bytes()
    path.write_bytes(content[: packet * 188] + content[(packet + count) * 188 :])


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize(("packet", "count"), [(116, 4), (164, 3), (232, 30), (300, 16)])
async def test_pictures_that_a_transport_stream_lost_are_counted(
    make, playing, b_frames, packet, count
):
    """The loss of 16 leaves no other trace: packets are numbered from 0 to 15, over and over."""
    path = make("clip.ts", width=640, height=360, seconds=4.0, gop=15, b_frames=b_frames)
    drop(path, packet, count)
    async with playing(path) as player:
        seen = await watch(player)
    wrong = sum(number != place for place, number in enumerate(seen.numbers))
    assert len(seen.numbers) == 120
    assert wrong > 0
    assert player.damaged >= wrong / 2


UNEVEN_S = [n / 30 + (n > 20) * 0.4 + (n > 40) * 0.7 for n in range(60)]


@pytest.mark.parametrize("name", ["clip.ts", "clip.mkv", "clip.mp4"])
@pytest.mark.parametrize("spec", [
    {}, {"b_frames": 0, "gop": 250}, {"fps": Fraction(25)}, {"fps": Fraction(24000, 1001)},
    {"fps": Fraction(60)}, {"options": {"preset": "veryfast", "x264-params": "open-gop=1"}},
    {"options": {"preset": "veryfast", "x264-params": "intra-refresh=1"}},
])  # fmt: skip
@pytest.mark.parametrize("at_frame", [0, 50])
def test_a_whole_clip_has_lost_nothing(make, name, spec, at_frame):
    pictures = Pictures(make(name, seconds=3.0, audio=None, **spec), SIZE, 30)
    shown = list(pictures.shown(at_frame))
    assert (shown[0].first, shown[-1].stop) == (at_frame, 90)
    assert pictures.damaged == 0


@pytest.mark.parametrize("name", ["clip.ts", "clip.mkv", "clip.mp4"])
def test_long_pictures_of_an_uneven_rate_are_not_counted_as_lost(make, name):
    pictures = Pictures(make(name, times=UNEVEN_S, audio=None), SIZE, 30)
    assert len(list(pictures.shown(0))) == 60
    assert pictures.damaged == 0


def test_a_torn_key_frame_and_what_leans_on_it_is_not_shown(make):
    path = make("clip.mkv", width=640, height=360, seconds=2.0, gop=15, b_frames=0, audio=None)
    with av.open(str(path)) as clip:
        packets = [packet for packet in clip.demux() if packet.size]
        place, size = next((one.pos, one.size) for one in packets if one.pts >= 480)
    content = bytearray(path.read_bytes())
    content[place + size // 3 : place + size] = bytes(size - size // 3)
    path.write_bytes(content)
    pictures = Pictures(path, SIZE, 30)
    numbers = [
        number_of(one.pixels) for one in pictures.shown(0) for _ in range(one.first, one.stop)
    ]
    assert numbers == [*range(15), *[14] * 15, *range(30, 60)]
    assert pictures.damaged == 15


@pytest.mark.parametrize("name", ["clip.mkv", "clip.mp4"])
async def test_a_cut_off_clip_plays_as_far_as_it_goes_and_says_so(make, playing, name, tmp_path):
    path = make(name, seconds=4.0, gop=15)
    if name.endswith("mp4"):
        path = with_head_first(path, tmp_path / "head_first.mp4")
    cut(path, 0.6)
    async with playing(path) as player:
        seen = await watch(player)
        assert player.has_ended
    whole = len(seen.numbers) - 4  # the last pictures may lack those that they refer to
    assert 30 < whole < 110
    assert seen.numbers[:whole] == list(range(whole))
    assert seen.numbers == sorted(seen.numbers)
    assert "of 4.0 s" in str(player.error)


def with_head_first(path, out):
    """The same clip with its index before the pictures, as the web and phones write it."""
    with (
        av.open(str(path)) as source,
        av.open(str(out), "w", options={"movflags": "+faststart"}) as copy,
    ):
        streams = {stream.index: copy.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.size:
                packet.stream = streams[packet.stream.index]
                copy.mux(packet)
    return out


async def test_a_clip_without_its_index_is_refused(make, playing):
    path = make("clip.mp4")
    cut(path, 0.5)
    with pytest.raises(AssetError, match=r"clip\.mp4: not a clip that can be played: .*invalid"):
        async with playing(path):
            pass


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.mp4", b"just some words\n" * 50),
        ("notes.txt", b"just some words\n" * 50),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n"),
        ("list.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("noise.mp4", np.random.default_rng(1).bytes(50_000)),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(100)),
        ("ftyp.mp4", b"\x00\x00\x00\x18ftypisom" + bytes(40)),
    ],
)
async def test_what_is_no_clip_is_refused_by_name(playing, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(AssetError, match=f"{name}: "):
        async with playing(path):
            pass


async def test_an_empty_file_is_refused(playing, tmp_path):
    path = tmp_path / "empty.mp4"
    path.touch()
    with pytest.raises(AssetError, match=r"empty\.mp4: the file is empty"):
        async with playing(path):
            pass


async def test_a_folder_is_refused(playing, tmp_path):
    with pytest.raises(AssetError, match="no such file"):
        async with playing(tmp_path):
            pass


async def test_sound_alone_is_no_clip(playing, tmp_path):
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(AssetError, match="has no moving picture"):
        async with playing(path):
            pass


async def test_a_clip_none_of_whose_pictures_can_be_decoded_is_refused(make, playing):
    path = make("clip.mkv", codec="mpeg4", options={}, audio=None, b_frames=0)
    content = bytearray(path.read_bytes())
    start = content.index(b"\xa3") if b"\xa3" in content else len(content) // 10
    content[start + 8 : -400] = bytes(len(content) - start - 408)
    path.write_bytes(content)
    with pytest.raises(AssetError):
        async with playing(path):
            pass


async def test_damaged_sound_leaves_the_picture_alone(make, playing):
    path = make("clip.mkv", audio="aac", seconds=3.0)
    spoiled = path.with_name("spoiled.mkv")
    noise = np.random.default_rng(2)
    with av.open(str(path)) as source, av.open(str(spoiled), "w") as copy:
        streams = {stream.index: copy.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if not packet.size:
                continue
            copied = packet
            if packet.stream.type == "audio" and packet.pts > 1000:
                copied = av.Packet(noise.bytes(packet.size))
                copied.pts, copied.dts = packet.pts, packet.dts
                copied.time_base = packet.time_base
            copied.stream = streams[packet.stream.index]
            copy.mux(copied)
    async with playing(spoiled) as player:
        seen = await watch(player)
        assert player.damaged > 0
    assert seen.numbers == list(range(90))
    assert player.error is None


async def test_a_damaged_idle_clip_stops_with_its_reason(make, playing):
    path = make("clip.mkv", seconds=4.0, gop=15)
    cut(path, 0.6)
    async with playing(path, loops=True) as player:
        seen = await watch(player)
        assert player.has_ended
    assert seen.numbers == sorted(seen.numbers)
    assert "of 4.0 s" in str(player.error)


def test_pictures_of_a_disk_that_fails_end_with_the_reason(make, monkeypatch):
    path = make(seconds=2.0)

    def failing(self, clip):
        for index, frame in enumerate(original(self, clip)):
            if index == 20:
                self.broke = AssetError(f"{path}: cannot be read on: input/output error")
                return
            yield frame

    original = Pictures._decoded
    monkeypatch.setattr(Pictures, "_decoded", failing)
    pictures = Pictures(path, SIZE, 30)
    assert sum(shown.stop - shown.first for shown in pictures.shown(0)) == 20
    assert "input/output error" in str(pictures.broke)
