"""The wall clock in the picture, for measuring latency: 32-bit milliseconds and a CRC-16.

Geometry, in a picture of any width W (a page may draw the video smaller or larger):

- the unit is the cell, W / 32 wide and as high (20 px at 640, 40 px at 1280);
- 48 bits in two rows of 24 cells, left to right, upper row first, most significant bit first;
  the first cell's corner is at x = 4 cells, y = 1 cell;
- bits 0..31: Unix time in ms, modulo 2^32; bits 32..47: CRC-16/CCITT (polynomial 0x1021, start
  0xFFFF, no reflection) of those four bytes, big-endian;
- bright cells are 1 (luma 235), dark ones 0 (luma 16); decide at 125 by the mean of the cell's
  middle third; around lies a dark margin of half a cell; chroma is neutral.
"""

import binascii

import numpy as np
from numpy.typing import NDArray

from node.media import Pixels, planes

CELLS_ACROSS = 32
COLUMNS, ROWS = 24, 2
LEFT, TOP = 4, 1
DARK, BRIGHT, THRESHOLD, NEUTRAL = 16, 235, 125, 128
CRC_START = 0xFFFF


def draw_barcode(pixels: Pixels, unix_ms: int) -> None:
    """Draw the barcode of a moment into an I420 picture, in place. Thread: any."""
    luma, *chroma = planes(pixels)
    cell = luma.shape[1] // CELLS_ACROSS
    left, top, margin = LEFT * cell, TOP * cell, cell // 4 * 2
    right, bottom = left + COLUMNS * cell, top + ROWS * cell
    luma[top - margin : bottom + margin, left - margin : right + margin] = DARK
    cells = np.where(_bits(unix_ms), np.uint8(BRIGHT), np.uint8(DARK)).reshape(ROWS, COLUMNS)
    luma[top:bottom, left:right] = cells.repeat(cell, axis=0).repeat(cell, axis=1)
    for plane in chroma:
        plane[
            (top - margin) // 2 : (bottom + margin) // 2,
            (left - margin) // 2 : (right + margin) // 2,
        ] = NEUTRAL


def read_barcode(luma: NDArray[np.uint8]) -> int | None:
    """Unix time in ms, modulo 2^32, from a luma plane [h, w]; None when the CRC fails."""
    cell = luma.shape[1] / CELLS_ACROSS
    bits = np.zeros(ROWS * COLUMNS, np.uint8)
    for index in range(len(bits)):
        x = (LEFT + index % COLUMNS) * cell
        y = (TOP + index // COLUMNS) * cell
        middle = luma[int(y + cell / 3) : int(y + cell * 2 / 3) + 1,
                      int(x + cell / 3) : int(x + cell * 2 / 3) + 1]  # fmt: skip
        bits[index] = middle.size > 0 and middle.mean() > THRESHOLD
    packed = np.packbits(bits).tobytes()
    stamp, crc = packed[:4], int.from_bytes(packed[4:])
    return int.from_bytes(stamp) if binascii.crc_hqx(stamp, CRC_START) == crc else None


def _bits(unix_ms: int) -> NDArray[np.bool_]:
    stamp = (unix_ms & 0xFFFFFFFF).to_bytes(4)
    crc = binascii.crc_hqx(stamp, CRC_START).to_bytes(2)
    return np.unpackbits(np.frombuffer(stamp + crc, np.uint8)).astype(np.bool_)
