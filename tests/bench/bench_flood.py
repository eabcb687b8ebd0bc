"""Floods of commands to a real node: `python -m tests.bench.bench_flood --seconds 5`.

Prints what the program lost of its frames: without a flood, under forged commands, under good ones.
The broker queues without limit, so that all of the flood reaches the node in the end.
"""

import argparse
import json
import tempfile
import threading
import time
from pathlib import Path

from node.control.messages import uuid7
from tests.fakes.keys import Keys
from tests.fakes.lined import Desk, lined, order
from tests.fakes.mosquitto import Mosquitto
from tests.fakes.running import RunningNode, running
from tests.fakes.small_day import Part, SmallDay, write_clips

NODE = "small"
UNBOUNDED = "max_queued_messages 0\nautosave_on_changes false\nautosave_interval 1800"
"""Else mosquitto writes its whole queue to disk at each change, and is itself the flood's end."""
DRAIN_S = 60
POOL = 500
"""Messages made before the flood; good ones differ by nothing but their id."""


def flood(desk: Desk, bodies: list[bytes], rate: int, seconds: float) -> int:
    """Send at a rate, as well as this machine can; how many."""
    began_s, count = time.monotonic(), 0
    while (passed_s := time.monotonic() - began_s) < seconds:
        while count < passed_s * rate:
            desk.send("scan.note", bodies[count % len(bodies)])
            count += 1
        time.sleep(0.001)
    return count


def drain(desk: Desk, keys: Keys) -> None:
    """Wait until all before has passed: the answer to one that cannot be obeyed, behind them."""
    before, end_s = desk.acks().count("failed"), time.monotonic() + DRAIN_S
    nothing = {"id": uuid7(0, bytes(10))}
    desk.send("cancel", order(keys, NODE, "cancel", nothing, ttl_s=DRAIN_S), DRAIN_S)
    while desk.acks().count("failed") == before and time.monotonic() < end_s:
        time.sleep(0.05)


def phase(node: RunningNode, desk: Desk, keys: Keys, name: str, bodies: list[bytes], rate: int,
          seconds: float) -> dict[str, object]:  # fmt: skip
    """What the program lost in it, and until all of it has passed."""
    before, heard = node.status(), len(desk.acks())
    began_s, sent = time.monotonic(), [0]
    work = threading.Thread(
        target=lambda: sent.__setitem__(0, flood(desk, bodies, rate, seconds) if bodies else 0)
    )
    work.start()
    time.sleep(seconds * 2)
    work.join()
    drain(desk, keys)
    span_s, after = time.monotonic() - began_s, node.status()
    return {
        "phase": name,
        "sent_per_s": round(sent[0] / seconds),
        "took_s": round(span_s, 1),
        "answers": len(desk.acks()) - heard,
        "done": desk.acks()[heard:].count("done"),
        "fps": round((after.frames.out - before.frames.out) / span_s, 2),
        "missing": after.frames.missing - before.frames.missing,
        "black": after.frames.black - before.frames.black,
        "late_source": after.frames.late_source - before.frames.late_source,
    }


def measure(rate: int, seconds: float) -> list[dict[str, object]]:
    """Each phase on one node."""
    folder = Path(tempfile.mkdtemp(prefix="flood-"))
    clips = write_clips(folder / "clips")
    day = SmallDay(folder / "day", (Part("one", 40, clips["one"]),), ("one",), camera="").write()
    keys, broker = Keys(), Mosquitto(folder / "broker", extra=UNBOUNDED)
    broker.start()
    lined(day.config, broker.port, keys)
    desk = Desk(broker.port, NODE, keys)
    data: dict[str, object] = {"product": "P1"}
    try:
        with running(day.config) as node:
            while "reported/keys" not in desk.heard:
                time.sleep(0.1)
            forged = [order(Keys(), NODE, "scan.note", data, ttl_s=60) for _ in range(POOL)]
            good = [order(keys, NODE, "scan.note", data, ttl_s=60)
                    for _ in range(int(rate * seconds))]  # fmt: skip
            return [
                phase(node, desk, keys, "none", [], rate, seconds),
                phase(node, desk, keys, "forged", forged, rate, seconds),
                phase(node, desk, keys, "good", good, rate, seconds),
            ]
    finally:
        desk.close()
        broker.stop()


def main() -> None:
    """Print one JSON object a line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rate", type=int, default=5000)
    words.add_argument("--seconds", type=float, default=3.0)
    given = words.parse_args()
    for one in measure(given.rate, given.seconds):
        print(json.dumps(one))


if __name__ == "__main__":
    main()
