"""Chaos at length: `python -m tests.bench.bench_chaos --commands 1000 --cuts 10`; prints the count.

Node and broker are killed (-9) at random, the node at least 40 times; the link between them is cut.
Where nftables may be used, a table of its own drops every packet of the link's port for some
seconds and is then removed; elsewhere the proxy on that port swallows what comes from either side,
and then closes. Beside the commands downward, each command's effect goes upward as an event.
"""

import argparse
import contextlib
import itertools
import json
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from tests.fakes.chaos import BrokerKiller, Commander, KilledNode
from tests.fakes.keys import Keys
from tests.fakes.mosquitto import Mosquitto, free_port

CUT_S = 3.0
NFT = shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin")
TABLE = "livesell_test"
KILL_LEAST_S, KILL_MOST_S = 0.5, 5.0
KILLS_MIN = 40


class CutLink:
    """A TCP proxy that goes deaf in both directions while `is_cut`."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = free_port()
        self._server = socket.create_server(("127.0.0.1", self.port))
        self._open: list[socket.socket] = []
        self.is_cut = False
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, seconds: float) -> None:
        """Swallow everything for so long; what was open then is closed."""
        self.is_cut = True
        self.cuts += 1
        time.sleep(seconds)
        for one in self._open:
            one.close()
        self._open.clear()
        self.is_cut = False

    def _accept(self) -> None:
        while True:
            near, _ = self._server.accept()
            try:
                far = socket.create_connection(("127.0.0.1", self._to), 1)
            except OSError:
                near.close()
                continue
            self._open += [near, far]
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(a, b), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not self.is_cut:
                    sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class FilteredLink(CutLink):
    """The same, cut by the kernel: packets vanish, connections stay open and TCP sends again."""

    def cut(self, seconds: float) -> None:
        """Drop every packet to and from the port for so long."""
        self.cuts += 1
        rules = "".join(f"tcp {way} {self.port} drop\n" for way in ("dport", "sport"))
        chain = f"chain cut {{\ntype filter hook input priority 0\n{rules}}}"
        _nft(f"table inet {TABLE} {{\n{chain}\n}}")
        try:
            time.sleep(seconds)
        finally:
            _nft(f"delete table inet {TABLE}")


def may_filter() -> bool:
    """Whether this machine lets us have a table of our own."""
    if NFT is None:
        return False
    try:
        _nft(f"add table inet {TABLE}\ndelete table inet {TABLE}")
    except subprocess.CalledProcessError:
        return False
    return True


def _nft(text: str) -> None:
    words = [str(NFT), "-f", "-"]
    subprocess.run(words, input=text, text=True, check=True, stderr=subprocess.DEVNULL)


def cut_now_and_then(link: CutLink, cuts: int, every_s: float, over: threading.Event) -> None:
    """Cut the link so often."""
    for _ in range(cuts):
        if over.wait(random.uniform(0.5, 1.5) * every_s):  # noqa: S311
            return
        link.cut(CUT_S)


def wait_kills(node: KilledNode, least: int) -> None:
    """Go on killing until it was enough."""
    while node.kills < least:
        time.sleep(0.1)


def measure(commands: int, cuts: int, rate: float, limit_s: float) -> dict[str, object]:
    """Run it; the numbers."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    keys, broker = Keys(), Mosquitto(folder / "broker")
    root = keys.write_root(folder)
    (folder / "state").mkdir()
    broker.start()
    link = FilteredLink(broker.port) if may_filter() else CutLink(broker.port)
    controller = Commander(broker.port, keys, resend_s=4.0)
    node = KilledNode(folder / "state", link.port, root)
    over = threading.Event()
    began_s = time.monotonic()
    try:
        controller.wait_born()
        node.keep_alive(KILL_LEAST_S, KILL_MOST_S)
        killer = BrokerKiller(broker, 12.0)
        every_s = commands / rate / max(1, cuts)
        cutter = threading.Thread(target=cut_now_and_then, args=(link, cuts, every_s, over))
        cutter.start()
        try:
            controller.run(commands, rate=rate, limit_s=limit_s)
            wait_kills(node, min(KILLS_MIN, commands // 25))
        finally:
            over.set()
            cutter.join()
            killer.stop()
        controller.wait_effects(120)
    finally:
        node.stop()
        controller.close()
        broker.stop()
    effects, sent = controller.effects, list(controller.sent.values())
    spans = sorted(one.ended_s - one.sent_s for one in sent if one.end)
    return {
        "commands": commands,
        "kills_node": node.kills,
        "kills_broker": broker.kills,
        "cuts": link.cuts,
        "cut_by": "nftables" if isinstance(link, FilteredLink) else "proxy",
        "ends": dict(Counter(one.end or "none" for one in sent)),
        "effects": len(effects),
        "lost": commands - len(set(effects)),
        "doubled": sum(count - 1 for count in Counter(effects).values()),
        "out_of_order": sum(a > b for a, b in itertools.pairwise(effects)),
        "event_copies_upward": controller.effect_copies,
        "resends": sum(one.sends - 1 for one in sent),
        "done_p50_s": round(spans[len(spans) // 2], 3),
        "done_p99_s": round(spans[int(len(spans) * 0.99)], 3),
        "took_s": round(time.monotonic() - began_s, 1),
    }


def main() -> None:
    """Print one JSON object."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--commands", type=int, default=300)
    words.add_argument("--cuts", type=int, default=3)
    words.add_argument("--rate", type=float, default=10.0)
    words.add_argument("--limit-s", type=float, default=1800.0)
    given = words.parse_args()
    print(json.dumps(measure(given.commands, given.cuts, given.rate, given.limit_s), indent=1))


if __name__ == "__main__":
    main()
