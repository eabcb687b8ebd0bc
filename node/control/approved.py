"""Which files of a manifest may be fetched: those approved, for here and for today; pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from node.catalog.assets import AssetEntry, Manifest


@dataclass(frozen=True, slots=True)
class Approved:
    """`files` by name; `refused` counts the others by reason."""

    files: Mapping[str, AssetEntry]
    refused: Mapping[str, int]

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes by hash: a file that has two names comes once."""
        return {one.sha256: one.size for one in self.files.values()}


def approved(manifest: Manifest, *, market: str, today: date) -> Approved:
    """The files that may play in a market today (the booth's date)."""
    reasons = {name: _refusal(one, market, today) for name, one in manifest.files.items()}
    return Approved(
        {name: one for name, one in manifest.files.items() if not reasons[name]},
        Counter(reason for reason in reasons.values() if reason),
    )


def _refusal(entry: AssetEntry, market: str, today: date) -> str:
    if not entry.approver:
        return "unapproved"
    if entry.expires is not None and entry.expires < today:
        return "expired"
    if entry.markets and market not in entry.markets:
        return "other_market"
    return ""
