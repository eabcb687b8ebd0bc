"""A still of the program: one frame, made small, as JPEG."""

import asyncio
import io
from concurrent.futures import Executor
from typing import Final

import numpy as np
from PIL import Image

from node.channels import Fanout
from node.errors import CommandError
from node.media import Frame, Pixels

QUALITY: Final = 70
WORST: Final = 10
LIMIT_S: Final = 2.0
BYTES_MAX: Final = 40_000
"""As base64 it is 53 kB, within the limit of a message."""


async def still_of(program: Fanout[Frame], width: int, pool: Executor) -> tuple[bytes, int, int]:
    """The next frame `width` pixels wide: JPEG, width, height; raises `CommandError`."""
    with program.subscribe() as reader:
        try:
            async with asyncio.timeout(LIMIT_S):
                frame = await reader.get()
        except TimeoutError as error:
            raise CommandError("no_answer", "the program does not advance") from error
        pixels = frame.i420().copy()
    return await asyncio.get_running_loop().run_in_executor(pool, jpeg_of, pixels, width)


def jpeg_of(i420: Pixels, width: int) -> tuple[bytes, int, int]:
    """An I420 picture (uint8 [height * 3 / 2, width]) as JPEG; even sizes. Thread: any."""
    rows, full = i420.shape
    height = rows * 2 // 3
    luma = i420[:height]
    quarter = height // 2 * (full // 2)
    chroma = np.ascontiguousarray(i420[height:]).reshape(-1)
    planes = [luma, *(part.reshape(height // 2, full // 2) for part in np.split(chroma, [quarter]))]
    size = min(width, full), max(2, height * min(width, full) // full)
    resized = [Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR) for plane in planes]
    picture = Image.merge("YCbCr", resized)
    content, quality = _jpeg(picture, QUALITY), QUALITY
    while len(content) > BYTES_MAX and quality > WORST:
        quality //= 2
        content = _jpeg(picture, quality)
    return content, *size


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
