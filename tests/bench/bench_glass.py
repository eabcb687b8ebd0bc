"""Glass to glass: the barcode camera through program, encoder and network to Chromium's compositor.

Measures the moment when the simulated camera stamps a picture against the expected display time of
that picture in the page, on one clock. A real camera and display add one or two frames each.

    python -m tests.bench.bench_glass [--runs 5] [--seconds 12] [--port 18091] [--size 1280x720]
"""

import argparse
import statistics

from tests.bench.rig import bench_page, chromium, line, node, quantile


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--port", type=int, default=18091)
    parser.add_argument("--size", default="1280x720")
    chosen = parser.parse_args()
    args = ("demo", "--headless", "--barcode", "--port", str(chosen.port), "--size", chosen.size)
    with node(*args) as on_air, chromium() as browser:
        print(on_air.command(do="live"))
        page = bench_page(browser, on_air.url)
        runs: dict[str, list[dict]] = {"kiosk": [], "viewer": []}
        for _ in range(chosen.runs):
            for name, found in runs.items():
                on_air.command(do="live")
                page.evaluate(f"bench.join({{kiosk: {'true' if name == 'kiosk' else 'false'}}})")
                found.append(page.evaluate(f"bench.measure({chosen.seconds})"))
                page.evaluate("bench.leave()")
        for name, found in runs.items():
            p50 = [statistics.median(one["latencies"]) for one in found]
            p95 = [quantile(one["latencies"], 0.95) for one in found]
            print(line(f"{name}: p50 of each run", p50, "ms"))
            print(line(f"{name}: p95 of each run", p95, "ms"))
            failed = sum(one["crcFailures"] for one in found)
            shown = sum(one["presented"] for one in found)
            longest = max(max(one["gaps"]) for one in found)
            print(f"{name}: {shown} frames presented, {failed} barcodes unread, "
                  f"longest gap {longest:.0f} ms")  # fmt: skip
        print("status:", on_air.status()["frames"], on_air.status()["encoder"])


if __name__ == "__main__":
    main()
