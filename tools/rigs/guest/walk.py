"""`python -m tools.rigs.guest.walk`: what a booth goes through in a day, step by step."""

import array
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from node.config_panel import STANDARD
from tools.rigs.guest import around, hands
from tools.rigs.guest.eyes import POLL_S, Eyes, MissedError
from tools.rigs.guest.steps import BOOT, Step, take

eyes = Eyes("http://127.0.0.1:8080")
TOLD = Path("/mnt/out/phone.json")
"""What the viewer on the other side of the cable has counted."""
SAID = Path("/mnt/stage/price_zh.wav")
TRIES = 4
"""A visitor says it again when nobody answers."""
ADVANCE = 10
"""Frames after which the program is said to go on."""
NEXT, LIVE, TALLY = (STANDARD[name] for name in ("next", "live", "tally"))
PRESSED_S = 1.0
"""A finger's push, long enough for an emulated machine to notice."""
AUDIBLE = 300
"""int16, about -40 dBFS."""


def start() -> str:
    """The unit is started and told ready by the node."""
    subprocess.run(["systemctl", "start", "livesell.service"], check=False)  # noqa: S607
    around.until_unit("ActiveState", "active")
    return f"active, {around.unit('StatusText')!r}"


def on_air() -> str:
    """Frames leave the node."""
    first = eyes.until("on air", lambda now: now.on_air and now.frames.out > 0)
    began = time.monotonic()
    last = eyes.until("frames", lambda now: now.frames.out >= first.frames.out + ADVANCE)
    rate = (last.frames.out - first.frames.out) / (time.monotonic() - began)
    told = f"{last.encoder} {last.size}, {rate:.1f} frames/s emulated"
    return f"{told}, simulated: {', '.join(last.simulated) or 'nothing'}"


def camera() -> str:
    """The live segment shows the kernel's camera."""
    eyes.command("live")
    now = eyes.until(
        "camera", lambda now: now.kind == "live" and now.condition("camera") == "ready"
    )
    return f"live segment {now.segment!r} from /dev/video0"


def panel() -> str:
    """Two buttons and a lamp, by the kernel's GPIO device."""
    eyes.until("panel", lambda now: now.condition("panel") == "ready")
    before = eyes.until("status", lambda _: True)
    began = time.monotonic()
    _push(NEXT)
    next_one = eyes.until("next", lambda now: now.segment != before.segment)
    took = time.monotonic() - began
    _push(LIVE)
    live = eyes.until("live", lambda now: now.kind == "live")
    if not hands.level(TALLY):
        raise MissedError("the tally lamp is dark while the node is on air")
    return f"NEXT: {next_one.segment} in {took:.1f} s, LIVE: {live.segment}, tally lit"


def _push(line: int) -> None:
    hands.drive(line, is_high=False)
    time.sleep(PRESSED_S)
    hands.drive(line, is_high=True)


def service() -> str:
    """What the service costs and how much of the system it may touch."""
    exposure = hands.do("systemd-analyze", "security", "--no-pager", "livesell.service")
    memory_mb = int(around.unit("MemoryCurrent")) / 1e6
    return f"{memory_mb:.0f} MB; {exposure.strip().splitlines()[-1].lstrip('→ ')}"


def phone() -> str:
    """A phone watches through a slow, lossy link."""
    seen = around.until_seen(TOLD, lambda seen: seen.pictures >= ADVANCE and seen.sounds > 0)
    return f"{seen.pictures} pictures, {seen.sounds} pieces of sound"


def camera_unplugged() -> str:
    """The camera goes; the program does not."""
    hands.unplug_camera()
    lost = eyes.until("camera lost", lambda now: now.condition("camera") != "ready")
    went_on = eyes.until("frames", lambda now: now.frames.out > lost.frames.out + ADVANCE)
    hands.plug_camera()
    eyes.until("camera back", lambda now: now.condition("camera") == "ready")
    part = lost.health["camera"]
    return f"{part.condition}: {part.last_error}; program showed {went_on.segment!r}; back"


def visitor_asks() -> str:
    """A question spoken into the sound card is answered."""
    eyes.until("voice", lambda now: now.condition("voice") == "ready")
    for number in range(1, TRIES + 1):
        hands.speak(SAID)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if turn := eyes.turn("price"):
                return f"understood as price, answered by {turn.by}, try {number}"
            time.sleep(POLL_S)
    raise MissedError(f"asked {TRIES} times; {eyes.ear()}")


def loudspeaker() -> str:
    """The program sounds on the card: a clip's, for the camera has no sound."""
    if eyes.until("status", lambda _: True).kind == "live":
        _push(NEXT)
    eyes.until("clip", lambda now: now.kind == "clip")
    sound = array.array("h", hands.listen(5, Path("/run/heard.raw")))
    peak = max(map(abs, sound), default=0)
    if peak < AUDIBLE:
        raise MissedError(f"{len(sound)} samples, peak {peak} of 32767")
    return f"{len(sound)} samples, peak {peak} of 32767"


def network_pulled() -> str:
    """The cable is pulled and put back."""
    before = eyes.until("status", lambda _: True)
    hands.link(is_up=False)
    went_on = eyes.until("frames", lambda now: now.frames.out > before.frames.out + 2 * ADVANCE)
    gone = around.seen(TOLD)
    hands.link(is_up=True)
    back = around.until_seen(TOLD, lambda seen: seen.pictures >= gone.pictures + ADVANCE)
    frames = went_on.frames.out - before.frames.out
    return f"program went on by {frames} frames; the phone is back, joined {back.joined} times"


def killed() -> str:
    """It dies at once: systemd starts it again."""
    return _restarted(signal.SIGKILL)


def hung() -> str:
    """It stands still: the watchdog ends it, systemd starts it again."""
    return _restarted(signal.SIGSTOP)


def stop() -> str:
    """It goes off air in order when told to."""
    hands.do("systemctl", "stop", "livesell.service")
    result, code = around.unit("Result"), around.unit("ExecMainStatus")
    if (result, code) != ("success", "0"):
        raise MissedError(f"{result}, status {code}")
    return "success, status 0"


def _restarted(by: signal.Signals) -> str:
    before = int(around.unit("NRestarts"))
    phone = around.seen(TOLD)
    hands.strike(int(around.unit("MainPID")), by)
    taken = around.until_unit("NRestarts", str(before + 1))
    around.until_unit("ActiveState", "active")
    now = eyes.until("on air", lambda now: now.on_air and now.frames.out > ADVANCE)
    seen = around.until_seen(TOLD, lambda seen: seen.pictures > phone.pictures + ADVANCE)
    told = f"restarted after {taken:.0f} s, on air again with {now.segment!r}"
    return f"{told}, the phone is back (joined {seen.joined} times)"


STEPS: Sequence[Step] = (
    BOOT,
    Step("livesell.service starts", "active by READY=1", start),
    Step("on air", "frames leave the node", on_air),
    Step("service in its sandbox", "systemd's judgement", service),
    Step("V4L2 camera", "a live segment shows it", camera),
    Step("buttons NEXT and LIVE, tally lamp", "segments follow, lamp lit", panel),
    Step("phone over WHEP, 40 ms, 1 % loss", "pictures and sound advance", phone),
    Step("network pulled, put back", "the program goes on; phone back", network_pulled),
    Step("camera unplugged, plugged", "the program goes on; camera back", camera_unplugged),
    Step("kill -9", "restarted, on air, phone back", killed),
    Step("hang", "watchdog, restarted, on air, phone back", hung),
    Step("loudspeaker", "the sound card plays the program", loudspeaker),
    Step("a visitor asks the price", "answered by the node", visitor_asks),
    Step("stop", "ends with status 0", stop),
)


if __name__ == "__main__":
    sys.exit(take(STEPS, sys.argv[1:]))
