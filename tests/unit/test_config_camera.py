"""The tables of a board's cameras are read into structs, or refused with place and value."""

from pathlib import Path

import pytest

from node.config import Config, load
from node.config_camera import ArgusConfig, PiCameraConfig, PiControls, V4l2Config
from node.errors import ConfigError


def loaded(folder: Path, table: str) -> Config:
    (folder / "day.toml").write_text("")
    path = folder / "node.toml"
    path.write_text(f'rundown = "day.toml"\n[camera]\n{table}')
    return load(path)


def faults(folder: Path, table: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, table)
    return [fault.removeprefix(f"{folder / 'node.toml'}: ") for fault in caught.value.faults]


def test_a_kind_alone_is_enough(tmp_path):
    assert loaded(tmp_path, 'kind = "picamera"').camera == PiCameraConfig()
    assert loaded(tmp_path, 'kind = "v4l2"').camera == V4l2Config()
    assert loaded(tmp_path, 'kind = "argus"').camera == ArgusConfig()


def test_controls_take_words_or_numbers(tmp_path):
    table = (
        'kind = "picamera"\n[camera.controls]\n'
        'exposure_us = 8000\ngain = 2\nwhite_balance = [1.8, 1.5]\nfocus = 0\nflicker = "50hz"'
    )
    camera = loaded(tmp_path, table).camera
    assert isinstance(camera, PiCameraConfig)
    assert camera.controls == PiControls(
        exposure_us=8000, gain=2.0, white_balance=(1.8, 1.5), focus=0.0, flicker="50hz"
    )


def test_a_tunings_path_counts_from_the_files_folder(tmp_path):
    (tmp_path / "own.json").write_text("{}")
    placed = loaded(tmp_path, 'kind = "picamera"\ntuning_file = "own.json"').camera
    assert placed == PiCameraConfig(tuning_file=str(tmp_path / "own.json"))


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ('kind = "picam"', "camera.kind = 'picam': expected one of pattern, url, picamera, v4l2"),
        ('kind = "picamera"\nnumber = 8', "camera.number = 8: expected `int` <= 7"),
        ('kind = "picamera"\nrotation = 90', "camera.rotation = 90: expected one of 0, 180"),
        ('kind = "picamera"\nsensor_size = "big"', "camera.sensor_size = 'big': expected `str`"),
        ('kind = "picamera"\ntuning_file = "no.json"', "no.json': no such file"),
        ('kind = "picamera"\nexposure_us = 1', "camera.exposure_us: unknown key"),
        ('kind = "picamera"\n[camera.controls]\nfocus = "near"', "camera.controls.focus = 'near'"),
        (
            'kind = "picamera"\n[camera.controls]\nwhite_balance = "dailight"',
            "fluorescent, indoor, daylight, cloudy (did you mean daylight?)",
        ),
        ('kind = "picamera"\n[camera.controls]\nfocus = 33', "camera.controls.focus = 33"),
        ('kind = "picamera"\n[camera.controls]\nwhite_balance = [1]', "array` of length 2"),
        (
            'kind = "picamera"\n[camera.controls]\nexposure_us = 40000',
            "camera.controls.exposure_us = 40000: longer than a frame of the program (33333 µs)",
        ),
        ('kind = "argus"\nexposure_us = 40000', "camera.exposure_us = 40000: longer than a frame"),
        ('kind = "v4l2"\npixel_format = "rgb"', "camera.pixel_format = 'rgb': expected one of"),
        ('kind = "v4l2"\nmode_size = "0x0"', "camera.mode_size = '0x0': expected `str`"),
        ('kind = "v4l2"\nmode_size = "641x480"', "mode_size = '641x480': sides must be even"),
        ('kind = "argus"\nsource = "a name=\'b"', 'camera.source = "a name=\'b": no closing quot'),
        ('kind = "v4l2"\nnumber = 1', "camera.number: unknown key"),
    ],
)
def test_a_fault_says_where_and_what(tmp_path, table, fault):
    told = faults(tmp_path, table)
    assert len(told) == 1
    assert fault in told[0]
