"""`tools/rig devices`: the node's drivers, one by one, on the kernel's own simulated devices."""

from tools.rigs.emulated import PACKAGES, follow, make_ready
from tools.rigs.guest.drivers import STEPS
from tools.rigs.machine import Machine
from tools.rigs.place import state
from tools.rigs.report import Report
from tools.rigs.rig import Rig


def walk(report: Report) -> None:
    """Prepare, boot, and tell what the guest finds; no service runs in it, and it has no cable."""
    ready = make_ready(report, state("devices"), "drivers")
    if ready is not None:
        follow(report, Machine(ready.kernel, ready.shares), ready, len(STEPS))


RIG = Rig(
    name="devices",
    about="the node's drivers on the kernel's own simulated camera, encoder and GPIO chip",
    covers=(
        "the V4L2 camera driver on vivid: mapped buffers, stamps, pacing; unplugged, plugged in",
        "two V4L2 cameras at once, single- and multi-planar; NV12 in one plane and two, YUYV, BGR",
        "an HDMI receiver's timings: taken, lost, unstable, out of range, another size; no EDID",
        "S-Video at the same receiver: woven half pictures, lost, another standard",
        "the V4L2 encoder's queues on vicodec: formats, rows, stamps, order; anew; unplugged",
        "buttons and lamps on gpio-sim by gpiozero and lgpio: presses, bounces; a chip pulled out",
    ),
    lacks=(
        "H.264: vicodec codes FWHT, so controls, IDRs and the stream are a board's to show",
        "USB: bandwidth, MJPEG, cables; what a Raspberry Pi's firmware does",
        "speed: the processor is emulated and its clock counts instructions",
    ),
    minutes=3,
    first_minutes=3,
    run=walk,
    packages=PACKAGES,
)
