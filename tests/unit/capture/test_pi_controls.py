"""The Raspberry Pi camera's settings in libcamera's words."""

import pytest

from node.capture.pi_controls import automatic_controls, first_controls, held_controls, lacking
from node.config_camera import PiControls


def test_by_default_everything_is_automatic_at_the_programs_rate():
    controls = first_controls(PiControls(), 25)
    assert controls["FrameDurationLimits"] == (40_000, 40_000)
    assert controls["AeEnable"] is True
    assert (controls["ExposureTime"], controls["AnalogueGain"]) == (0, 0)
    assert (controls["AwbEnable"], controls["AwbMode"]) == (True, 0)
    assert controls["AfMode"] == 2
    assert controls["AeFlickerMode"] == 0


@pytest.mark.parametrize(
    ("cfg", "some"),
    [
        (PiControls(exposure_us=8000), {"AeEnable": True, "ExposureTime": 8000, "AnalogueGain": 0}),
        (PiControls(exposure_us=8000, gain=2.0), {"AeEnable": False, "AnalogueGain": 2.0}),
        (PiControls(white_balance="daylight"), {"AwbEnable": True, "AwbMode": 5}),
        (PiControls(white_balance=(1.8, 1.5)), {"AwbEnable": False, "ColourGains": (1.8, 1.5)}),
        (PiControls(focus="once"), {"AfMode": 1, "AfTrigger": 0}),
        (PiControls(focus=0.0), {"AfMode": 0, "LensPosition": 0.0}),
        (PiControls(flicker="50hz"), {"AeFlickerMode": 1, "AeFlickerPeriod": 10_000}),
        (PiControls(hdr="single"), {"HdrMode": 3}),
        (PiControls(hdr="sensor"), {"HdrMode": 0}),
        (PiControls(noise_reduction="high_quality"), {"NoiseReductionMode": 2}),
        (PiControls(brightness=0.1, exposure_value=-1), {"Brightness": 0.1, "ExposureValue": -1}),
    ],
)
def test_each_key_has_its_controls(cfg, some):
    controls = first_controls(cfg, 30)
    assert {name: controls[name] for name in some} == some


def test_a_lock_keeps_the_lens_where_it_stands_if_there_is_one():
    assert held_controls({"LensPosition": 1.25})["LensPosition"] == 1.25
    assert held_controls({}) == {"AeEnable": False, "AwbEnable": False}


def test_letting_go_restores_what_is_configured():
    cfg = PiControls(gain=2.0, white_balance=(1.8, 1.5), focus=3.0)
    assert automatic_controls(cfg).items() <= first_controls(cfg, 30).items()
    assert automatic_controls(cfg)["AwbEnable"] is False


def test_only_what_was_asked_for_is_missed():
    have = ["ExposureTime", "AnalogueGain", "AeEnable"]
    assert lacking(PiControls(), 30, have) == []
    assert lacking(PiControls(focus=2.0, exposure_us=100), 30, have) == ["AfMode", "LensPosition"]
    assert lacking(PiControls(hdr="night"), 30, have) == ["HdrMode"]
