"""Rules for the texts of a rundown: complete, lawful, and the AI label where it is due."""

from collections.abc import Iterator
from typing import Final

from node.catalog.texts import judge_text
from node.findings import Finding
from node.program.draft import RundownDraft


def texts(draft: RundownDraft) -> Iterator[Finding]:
    """E12, E20, W21: every text in every locale, without words that the law forbids."""
    yield from judge_text(draft.title, draft.locales)
    for segment in draft.segments:
        for text in (segment.title, segment.text, segment.ai_label):
            yield from judge_text(text, draft.locales)
        for cue in segment.cues:
            yield from judge_text(cue.text, draft.locales)


def ai_labels(draft: RundownDraft) -> Iterator[Finding]:
    """E22: an agent segment is labelled as made by AI."""
    for segment in draft.segments:
        if segment.kind == "agent" and not segment.table.has("ai_label"):
            message = "`ai_label` is missing: people are told that they meet an AI"
            yield segment.table.finding("E22", message)


RULES: Final = (texts, ai_labels)
