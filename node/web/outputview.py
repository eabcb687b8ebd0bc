"""The outputs of the day as status and pages tell of them."""

from typing import Literal

import msgspec

from node.stream.seating import OutputReport


class OutputView(msgspec.Struct, frozen=True):
    """An output now.

    `state` tells whether it carries what is on air, `picture` where its pictures come from; with
    one of its own, `encoder` and `bitrate_kbps` are that one's. `kinds` are those it may carry;
    `why` is in English, for logs, and `back_at` `HH:MM`; both are empty where it carries.
    """

    name: str
    own: bool
    kinds: tuple[Literal["clip", "live", "agent", "slate"], ...]
    state: Literal["carried", "slate", "stopped"]
    picture: Literal["shared", "own", "idle", "stopped"]
    viewers: int
    encoder: str = ""
    bitrate_kbps: float = 0.0
    why: str = ""
    back_at: str = ""


def output_view(report: OutputReport) -> OutputView:
    """An output as it is told of."""
    encoder = report.encoder
    return OutputView(
        name=report.output.id,
        own=report.output.is_own,
        kinds=tuple(sorted(report.output.kinds)),
        state=report.standing,
        picture=report.picture,
        viewers=report.viewers,
        encoder="" if encoder is None else encoder.name,
        bitrate_kbps=0.0 if encoder is None else encoder.bitrate_kbps,
        why=report.why,
        back_at=report.back_at,
    )
