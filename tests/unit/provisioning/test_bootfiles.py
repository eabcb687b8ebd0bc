"""The node's lines in config.txt and words in cmdline.txt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.provisioning.bootfiles import (
    BEGIN,
    Words,
    board_in,
    with_lines,
    with_words,
    without_lines,
    without_words,
)
from tools.provisioning.refusals import Refusal

STOCK = "console=serial0,115200 console=tty1 root=PARTUUID=4a3e915f-02 rootwait resize\n"


def test_the_lines_stand_at_the_end_and_hold_for_every_board():
    text = with_lines("arm_64bit=1\n[cm4]\notg_mode=1", "pi5", "dtparam=watchdog=on\n")
    assert text.startswith("arm_64bit=1\n[cm4]\notg_mode=1\n")
    assert text.splitlines()[4:] == ["[all]", "dtparam=watchdog=on", "[all]", "# <<< livesell"]
    assert board_in(text) == "pi5"


def test_lines_put_in_twice_stand_there_once_and_lines_below_them_stay():
    once = with_lines("a=1\n", "pi5", "b=2")
    twice = with_lines(once + "dtoverlay=imx708\n", "pi5", "b=3")
    assert twice.count(BEGIN) == 1
    assert without_lines(twice) == "a=1\ndtoverlay=imx708\n"


@given(st.text(alphabet="ab=\n[]#", max_size=80))
def test_taking_the_lines_out_gives_the_text_back(config: str):
    back = without_lines(with_lines(config, "pi4", "x=1"))
    assert back in (config, config + "\n")  # a last line without an end gets one


def test_lines_whose_end_is_lost_are_left_to_a_person():
    torn = with_lines("a=1\n", "pi5", "b=2").replace("# <<< livesell", "")
    with pytest.raises(Refusal, match="block_torn"):
        with_lines(torn, "pi5", "b=2")


def test_words_are_set_and_others_go():
    line, done = with_words(STOCK, ["panic=10", "quiet"], ["console=serial0,115200"])
    assert line == "console=tty1 root=PARTUUID=4a3e915f-02 rootwait resize panic=10 quiet\n"
    assert done == Words(("panic=10", "quiet"), ("console=serial0,115200",))
    assert without_words(line, done) == STOCK


def test_a_word_takes_the_place_of_another_value_of_its_key():
    line, done = with_words("a=1 ds=nocloud;i=imager panic=60 video=X\n",
                            ["panic=10", "ds=nocloud;i=ours", "video=Y"], [])  # fmt: skip
    assert line == "a=1 video=X panic=10 ds=nocloud;i=ours video=Y\n"
    assert set(done.removed) == {"panic=60", "ds=nocloud;i=imager"}


def test_what_the_system_changed_meanwhile_stays_changed():
    line, done = with_words(STOCK, ["quiet"], ["console=serial0,115200"])
    after_first_start = line.replace(" resize", "")
    assert without_words(after_first_start, done) == STOCK.replace(" resize", "")
    again, still = with_words(after_first_start, ["quiet", "panic=5"], [], before=done)
    assert again.split()[0] == "console=serial0,115200"  # no longer unwanted
    assert still == Words(("quiet", "panic=5"), ())


@pytest.mark.parametrize("text", ["", "\n\n", "a=1\nb=2\n"])
def test_a_command_line_of_other_than_one_line_is_refused(text: str):
    with pytest.raises(Refusal, match="cmdline_lines"):
        with_words(text, ["quiet"], [])


def test_a_command_line_that_the_kernel_would_cut_off_is_refused():
    with pytest.raises(Refusal, match="cmdline_long"):
        with_words(STOCK, ["x=" + "y" * 2000], [])
