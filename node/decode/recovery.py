"""Pictures that lean on lost ones are held back: from damage or a new size to the next key frame.

FFmpeg decodes them all the same: grey, nearly black, or torn.
"""

import av

HELD_MAX = 150
"""So many pictures are held back, 5 s at 30 fps (cameras send a key frame each 1 to 4 s); a stream
without key frames, as with intra refresh, has become whole by then."""
REORDER_MAX = 16
"""A decoder gives at most so many pictures from before a packet after it (H.264 and H.265, size of
the decoded picture buffer)."""

Form = tuple[int, int, str]


class Recovery:
    """Says of each picture of an opened stream whether it is whole.

    Thread: any, but one at a time.
    """

    def __init__(self) -> None:
        self._form: Form | None = None
        self._is_waiting = False
        self._first: int | None = None
        self._last: int | None = None
        self._since = self._held = 0

    def lost(self, pts: int | None) -> None:
        """The packet of that time stamp is damaged or cannot be decoded."""
        if not self._is_waiting:
            self._is_waiting, self._first, self._held = True, pts, 0
        self._last, self._since = pts, 0

    def is_whole(self, picture: av.VideoFrame) -> bool:
        """Whether a picture may be shown; if not, the one before it stays on."""
        form = (picture.width, picture.height, picture.format.name)
        is_other = self._form is not None and form != self._form
        if picture.is_corrupt or (is_other and not picture.key_frame and not self._is_waiting):
            self.lost(picture.pts)
        if self._is_waiting:
            self._since += 1
            if not is_other and self._is_from_before(picture):
                return True
            self._held += 1
            if self._held <= HELD_MAX and not self._is_new_begin(picture):
                return False
        self._form, self._is_waiting = form, False
        return True

    def _is_from_before(self, picture: av.VideoFrame) -> bool:
        """Whether the decoder had it in hand when the damage came."""
        if self._since > REORDER_MAX or picture.pts is None or self._first is None:
            return False
        return picture.pts < self._first

    def _is_new_begin(self, picture: av.VideoFrame) -> bool:
        """Whether nothing behind a picture leans on what was lost."""
        if not picture.key_frame or picture.is_corrupt:
            return False
        if self._since > REORDER_MAX or picture.pts is None or self._last is None:
            return True
        return picture.pts > self._last
