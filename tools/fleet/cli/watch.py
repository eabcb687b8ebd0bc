"""fleet watch: what changes, as it changes: a snapshot, then numbered differences (WebSocket).

A line that breaks is made again, and begins with a snapshot; so does a step that was missed.
"""

import asyncio
import json
import random
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal

import aiohttp

from node.errors import LinkError
from tools.fleet.cli.client import Controller, RefusedError, trusted

PATH: Final = "/v1/watch"
HEARTBEAT_S: Final = 15.0
FIRST_DELAY_S: Final = 0.5
LAST_DELAY_S: Final = 15.0
MESSAGE_MAX: Final = 32 << 20
"""A snapshot of 5,000 nodes has 5 MB."""

Message = Mapping[str, object]
Heard = Callable[[Message], bool]
"""Takes a message; true where it was the last that is wanted."""
Lost = Callable[[str], None]
End = Literal["enough", "lost", "missed"]


def watch(controller: Controller, heard: Heard, lost: Lost) -> None:
    """Hear until it is enough; raises `LinkError` where nobody ever answered, `RefusedError`.

    `lost` is told why a line broke that will be made again.
    """
    asyncio.run(_watch(controller, heard, lost))


async def _watch(controller: Controller, heard: Heard, lost: Lost) -> None:
    delay_s, is_known = FIRST_DELAY_S, False

    def took(message: Message) -> bool:
        nonlocal delay_s, is_known
        delay_s, is_known = FIRST_DELAY_S, True
        return heard(message)

    while True:
        why = controller.url
        try:
            end = await _once(controller, took)
        except LinkError as error:
            if not is_known:
                raise
            end, why = "lost", str(error)
        if end == "enough":
            return
        if end == "lost":
            lost(why)
        await asyncio.sleep(delay_s * random.uniform(0.5, 1.0))  # noqa: S311  # no secret
        delay_s = min(delay_s * 2, LAST_DELAY_S)


async def _once(controller: Controller, heard: Heard) -> End:
    """One connection to its end."""
    headers = {"Authorization": f"Bearer {controller.token}"} if controller.token else {}
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                controller.url.rstrip("/") + PATH, headers=headers, heartbeat=HEARTBEAT_S,
                ssl=_tls(controller), max_msg_size=MESSAGE_MAX,
            ) as socket,
        ):  # fmt: skip
            return await _follow(socket, heard)
    except aiohttp.WSServerHandshakeError as error:
        raise _refusal(controller, error.status) from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise LinkError(f"{controller.url}: {error}") from error


async def _follow(socket: aiohttp.ClientWebSocketResponse, heard: Heard) -> End:
    n = -1
    async for frame in socket:
        if frame.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            break
        message = json.loads(frame.data)
        number = int(message["n"])
        if "snapshot" not in message and number != n + 1:
            return "missed"
        n = number
        if heard(message):
            return "enough"
    if socket.close_code == aiohttp.WSCloseCode.POLICY_VIOLATION:
        raise RefusedError("no_token", "this token is not known any more")
    return "lost"


def _refusal(controller: Controller, status: int) -> Exception:
    codes = {401: "no_token", 403: "not_allowed"}
    if status in codes:
        return RefusedError(codes[status], f"{controller.url}: HTTP {status}")
    return LinkError(f"{controller.url}: HTTP {status}: no controller")


def _tls(controller: Controller) -> ssl.SSLContext | bool:
    return trusted(controller.ca_file) if controller.url.startswith("https://") else True


def nodes_of(message: Message) -> Iterator[tuple[str, dict[str, object] | None]]:
    """The nodes that a message tells of, by name; None is one that was struck out."""
    snapshot = message.get("snapshot")
    if isinstance(snapshot, dict):
        for node in snapshot.get("nodes", []):
            yield str(node["id"]), node
    changes = message.get("changes")
    for change in changes if isinstance(changes, list) else []:
        if change.get("kind") == "node":
            yield str(change["key"]), change["value"]
