"""Facts about bodies: read to their end however they arrive, and no further than allowed."""

import pytest

from node.control.bodies import whole


class Pieces:
    """A stream that arrives so."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)

    async def readany(self) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""


@pytest.mark.parametrize("pieces", [(), (b"abc",), (b"a", b"b", b"c")])
async def test_a_body_that_comes_in_pieces_is_read_to_its_end(pieces):
    assert await whole(Pieces(*pieces), 10) == b"".join(pieces)


async def test_of_a_body_that_is_too_long_no_more_is_read_than_shows_it():
    stream = Pieces(*[b"x" * 4] * 100)
    assert 10 < len(await whole(stream, 10)) <= 14
    assert len(stream.pieces) == 97
