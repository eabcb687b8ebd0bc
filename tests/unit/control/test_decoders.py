"""Every decoder against every message, spoilt in every way: a value, or a refusal with a reason."""

import copy
import json
import logging
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import node.control
from node.control import plane
from node.control.answers import Answers, status_of
from node.control.envelope import claimed_id, open_command, open_desired, open_time
from node.control.messages import PAYLOAD_MAX, TERMINAL, Ack, ContractError, Head
from node.control.mqtt import Arrival
from node.control.receiving import Receiver
from node.control.shelf import Shelf
from node.control.timing import Reading
from node.control.topics import address, parse, subscriptions
from node.control.wireform import decode
from node.errors import ConfigError
from node.store.postbox import Postbox
from tests.fakes.keys import Keys
from tests.unit.control.samples import MOMENT, NODE, NOW, ORG, body, command, topic
from tools.fleet.reading import read
from tools.make_contract.forms import TYPES

KEYS = Keys()
V2 = "unknown_version"
YEAR_MS = 365 * 86_400_000
DOCUMENT = yaml.safe_load(
    (Path(node.control.__path__[0]) / "asyncapi.yaml").read_text(encoding="utf-8")
)
PAYLOADS = {
    name: [one["payload"] for one in message["examples"]]
    for name, message in DOCUMENT["components"]["messages"].items()
}
SAID = [
    (str(address(ORG, NODE, "tele" if name == "alive" else name, leaf)), message)
    for name, leaf, message in (
        ("online", "", "online"), ("birth", "", "birth"), ("reported", "show", "reported"),
        ("ack", "", "ack"), ("event", "card.show", "event"), ("tele", "sys", "tele.sys"),
        ("tele", "player", "tele.player"), ("tele", "stream", "tele.stream"),
        ("tele", "alive", "tele.alive"), ("tele", "still", "tele.still"),
        ("tele", "ask", "tele.ask"), ("timeq", "", "timeq"),
    )
]  # fmt: skip
ODD = (
    st.none()
    | st.booleans()
    | st.sampled_from(
        [-1, 0, 1, 2**31, 2**53, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30,
         0.5, -0.0, 1e308, "", "\x00", "\n", "n0001\n", "*", "+", "#", "../..", "x" * 5000,
         "00000000-0000-4000-8000-000000000000", [], {}, [[[[]]]], {"a": {"a": {}}}]
    )
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip


@st.composite
def spoilt(draw, names):
    """An example of a message, as JSON, in which something is not as it should be."""
    value = copy.deepcopy(draw(st.sampled_from(PAYLOADS[draw(names)])))
    for _ in range(draw(st.integers(0, 2))):
        spoil_field(draw, value)
    text = json.dumps(value, ensure_ascii=draw(st.booleans()))
    return spoil_text(draw, text)


def spoil_field(draw, value):
    """Change one field, here or further down."""
    place, key = value, draw(st.sampled_from([*value, "new"]))
    while isinstance(place.get(key), dict) and place[key] and draw(st.booleans()):
        place = place[key]
        key = draw(st.sampled_from(sorted(place)))
    match draw(st.sampled_from(["odd", "gone", "wrapped"])):
        case "odd":
            place[key] = copy.deepcopy(draw(ODD))  # what is drawn again must be as it was
        case "gone":
            place.pop(key, None)
        case "wrapped":
            place[key] = [place.get(key)]


def spoil_text(draw, text):
    """Leave a text as it is, or make it no JSON that every reader reads alike."""
    spot = draw(st.integers(0, len(text)))
    number = draw(st.sampled_from(["NaN", "Infinity", "1e999", "1" * 5000]))
    spoilt_ = {
        "cut": text[:spot],
        "twice": text.replace("{", '{"v":1,', 1),
        "number": text.replace("1", number, 1),
        "tail": text + draw(st.text(max_size=5)),
    }
    way = draw(st.sampled_from(["", "", "", "byte", *spoilt_]))
    if way == "byte":
        return text[:spot].encode(errors="replace") + b"\xff" + text[spot:].encode(errors="replace")
    return spoilt_.get(way, text).encode(errors="replace")


ANY = st.sampled_from(sorted(PAYLOADS))
COMMANDS = st.sampled_from(sorted(name for name in PAYLOADS if name.startswith("cmd.")))
SECTIONS = st.sampled_from(sorted(name for name in PAYLOADS if name.startswith("desired.")))
WEIRD = [
    b"",
    b"{}",
    b"null",
    b"\x00",
    b"{" * 30_000,
    b"[" * 60_000,
    b'{"v":' * 9_000,
    b'{"v":1' + b"0" * 4400 + b"}",
    b'{"v":1e400}',
    b'{"v":"' + b"\\ud800" * 100 + b'"}',
    b"\xff" * 100,
    b"." * 1000,
    b"a.b.c",
    b"e30.e30.e30",
    b"e30..",
    '{"v":1}'.encode("utf-16"),
    b"x" * (PAYLOAD_MAX + 1),
    b"{" + b" " * 5_000_000 + b"}",
]


def refused(work):
    """The reason, or empty where there is a value; anything else is raised."""
    try:
        work()
    except ContractError as error:
        return error.code
    return ""


@settings(deadline=None, max_examples=200)
@given(st.sampled_from((*TYPES, Head)), spoilt(ANY))
def test_any_form_is_read_or_refused(form, stuff):
    assert refused(lambda: decode(stuff, form)) in ("", "bad_payload")


@settings(deadline=None, max_examples=200)
@given(spoilt(COMMANDS), st.sampled_from(["cue.go", "live.stop", "cancel", "say"]))
def test_a_spoilt_command_with_the_right_signature_opens_or_is_refused(stuff, kind):
    token = KEYS.signed(stuff)
    given_ = {"node": NODE, "ring": KEYS.ring, "moment": MOMENT}
    for place in (topic(kind), address(ORG, "", "all", "live.stop")):
        refused(lambda place=place: open_command(token, place, **given_))
    claimed_id(token)


@settings(deadline=None, max_examples=200)
@given(spoilt(SECTIONS), st.sampled_from(["show", "keys", "config", "software"]))
def test_a_spoilt_section_with_the_right_signature_opens_or_is_refused(stuff, section):
    token = KEYS.signed(stuff, "ls-keys+jws" if section == "keys" else "ls-desired+jws")
    place = address(ORG, NODE, "desired", section)
    desired = []
    given_ = {"node": NODE, "ring": KEYS.ring, "moment": MOMENT}
    refused(lambda: desired.append(open_desired(token, place, **given_)))
    if desired and section == "keys":
        refused(lambda: KEYS.ring.with_keys(desired[0].data))


@settings(deadline=None)
@given(spoilt(st.just("time")))
def test_a_spoilt_time_reply_opens_or_is_refused(stuff):
    token = KEYS.signed(stuff, "ls-time+jws")
    refused(lambda: open_time(token, node=NODE, ring=KEYS.ring, moment=MOMENT))


@pytest.mark.parametrize("stuff", WEIRD, ids=range(len(WEIRD)))
@pytest.mark.parametrize("ring", [KEYS.ring, None], ids=["signed", "unsigned"])
def test_what_is_no_message_at_all_is_refused(stuff, ring):
    given_ = {"node": NODE, "ring": ring, "moment": MOMENT}
    assert refused(lambda: open_command(stuff, topic(), **given_))
    assert refused(lambda: open_desired(stuff, address(ORG, NODE, "desired", "show"), **given_))
    assert refused(lambda: open_time(stuff, **given_))
    assert claimed_id(stuff) == ""
    for form in TYPES[:1]:
        assert refused(lambda form=form: decode(stuff[:PAYLOAD_MAX], form)) == "bad_payload"


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(SAID), st.data())
def test_the_controller_reads_or_refuses_whatever_a_node_says(said, data):
    place, name = said
    refused(lambda: read(place, data.draw(spoilt(st.just(name) | ANY)), ORG))


@pytest.mark.parametrize("stuff", WEIRD, ids=range(len(WEIRD)))
def test_the_controller_refuses_what_is_no_message_at_all(stuff):
    for place, _ in SAID:
        assert refused(lambda place=place: read(place, stuff, ORG))


@pytest.mark.parametrize("place", ["cmd/cue.go", "time"])
def test_the_controller_refuses_what_only_it_itself_says(place):
    assert refused(lambda: read(f"ls/v1/{ORG}/nodes/{NODE}/{place}", b"{}", ORG)) == "unknown_type"


def test_a_future_version_is_refused_on_every_topic():
    given_ = {"node": NODE, "ring": None, "moment": MOMENT}

    def future(name):
        return json.dumps(PAYLOADS[name][0] | {"v": 2, "aud": NODE}).encode()

    assert refused(lambda: open_command(future("cmd.cue.go"), topic(), **given_)) == V2
    show = address(ORG, NODE, "desired", "show")
    assert refused(lambda: open_desired(future("desired.show"), show, **given_)) == V2
    assert refused(lambda: open_time(future("time"), **given_)) == V2
    for place, name in SAID:
        if name != "event":
            assert refused(lambda place=place, name=name: read(place, future(name), ORG)) == V2


@pytest.mark.parametrize("number", [2**53 + 1, -(2**53) - 1, 2**63, 2**64, 10**30])
def test_an_integer_that_no_database_holds_is_refused_wherever_it_stands(number):
    for result in ({"n": number}, {"a": [{"b": number}]}):
        ack = json.dumps(PAYLOADS["ack"][0] | {"result": result}).encode()
        assert refused(lambda ack=ack: decode(ack, Ack)) == "bad_payload"
    told = json.dumps(PAYLOADS["online"][0] | {"bseq": number}).encode()
    assert refused(lambda: read(SAID[0][0], told, ORG)) == "bad_payload"


@pytest.mark.parametrize("name", ["a/b", "+", "#", "$SYS", "n+", "n#1", "N1", "n1\n", "n 1", "é"])
def test_a_node_that_calls_itself_like_a_filter_is_nobody(name):
    place = f"ls/v1/{ORG}/nodes/{name}/up/online"
    assert parse(place) is None
    assert refused(lambda: read(place, b"{}", ORG))
    with pytest.raises(ValueError, match="expected a-z"):
        subscriptions(ORG, name)


@settings(deadline=None)
@given(st.binary(max_size=300) | spoilt(ANY))
def test_a_root_key_file_of_anything_is_a_fault_of_configuration(stuff):
    path = FOLDER / "root.jwk"
    path.write_bytes(stuff)
    with pytest.raises(ConfigError):
        plane.root_key(str(path))


# The receiver as a whole: whatever comes, it is confirmed, and nothing is an error of ours.


class Deaf:
    """Listens to nothing."""

    def commanded(self):
        pass

    def desired(self, section, kept):
        pass

    def refused_section(self, section, error):
        pass

    def timed(self, reply, loop_s):
        pass

    def disk_refused(self, error):
        raise AssertionError(error)


class Ears:
    """A receiver with its files, and a clock to set."""

    def __init__(self, folder):
        self.clock = Reading("synced", NOW, NOW - 60_000, 1000.0)
        self.postbox = Postbox(folder / "control.db")
        self.receiver = Receiver(
            Answers(ORG, NODE), self.postbox, Shelf(folder), Deaf(),
            reading=lambda: self.clock, ring=KEYS.ring, boot="this",
        )  # fmt: skip

    def take(self, place, stuff, *, expiry_s=10, is_dup=False, is_retained=False):
        """Have a message come."""
        return self.receiver.take(Arrival(place, stuff, is_dup, is_retained, expiry_s, 1000.0))

    def answers(self):
        """What was said of each command."""
        posts = self.postbox.next_posts(10_000)
        return [msgspec.json.decode(one.body, type=Ack) for one in posts]


@pytest.fixture(scope="module")
def ears(tmp_path_factory):
    one = Ears(tmp_path_factory.mktemp("ears"))
    yield one
    one.postbox.close()


@pytest.fixture(scope="module", autouse=True)
def _folder(tmp_path_factory):
    global FOLDER  # noqa: PLW0603  # hypothesis wants no fixture that lives for one test
    FOLDER = tmp_path_factory.mktemp("keys")


FOLDER = Path()
PLACES = {
    "cmd/cue.go": "ls-cmd+jws",
    "cmd/live.stop": "ls-cmd+jws",
    "cmd/cancel": "ls-cmd+jws",
    "desired/show": "ls-desired+jws",
    "desired/config": "ls-desired+jws",
    "desired/keys": "ls-keys+jws",
    "time": "ls-time+jws",
}


@settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_whatever_the_controllers_key_signs_is_confirmed_and_never_our_error(ears, data):
    place = data.draw(st.sampled_from(sorted(PLACES)))
    stuff = data.draw(spoilt(ANY))
    if data.draw(st.booleans()):
        stuff = KEYS.signed(stuff, PLACES[place])
    now = NOW + data.draw(st.sampled_from([0, YEAR_MS, -YEAR_MS, -NOW]))
    state = data.draw(st.sampled_from(["synced", "holdover", "unsynced"]))
    ears.clock = Reading(state, now, data.draw(st.sampled_from([0, NOW - 60_000])), 1000.0)
    assert ears.take(
        f"ls/v1/{ORG}/nodes/{NODE}/{place}",
        stuff,
        expiry_s=data.draw(st.sampled_from([None, 0, 1, 57, 2**32 - 1])),
        is_dup=data.draw(st.booleans()),
        is_retained=data.draw(st.booleans()),
    )
    assert ears.receiver.refused["internal"] == 0


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60), st.binary(max_size=60))
def test_a_message_on_any_topic_is_confirmed_and_never_our_error(ears, place, stuff):
    for one in (place, f"$SYS/{place}", f"ls/v1/{ORG}/{place}", f"ls/v1/{ORG}/nodes/{place}/time"):
        assert ears.take(one, stuff)
    assert ears.receiver.refused["internal"] == 0


def test_five_megabytes_on_every_topic_are_refused_unread(ears):
    before = ears.receiver.refused["too_large"]
    for filter_, _ in subscriptions(ORG, NODE):
        place = filter_.replace("cmd/#", "cmd/live.stop").replace("#", "show")
        assert ears.take(place, b"x" * 5_000_000, is_retained=not place.count("cmd"))
    assert ears.receiver.refused["too_large"] == before + 5


@pytest.mark.parametrize("leap_ms", [YEAR_MS, -YEAR_MS])
def test_a_clock_that_leaps_a_year_ends_no_command_twice(tmp_path, leap_ms):
    ears = Ears(tmp_path)
    for ident, now in enumerate((NOW, NOW + leap_ms, NOW)):
        ears.clock = Reading("synced", now, NOW - 60_000, 1000.0)
        for _ in range(2):
            ears.take(str(topic()), KEYS.signed(body(command(ident=ident, n=ident + 1))))
    ends = [one.id for one in ears.answers() if one.status in TERMINAL and not one.dup]
    ears.postbox.close()
    assert len(ends) == len(set(ends)) == (1 if leap_ms > 0 else 0)


def test_every_code_belongs_to_an_end():
    codes = DOCUMENT["components"]["schemas"]["Reason"]["properties"]["code"]["x-codes"]
    for code, meaning in codes.items():
        assert status_of(code) == meaning["status"]
        assert meaning["status"] in TERMINAL


@pytest.fixture(autouse=True)
def _quiet():
    log = logging.getLogger("node.control.receiving")
    before = log.level
    log.setLevel(logging.ERROR)
    yield
    log.setLevel(before)
