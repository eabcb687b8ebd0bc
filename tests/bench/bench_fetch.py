"""A show's clips over a link that drops every 10 s: bytes fetched for each byte needed.

python -m tests.bench.bench_fetch [--mb 500] [--every 10] [--mbit 40] [--no-ranges]
"""

import argparse
import asyncio
import hashlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import msgspec

from node.catalog.assets import FORMAT, EntryForm, ManifestForm
from node.catalog.trust import TYP, USE, Trust
from node.control.download import Downloader
from node.control.fetch import AssetFetcher, Terms
from node.control.origins import Origins
from node.control.sections import AssetsWanted
from node.jws import new_key, sign_beside
from tests.fakes.asset_server import AssetServer

CLIP_BYTES = 50_000_000
KEY = new_key("bench", USE)


def main() -> None:
    """Print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=60)
    parser.add_argument("--every", type=float, default=2.0, help="seconds until the link drops")
    parser.add_argument("--mbit", type=float, default=80.0)
    parser.add_argument("--no-ranges", action="store_true")
    asyncio.run(_measure(parser.parse_args()))


async def _measure(options: argparse.Namespace) -> None:
    clips = _clips(options.mb * 1_000_000)
    server = AssetServer(
        drop_after_s=options.every,
        bytes_per_s=options.mbit * 125_000,
        has_ranges=not options.no_ranges,
    )
    wanted = _publish(server, clips)
    with tempfile.TemporaryDirectory() as folder:
        async with server.running():
            fetcher = _fetcher(server, Path(folder))
            loop = asyncio.get_running_loop()
            began_s = loop.time()
            summary = await fetcher.sync(wanted, lambda _: None)
            took_s = loop.time() - began_s
            right = all((fetcher.folder / name).read_bytes() == one for name, one in clips.items())
            fetcher.close()
    needed = sum(map(len, clips.values()))
    print(f"{needed / 1e6:.0f} MB in {len(clips)} clips at {options.mbit:g} Mbit/s, "
          f"each connection drops after {options.every:g} s: {took_s:.1f} s")  # fmt: skip
    print(f"connections {len(server.asked)}, of them taken up in the middle "
          f"{sum(offset > 0 for _, offset in server.asked)}; right: {right}")  # fmt: skip
    fetched = fetcher.bytes_read
    print(f"bytes fetched / bytes needed: {fetched} / {needed} = {fetched / needed:.6f}"
          f" (manifest and signature among them; {summary['fetched']} of clips)")  # fmt: skip
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


def _clips(total: int) -> dict[str, bytes]:
    sizes = [CLIP_BYTES] * (total // CLIP_BYTES) + [total % CLIP_BYTES]
    return {f"ep{at}.mp4": os.urandom(size) for at, size in enumerate(sizes) if size}


def _publish(server: AssetServer, clips: dict[str, bytes]) -> AssetsWanted:
    entries = dict[str, EntryForm]()
    for name, content in clips.items():
        sha256 = hashlib.sha256(content).hexdigest()
        entries[name] = EntryForm(sha256, len(content), approver="bench", approved=date(2026, 1, 2))
        server.files[f"/{sha256}"] = content
    manifest = msgspec.json.encode(ManifestForm(FORMAT, entries))
    sha256 = hashlib.sha256(manifest).hexdigest()
    server.files[f"/{sha256}"] = manifest
    server.files[f"/{sha256}.jws"] = sign_beside(manifest, KEY, typ=TYP).encode()
    return AssetsWanted(f"sha256:{sha256}", bytes=len(manifest))


def _fetcher(server: AssetServer, folder: Path) -> AssetFetcher:
    origins = Origins(server.url)
    terms = Terms(
        trust=lambda: Trust((KEY.public,), is_required=True),
        market=lambda: "cn",
        today=lambda: date(2026, 11, 21),
    )

    def download(pool: ThreadPoolExecutor) -> Downloader:
        return Downloader(origins, pool)

    return AssetFetcher(folder, origins, terms, budget_bytes=1 << 40, download=download)


if __name__ == "__main__":
    main()
