"""What happens to each message on the network's thread, before the broker is told that it came.

Size, signature, form, audience, age; then one transaction: seen before, in order, kept with its
first answer. Nothing acts here: what is kept is found by the loop. A message that cannot be used
is counted, answered where its id can be believed, and never comes again.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable
from typing import Final, Literal, Protocol

from node.control import timing
from node.control.answers import Answers, again, status_of
from node.control.envelope import KeyRing, claimed_id, open_command, open_desired, open_time
from node.control.messages import Code, Command, ContractError, ControllerOnline, TimeReply
from node.control.mqtt import Arrival
from node.control.orders import KINDS
from node.control.sections import Desired, KeysWanted, Section
from node.control.timing import Reading, Reception
from node.control.topics import Address, parse
from node.control.wireform import check_size, decode
from node.errors import DeviceError
from node.store.letters import Letter
from node.store.postbox import Postbox

log = logging.getLogger(__name__)

UNPROVEN_ANSWERS: Final = 10
UNPROVEN_SPAN_S: Final = 60.0
"""Anyone can send what nobody signed: so many answers in a span, the rest is only counted."""

Kept = Literal["new", "same", "old"]


class Shelf(Protocol):
    """Where desired sections are kept."""

    def put(self, desired: Desired) -> Kept:
        """Keep a section if it is newer, durably; raises `DeviceError`. Thread: the network's."""
        ...


class Listener(Protocol):
    """Who is told of what came. Thread: the network's."""

    def commanded(self) -> None:
        """A command lies in the inbox, or its answer in the outbox."""
        ...

    def desired(self, section: Section, kept: Kept) -> None:
        """A section came."""
        ...

    def refused_section(self, section: str, error: ContractError) -> None:
        """A section came that cannot be used."""
        ...

    def timed(self, reply: TimeReply, loop_s: float) -> None:
        """The controller told the time."""
        ...

    def disk_refused(self, error: DeviceError) -> None:
        """The disk did not keep a message: the broker must send it again."""
        ...


class Receiver:
    """`ring` is None where nothing is signed (demo); `boot` names this start of the machine.

    Thread: the network's; `ring`, a value, is set by the loop's too.
    """

    def __init__(
        self,
        answers: Answers,
        postbox: Postbox,
        shelf: Shelf,
        listener: Listener,
        *,
        reading: Callable[[], Reading],
        ring: KeyRing | None,
        boot: str,
    ) -> None:
        self._answers, self._postbox, self._shelf = answers, postbox, shelf
        self._listener = listener
        self._reading = reading
        self._boot = boot
        self._unproven: list[float] = []
        self.ring = ring
        self.refused: Counter[str] = Counter()

    def take(self, arrival: Arrival) -> bool:
        """Deal with a message; false if it must come again."""
        try:
            self._dispatch(arrival)
        except DeviceError as error:
            self._listener.disk_refused(error)
            return False
        except ContractError as error:
            self.refused[error.code] += 1
            log.debug("control: %s: %s: %s", arrival.topic[:80], error.code, error)
        except Exception:  # the callback edge: a message that we fail at must not come for ever
            self.refused["internal"] += 1
            log.exception("control: a message on %s failed", arrival.topic[:80])
        return True

    def _dispatch(self, arrival: Arrival) -> None:
        place = parse(arrival.topic)
        if place is None or not self._is_ours(place):
            raise ContractError("bad_payload", "no topic of ours")
        match place.channel:
            case "cmd" | "all":
                self._command(arrival, place)
            case "desired":
                self._desired(arrival, place)
            case "time":
                moment = self._reading().moment
                reply = open_time(
                    arrival.body, node=self._answers.node, ring=self.ring, moment=moment
                )
                self._listener.timed(reply, arrival.loop_s)
            case "ctl" if arrival.body:
                decode(check_size(arrival.body), ControllerOnline)  # nothing here waits for it
            case _:
                raise ContractError("bad_payload", "nothing that a node hears")

    def _is_ours(self, place: Address) -> bool:
        return place.org == self._answers.org and place.node in ("", self._answers.node)

    def _command(self, arrival: Arrival, place: Address) -> None:
        reading = self._reading()
        try:
            command, body = self._opened(arrival, place, reading)
        except ContractError as error:
            self._refuse(arrival, error, reading)
            raise
        self._file(arrival, command, body, reading)

    def _opened(self, arrival: Arrival, place: Address, reading: Reading) -> tuple[Command, bytes]:
        if arrival.is_retained:
            raise ContractError("bad_payload", "a command is never retained", is_proven=False)
        node, moment = self._answers.node, reading.moment
        return open_command(arrival.body, place, node=node, ring=self.ring, moment=moment)

    def _file(self, arrival: Arrival, command: Command, body: bytes, reading: Reading) -> None:
        came = Reception(arrival.loop_s, arrival.expiry_s, arrival.is_dup)
        try:
            deadline_s = self._deadline(command, came, reading)
        except ContractError as error:
            self.refused[error.code] += 1
            self._keep(_ended(arrival, command.id, error, self._answers, reading))
            return
        seq = command.seq
        self._keep(
            Letter(
                id=command.id,
                kind=command.type,
                stream="" if seq is None else seq.stream,
                epoch=0 if seq is None else seq.epoch,
                n=0 if seq is None else seq.n,
                body=body,
                digest=_digest(arrival.body),
                exp=command.exp,
                deadline_s=deadline_s,
                boot=self._boot,
                topic=self._answers.topic,
                at=reading.now,
                status="accepted",
                answer=self._answers.said(command.id, "accepted", reading),
                stale_answer=self._answers.refused(
                    command.id, "stale_seq", "a newer one of its stream came before", reading
                ),
            )
        )

    def _deadline(self, command: Command, came: Reception, reading: Reading) -> float:
        has_time = getattr(command.data, "play_at", None) is not None
        if has_time and reading.state == "unsynced":
            raise ContractError("clock_unsynced", "play_at needs a clock")
        return timing.deadline(command.exp, KINDS[command.type].max_s, came, reading)

    def _refuse(self, arrival: Arrival, error: ContractError, reading: Reading) -> None:
        """Answer a command that cannot be used, where its id can be believed or does no harm."""
        if error.is_proven and error.id:
            self._keep(_ended(arrival, error.id, error, self._answers, reading))
        elif not error.is_proven and self._may_answer(arrival.loop_s):
            id_ = claimed_id(arrival.body)
            if id_ and not self._postbox.knows(id_):
                answer = self._answers.refused(id_, error.code, str(error), reading)
                self._postbox.send([self._answers.post(id_, answer, reading)])
                self._listener.commanded()

    def _keep(self, letter: Letter) -> None:
        filed = self._postbox.file(letter, again)
        if filed == "reused":
            self.refused["id_reused"] += 1
            log.warning("control: command %s came with other content", letter.id)
        self._listener.commanded()

    def _may_answer(self, loop_s: float) -> bool:
        self._unproven = [one for one in self._unproven if loop_s - one < UNPROVEN_SPAN_S]
        if len(self._unproven) >= UNPROVEN_ANSWERS:
            return False
        self._unproven.append(loop_s)
        return True

    def _desired(self, arrival: Arrival, place: Address) -> None:
        if not arrival.body:  # the retained message was cleared: what is in force stays
            return
        try:
            desired = open_desired(
                arrival.body,
                place,
                node=self._answers.node,
                ring=self.ring,
                moment=self._reading().moment,
            )
        except ContractError as error:
            self._listener.refused_section(place.leaf, error)
            raise
        kept = self._shelf.put(desired)
        self._listener.desired(desired.section, kept)
        if kept == "new" and isinstance(desired.data, KeysWanted) and self.ring is not None:
            # Before the next message: a command by a new key may be right behind it.
            self.ring = self.ring.with_keys(desired.data)


def _ended(
    arrival: Arrival, id_: str, error: ContractError, answers: Answers, reading: Reading
) -> Letter:
    """A command that ended as it came."""
    code: Code = error.code
    answer = answers.refused(id_, code, str(error), reading)
    status = status_of(code)
    if status in ("accepted", "running"):
        raise ValueError(f"{code} ends nothing")
    return Letter(
        id=id_, kind="", stream="", epoch=0, n=0, body=b"", digest=_digest(arrival.body),
        exp=reading.now, deadline_s=0.0, boot="", topic=answers.topic, at=reading.now,
        status=status, answer=answer, stale_answer=answer,
    )  # fmt: skip


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()
