"""What the virtual booth is made of, without starting it."""

import io
from pathlib import Path

import av
import pytest

from node.config import load
from tools.rigs.emulated import is_told
from tools.rigs.guest.eyes import MissedError
from tools.rigs.guest.steps import Step, told
from tools.rigs.kernel import MODULES
from tools.rigs.machine import Machine
from tools.rigs.place import state
from tools.rigs.report import Report, StepError
from tools.rigs.stage import VISITOR, lay_booth, record


def test_only_the_folder_for_results_can_be_written_by_the_guest():
    shares = {"root": Path("/a"), "out": Path("/b")}
    words = " ".join(Machine(Path("/kernel"), shares).words())
    assert "id=root,path=/a,security_model=none,multidevs=remap,readonly=on" in words
    assert "id=out,path=/b,security_model=none,multidevs=remap -device" in words


def test_the_emulated_machines_one_cable_leads_into_a_namespace():
    words = Machine(Path("/kernel"), {}, hall="hall", tap="tap0").words()
    assert words[:4] == ["ip", "netns", "exec", "hall"]
    assert "tap,id=cable,ifname=tap0,script=no,downscript=no" in words


def test_without_a_hall_it_has_no_network_card():
    words = Machine(Path("/kernel"), {}).words()
    assert "-nodefaults" in words
    assert not [word for word in words if "net" in word]


def test_its_clock_counts_instructions():
    words = Machine(Path("/kernel"), {}).words()
    assert words[words.index("-icount") + 1] == "shift=0,sleep=on"


def test_a_state_folder_that_qemu_cannot_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a b"))
    with pytest.raises(StepError, match="no space or comma"):
        state("machine")


def test_the_booths_configuration_is_sound(tmp_path: Path):
    lay_booth(tmp_path / "booth")
    config = load(tmp_path / "booth/node.toml")
    assert (config.node, config.program.size) == ("virtual-booth", "640x360")
    with av.open(str(tmp_path / "booth/story.mp4")) as clip:
        assert {stream.type for stream in clip.streams} == {"video", "audio"}
        assert clip.duration is not None
        assert clip.duration / av.time_base == pytest.approx(20, abs=0.2)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("linux-source-6.12/drivers/gpio/gpio-sim.c", "gpio-sim-booth"),
        ("linux-source-6.12/drivers/gpio/gpiolib.h", "gpio-sim-booth"),
        ("linux-source-6.12/kernel/irq/irq_sim.c", "gpio-sim-booth"),
        ("linux-source-6.12/drivers/media/test-drivers/vicodec/codec-fwht.h", "vicodec-booth"),
        ("linux-source-6.12/drivers/media/v4l2-core/v4l2-mem2mem.c", "vicodec-booth"),
        ("linux-source-6.12/drivers/gpio/gpiolib.c", ""),
        ("linux-source-6.12/drivers/media/v4l2-core/v4l2-dev.c", ""),
        ("linux-source-6.12/tools/testing/drivers/gpio/gpio-sim.c", ""),
    ],
)
def test_a_file_of_linux_goes_to_the_module_that_is_built_of_it(path: str, name: str):
    assert [one.name for one in MODULES if one.sources.match(path)] == ([name] if name else [])


def test_a_module_is_linked_under_a_name_that_is_not_debians():
    made = {one.name: one.makefile.splitlines() for one in MODULES}
    assert made["vicodec-booth"][0] == "obj-m := vicodec-booth.o"
    assert made["gpio-sim-booth"][1] == "gpio-sim-booth-y := gpio-sim.o irq_sim.o"


def test_a_visitors_voice_is_a_file_that_a_sound_card_plays(tmp_path: Path):
    record(VISITOR, tmp_path / "said.wav")
    with av.open(str(tmp_path / "said.wav")) as said:
        stream = said.streams.audio[0]
        assert (stream.rate, stream.channels, stream.format.name) == (48_000, 1, "s16")


def test_a_finding_is_known_among_what_else_a_console_says():
    report = Report("booth", io.StringIO())
    line = 'x RIG {"step":"a","expected":"b","seen":"c","seconds":1.5,"verdict":"FAIL"}'
    assert is_told(line, report)
    assert not is_told("[  1.0] Creating user 'livesell'", report)
    assert not is_told("RIG {cut off", report)
    assert [(one.step, one.seen, one.verdict) for one in report.findings] == [("a", "c", "FAIL")]


def test_a_step_that_misses_what_it_waited_for_is_told_with_what_was_seen():
    def work() -> str:
        raise MissedError("no frame")

    one = told(Step("on air", "frames", work))
    assert (one.verdict, one.seen) == ("FAIL", "no frame")


def test_a_device_that_is_not_there_ends_its_step_alone():
    def work() -> str:
        return Path("/nowhere/at/all").read_text()

    one = told(Step("camera", "there", work))
    assert one.verdict == "FAIL"
    assert one.seen.startswith("FileNotFoundError")
