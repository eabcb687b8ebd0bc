"""Which encoder is chosen, and what is said of the others."""

import re
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from node.config import EncoderConfig
from node.encode import probe
from node.encode.headroom import moving_pictures
from node.encode.v4l2m2m import V4l2M2m
from node.errors import DeviceError
from node.media import Frame, Pts90k, Rendition, Size
from tests.fakes.m2m_driver import SimulatedM2m

RENDITION = Rendition(Size(160, 96), 30, 300)
FAST = EncoderConfig(preset="ultrafast")


class NoDevices(SimulatedM2m):
    def paths(self) -> tuple[str, ...]:
        return ()


def chosen(cfg: EncoderConfig, kernel: SimulatedM2m, root: Path):
    codec = probe.choose(cfg, RENDITION, root=root, kernel=kernel)
    codec.close()
    return codec


def test_the_boards_own_encoder_is_chosen_after_a_trial(tmp_path, monkeypatch):
    ticks_ms = count(0, 5)  # however busy the machine is that simulates it
    monkeypatch.setattr(probe, "time", SimpleNamespace(perf_counter=lambda: next(ticks_ms) / 1000))
    kernel = SimulatedM2m()
    codec = probe.choose(FAST, RENDITION, root=tmp_path, kernel=kernel)
    assert codec.name == "v4l2m2m//dev/video11"
    assert codec.why == "the board's own: 5.0 ms a picture in its trial"
    assert kernel.open_devices == 1
    (unit,) = codec.encode(Frame(Pts90k(0), 0.0, moving_pictures(RENDITION.size)[0]), False)
    assert unit.is_idr
    codec.close()
    assert kernel.open_devices == 0


def test_a_machine_without_one_encodes_by_libx264_without_a_word(tmp_path):
    codec = chosen(FAST, NoDevices(), tmp_path)
    assert (codec.name, codec.why) == ("libx264/ultrafast", "as configured")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("busy", r"/dev/video11: open: busy: another program encodes \(EBUSY\)"),
        ("garbage", "no H.264"),
        ("stalls", "gives no IDR|no picture came back|does not begin"),
    ],
)
def test_one_that_fails_its_trial_is_refused_with_the_reason(tmp_path, fault, told):
    kernel = SimulatedM2m()
    setattr(kernel, fault, 9)
    codec = chosen(FAST, kernel, tmp_path)
    assert codec.name == "libx264/ultrafast"
    assert codec.why.startswith("as configured; not by the board: v4l2m2m")
    assert re.search(told, codec.why)
    assert kernel.open_devices == 0


def test_one_that_gives_no_idr_on_demand_is_refused(tmp_path):
    class Deaf(SimulatedM2m):
        def _s_ctrl(self, argument: bytearray) -> None:
            super()._s_ctrl(argument)
            self._is_forced = False

    codec = chosen(FAST, Deaf(), tmp_path)
    assert "gives no IDR when asked" in codec.why


def test_one_that_is_slower_than_the_program_is_refused_by_auto_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(probe, "try_out", lambda _codec, _rendition: 45.0)
    assert "45 ms a picture is too slow" in chosen(FAST, SimulatedM2m(), tmp_path).why
    asked = EncoderConfig(kind="v4l2m2m")
    assert chosen(asked, SimulatedM2m(), tmp_path).name == "v4l2m2m//dev/video11"


def test_libx264_asked_for_touches_no_device(tmp_path):
    kernel = SimulatedM2m()
    asked = EncoderConfig(kind="libx264", preset="ultrafast")
    assert chosen(asked, kernel, tmp_path).name == "libx264/ultrafast"
    assert kernel.opened == 0


def test_an_encoder_asked_for_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(DeviceError, match=r"no device of /dev/video\* turns I420 into H.264"):
        chosen(EncoderConfig(kind="v4l2m2m"), NoDevices(), tmp_path)
    with pytest.raises(DeviceError, match="/dev/video9: open: no such device"):
        chosen(EncoderConfig(kind="v4l2m2m", device="/dev/video9"), SimulatedM2m(), tmp_path)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("auto", "as configured; not by the board: it burns"),
        ("v4l2m2m", "as configured; encoder.kind asked for v4l2m2m, which failed twice: it burns"),
    ],
)
def test_libx264_tells_in_whose_place_it_stands_also_when_it_is_eased(kind, told):
    asked = EncoderConfig(kind=kind, preset="superfast")
    codec = probe.software(asked, RENDITION, "it burns")
    assert codec.why == told
    assert codec.ease()
    assert codec.why == f"{told}; eased from superfast: the machine had no time for it"
    codec.restore()
    assert (codec.name, codec.why) == ("libx264/superfast", told)


def test_a_jetson_without_the_element_says_so_and_encodes_by_libx264(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/nv_tegra_release").write_text("# R36\n")
    assert probe.is_jetson(tmp_path)
    codec = chosen(FAST, NoDevices(), tmp_path)
    assert codec.name == "libx264/ultrafast"
    assert "not by the board: gstreamer/nvv4l2h264enc: no " in codec.why


def test_a_jetson_says_what_it_is_in_its_device_tree(tmp_path):
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    tree = tmp_path / "proc/device-tree/compatible"
    tree.write_bytes(b"raspberrypi,4-model-b\0brcm,bcm2711\0")
    assert not probe.is_jetson(tmp_path)
    tree.write_bytes(b"nvidia,p3768-0000+p3767-0000\0nvidia,tegra234\0")
    assert probe.is_jetson(tmp_path)


def test_the_trial_closes_what_it_opened():
    kernel = SimulatedM2m()
    codec = V4l2M2m(RENDITION, path="/dev/video11", why="", kernel=kernel)
    assert probe.try_out(codec, RENDITION) > 0
    assert kernel.open_devices == 0
