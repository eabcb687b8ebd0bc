"""What comes from the network: kept or refused before it is confirmed, never an error."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.control.answers import Answers
from node.control.envelope import sign
from node.control.messages import Ack, TimeReply
from node.control.mqtt import Arrival
from node.control.receiving import UNPROVEN_ANSWERS, Receiver
from node.control.sections import ShowWanted
from node.control.shelf import Shelf
from node.control.topics import address
from node.errors import DeviceError
from node.store.postbox import Postbox
from tests.fakes.keys import Keys
from tests.unit.control.samples import NODE, NOW, ORG, body, command, reading, topic

KEYS = Keys()


class Ear:
    """Hears what the receiver tells."""

    def __init__(self):
        self.heard = []

    def commanded(self):
        self.heard.append("commanded")

    def desired(self, section, kept):
        self.heard.append((section, kept))

    def refused_section(self, section, error):
        self.heard.append((section, error.code))

    def timed(self, reply, loop_s):
        self.heard.append(reply.nonce)

    def disk_refused(self, error):
        self.heard.append("disk")


class Rig:
    def __init__(self, folder):
        self.postbox, self.ear = Postbox(folder / "control.db"), Ear()
        self.shelf = Shelf(folder)
        self.clock = reading()
        self.receiver = Receiver(
            Answers(ORG, NODE), self.postbox, self.shelf, self.ear,
            reading=lambda: self.clock, ring=KEYS.ring, boot="this",
        )  # fmt: skip

    def take(
        self, what, place=None, *, expiry_s=10, is_dup=False, is_retained=False, loop_s=1000.0
    ):
        place = topic() if place is None else place
        arrival = Arrival(str(place), what, is_dup, is_retained, expiry_s, loop_s)
        return self.receiver.take(arrival)

    def acks(self):
        return [msgspec.json.decode(post.body, type=Ack) for post in self.postbox.next_posts(1000)]

    def codes(self):
        return [ack.reason.code if ack.reason else ack.status for ack in self.acks()]

    @property
    def kept(self):
        return len(self.postbox.open_rows(100))


@pytest.fixture
def rig(tmp_path):
    rig = Rig(tmp_path)
    yield rig
    rig.postbox.close()


def signed(wire):
    return KEYS.signed(body(wire))


def test_a_good_command_is_kept_answered_and_confirmed(rig):
    assert rig.take(signed(command()))
    assert rig.codes() == ["accepted"]
    assert rig.kept == 1
    assert rig.ear.heard == ["commanded"]


def test_a_replayed_command_is_answered_and_not_kept_again(rig):
    rig.take(signed(command()))
    rig.postbox.sent([post.k for post in rig.postbox.next_posts(9)])
    assert rig.take(signed(command()))
    assert [(ack.status, ack.dup) for ack in rig.acks()] == [("accepted", True)]
    assert rig.kept == 1


def test_an_id_used_again_for_something_else_has_no_effect_and_is_counted(rig):
    rig.take(signed(command(data={"segment": "one"})))
    rig.take(signed(command(data={"segment": "two"})))
    assert rig.kept == 1
    assert rig.receiver.refused == {"id_reused": 1}


@pytest.mark.parametrize(("wire", "code"), [
    (command(aud="n0002"), "wrong_audience"),
    (command(v=3), "unknown_version"),
    (command("cue.back"), "unknown_type"),
    (command(data={"segment": []}), "bad_payload"),
    (command(iat=NOW - 20_000, exp=NOW - 10_000), "too_old"),
])  # fmt: skip
def test_what_the_right_key_signed_and_cannot_be_obeyed_is_answered_once(rig, wire, code):
    place = topic(wire.type)
    assert rig.take(signed(wire), place)
    assert rig.take(signed(wire), place)
    assert rig.codes() == [code]
    assert rig.kept == 0
    assert rig.receiver.refused[code] == 2


def test_a_stranger_is_told_so_but_nothing_is_remembered(rig):
    assert rig.take(Keys().signed(body(command())))
    assert rig.codes() == ["bad_signature"]
    assert not rig.postbox.knows(command().id)
    assert rig.take(signed(command()))  # the true one still counts
    assert rig.codes() == ["bad_signature", "accepted"]


def test_a_command_by_a_key_that_the_node_does_not_know_yet_is_answered_so(rig):
    token = sign(body(command()), "ls-cmd+jws", kid="cmd-2", key=Keys().command)
    assert rig.take(token)
    assert rig.codes() == ["unknown_key"]
    assert rig.receiver.refused["unknown_key"] == 1
    assert rig.kept == 0


def test_a_stranger_cannot_end_a_command_that_was_accepted(rig):
    rig.take(signed(command()))
    rig.take(Keys().signed(body(command())))
    assert rig.codes() == ["accepted"]


def test_a_flood_of_forgeries_is_counted_and_fills_nothing(rig):
    stranger = Keys()
    for ident in range(40):
        rig.take(stranger.signed(body(command(ident=ident))))
    assert len(rig.acks()) == UNPROVEN_ANSWERS
    assert rig.receiver.refused["bad_signature"] == 40


def test_a_retained_command_is_never_obeyed(rig):
    assert rig.take(signed(command()), is_retained=True)
    assert rig.kept == 0


def test_without_a_clock_a_time_to_begin_means_nothing(rig):
    rig.clock = reading("unsynced")
    rig.take(signed(command(data={"segment": "desk", "play_at": NOW + 500})))
    assert rig.codes() == ["clock_unsynced"]


def test_too_much_is_refused(rig):
    assert rig.take(signed(command()) + b"x" * 70_000)
    assert rig.receiver.refused == {"too_large": 1}


@pytest.mark.parametrize("place", ["$SYS/broker", "", "ls/v1/other/nodes/n0001/cmd/cue.go",
                                   "ls/v1/acme/nodes/n0002/cmd/cue.go",
                                   "ls/v1/acme/nodes/n0001/up/ack"])  # fmt: skip
def test_what_is_not_ours_is_counted(rig, place):
    assert rig.take(signed(command()), place)
    assert rig.kept == 0
    assert rig.receiver.refused["bad_payload"] == 1


def test_a_disk_that_refuses_leaves_the_message_with_the_broker(rig, monkeypatch):
    def full(*_):
        raise DeviceError("disk full")

    monkeypatch.setattr(rig.postbox, "file", full)
    assert not rig.take(signed(command()))
    assert rig.ear.heard == ["disk"]


def test_a_message_that_we_fail_at_does_not_come_for_ever(rig, monkeypatch, caplog):
    def bug(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(rig.postbox, "file", bug)
    assert rig.take(signed(command()))
    assert rig.receiver.refused == {"internal": 1}
    assert "ZeroDivisionError" in caplog.text


def test_a_section_is_kept_if_it_is_newer(rig, tmp_path):
    place = address(ORG, NODE, "desired", "show")
    for ver in (3, 3, 2, 4):
        rig.take(KEYS.section(NODE, "show", ver, ShowWanted("sha256:" + f"{ver}" * 64)), place)
    assert rig.ear.heard == [("show", kept) for kept in ("new", "same", "old", "new")]
    again = Shelf(tmp_path)
    again.load()
    assert again.versions() == {"show": 4}


def test_a_command_right_behind_its_key_is_believed(rig):
    later = Keys()
    later.root = KEYS.root
    rig.take(later.section(NODE, "keys", 1, later.keys), address(ORG, NODE, "desired", "keys"))
    rig.take(later.signed(body(command())))
    assert rig.codes() == ["accepted"]


def test_a_cleared_section_changes_nothing(rig):
    assert rig.take(b"", address(ORG, NODE, "desired", "show"))
    assert rig.ear.heard == []


def test_garbage_as_a_section_is_told(rig):
    rig.take(b"garbage", address(ORG, NODE, "desired", "show"))
    assert rig.ear.heard == [("show", "bad_signature")]


def test_an_answer_to_a_time_query_is_told(rig):
    reply = msgspec.json.encode(TimeReply(1, NODE, "k3", 1, 2, 2))
    rig.take(KEYS.signed(reply, "ls-time+jws"), address(ORG, NODE, "time"))
    assert rig.ear.heard == ["k3"]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["cmd/cue.go", "desired/show", "desired/keys", "time", "cmd/live.stop"]),
    st.binary(max_size=400),
)
def test_garbage_on_every_subscribed_topic_is_confirmed_and_forgotten(rig, place, stuff):
    before = rig.receiver.refused.total()
    assert rig.take(stuff, f"ls/v1/acme/nodes/n0001/{place}")
    assert rig.receiver.refused.total() == before + (1 if stuff or "desired" not in place else 0)
    assert rig.kept == 0
