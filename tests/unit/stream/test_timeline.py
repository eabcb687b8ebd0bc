"""Program time, loop time and NTP on one line."""

import pytest

from node.stream.timeline import Timeline

NTP = 0xEE00_0000 << 32


def test_program_time_runs_on_between_observations():
    line = Timeline(ntp_now=NTP, now_s=100.0)
    assert not line.is_known
    line.observe(5.0, 105.0)
    assert line.is_known
    assert line.program_s(107.5) == pytest.approx(7.5)


def test_jitter_of_capture_stamps_is_smoothed():
    line = Timeline(ntp_now=NTP, now_s=0.0)
    line.observe(0.0, 10.0)
    line.observe(1.0, 11.02)
    assert line.program_s(11.0) == pytest.approx(1.0, abs=0.0011)


def test_a_program_clock_set_anew_is_followed_at_once():
    line = Timeline(ntp_now=NTP, now_s=0.0)
    line.observe(0.0, 10.0)
    line.observe(1.0, 71.0)
    assert line.program_s(71.0) == pytest.approx(1.0)


def test_ntp_advances_with_the_loop_whatever_the_wall_does():
    line = Timeline(ntp_now=NTP, now_s=50.0)
    assert line.ntp(50.0) == NTP
    assert line.ntp(51.5) - NTP == 3 << 31
