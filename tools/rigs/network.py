"""`tools/rig network`: a viewer behind a bad network, the node on the other side of it."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from tools.rigs.guest.around import seen
from tools.rigs.links import ADDRESS, BOOTH, Link, inside, linked, viewer
from tools.rigs.nativenode import on_air
from tools.rigs.place import state
from tools.rigs.report import Report, StepError
from tools.rigs.rig import Rig

PORT = 18471
KBPS = 600
SETTLE_S, WATCH_S = 4.0, 10.0
LIMIT_S = 90.0
FLUENT_FPS, WATCHABLE_FPS = 20.0, 5.0
"""Of the program's 30: what a clean link must bring here, and what a bad one."""


def impair(report: Report) -> None:
    """One viewer through one link, in one weather after the other."""
    log = state("network") / "rig.log"
    log.write_text("")
    with (
        linked(log) as link,
        on_air(port=PORT, kbps=KBPS, inside=inside(BOOTH)),
        tempfile.TemporaryDirectory() as made,
        viewer(f"http://{ADDRESS}:{PORT}/whep", Path(made) / "seen.json", log) as told,
    ):
        for step, least, spoil in WEATHER:
            report.attempt(step, f"at least {least:g} pictures/s", _step(link, told, least, spoil))
            link.heal()
        report.attempt("cable pulled for 3 s", "pictures come again", _pulled(link, told))


WEATHER: tuple[tuple[str, float, Callable[[Link], None]], ...] = (
    ("clean", FLUENT_FPS, lambda _: None),
    ("2 % loss", WATCHABLE_FPS, lambda link: link.lose(2)),
    ("10 % loss", WATCHABLE_FPS, lambda link: link.lose(10)),
    ("1 Mbit/s, short queue", WATCHABLE_FPS, lambda link: link.cap(1000)),
    ("1 Mbit/s, long queue", WATCHABLE_FPS, lambda link: link.bloat(1000)),
    ("healed", FLUENT_FPS, lambda _: None),
)


def _step(link: Link, told: Path, least: float, spoil: Callable[[Link], None]) -> Callable[[], str]:
    def work() -> str:
        _pictures_come(told)
        spoil(link)
        sleep(SETTLE_S)
        before, began_s = seen(told), monotonic()
        sleep(WATCH_S)
        now, took_s = seen(told), monotonic() - began_s
        rate = (now.pictures - before.pictures) / took_s
        said = f"{rate:.1f} pictures/s, {(now.sounds - before.sounds) / took_s:.0f} sounds/s"
        if rate < least:
            raise StepError(said)
        return said

    return work


def _pulled(link: Link, told: Path) -> Callable[[], str]:
    def work() -> str:
        link.flap(3)
        began_s = monotonic()
        _pictures_come(told)
        return f"{monotonic() - began_s:.1f} s after the cable, joined {seen(told).joined} times"

    return work


def _pictures_come(told: Path) -> None:
    before, deadline = seen(told).pictures, monotonic() + LIMIT_S
    while seen(told).pictures <= before:
        if monotonic() > deadline:
            raise StepError(f"no picture in {LIMIT_S:g} s: {seen(told)}")
        sleep(0.1)


RIG = Rig(
    name="network",
    about="a viewer behind a bad network, the node on the other side of it",
    covers=(
        "the node's ICE, DTLS, SRTP, retransmission and bitrate steps over a real kernel's sockets",
        "loss, caps with short and long queues, a cable pulled: one aiortc viewer through WHEP",
    ),
    lacks=(
        "Wi-Fi, NAT, cellular; loss in bursts",
        "a browser as viewer (tests/browser have one, on a clean link)",
        "netem's delay and jitter (the booth has them)",
    ),
    minutes=3,
    run=impair,
    packages=(("ip", "iproute2"), ("tc", "iproute2"), ("nft", "nftables")),
)
