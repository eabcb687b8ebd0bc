"""The node's pages, as patient as a test on a busy machine: for minutes instead of seconds."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from aiohttp import web
from typing_extensions import override

from node.web.pages import PagesFace

PATIENCE_MS: Final = 600_000
GIVEN_UP: Final = {
    "whep.js": ("FROZEN_MS", "DISCONNECTED_MS", "CONNECT_MS", "ANSWER_MS"),
    "wire.js": ("SILENCE_MS", "ANSWER_MS"),
    "operator.js": ("RESULT_MS",),
    "upload.js": ("ANSWER_MS",),
    "booth_questions.js": ("PATIENCE_MS",),
    "crowd.js": ("STAYS_MS", "THANKS_MS"),
    "kiosk.js": ("SAID_MS",),
    "kioskvoice.js": ("SHOWN_MS",),
}
"""By script: after how long a page gives up who is silent, or takes down what was read."""


class PatientPages(PagesFace):
    """Gives up nobody and takes nothing down for `PATIENCE_MS`; all else is as the node serves it.

    A page that joined anew would never hear what was said once in between.
    """

    @override
    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Read the files and name the paths; AssertionError if a script has no such time."""
        routes = list(super().routes())
        for name, times in GIVEN_UP.items():
            asset = self._assets[name]
            script = asset.body.decode()
            for time in times:
                waits = f"const {time} = {PATIENCE_MS};"
                script, found = re.subn(
                    rf"^const {time} = [\d_]+;", waits, script, flags=re.MULTILINE
                )
                assert found == 1, (name, time)
            self._assets[name] = replace(asset, body=script.encode(), etag=f"{asset.etag}-patient")
        return routes
