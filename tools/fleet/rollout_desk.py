"""Carries roll-outs on: gives each wave what it is to have, and looks how far it is."""

import asyncio
import logging
import os
from collections import Counter
from concurrent.futures import Executor

import msgspec

from node.control.messages import ContractError, JsonObject, uuid7
from node.errors import DeviceError
from tools.fleet import rollouts
from tools.fleet.feed import Feed
from tools.fleet.ledger import Ledger
from tools.fleet.rollouts import Fate, Rollout, RolloutError
from tools.fleet.roster import Roster
from tools.fleet.wishes import Wishes

log = logging.getLogger(__name__)
KIND = "rollout"


class RolloutDesk:
    """Belongs to the loop; SQLite is written on `disk`."""

    def __init__(
        self, wishes: Wishes, roster: Roster, ledger: Ledger, *, feed: Feed, disk: Executor
    ) -> None:
        self._wishes, self._roster, self._ledger = wishes, roster, ledger
        self._feed, self._disk = feed, disk
        self._rollouts: dict[str, Rollout] = {}

    def restore(self) -> None:
        """Go on with what was begun. Blocks on the disk."""
        for name, content in self._ledger.papers(KIND).items():
            self._rollouts[name] = msgspec.json.decode(content, type=Rollout)

    async def begin(self, rollout: Rollout, now: int) -> Rollout:
        """Give the first wave what it is to have; raises `ContractError`, `DeviceError`."""
        name = uuid7(now, os.urandom(10))
        await self._keep(msgspec.structs.replace(rollout, id=name))
        return await self._spread(self.get(name), now)

    def get(self, name: str) -> Rollout:
        """The roll-out whose id begins so; raises `RolloutError`."""
        found = [one for key, one in self._rollouts.items() if key.startswith(name)]
        if len(found) != 1:
            raise RolloutError(f"{name!r}: {len(found)} roll-outs have an id that begins so")
        return found[0]

    async def put(self, rollout: Rollout) -> None:
        """Keep a roll-out as somebody has turned it."""
        await self._keep(rollout)

    async def turn(self, now: int) -> None:
        """Carry on what can be carried on."""
        for rollout in list(self._rollouts.values()):
            new = rollouts.after(rollout, self._fates(rollout), now)
            if new is not rollout and new != rollout:
                try:
                    await self._keep(new)
                    await self._spread(new, now)
                except (ContractError, DeviceError):
                    log.exception("roll-out %s", rollout.id)

    def shown(self, name: str) -> JsonObject | None:
        """A roll-out as watchers get it."""
        rollout = self._rollouts.get(name)
        if rollout is None:
            return None
        fates = self._fates(rollout)
        return {
            **msgspec.to_builtins(rollout),
            "waves": rollout.waves,
            "total": len(rollout.nodes),
            "reached": len(rollout.reached),
            "counts": dict(Counter(fates.values())),
            "failures": [
                {"node": node, **self._why(node, rollout)}
                for node, fate in fates.items()
                if fate == "failed"
            ],
            "needs_approval": rollouts.needs_approval(rollout) and not rollout.approved_by,
        }

    def all_shown(self) -> list[JsonObject]:
        """All of them, newest first."""
        shown = [self.shown(name) for name in sorted(self._rollouts, reverse=True)]
        return [one for one in shown if one is not None]

    async def _spread(self, rollout: Rollout, now: int) -> Rollout:
        given = [node for node in rollout.reached if node not in rollout.vers]
        if not given or rollout.standing != "running":
            return rollout
        vers = await self._wishes.want(given, rollout.section, rollout.data, rollout.by, now)
        new = msgspec.structs.replace(rollout, vers={**rollout.vers, **vers})
        await self._keep(new)
        return new

    async def _keep(self, rollout: Rollout) -> None:
        self._rollouts[rollout.id] = rollout
        self._feed.touch("rollout", rollout.id)
        body = msgspec.json.encode(rollout)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._disk, self._ledger.keep_paper, KIND, rollout.id, body)

    def _fates(self, rollout: Rollout) -> dict[str, Fate]:
        return {node: self._fate(node, rollout) for node in rollout.vers}

    def _fate(self, node: str, rollout: Rollout) -> Fate:
        view = self._roster.view(node)
        report = view.reported.get(rollout.section) if view else None
        if report is None or report.ver < rollout.vers[node]:
            return "waiting"
        if report.status == "failed":
            return "failed"
        return "applied" if report.status == "applied" else "waiting"

    def _why(self, node: str, rollout: Rollout) -> JsonObject:
        view = self._roster.view(node)
        report = view.reported.get(rollout.section) if view else None
        reason = report.reason if report else None
        return {"code": reason.code if reason else "", "message": reason.message if reason else ""}
