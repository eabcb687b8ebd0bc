"""Program time seen from the loop's clock, and both as the NTP time of sender reports. Pure."""

from typing import Final

JUMP_S: Final = 0.25
"""Further off than this the program clock was set anew (the machine slept)."""
FOLLOW: Final = 0.05
"""Share of a deviation that one observation takes over: capture stamps jitter, clocks do not."""


class Timeline:
    """Maps `loop.time()` to program time and to NTP; one for sound and picture alike.

    Both sender reports of a viewer are computed from this one line, so lip-sync is what the
    program's time stamps say, whatever the encoders' delays are. The wall clock is read once:
    when it is set later, the mapping does not step.
    """

    def __init__(self, *, ntp_now: int, now_s: float) -> None:
        self._ntp_zero = ntp_now - round(now_s * 2**32)
        self._offset_s: float | None = None

    def observe(self, program_s: float, captured_s: float) -> None:
        """A piece of the program at `program_s` came into being at loop time `captured_s`."""
        offset_s = captured_s - program_s
        if self._offset_s is None or abs(offset_s - self._offset_s) > JUMP_S:
            self._offset_s = offset_s
        else:
            self._offset_s += FOLLOW * (offset_s - self._offset_s)

    @property
    def is_known(self) -> bool:
        """Whether anything was observed."""
        return self._offset_s is not None

    def program_s(self, now_s: float) -> float:
        """Program time at loop time `now_s`; 0 before the first observation."""
        return 0.0 if self._offset_s is None else now_s - self._offset_s

    def ntp(self, now_s: float) -> int:
        """NTP time at loop time `now_s`, 64 bits (RFC 3550 §4)."""
        return (self._ntp_zero + round(now_s * 2**32)) & 0xFFFF_FFFF_FFFF_FFFF
