"""An endpoint of OpenAI's form that says what a test has it say, on this machine."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import msgspec
from aiohttp import web


@dataclass
class ChatServer:
    """`says` to every chat, `heard` of every recording. Faults: late, a status, a body of its own.

    `asked` are the bodies of the chats, `keys` what was shown as key, `recordings` their bytes.
    """

    says: str = "PASS"
    heard: str = ""
    delay_s: float = 0.0
    status: int = 200
    body: bytes | None = None
    asked: list[dict[str, object]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    recordings: list[bytes] = field(default_factory=list)
    url: str = ""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["ChatServer"]:
        """Serve until left."""
        app = web.Application(client_max_size=1 << 20)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/audio/transcriptions", self._listen)
        app.router.add_post("/elsewhere/chat/completions", self._chat)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _chat(self, request: web.Request) -> web.Response:
        self.asked.append(msgspec.json.decode(await request.read()))
        self.keys.append(request.headers.get("Authorization", ""))
        await asyncio.sleep(self.delay_s)
        message = {"role": "assistant", "content": self.says}
        body = {"id": "1", "choices": [{"index": 0, "message": message}]}
        content = msgspec.json.encode(body) if self.body is None else self.body
        headers = {"Location": "/elsewhere/chat/completions"} if self.status == 307 else {}
        return web.Response(body=content, status=self.status, headers=headers,
                            content_type="application/json")  # fmt: skip

    async def _listen(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        self.recordings.append(file.file.read())
        return web.json_response({"text": self.heard})
