"""Choosing the preset by measured headroom."""

import logging
from functools import partial
from pathlib import Path

import pytest

from node.config import EncoderConfig
from node.encode import headroom
from node.media import Rendition, Size

RENDITION = Rendition(Size(160, 96), 30, 300)
AUTO = EncoderConfig()


class Stopwatch:
    """A clock that moves on by `step_s` at each look."""

    def __init__(self, step_s: float) -> None:
        self.now_s = 0.0
        self.step_s = step_s

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


def test_a_configured_preset_is_not_measured():
    codec = headroom.choose(EncoderConfig(preset="faster", threads=2), RENDITION)
    assert (codec.name, codec.why) == ("libx264/faster", "as configured")


def test_a_preset_over_the_budget_ends_the_search_and_early():
    watch = Stopwatch(step_s=0.05)
    trials = headroom.measure(RENDITION, threads=1, now=watch)
    assert [trial.is_fit for trial in trials] == [False]
    assert watch.now_s < 0.5


def test_presets_are_tried_until_patience_ends():
    watch = Stopwatch(step_s=0.0001)
    trials = headroom.measure(RENDITION, threads=1, now=watch)
    assert [trial.preset for trial in trials] == list(headroom.PRESETS)
    assert all(trial.is_fit and trial.p90_ms < 0.2 for trial in trials)
    slow = headroom.measure(RENDITION, threads=1, now=Stopwatch(step_s=0.011))
    assert [trial.preset for trial in slow] == ["ultrafast"]


def test_threads_are_added_until_the_fastest_preset_fits(monkeypatch: pytest.MonkeyPatch):
    tried: list[int] = []

    def measured(_rendition: Rendition, *, threads: int) -> list[headroom.Trial]:
        tried.append(threads)
        return [headroom.Trial("ultrafast", 24.0 / threads, is_fit=threads == 3)]

    monkeypatch.setattr(headroom, "measure", measured)
    monkeypatch.setattr(headroom.os, "sched_getaffinity", lambda _pid: {0, 1, 2, 3})
    codec = headroom.choose(AUTO, RENDITION)
    assert tried == [1, 2, 3]
    assert codec.why.startswith("ultrafast: 9 of 10 frames within 8.0 ms")
    assert codec.why.endswith("; in 3 threads")


def test_no_more_threads_are_tried_than_there_are_cores(monkeypatch: pytest.MonkeyPatch):
    tried: list[int] = []

    def measured(_rendition: Rendition, *, threads: int) -> list[headroom.Trial]:
        tried.append(threads)
        return [headroom.Trial("ultrafast", 50.0, is_fit=False)]

    monkeypatch.setattr(headroom, "measure", measured)
    monkeypatch.setattr(headroom.os, "sched_getaffinity", lambda _pid: {0})
    assert "over the budget" in headroom.choose(AUTO, RENDITION).why
    assert tried == [1]
    tried.clear()
    headroom.choose(EncoderConfig(threads=2), RENDITION)
    assert tried == [2]


@pytest.fixture
def swift(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with time for every preset, however busy this one is."""
    measure = partial(headroom.measure, now=Stopwatch(step_s=0.0001))
    monkeypatch.setattr(headroom, "measure", measure)


@pytest.mark.usefixtures("swift")
def test_the_choice_says_why_and_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cache = tmp_path / "state" / "encoder.json"
    first = headroom.choose(AUTO, RENDITION, cache=cache)
    assert "of 10 frames within" in first.why
    monkeypatch.setattr(headroom, "measure", None)
    second = headroom.choose(AUTO, RENDITION, cache=cache)
    assert (second.name, second.why) == (first.name, first.why)


def test_another_size_is_measured_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def measured(_rendition: Rendition, *, threads: int) -> list[headroom.Trial]:
        return [headroom.Trial("ultrafast", float(threads), is_fit=True)]

    monkeypatch.setattr(headroom, "measure", measured)
    cache = tmp_path / "encoder.json"
    headroom.choose(AUTO, RENDITION, cache=cache)
    before = cache.read_text(encoding="utf-8")
    headroom.choose(AUTO, Rendition(Size(320, 192), 30, 300), cache=cache)
    assert cache.read_text(encoding="utf-8") != before


@pytest.mark.parametrize("content", [b"", b"{", b'{"key": 1}', b"\xff\xfe"])
def test_a_damaged_memory_is_told_and_measured_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
):
    cache = tmp_path / "encoder.json"
    cache.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        codec = headroom.choose(AUTO, RENDITION, cache=cache)
    assert codec.name.startswith("libx264/")
    assert str(cache) in caplog.text


@pytest.mark.usefixtures("swift")
def test_a_memory_that_cannot_be_written_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        headroom.choose(AUTO, RENDITION, cache=blocked / "encoder.json")
    assert "cannot be written" in caplog.text
