"""What is done and what is left, on one line of the terminal."""

from time import monotonic

_BAR = 28


class Bar:
    """A line in the terminal that tells what is done and what is left."""

    def __init__(self) -> None:
        self._stage, self._begun, self._told = "", 0.0, 0.0

    def __call__(self, stage: str, done: int, whole: int) -> None:
        """`done` of `whole` in `stage`."""
        now = monotonic()
        if stage.split(",")[0] != self._stage:
            self._stage, self._begun, self._told = stage.split(",")[0], now, 0.0
        if done < whole and now - self._told < 1:
            return
        self._told = now
        share = done / max(whole, 1)
        left_s = (now - self._begun) / max(share, 1e-6) * (1 - share)
        end = "\n" if done >= whole else "\r"
        bar = "#" * round(share * _BAR)
        print(
            f"{stage:>20} [{bar:<{_BAR}}] {done}/{whole} {left_s:5.0f} s left ", end=end, flush=True
        )
