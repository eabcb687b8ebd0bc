"""`tools/rig booth`: the node as a systemd service on an emulated machine, devices simulated."""

from tools.rigs.emulated import PACKAGES, follow, make_ready
from tools.rigs.guest.walk import STEPS
from tools.rigs.links import HALL, hall, viewer
from tools.rigs.machine import Machine
from tools.rigs.place import state
from tools.rigs.report import Report
from tools.rigs.rig import Rig

IN_THE_HALL, WHEP = "10.9.0.2", "http://10.9.0.1:8080/whep"
PATIENCE_S = 180.0
"""A guest's second may take a minute of ours."""


def walk(report: Report) -> None:
    """Prepare, boot, and tell what the guest finds; a phone watches through its one cable."""
    ready = make_ready(report, state("machine"), "walk")
    if ready is None:
        return
    phone = viewer(WHEP, ready.out / "phone.json", ready.log, PATIENCE_S)
    with hall(IN_THE_HALL, ready.log) as tap, phone:
        machine = Machine(ready.kernel, ready.shares, hall=HALL, tap=tap)
        follow(report, machine, ready, len(STEPS))


RIG = Rig(
    name="booth",
    about="the node as a systemd service on an emulated machine with simulated devices",
    covers=(
        "the project's own unit under systemd as PID 1: READY, watchdog, restarts, sandbox, users",
        "buttons and lamps: gpiozero and lgpio on the kernel's simulated GPIO chip",
        "the V4L2 driver on the kernel's simulated camera, unplugged and plugged again",
        "a sound card's kernel interface (snd-aloop): a visitor is heard, the program sounds",
        "a viewer through WHEP on a real cable behind netem; the cable pulled; kill -9; a hang",
    ),
    lacks=(
        "speed: the processor is emulated and its clock counts instructions",
        "a Raspberry Pi's or a Jetson's kernel, firmware, GPIO header, power, heat",
        "USB cameras, USB sound, HDMI, Wi-Fi; the screen's browser",
    ),
    minutes=30,
    first_minutes=8,
    run=walk,
    packages=PACKAGES,
)
