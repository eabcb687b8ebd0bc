"""Join: click to first presented frame in Chromium, beside a join of the same kind by aiortc alone.

    python -m tests.bench.bench_join [--runs 20] [--port 18090]
"""

import argparse

from tests.bench.rig import bench_page, chromium, line, node


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--port", type=int, default=18090)
    chosen = parser.parse_args()
    with node("demo", "--headless", "--port", str(chosen.port)) as on_air, chromium() as browser:
        print(f"start to on air: {on_air.start_s:.2f} s")
        page = bench_page(browser, on_air.url)
        page.evaluate("bench.join()")  # a browser's first peer connection loads its libraries
        page.evaluate("bench.leave()")
        found = {"viewer": [], "kiosk": []}
        for _ in range(chosen.runs):
            for name, times in found.items():
                kiosk = "true" if name == "kiosk" else "false"
                times.append(page.evaluate(f"bench.join({{kiosk: {kiosk}}})"))
                page.evaluate("bench.leave()")
        for name, times in found.items():
            print(line(f"{name}: click -> first frame", [one["click_ms"] for one in times], "ms"))
            print(line(f"{name}: of it the POST", [one["post_ms"] for one in times], "ms"))


if __name__ == "__main__":
    main()
