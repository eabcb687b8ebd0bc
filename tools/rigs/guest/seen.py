"""What a viewer has received, as its file tells it."""

import msgspec


class Seen(msgspec.Struct):
    """Since it started; `joined` counts its connections."""

    pictures: int = 0
    sounds: int = 0
    joined: int = 0
    trouble: str = ""
