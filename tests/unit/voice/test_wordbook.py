"""The booth's words follow its catalog, and are made off the loop."""

import asyncio
import threading
from dataclasses import replace

import pytest

from node.voice import wordbook
from node.voice.intents import understand
from node.voice.wordbook import LOOK_S, Wordbook
from tests.fakes.asked_booth import sample_catalog
from tests.fakes.inline_pool import InlinePool
from tests.fakes.rundowns import clip, rundown
from tests.fakes.studio import Studio
from tests.virtual_time import run_virtually


@pytest.fixture
def state():
    return Studio(rundown(clip("a", 60), play=("a",))).state


def asked_by_name(catalog, product):
    """The catalog, with one more name by which visitors call a product."""
    named = replace(catalog.products[product], ask=("zanzibar",))
    return replace(catalog, products={**catalog.products, product: named})


def test_who_asks_before_the_first_is_made_waits_for_it(state):
    catalog = sample_catalog()
    words = Wordbook(state, lambda: catalog, pool=InlinePool()).lexicon
    assert understand("这个多少钱", words).intent == "price"


def test_a_new_product_name_is_known_soon_after_its_catalog_has_come(state):
    catalogs = [sample_catalog()]

    async def main():
        book = Wordbook(state, lambda: catalogs[-1], pool=InlinePool())
        task = asyncio.ensure_future(book.run(lambda: None))
        await asyncio.sleep(LOOK_S)
        before = understand("zanzibar", book.lexicon).products
        catalogs.append(asked_by_name(catalogs[0], "P17"))
        await asyncio.sleep(2 * LOOK_S)
        task.cancel()
        return before, understand("zanzibar", book.lexicon).products

    assert run_virtually(main()) == ((), ("P17",))


async def test_a_question_during_the_making_is_understood_by_the_words_from_before(
    state, monkeypatch
):
    catalogs, may_end, threads = [sample_catalog()], threading.Event(), set()
    book = Wordbook(state, lambda: catalogs[-1])
    before = book.lexicon

    def slowly(catalog, persona):
        threads.add(threading.current_thread())
        may_end.wait(5)
        return before

    monkeypatch.setattr(wordbook, "_made", slowly)
    catalogs.append(asked_by_name(catalogs[0], "P17"))
    task = asyncio.ensure_future(book.run(lambda: None))
    while not threads:  # noqa: ASYNC110  # a thread tells no loop
        await asyncio.sleep(0.001)
    assert book.lexicon is before
    may_end.set()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    book.close()
    assert threading.current_thread() not in threads
