"""The node's faces over a pretended show."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from node.config import WebConfig
from node.web.access import Access
from node.web.landing import LandingFace
from node.web.operator import OperatorFace
from node.web.pages import PagesFace
from node.web.server import Face, Web
from tests.fakes.fake_picture import product
from tests.fakes.fake_show import FakeShow
from tests.fakes.shown_day import landing

TOKEN = "a token of twenty-odd letters"

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def show() -> FakeShow:
    return FakeShow()


@pytest.fixture
def access() -> Access:
    return Access(TOKEN, frozenset({"localhost", "booth.local"}))


@pytest.fixture
def faces(show: FakeShow, access: Access, tmp_path: Path) -> list[Face]:
    product((93, 122, 104)).save(tmp_path / "P17.png")
    pictures = {"P17": tmp_path / "P17.png", "P18": tmp_path / "gone.png"}
    return [
        PagesFace(access, is_demo=True),
        OperatorFace(
            submit=show.submit,
            snapshot=show.snapshot,
            changed=show.changed,
            access=access,
            fault=show.fault,
        ),
        LandingFace(find=landing, picture=pictures.get),
    ]


@pytest.fixture
async def client(faces: list[Face]) -> AsyncIterator[Client]:
    app = Web(WebConfig(), faces)._application()
    async with TestClient(TestServer(app)) as client:
        yield client
