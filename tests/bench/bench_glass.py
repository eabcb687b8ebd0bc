"""Glass to glass: the barcode camera through program, encoder and network to Chromium's compositor.

Measures the moment when the simulated camera stamps a picture against the expected display time of
that picture in the page, on one clock. A real camera and display add one or two frames each. Stock
aiortc with the same camera and encoder, but no program between them, takes turns with the node.

    python -m tests.bench.bench_glass [--runs 5] [--seconds 12] [--port 18091] [--size 1280x720]
"""

import argparse
import statistics

from tests.bench.rig import bench_page, chromium, line, node, quantile, stock


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--port", type=int, default=18091)
    parser.add_argument("--size", default="1280x720")
    chosen = parser.parse_args()
    args = ("demo", "--headless", "--barcode", "--port", str(chosen.port), "--size", chosen.size)
    with node(*args) as on_air, stock(chosen.port + 1) as other, chromium() as browser:
        ours, theirs = (bench_page(browser, one.url) for one in (on_air, other))
        runs: dict[str, list[dict]] = {"kiosk": [], "viewer": [], "stock aiortc": []}
        for _ in range(chosen.runs):
            for name, found in runs.items():
                page = theirs if name == "stock aiortc" else ours
                if page is ours:
                    on_air.command(do="take", segment="ep1")
                    on_air.command(do="live")
                page.evaluate(f"bench.join({{kiosk: {'true' if name == 'kiosk' else 'false'}}})")
                found.append(page.evaluate(f"bench.measure({chosen.seconds})"))
                page.evaluate("bench.leave()")
        for name, found in runs.items():
            tell(name, found)
        print("status:", on_air.status()["frames"], on_air.status()["encoder"])


def tell(name: str, found: list[dict]) -> None:
    """The figures of one player over its runs."""
    p50 = [statistics.median(one["latencies"]) for one in found]
    p95 = [quantile(one["latencies"], 0.95) for one in found]
    print(line(f"{name}: p50 of each run", p50, "ms"))
    print(line(f"{name}: p95 of each run", p95, "ms"))
    failed = sum(one["crcFailures"] for one in found)
    shown = sum(one["presented"] for one in found)
    longest = max(max(one["gaps"]) for one in found)
    print(f"{name}: {shown} frames presented, {failed} barcodes unread, "
          f"longest gap {longest:.0f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
