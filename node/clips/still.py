"""A still picture file as a program picture."""

from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageOps

from node.decode.fit import Fitter
from node.errors import AssetError
from node.media import Pixels, Size


def load_still(path: Path, size: Size) -> Pixels:
    """The picture, upright, letterboxed, on black where it is transparent.

    Raises `AssetError` with path and reason. Thread: any; large pictures take tens of ms.
    """
    try:
        with Image.open(path) as image:
            image.draft("RGB", (size.width * 2, size.height * 2))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise AssetError(f"{path}: not a picture that can be shown: {error}") from error
    solid = Image.new("RGBA", upright.size, "black")
    solid.alpha_composite(upright)
    frame = av.VideoFrame.from_ndarray(np.asarray(solid.convert("RGB")), format="rgb24")
    return Fitter(size).fit(frame)
