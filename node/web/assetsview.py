"""The day's files as status and pages tell of them: who approved them, which may not play."""

from collections.abc import Collection
from pathlib import Path
from typing import Literal

import msgspec

from node.program.rundown import Rundown


class AssetsView(msgspec.Struct, frozen=True):
    """The files of the day.

    `state`: `signed` by the key `by`; `unsigned`, listed in a manifest that bears no signature or
    none that could be judged; `unlisted`. `files` counts clips and pictures, `refused` names those
    that were not allowed to play or be shown when they were last wanted.
    """

    state: Literal["signed", "unsigned", "unlisted"] = "unlisted"
    by: str = ""
    files: int = 0
    refused: tuple[str, ...] = ()


def assets_view(rundown: Rundown, refused: Collection[Path]) -> AssetsView:
    """The files of a day, of which some were `refused`; those of other days are not told."""
    played = {one.asset: one.approval for one in rundown.segments.values() if one.asset is not None}
    files = played.keys() | rundown.approvals.keys()
    is_listed = bool(rundown.approvals) or any(played.values())
    listed: Literal["unsigned", "unlisted"] = "unsigned" if is_listed else "unlisted"
    return AssetsView(
        state="signed" if rundown.signed_by else listed,
        by=rundown.signed_by,
        files=len(files),
        refused=tuple(sorted(path.name for path in files.intersection(refused))),
    )
