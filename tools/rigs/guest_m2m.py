"""`python -m tools.rigs.guest_m2m [/dev/videoN]`: the node's queues on this kernel's M2M encoder.

The kernel's simulated encoder, vicodec (`modprobe vicodec multiplanar=1`), turns I420 into FWHT, a
codec of its own, so the stream is not judged: formats, rows, buffers, mapping, stamps, order,
waiting, stopping, opening anew and being unplugged are, by a real driver. Ends with 0 when all
holds.
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from node.board.videokernel import LinuxKernel
from node.encode.headroom import moving_pictures
from node.encode.m2m import M2mDevice
from node.errors import DeviceError
from node.media import Size

FWHT: Final = int.from_bytes(b"FWHT", "little")
SIZE: Final = Size(656, 368)
"""vicodec takes 640x360 and more in steps of eight."""
FPS: Final = 30
PICTURES: Final = 30
PATIENCE_S: Final = 20.0
"""An emulated processor is slow."""
VICODEC: Final = Path("/sys/bus/platform/drivers/vicodec")
DEVICE: Final = "vicodec.0"
UNPLUGGED_AT: Final = 7


def encode(
    device: M2mDevice, before: Callable[[int], None] = lambda _: None
) -> list[tuple[int, bytes]]:
    """Stamps and bytes of what comes out, one picture after another; raises `DeviceError`.

    `before` is told the number of each picture before it goes in.
    """
    device.set_formats(SIZE, FWHT)
    try:
        device.set_frame_rate(FPS)
    except DeviceError as error:
        print(f"not taken: {error}")
    device.start()
    came: list[tuple[int, bytes]] = []
    for number, pixels in enumerate(moving_pictures(SIZE) * (PICTURES // 15)):
        before(number)
        if not device.put_picture(pixels, number * 1_000_000 // FPS):
            raise DeviceError(f"{device.path}: no buffer for picture {number}")
        deadline = time.monotonic() + PATIENCE_S
        while (unit := device.take_unit()) is None:
            if not device.wait(deadline - time.monotonic()):
                raise DeviceError(f"{device.path}: picture {number} does not come back")
        came.append(unit)
    return came


def main(argv: Sequence[str]) -> int:
    """Encode, close, and do it once more: what was not given back would be missed."""
    kernel = LinuxKernel()
    path = argv[0] if argv else _encoder(kernel)
    if not path:
        print("FAIL: no memory-to-memory encoder here")
        return 1
    expected = [number * 1_000_000 // FPS for number in range(PICTURES)]
    for turn in ("opened", "opened again"):
        began_s = time.monotonic()
        device = M2mDevice(kernel, path)
        try:
            came = encode(device)
        except DeviceError as error:
            print(f"FAIL: {error}")
            return 1
        finally:
            device.close()
        took_ms = (time.monotonic() - began_s) * 1000 / PICTURES
        sizes = [len(payload) for _, payload in came]
        print(
            f"{turn}: {path}, {len(came)} pictures of {SIZE}, {took_ms:.0f} ms each,"
            f" {min(sizes)} to {max(sizes)} bytes"
        )
        if [stamp for stamp, _ in came] != expected:
            print("FAIL: stamps do not come back as they went in")
            return 1
    return 0 if unplugged(kernel, path) else 1


def unplugged(kernel: LinuxKernel, path: str) -> bool:
    """Take the encoder away while it works, where it is the simulated one; whether that is told."""
    if not (VICODEC / DEVICE).exists():
        return True
    device = M2mDevice(kernel, path)
    try:
        encode(device, lambda number: _unplug() if number == UNPLUGGED_AT else None)
    except DeviceError as error:
        print(f"unplugged: DeviceError({error})")
    else:
        print("FAIL: nothing told of the unplugging")
        return False
    finally:
        device.close()
        (VICODEC / "bind").write_text(DEVICE)
    print("plugged in again")
    return True


def _unplug() -> None:
    (VICODEC / "unbind").write_text(DEVICE)


def _encoder(kernel: LinuxKernel) -> str:
    """The first device that codes I420 as FWHT."""
    for path in kernel.paths():
        try:
            device = M2mDevice(kernel, path)
        except DeviceError:
            continue
        try:
            device.set_formats(SIZE, FWHT)
        except DeviceError as error:
            print(error)
            continue
        else:
            return path
        finally:
            device.close()
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
