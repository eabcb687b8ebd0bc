"""What is plugged in, read from a pretended file system."""

from pathlib import Path

import pytest

from node.board.devices import (
    CAPABILITY,
    SoundDevices,
    gpio_chips,
    query_capability,
    sound_devices,
    video_devices,
)


def capability(
    card: bytes, of_this: int, of_all: int = 0x84A00001, driver: bytes = b"driver"
) -> bytes:
    return CAPABILITY.pack(driver, card, b"bus", 0x60100, of_all, of_this)


@pytest.fixture
def board(tmp_path: Path) -> Path:
    for name in ("video10", "video2", "video0", "gpiochip0", "gpiochip1", "null"):
        (tmp_path / "dev" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "dev" / name).touch()
    return tmp_path


def test_cameras_and_coders_are_told_apart_in_order(board):
    said = {
        "video0": capability(b"UVC Camera", 0x04200001),
        "video2": None,
        "video10": capability(b"bcm2835-codec", 0x04204000),
    }
    found = video_devices(board, lambda path: said[path.name])
    assert [(one.path, one.name, one.is_camera, one.is_coder) for one in found] == [
        ("/dev/video0", "UVC Camera", True, False),
        ("/dev/video10", "bcm2835-codec", False, True),
    ]


@pytest.mark.parametrize(
    ("driver", "bits"), [(b"bcm2835-isp", 0x04000001), (b"pispbe", 0x04001000)]
)
def test_what_a_raspberry_pi_processes_pictures_with_is_no_camera(board, driver, bits):
    found = video_devices(board, lambda _path: capability(driver, bits, driver=driver))
    assert [one.is_camera for one in found] == [False] * 3


def test_an_old_driver_without_device_capabilities_is_judged_by_all(board):
    found = video_devices(board, lambda _path: capability(b"old", 0, of_all=0x1))
    assert all(one.is_camera for one in found)


def test_what_is_no_v4l2_device_does_not_answer(board):
    assert query_capability(board / "dev" / "video0") is None
    assert query_capability(board / "dev" / "none") is None
    assert CAPABILITY.size == 104  # sizeof(struct v4l2_capability)


def test_microphones_and_speakers_are_named_by_alsa(board):
    (board / "proc/asound").mkdir(parents=True)
    (board / "proc/asound/pcm").write_text(
        "00-00: ALC256 Analog : ALC256 Analog : playback 1 : capture 1\n"
        "01-00: USB Audio : USB Audio : capture 1\n"
        "02-03: HDMI 0 : HDMI 0 : playback 1\n"
        "rubbish\n"
    )
    (board / "run/user/7/pulse").mkdir(parents=True)
    (board / "run/user/7/pulse/native").touch()
    assert sound_devices(board, {"XDG_RUNTIME_DIR": "/run/user/7"}) == SoundDevices(
        microphones=("ALC256 Analog", "USB Audio"),
        speakers=("ALC256 Analog", "HDMI 0"),
        server="PulseAudio",
    )


def test_a_machine_without_sound_has_none(tmp_path):
    assert sound_devices(tmp_path, {}) == SoundDevices((), (), "")


def test_gpio_is_found_by_its_devices(board, tmp_path):
    assert [chip.name for chip in gpio_chips(board)] == ["gpiochip0", "gpiochip1"]
    assert gpio_chips(tmp_path / "none") == ()
