"""The clip player: every picture on its frame, sound with it, from any place, in circles."""

import asyncio
import threading
from fractions import Fraction

import numpy as np
import pytest

from node.clips import player as player_module
from node.clips.ahead import BUFFER_TICKS, DecodedAhead
from node.clips.player import ClipPlayer
from node.clips.tick import ClipTick
from node.errors import AssetError
from node.media import Size, black
from tests.fakes.audience import next_tick, watch
from tests.fakes.clip_factory import clicks_in, expected_numbers
from tests.unit.clips.conftest import SIZE

RATES = [
    Fraction(24),
    Fraction(25),
    Fraction(30_000, 1001),
    Fraction(30),
    Fraction(50),
    Fraction(60),
    Fraction(15),
]


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("fps", [25, 30])
async def test_each_program_frame_shows_the_picture_of_its_time(make, playing, rate, fps):
    path = make(fps=rate, seconds=3.0)
    stamps = [float(n / rate) for n in range(round(3 * rate))]
    async with playing(path, fps=fps) as player:
        seen = await watch(player)
    assert seen.numbers == expected_numbers(stamps, float(1 / rate), fps, 3 * fps)
    assert player.error is None


async def test_a_variable_rate_keeps_each_picture_at_its_time(make, playing):
    steps = np.random.default_rng(3).uniform(0.008, 0.12, 60)
    stamps = [0.0, *np.cumsum(steps)]
    path = make(times=stamps, seconds=float(stamps[-1]))
    async with playing(path) as player:
        seen = await watch(player)
    ideal = np.arange(len(seen.numbers)) / 30
    newest = np.searchsorted(stamps, ideal + 1e-4, side="right") - 1
    following = np.minimum(newest + 1, len(stamps) - 1)
    for k, number in enumerate(seen.numbers):
        assert number in {newest[k], following[k]}
        if number != newest[k]:
            assert stamps[number] - ideal[k] <= 0.45 / 30 + 1e-3
    assert abs(len(seen.numbers) / 30 - stamps[-1]) < 0.15


async def test_picture_and_sound_are_together_at_the_end_of_a_minute(make, playing):
    rate = Fraction(30_000, 1001)
    path = make(
        width=160, height=90, fps=rate, seconds=60.0, gop=250, audio="aac", audio_rate=44_100
    )
    async with playing(path, size=Size(160, 90)) as player:
        seen = await watch(player)
    clicks = clicks_in(seen.samples)
    assert len(clicks) == 60
    for second, click in enumerate(clicks):
        assert abs(click - second * 48_000) < 480
        shown = seen.numbers[round(click * 30 / 48_000)]
        assert abs(float(shown / rate) - second) <= 1 / 30


async def test_a_tick_has_its_exact_share_of_sound(make, playing):
    async with playing(make(seconds=0.5), fps=25) as player:
        tick = await next_tick(player)
    assert tick.samples.shape == (1920, 2)
    assert tick.samples.dtype == np.float32
    assert tick.pixels.shape == (270, 320)
    assert tick.pixels.dtype == np.uint8


async def test_pictures_cannot_be_written_to(make, playing):
    async with playing(make(seconds=0.5)) as player:
        tick = await next_tick(player)
    with pytest.raises(ValueError, match="read-only"):
        tick.pixels[0, 0] = 0


@pytest.mark.parametrize("at_frame", [1, 37, 59])
@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
async def test_a_preroll_into_the_middle_is_exact(make, playing, name, at_frame):
    path = make(name, gop=25)
    async with playing(path, at_frame=at_frame) as player:
        assert player.position == at_frame
        seen = await watch(player)
    assert seen.numbers == list(range(at_frame, 60))
    clicks = clicks_in(seen.samples)
    assert [abs(click + at_frame * 1600 - 48_000) < 480 for click in clicks][:1] == (
        [True] if at_frame < 30 else []
    )


async def test_a_preroll_behind_the_end_ends_at_once(make, playing):
    async with playing(make(), at_frame=500) as player:
        assert player.has_ended
        assert player.next() is None


async def test_resuming_where_the_player_stands_decodes_nothing_again(make):
    player = ClipPlayer(make(), size=SIZE, fps=30)
    await player.preroll()
    await watch(player, ticks=20)
    decoder = player._thread
    await player.preroll(20)
    assert player._thread is decoder
    assert (await watch(player, ticks=5)).numbers == [20, 21, 22, 23, 24]
    await player.close()


async def test_an_idle_clip_goes_round_without_a_missed_frame(make, playing):
    async with playing(make(seconds=1.0), loops=True) as player:
        seen = await watch(player, ticks=100)
        assert player.position == 100
        assert not player.has_ended
    assert seen.numbers == [n % 30 for n in range(100)]
    clicks = clicks_in(seen.samples)
    assert [round(click / 480) for click in clicks] == [0, 100, 200, 300]


async def test_an_idle_clip_can_be_entered_in_a_later_round(make, playing):
    async with playing(make(seconds=1.0), at_frame=75, loops=True) as player:
        seen = await watch(player, ticks=20)
    assert seen.numbers == [(75 + n) % 30 for n in range(20)]


async def test_the_gain_is_applied_to_the_sound(make, playing):
    path = make(audio="pcm_s16le", level=0.25, seconds=0.5, codec="mpeg4", name="clip.mkv")
    async with playing(path, gain_db=6.0) as player:
        seen = await watch(player)
    assert np.abs(seen.samples).max() == pytest.approx(0.25 * 10 ** (6 / 20), rel=0.01)


async def test_the_buffer_is_bounded_and_the_decoder_waits(make, playing):
    async with playing(make(seconds=4.0)) as player:
        seen = await watch(player, ticks=1)
        while not player._ahead._changed._waiters:  # noqa: ASYNC110  # until the decoder waits
            await asyncio.sleep(0.001)
        assert len(player._ahead._ticks) == BUFFER_TICKS
    assert seen.numbers == [0]


async def test_closing_ends_a_decoder_that_waits_for_room(make):
    player = ClipPlayer(make(seconds=4.0), size=SIZE, fps=30)
    await player.preroll()
    thread = player._thread
    await player.close()
    await player.close()
    assert thread.ended.is_set()
    assert player.next() is None


async def test_a_player_that_was_never_opened_can_be_closed(tmp_path):
    await ClipPlayer(tmp_path / "none.mp4", size=SIZE, fps=30).close()


async def test_a_cancelled_preroll_leaves_a_player_that_can_be_closed(make):
    player = ClipPlayer(make(), size=SIZE, fps=30)
    task = asyncio.create_task(player.preroll())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await player.close()


async def test_closing_gives_up_on_a_decoder_that_hangs(make, monkeypatch, caplog):
    release = threading.Event()
    monkeypatch.setattr(player_module, "CLOSE_S", 0.05)
    monkeypatch.setattr(ClipPlayer, "_decode", lambda *_: release.wait(60))
    player = ClipPlayer(make(), size=SIZE, fps=30)
    task = asyncio.create_task(player.preroll())
    await asyncio.sleep(0)
    await player.close()
    task.cancel()
    release.set()
    assert "left behind" in caplog.text


async def test_an_unforeseen_exception_of_the_decoder_reaches_the_loop(make, monkeypatch):
    def break_down(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ClipPlayer, "_decode_pass", break_down)
    player = ClipPlayer(make(), size=SIZE, fps=30)
    with pytest.raises(ZeroDivisionError):
        await player.preroll()
    with pytest.raises(ZeroDivisionError):
        player.next()
    await player.close()


def test_a_taken_tick_makes_room_for_the_waiting_decoder():
    ahead = DecodedAhead()
    tick = ClipTick(black(SIZE), np.zeros((1600, 2), np.float32))
    for _ in range(BUFFER_TICKS):
        assert ahead.put(tick)
    decoder = threading.Thread(target=ahead.put, args=(tick,))
    decoder.start()
    assert ahead.take() is tick
    decoder.join(60)
    assert not decoder.is_alive()


async def test_a_missing_file_is_named(playing, tmp_path):
    path = tmp_path / "gone.mp4"
    with pytest.raises(AssetError, match=r"gone\.mp4: no such file"):
        async with playing(path):
            pass
