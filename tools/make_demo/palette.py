"""The colours of the whole production: one warm evening, teal against amber."""

NIGHT = 0x2A1E36
PLUM = 0x4A3152
WINE = 0x8A3F50
BRICK = 0xC8623F
AMBER = 0xF2A24A
HONEY = 0xFBD088
CREAM = 0xFFF3E0
TEAL = 0x2F7778
DEEP = 0x1B444E
MIST = 0xA9C6C0
PINE = 0x4F7A62
DUSK = 0x6A6690
STONE = 0xC9946F
WOOD = 0x9A5B3E
SKIN = 0xF8CFAC
SKIN_SHADE = 0xE39E7C
BLUSH = 0xF08A78
INK = 0x33202E
WHITE = 0xFFFFFF


def mixed(one: int, other: int, share: float) -> int:
    """The colour `share` (0..1) of the way from `one` to `other`."""
    parts = (
        round((one >> bits & 255) * (1 - share) + (other >> bits & 255) * share)
        for bits in (16, 8, 0)
    )
    red, green, blue = parts
    return red << 16 | green << 8 | blue
