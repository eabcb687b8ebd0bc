"""Loudspeaker and microphone window in the status: until when, and whether anything is heard."""

from node.program.commands import Identify, LockCamera, SetVolume
from node.program.rundown import Block, Cue
from node.web.boothview import BoothView, booth_told, booth_view
from tests.fakes.rundowns import clip, rundown
from tests.fakes.stage import stage

EAR = Cue("a.0", 0, "listen.open")


def seen(*cues: Cue, block: Block | None = None, seconds: float = 60, minute: int = 600):
    day = rundown(clip("a", seconds, EAR, *cues), blocks=(block or Block(0, 0, ("a",)),))
    on = stage(day, minute)
    on.go(31)
    return booth_view(on.show, "")


def test_an_open_window_closes_with_its_segment():
    assert seen() == BoothView(window="open", closes_in_s=59.0)


def test_a_cue_closes_it_before():
    assert seen(Cue("a.1", 330, "listen.close")).closes_in_s == 10.0
    assert seen(Cue("a.1", 630, "take", segment="a")).closes_in_s == 20.0


def test_so_does_the_end_of_a_hard_block():
    assert seen(block=Block(0, 601, ("a",), is_hard=True), seconds=600).closes_in_s == 59


def test_a_block_without_a_speaker_has_neither():
    quiet = Block(0, 0, ("a",), is_speaker_on=False)
    assert seen(block=quiet) == BoothView(speaker="off")


def test_the_volume_set_is_told_and_the_speaker_stays_on():
    on = stage(rundown(clip("a", 60), play=("a",)))
    assert booth_told(on.show, "n1") == {"speaker": "on", "volume": 100, "name": ""}
    on.do(SetVolume(40))
    assert booth_told(on.show, "n1") == {"speaker": "on", "volume": 40, "name": ""}
    assert booth_view(on.show, "") == BoothView(volume=40)


def test_the_name_is_shown_for_its_time_and_no_frame_longer():
    on = stage(rundown(clip("a", 60), play=("a",)))
    on.go(31)
    on.do(Identify(2))
    shown = []
    for _ in range(61):
        on.step()
        shown.append((booth_told(on.show, "n1")["name"], booth_view(on.show, "").shows_name))
    assert shown == [("n1", True)] * 60 + [("", False)]


def test_a_camera_that_can_be_locked_tells_whether_it_is():
    on = stage(rundown(clip("a", 60), play=("a",)))
    assert booth_view(on.show, "", can_lock=True).camera_lock == "off"
    on.do(LockCamera())
    assert booth_view(on.show, "", can_lock=True).camera_lock == "on"
    on.do(LockCamera(is_locked=False))
    assert booth_view(on.show, "", can_lock=True).camera_lock == "off"


def test_a_camera_with_nothing_to_lock_says_so():
    on = stage(rundown(clip("a", 60), play=("a",)))
    on.do(LockCamera())
    assert booth_view(on.show, "").camera_lock == "none"
