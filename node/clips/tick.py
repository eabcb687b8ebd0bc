"""What a clip gives for one tick of the program."""

from dataclasses import dataclass

from node.media import Pixels, Samples


@dataclass(frozen=True, slots=True, eq=False)
class ClipTick:
    """One program frame of a clip: `pixels` not writable, `samples` float32 [48000 / fps, 2]."""

    pixels: Pixels
    samples: Samples
