"""The model's endpoint: asked once, in bounded time, the key shown to it alone."""

import aiohttp
import pytest

from node.errors import ConfigError, LinkError
from tests.fakes.chat_server import ChatServer
from tools.responder.model import ANSWER_MAX_BYTES, ChatModel, Endpoint, endpoint_of

LIMIT_S = 30.0


@pytest.fixture
async def server():
    async with ChatServer(says=" Yes,\nit is. ").running() as one:
        yield one


@pytest.fixture
async def model(server):
    async with aiohttp.ClientSession() as session:
        yield ChatModel(Endpoint(server.url, "small-1", "sesame", "ear-1"), session)


async def test_what_is_said_comes_back_as_one_line(server, model):
    assert await model.answer("rules", "question", LIMIT_S) == "Yes, it is."
    (asked,) = server.asked
    assert asked["model"] == "small-1"
    assert asked["messages"] == [
        {"role": "system", "content": "rules"}, {"role": "user", "content": "question"},
    ]  # fmt: skip
    assert server.keys == ["Bearer sesame"]


async def test_a_picture_goes_along_with_the_question(server, model):
    await model.answer("rules", "question", LIMIT_S, b"\xff\xd8jpeg")
    content = server.asked[0]["messages"][1]["content"]
    assert content[0] == {"type": "text", "text": "question"}
    assert content[1]["image_url"]["url"] == "data:image/jpeg;base64,/9hqcGVn"


async def test_a_recording_becomes_words(server, model):
    server.heard = " what is it made of "
    assert await model.heard(b"OggS", "en", LIMIT_S) == "what is it made of"
    assert server.recordings == [b"OggS"]


async def test_who_says_nothing_in_time_is_not_waited_for(server, model):
    server.delay_s = 60.0
    with pytest.raises(LinkError, match="no answer in"):
        await model.answer("rules", "question", 0.2)


@pytest.mark.parametrize("status", [307, 400, 401, 429, 500])
async def test_anything_but_an_answer_is_none_and_no_redirect_gets_the_key(server, model, status):
    server.status = status
    with pytest.raises(LinkError, match=f"status {status}"):
        await model.answer("rules", "question", LIMIT_S)
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", [
    b"", b"{}", b"null", b"\xff\xfe", b'{"choices": [{"message": {"content": 7}}]}', b"[" * 9000,
])  # fmt: skip
async def test_a_body_of_another_form_is_no_answer(server, model, body):
    server.body = body
    with pytest.raises(LinkError, match="another tongue"):
        await model.answer("rules", "question", LIMIT_S)


@pytest.mark.parametrize("body", [
    b'{"choices": []}', b'{"choices": [{"message": {"content": null}}]}',
])  # fmt: skip
async def test_an_answer_without_words_is_empty(server, model, body):
    server.body = body
    assert await model.answer("rules", "question", LIMIT_S) == ""


async def test_more_than_an_answer_can_be_is_not_read(server, model):
    server.body = b" " * (ANSWER_MAX_BYTES + 1)
    with pytest.raises(LinkError, match="more than"):
        await model.answer("rules", "question", LIMIT_S)


async def test_an_endpoint_that_is_not_there_is_told(model):
    async with aiohttp.ClientSession() as session:
        gone = ChatModel(Endpoint("http://127.0.0.1:1/v1", "m"), session)
        with pytest.raises(LinkError, match=r"127\.0\.0\.1:1"):
            await gone.answer("rules", "question", LIMIT_S)


@pytest.mark.parametrize("url", ["", "ftp://x", "https://", "http://far.example/v1", "x"])
def test_an_address_that_would_show_the_key_or_is_none_is_refused(url):
    with pytest.raises(ConfigError, match="--base-url"):
        endpoint_of(url, "m", None)


def test_a_key_that_others_may_read_is_refused(tmp_path):
    key = tmp_path / "key"
    key.write_text("sesame\n")
    key.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        endpoint_of("https://x/v1", "m", key)
    key.chmod(0o600)
    found = endpoint_of("https://x/v1/", "m", key)
    assert (found.base_url, found.key) == ("https://x/v1", "sesame")
    assert "sesame" not in repr(found)
