"""Rules for the texts of a rundown: complete, lawful, and the AI label where it is due."""

from collections.abc import Iterator
from typing import Final

from node.catalog.texts import judge_spoken, judge_text
from node.findings import Finding
from node.program.draft import RundownDraft
from node.program.rules.walk import cues_of


def texts(draft: RundownDraft) -> Iterator[Finding]:
    """E12, E20, W21: every text in every locale, without words that the law forbids."""
    yield from judge_text(draft.title, draft.locales, draft.rules)
    for segment in draft.segments:
        for text in (segment.title, segment.text, segment.ai_label):
            yield from judge_text(text, draft.locales, draft.rules)
        for cue in segment.cues:
            yield from judge_text(cue.text, draft.locales, draft.rules)


def spoken(draft: RundownDraft) -> Iterator[Finding]:
    """W16: what is spoken is short."""
    for _, cue in cues_of(draft):
        if cue.do == "say":
            yield from judge_spoken(cue.text)


def ai_labels(draft: RundownDraft) -> Iterator[Finding]:
    """E22: what is made by AI, or speaks as one, is labelled."""
    cited = draft.rules.cited(draft.rules.ai_label)
    manifest = draft.beside.manifest
    for segment in draft.segments:
        if segment.table.has("ai_label"):
            continue
        entry = manifest.entry(segment.asset) if manifest and segment.asset else None
        if segment.kind == "agent":
            message = "`ai_label` is missing: people are told that they meet an AI"
            yield segment.table.finding("E22", f"{message} ({cited})")
        elif entry is not None and entry.is_ai_made and segment.kind != "live":
            message = "`ai_label` is missing: the manifest calls this file made by AI"
            yield segment.table.given("asset").finding("E22", f"{message} ({cited})")


RULES: Final = (texts, spoken, ai_labels)
