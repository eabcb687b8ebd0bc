"""`python -m tools.rigs.guest.viewer URL FILE [PATIENCE_S]`: a WHEP viewer that counts.

What it has received is kept in the file. It leaves when no picture came for a while, and joins
anew, as the pages do.
"""

import asyncio
import contextlib
import sys
from pathlib import Path

import aiohttp
import msgspec
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from tools.rigs.guest.seen import Seen

TOLD_S = 0.5
PATIENCE_S = 20.0


class Viewer:
    """Joins, counts, joins again; what it counts is written to `told` twice a second.

    Without an answer or a picture for `patience_s` it joins anew.
    """

    def __init__(self, url: str, told: Path, patience_s: float = PATIENCE_S) -> None:
        self._url = url
        self._told = told
        self._patience_s = patience_s
        self._seen = Seen()

    async def run(self) -> None:
        """Watch until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tell())
            while True:
                try:
                    await self._watch()
                except (aiohttp.ClientError, OSError, TimeoutError) as error:
                    self._seen.trouble = repr(error)
                await asyncio.sleep(1)

    async def _watch(self) -> None:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        counting: list[asyncio.Task[None]] = []
        peer.on("track", lambda track: counting.append(asyncio.create_task(self._count(track))))
        try:
            for kind in ("video", "audio"):
                peer.addTransceiver(kind, direction="recvonly")
            await peer.setLocalDescription(await peer.createOffer())
            answer = await self._ask(peer.localDescription.sdp)
            await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
            self._seen.joined += 1
            before = -1
            while before != self._seen.pictures:
                before = self._seen.pictures
                await asyncio.sleep(self._patience_s)
        finally:
            for task in counting:
                task.cancel()
            await peer.close()

    async def _ask(self, offer: str) -> str:
        limit = aiohttp.ClientTimeout(total=self._patience_s)
        sdp = {"Content-Type": "application/sdp"}
        async with (
            aiohttp.ClientSession(timeout=limit, raise_for_status=True) as session,
            session.post(self._url, data=offer, headers=sdp) as response,
        ):
            return await response.text()

    async def _count(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                await track.recv()
                if track.kind == "video":
                    self._seen.pictures += 1
                else:
                    self._seen.sounds += 1

    async def _tell(self) -> None:
        while True:
            new = self._told.with_suffix(".new")
            new.write_bytes(msgspec.json.encode(self._seen))
            new.rename(self._told)
            await asyncio.sleep(TOLD_S)


if __name__ == "__main__":
    url, told, *patience = sys.argv[1:]
    asyncio.run(Viewer(url, Path(told), *map(float, patience)).run())
