"""Any endpoint that speaks as OpenAI's chat completions do: asked once, in bounded time."""

import asyncio
import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp import hdrs
from PIL import Image

from node.errors import ConfigError, LinkError
from node.paths import secret_faults

T = TypeVar("T")

TOKENS_MAX: Final = 120
"""An answer has 15 words or 25 characters."""
ANSWER_MAX_BYTES: Final = 64 * 1024
IMAGE_PX: Final = 512
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class _Message(msgspec.Struct, frozen=True):
    content: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Message


class _Completion(msgspec.Struct, frozen=True):
    choices: tuple[_Choice, ...]


class _Transcript(msgspec.Struct, frozen=True):
    text: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is, as `https://host/v1`, its name, and the key; `ear` transcribes speech."""

    base_url: str
    model: str
    key: str = field(default="", repr=False)
    ear: str = ""


def endpoint_of(base_url: str, model: str, key_file: Path | None, ear: str = "") -> Endpoint:
    """The endpoint asked for; raises `ConfigError` for an address or a key of no use."""
    parts = urlsplit(base_url)
    is_here = parts.hostname in LOOPBACK
    if not parts.hostname or parts.scheme not in ("https", "http"):
        raise ConfigError([f"--base-url {base_url!r}: expected https://host/v1"])
    if parts.scheme == "http" and not is_here:
        raise ConfigError([f"--base-url {base_url!r}: http:// only on this machine"])
    if key_file is None:
        return Endpoint(base_url.rstrip("/"), model, ear=ear)
    if faults := list(secret_faults("--key-file", key_file)):
        raise ConfigError(faults)
    try:
        key = key_file.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise ConfigError([f"--key-file {key_file}: {error}"]) from error
    return Endpoint(base_url.rstrip("/"), model, key, ear)


class ChatModel:
    """Asks an endpoint; every method raises `LinkError` where no answer can be had in time."""

    def __init__(self, endpoint: Endpoint, session: aiohttp.ClientSession) -> None:
        self._at, self._session = endpoint, session

    @property
    def hears(self) -> bool:
        """Whether speech can be transcribed."""
        return bool(self._at.ear)

    async def answer(self, rules: str, question: str, limit_s: float, image: bytes = b"") -> str:
        """What the model says to a question; `image` is a JPEG that belongs to it."""
        content: object = question
        if image:
            url = f"data:image/jpeg;base64,{base64.b64encode(image).decode()}"
            content = [
                {"type": "text", "text": question},
                {"type": "image_url", "image_url": {"url": url}},
            ]
        body = {
            "model": self._at.model,
            "messages": [
                {"role": "system", "content": rules},
                {"role": "user", "content": content},
            ],
            "max_tokens": TOKENS_MAX,
            "temperature": 0,
        }
        headers = {"Content-Type": "application/json"}
        told = await self._post("chat/completions", msgspec.json.encode(body), headers, limit_s)
        choices = _read(told, _Completion).choices
        return " ".join((choices[0].message.content or "").split()) if choices else ""

    async def heard(self, sound: bytes, locale: str, limit_s: float) -> str:
        """The words of an utterance (Opus in Ogg)."""
        form = aiohttp.FormData()
        form.add_field("file", sound, filename="question.ogg", content_type="audio/ogg")
        form.add_field("model", self._at.ear)
        if locale:
            form.add_field("language", locale[:2])
        told = await self._post("audio/transcriptions", form, {}, limit_s)
        return _read(told, _Transcript).text.strip()

    async def _post(
        self, path: str, body: bytes | aiohttp.FormData, headers: Mapping[str, str], limit_s: float
    ) -> bytes:
        url = f"{self._at.base_url}/{path}"
        if self._at.key:
            headers = {**headers, hdrs.AUTHORIZATION: f"Bearer {self._at.key}"}
        try:
            async with (
                asyncio.timeout(limit_s),
                self._session.post(
                    url, data=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                told = await _bounded(response)
        except TimeoutError as error:
            raise LinkError(f"{url}: no answer in {limit_s:.1f} s") from error
        except aiohttp.ClientError as error:
            raise LinkError(f"{url}: {error}") from error
        if response.status != 200:  # noqa: PLR2004
            raise LinkError(f"{url}: status {response.status}")
        return told


def picture(path: Path | None) -> bytes:
    """A product's picture as a small JPEG; empty where there is none. Blocks."""
    if path is None:
        return b""
    try:
        with Image.open(path) as image:
            image.thumbnail((IMAGE_PX, IMAGE_PX))
            out = io.BytesIO()
            image.convert("RGB").save(out, "JPEG", quality=80)
    except (OSError, ValueError):
        return b""
    return out.getvalue()


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    content = b""
    async for piece in response.content.iter_any():
        content += piece
        if len(content) > ANSWER_MAX_BYTES:
            raise LinkError(f"{response.url}: more than {ANSWER_MAX_BYTES} bytes")
    return content


def _read(content: bytes, form: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise LinkError(f"the model's endpoint speaks another tongue: {error}") from error
