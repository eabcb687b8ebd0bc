"""The power goes before every single change to the disk: something good always boots."""

import msgspec
import pytest

from node.update import apply as applying
from node.update import trial
from node.update.layout import COMPLETE
from node.update.record import Record, read_record
from tests.fakes.installation import Booth, PowerCutError, id_of

STEPS_MAX = 200


@pytest.fixture(autouse=True)
def _swift_disk(monkeypatch):
    """What is synced is counted by the disk's steps; the machine's own disk need not wait."""
    monkeypatch.setattr("os.fsync", lambda _handle: None)


@pytest.fixture(params=[False, True], ids=["all is kept", "what is not synced is lost"])
def is_forgetful(request):
    return request.param


def installed(folder):
    """A machine that has 1.0 before it and 1.1 running, both found good."""
    folder.mkdir()
    booth = Booth(folder)
    for version in ("1.0", "1.1"):
        stick = folder / version
        stick.mkdir()
        booth.publish(version, folder=stick)
        applying.install(booth.site(), stick, booth.state, booth.keys)
        trial.commit(booth.site())
    return booth


def boots(booth):
    """Start the node as systemd does; the release that starts is whole, the record sound."""
    booth.machine.boot_name += "+"
    trial.attempt(booth.site())
    assert booth.layout.is_complete(booth.current)
    assert (booth.layout.release(booth.current) / "livesell").read_text() == "program"
    record = read_record(booth.layout)
    assert record is not None
    assert record.phase != "undoing"
    assert record.phase != "trial" or record.next == booth.current
    return booth.current


def asked(booth, manifest):
    def act(site):
        booth.ask(manifest, goes=True)
        return applying.apply(site, booth.state, booth.keys)

    return act


def each_cut(tmp_path, prepare, act, is_forgetful):
    """Cut the power before each change of `act`, on a fresh machine each time, until it ends.

    Yields what `prepare` made once a machine has booted again; the last one was not cut.
    """
    for cut_at in range(1, STEPS_MAX):
        booth = installed(tmp_path / str(cut_at))
        deed = act(booth, prepare(booth))
        try:
            deed(booth.site(cut_at, is_forgetful=is_forgetful))
        except PowerCutError:
            yield booth, True
        else:
            yield booth, False
            return
    pytest.fail("it never ends")


def test_while_a_release_is_built(tmp_path, is_forgetful):
    cuts = 0
    for booth, is_cut in each_cut(tmp_path, lambda one: one.publish("1.2"), asked, is_forgetful):
        before = booth.current
        assert boots(booth) == before
        manifest = applying.mailbox.request_in(booth.state).manifest
        while asked(booth, manifest)(booth.site()).did != "swapped":
            pass
        assert boots(booth) == id_of("1.2", manifest)
        cuts += is_cut
    assert cuts > 20


def staged(booth):
    manifest = booth.publish("1.2")
    booth.ask(manifest)
    assert applying.apply(booth.site(), booth.state, booth.keys).did == "staged"
    return manifest


def test_while_a_release_takes_over(tmp_path, is_forgetful):
    cuts, swapped = 0, set()
    for booth, is_cut in each_cut(tmp_path, staged, asked, is_forgetful):
        before, phase = booth.layout.led_to(booth.layout.current), None
        release = boots(booth)
        phase = read_record(booth.layout).phase
        assert phase == ("trial" if release.startswith("1.2-") else "staged")
        swapped.add(release == before and phase == "trial")
        cuts += is_cut
    assert cuts > 8
    assert swapped == {True, False}


def on_trial(booth):
    manifest = staged(booth)
    booth.ask(manifest, goes=True)
    assert applying.apply(booth.site(), booth.state, booth.keys).did == "swapped"
    return manifest


def test_while_a_release_is_committed(tmp_path, is_forgetful):
    def act(booth, manifest):
        booth.machine.clock_s += 130
        booth.say_healthy(id_of("1.2", manifest))

        def deed(site):
            applying.apply(site, booth.state, booth.keys)
            applying.apply(site, booth.state, booth.keys)  # which clears up

        return deed

    cuts = 0
    for booth, is_cut in each_cut(tmp_path, on_trial, act, is_forgetful):
        assert boots(booth).startswith("1.2-")
        assert booth.layout.is_complete(booth.layout.led_to(booth.layout.previous))
        cuts += is_cut
    assert cuts > 5
    assert len(booth.layout.complete()) == 2


def tried(_booth, site):
    for _ in range(4):
        trial.attempt(site)


def timed_out(booth, site):
    booth.machine.clock_s += trial.TRIAL_S
    trial.settle(site, booth.state)


def by_hand(_booth, site):
    trial.commit(site)
    trial.roll_back(site, is_forced=True)


WAYS = {
    "tries": tried, "time": timed_out, "hand": by_hand,
    "service": lambda _booth, site: trial.roll_back(site),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_while_a_release_is_taken_back(tmp_path, is_forgetful, way):
    def act(booth, _manifest):
        return lambda site: WAYS[way](booth, site)

    cuts = 0
    for booth, is_cut in each_cut(tmp_path, on_trial, act, is_forgetful):
        release = boots(booth)
        record = read_record(booth.layout)
        if record.phase == "steady" and record.last.fate == "rolled_back":
            assert release.startswith("1.1-")
        elif is_cut:
            assert release.startswith("1.2-")
        if not is_cut:
            assert record.last.fate == "rolled_back"
        cuts += is_cut
    assert cuts > 5


def test_a_release_that_crashes_at_each_start_is_taken_back_after_three(tmp_path):
    booth = installed(tmp_path / "booth")
    before = booth.current
    release = id_of("1.2", on_trial(booth))
    for left in (2, 1, 0):
        report = trial.attempt(booth.site())
        assert (report.did, report.release) == ("counted", release)
        assert read_record(booth.layout).tries == left
    report = trial.attempt(booth.site())
    assert (report.did, booth.current) == ("put_back", before)
    assert trial.attempt(booth.site()).did == "nothing"
    assert booth.layout.led_to(booth.layout.previous).startswith("1.0-")


@pytest.mark.parametrize("body", [None, b"", b"{", b'{"v":9}', b'{"phase":"flying"}', b"\0" * 512])
def test_without_a_record_what_runs_is_on_trial_again(tmp_path, body):
    booth = installed(tmp_path / "booth")
    if body is None:
        booth.layout.record.unlink()
    else:
        booth.layout.record.write_bytes(body)
    release = booths = boots(booth)
    assert read_record(booth.layout).phase == "trial"
    for _ in range(3):
        booths = boots(booth)
    assert release.startswith("1.1-")
    assert booths.startswith("1.0-")
    assert read_record(booth.layout).floor == "1.0"


@pytest.mark.parametrize("harm", ["gone", "nowhere", "folder", "unsealed"])
def test_a_link_that_leads_to_no_whole_release_is_repaired(tmp_path, harm):
    booth = installed(tmp_path / "booth")
    layout = booth.layout
    match harm:
        case "gone":
            layout.current.unlink()
        case "nowhere":
            layout.current.unlink()
            layout.current.symlink_to("releases/9.9-000000000000")
        case "folder":
            layout.current.unlink()
            layout.current.symlink_to(tmp_path)
        case _:
            (layout.release(booth.current) / COMPLETE).unlink()
    assert trial.attempt(booth.site()).did == "repaired"
    assert layout.is_complete(booth.current)


def test_an_interrupted_way_back_is_ended_at_the_next_start(tmp_path):
    booth = installed(tmp_path / "booth")
    before = booth.current
    on_trial(booth)
    record = read_record(booth.layout)
    booth.layout.record.write_bytes(
        msgspec.json.encode(msgspec.structs.replace(record, phase="undoing"))
    )
    assert boots(booth) == before


def test_a_trial_whose_release_has_gone_is_none(tmp_path):
    booth = installed(tmp_path / "booth")
    before = booth.current
    lost = Record(phase="trial", next="9.9-000000000000", back=before, tries=2)
    booth.layout.record.write_bytes(msgspec.json.encode(lost))
    assert boots(booth) == before
    assert read_record(booth.layout).phase == "steady"
