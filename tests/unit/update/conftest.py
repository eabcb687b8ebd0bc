"""A machine on which 1.0 runs, and the steps of an update on it."""

import pytest

from node.update import apply as applying
from node.update.record import read_record
from tests.fakes.installation import Booth, id_of


@pytest.fixture
def booth(tmp_path):
    """A machine on which 1.0 runs and has been found good."""
    one = Booth(tmp_path)
    folder = tmp_path / "stick"
    folder.mkdir()
    one.publish("1.0", folder=folder)
    assert applying.install(one.site(), folder, one.state, one.keys).did == "committed"
    return one


def applied(booth):
    return applying.apply(booth.site(), booth.state, booth.keys)


def updated(booth, version, wish=1, **changes):
    """Bring a version onto its trial."""
    manifest = booth.publish(version, **changes)
    booth.ask(manifest, wish=wish)
    assert applied(booth).did == "staged"
    booth.ask(manifest, wish=wish, goes=True)
    assert applied(booth).did == "swapped"
    return id_of(version, manifest)


def committed(booth, release):
    booth.machine.clock_s += 130
    booth.say_healthy(release)
    assert applied(booth).did == "committed"


def refused(booth, manifest, wish=1):
    """Why a request is refused; what runs stays."""
    before = booth.current
    booth.ask(manifest, wish=wish)
    report = applied(booth)
    assert report.did == "refused"
    assert booth.current == before
    assert booth.layout.complete() == [before]
    assert not booth.layout.incoming.exists()
    return read_record(booth.layout).last


def fetched_from_stick(booth, manifest):
    stick = booth.files.parents[3] / "stick"
    (booth.files / manifest).write_bytes((stick / "manifest.jws").read_bytes())
