"""A release on trial: started, found good, or taken back; whatever happens, something good boots.

Two things change one after the other, the record and the link `current`, and the power may go
between them. So a trial is written down before the link moves, and the way back is decided in the
record (`undoing`) before it is gone: what is found at the next start says what was meant.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import msgspec

from node.update.layout import Layout
from node.update.mailbox import healthy_in, is_on_air, line_in
from node.update.record import (
    TRIES,
    Code,
    Fate,
    Outcome,
    Record,
    held_record,
    read_record,
    read_seal,
)
from node.update.site import Site
from node.update.versions import newest

TRIAL_S: Final = 600.0
"""A release that has not been found good so long after the swap goes back (control-plane.md §7)."""
PUT_OFF_S: Final = 12 * 3600.0
"""For so long it may stay because somebody is live or armed: a booth's day. That somebody is there
is the word of a release which nobody has found good; one that says so for ever must go as well."""

NOT_GOOD: Final = f"not found good within {TRIAL_S:.0f} s"

Did = Literal[
    "nothing", "counted", "put_back", "swapped", "committed", "on_trial", "repaired", "staged",
    "refused", "busy", "waiting", "put_off",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """What was done, with the release that runs now; `needs_restart` where that changed."""

    did: Did
    release: str = ""
    why: str = ""
    needs_restart: bool = False


def attempt(site: Site) -> Report:
    """Before every start of the node: count a try, take back what has none left, repair links."""
    with site.alone():
        report = _attempt(site)
        return _repaired(site) or report


def settle(site: Site, state_dir: Path) -> Report:
    """Commit a release on trial that says that it is well, take back one whose time is over.

    Nothing of this ends a show: while somebody is live or armed what is due waits for the end of
    it, or for the next start of the node, whichever comes first.
    """
    with site.alone():
        record = _cleared(site)
        if record.phase != "trial":
            repaired = _repaired(site)  # counts from the next start: what runs does run
            if repaired is not None:
                return replace(repaired, needs_restart=False)
            return Report("nothing", site.layout.led_to(site.layout.current))
        boot = site.machine.boot()
        if _is_well(record, boot, state_dir):
            return _committed(site, record)
        if record.boot != boot:  # nobody has started the node in this boot yet
            site.keep(msgspec.structs.replace(record, boot=boot, since_s=site.machine.now_s()))
        elif site.machine.now_s() - record.since_s >= TRIAL_S:
            return _timed_out(site, record, state_dir)
        return Report("on_trial", record.next)


def commit(site: Site) -> Report:
    """Take the release on trial as good, by hand."""
    with site.alone():
        record = _cleared(site)
        if record.phase != "trial":
            return Report("nothing", site.layout.led_to(site.layout.current))
        return _committed(site, record)


def roll_back(site: Site, *, is_forced: bool = False, why: str = "the node gave up") -> Report:
    """Take back the release on trial; `is_forced`: also one that was found good."""
    with site.alone():
        record = _cleared(site)
        if record.phase == "trial":
            return _undone(site, record, "hw_error", why)
        layout = site.layout
        current, back = layout.led_to(layout.current), layout.led_to(layout.previous)
        if is_forced and back != current and layout.is_complete(back):
            told = msgspec.structs.replace(record, next=current, back=back, before="")
            return _undone(site, told, "precondition", why)
        return _repaired(site) or Report("nothing", current)


def swap(site: Site, release: str, state_dir: Path) -> Report:
    """Have a whole release take over, on trial; the caller starts the node again.

    One that runs already was found good, and runs on. The controller's line is asked of a release
    unless the one before says that it had none.
    """
    layout = site.layout
    with site.alone():
        record = held_record(layout)
        current, before = layout.led_to(layout.current), layout.led_to(layout.previous)
        if release == current:  # what is there to go back to stays as it is
            last = _outcome(layout, record, release, "committed")
            site.keep(Record(floor=record.floor, last=last))
            return Report("committed", release)
        site.keep(
            msgspec.structs.replace(
                record, phase="trial", next=release, back=current, before=before, tries=TRIES,
                boot=site.machine.boot(), since_s=site.machine.now_s(), is_due=False,
                needs_line=_needs_line(current, state_dir),
            )
        )  # fmt: skip
        if current:
            site.disk.point(layout.previous, layout.release(current))
        site.disk.point(layout.current, layout.release(release))
    return Report("swapped", release, needs_restart=True)


def tidy(site: Site) -> None:
    """Remove all releases but the two that links name, unless something is under way.

    That may take a minute, and a start of the node must not wait for it: hence what goes is only
    made known as no release before others may go on.
    """
    layout = site.layout
    with site.alone():
        record = held_record(layout)
        if record.phase != "steady" or not layout.is_complete(layout.led_to(layout.current)):
            return
        kept = {layout.led_to(layout.current), layout.led_to(layout.previous)}
        stale = [one for one in layout.releases.iterdir() if one.name not in kept]
        for folder in stale:
            site.disk.unseal(folder)
    for folder in (*stale, layout.incoming):
        site.disk.remove(folder)


def _attempt(site: Site) -> Report:
    is_kept = read_record(site.layout) is not None
    record = _cleared(site)
    if record.phase != "trial":
        return Report("nothing", site.layout.led_to(site.layout.current))
    if record.is_due:  # nobody is on the air now: nothing runs
        return _undone(site, record, "timeout", NOT_GOOD)
    if record.tries == 0:
        return _undone(site, record, "hw_error", f"started {TRIES} times, never found good")
    boot = site.machine.boot()
    since_s = record.since_s if record.boot == boot and is_kept else site.machine.now_s()
    site.keep(msgspec.structs.replace(record, tries=record.tries - 1, boot=boot, since_s=since_s))
    return Report("counted", record.next, f"{record.tries - 1} tries left")


def _cleared(site: Site) -> Record:
    """The record, once a swap or a way back that the power cut short has been brought to an end."""
    layout, record = site.layout, held_record(site.layout)
    if record.phase == "undoing":
        _go_back(site, record)
        return held_record(layout)
    if record.phase == "trial" and layout.led_to(layout.current) != record.next:
        phase: Literal["staged", "steady"] = (
            "staged" if layout.is_complete(record.next) else "steady"
        )
        return site.keep(msgspec.structs.replace(record, phase=phase, tries=0))
    return record


def _is_well(record: Record, boot: str, state_dir: Path) -> bool:
    """Whether the release on trial says that it is well, since it began."""
    said = healthy_in(state_dir)
    is_of = said is not None and (said.release, said.boot) == (record.next, boot)
    return said is not None and is_of and said.at_s > record.since_s


def _timed_out(site: Site, record: Record, state_dir: Path) -> Report:
    """Take back a release whose time is over, but not from under a show."""
    now_s = site.machine.now_s()
    is_late = now_s - record.since_s >= TRIAL_S + PUT_OFF_S
    if is_late or not is_on_air(state_dir, record.boot, now_s):
        return _undone(site, record, "timeout", NOT_GOOD)
    if not record.is_due:
        with suppress(OSError):  # a full disk takes no record: it is found to be due again
            site.keep(msgspec.structs.replace(record, is_due=True))
    return Report("put_off", record.next, NOT_GOOD)


def _needs_line(current: str, state_dir: Path) -> bool:
    """Whether the release that runs has the line to its controller, or may have it."""
    line = line_in(state_dir)
    return line is None or line.release != current or line.is_heard


def _committed(site: Site, record: Record) -> Report:
    seal = read_seal(site.layout, record.next)
    floor = record.floor if seal is None else newest(record.floor, seal.floor)
    site.keep(Record(floor=floor, last=_outcome(site.layout, record, record.next, "committed")))
    return Report("committed", record.next)


def _undone(site: Site, record: Record, code: Code, why: str) -> Report:
    gone = _outcome(site.layout, record, record.next, "rolled_back")
    last = msgspec.structs.replace(gone, code=code, why=why)
    undoing = msgspec.structs.replace(record, phase="undoing", last=last)
    try:
        site.keep(undoing)
        back = _go_back(site, undoing)
    except OSError:  # a full disk takes no record; a link needs no room, and what works must start
        back = _pointed_back(site, undoing)
    return Report("put_back", back, why, needs_restart=True)


def _go_back(site: Site, record: Record) -> str:
    """The second half of a way back, from the record alone; may be done twice."""
    back = _pointed_back(site, record)
    site.keep(Record(floor=record.floor, last=record.last))
    return back


def _pointed_back(site: Site, record: Record) -> str:
    """Have the links lead to the release before; its id."""
    layout = site.layout
    whole = [one for one in layout.complete() if one != record.next]
    back = record.back if record.back in whole else (whole or [record.next])[-1]
    if layout.led_to(layout.current) != back:
        site.disk.point(layout.current, layout.release(back))
    if record.before in whole and layout.led_to(layout.previous) != record.before:
        site.disk.point(layout.previous, layout.release(record.before))
    return back


def _repaired(site: Site) -> Report | None:
    """Have `current` name a whole release, where another one is there and it does not."""
    layout = site.layout
    if layout.is_complete(layout.led_to(layout.current)):
        return None
    whole, previous = layout.complete(), layout.led_to(layout.previous)
    if not whole:
        return None
    back = previous if previous in whole else whole[-1]
    site.disk.point(layout.current, layout.release(back))
    return Report("repaired", back, "current led to no whole release", needs_restart=True)


def _outcome(layout: Layout, record: Record, release: str, fate: Fate) -> Outcome:
    """What became of a release, for the wish that asked for it last: it may be an old one."""
    seal, last = read_seal(layout, release), record.last
    if seal is None:
        return Outcome("", 0, fate)
    is_asked = last is not None and last.manifest == seal.manifest
    return Outcome(seal.manifest, last.wish if last and is_asked else seal.wish, fate)
