"""Join: click to first presented frame in Chromium, beside stock aiortc; the runs take turns.

python -m tests.bench.bench_join [--runs 20] [--port 18090]
"""

import argparse

from tests.bench.rig import bench_page, chromium, line, node, stock


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--port", type=int, default=18090)
    chosen = parser.parse_args()
    args = ("demo", "--headless", "--port", str(chosen.port))
    with node(*args) as on_air, stock(chosen.port + 1) as other, chromium() as browser:
        print(f"start to on air: {on_air.start_s:.2f} s")
        ours, theirs = (bench_page(browser, one.url) for one in (on_air, other))
        for page in (ours, theirs):  # a page's first peer connection loads its libraries
            page.evaluate("bench.join()")
            page.evaluate("bench.leave()")
        found: dict[str, list[dict]] = {"kiosk": [], "viewer": [], "stock aiortc": []}
        for _ in range(chosen.runs):
            for name, times in found.items():
                page = theirs if name == "stock aiortc" else ours
                kiosk = "true" if name == "kiosk" else "false"
                times.append(page.evaluate(f"bench.join({{kiosk: {kiosk}}})"))
                page.evaluate("bench.leave()")
        for name, times in found.items():
            print(line(f"{name}: click -> first frame", [one["click_ms"] for one in times], "ms"))
            print(line(f"{name}: of it the POST", [one["post_ms"] for one in times], "ms"))


if __name__ == "__main__":
    main()
