"""Whether the controller answers this release, kept on disk: the next one need not do better.

A booth in a cellar has no line whatever runs in it; a release that breaks the line of one that had
it must go. So each release notes what it found, and root's side looks at the note when it swaps.
"""

from typing import Final

from node.update.mailbox import Line

SILENT_S: Final = 600.0
"""Without an answer for so long there is no line: as long as a trial lasts, so that a release which
is on its way to be taken back never makes this note."""


class LineNote:
    """What to note; `held` is the note on disk, of whichever release made it.

    Until this process knows better it is that of the release before, or none: a start is no end of
    a line, and no beginning.
    """

    def __init__(self, release: str, held: Line | None, now_s: float) -> None:
        self._release, self._held = release, held
        self._answered_s = now_s

    def after(self, now_s: float, *, is_heard: bool) -> Line | None:
        """The note to make now; None where the one on disk is right, or nothing is known."""
        if is_heard:
            self._answered_s = now_s
        if is_heard or now_s - self._answered_s >= SILENT_S:
            note = Line(1, self._release, is_heard)
        elif self._held is not None:
            note = Line(1, self._release, self._held.is_heard)
        else:
            return None
        return None if note == self._held else note

    def made(self, note: Line) -> None:
        """A note is on disk."""
        self._held = note
