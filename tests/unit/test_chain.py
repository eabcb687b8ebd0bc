"""The hash chain: any change of any byte is found, and named by its line."""

import hashlib
import io
import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.chain import GENESIS, LONGEST_LINE, Break, Line, canonical, prove, seal, walk

values = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)
records = st.dictionaries(st.sampled_from(["ev", "seg", "pos", "名", "a", "z"]), values)


def lines_of(*rows, prev=GENESIS):
    lines = []
    for row in rows:
        sealed = seal(row, prev)
        lines.append(sealed.line)
        prev = sealed.hash
    return lines


def chain(count):
    return lines_of(*({"ev": "cue.fire", "n": number} for number in range(count)))


def hash_of(line):
    return json.loads(line)["hash"]


def proof(content, **how):
    return prove(io.BytesIO(content), **how)


@given(st.lists(records, max_size=6))
def test_what_was_sealed_is_whole_and_comes_back(rows):
    content = b"".join(lines_of(*rows))
    found = proof(content, prev=GENESIS)
    assert (found.lines, found.broken) == (len(rows), None)
    read = [step.record for step in walk(io.BytesIO(content)) if isinstance(step, Line)]
    assert read == rows


@given(st.lists(records, min_size=1, max_size=4), st.data())
def test_any_changed_byte_is_found_in_its_line_or_the_next(rows, data):
    lines = lines_of(*rows)
    content = bytearray(b"".join(lines))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    broken = proof(bytes(content), prev=GENESIS).broken
    changed = bytes(b"".join(lines)[:place]).count(b"\n") + 1
    assert broken is not None
    assert broken.line == changed


@given(st.lists(records, min_size=1, max_size=4), st.data())
def test_any_inserted_or_deleted_byte_is_found(rows, data):
    lines = lines_of(*rows)
    content, anchor = b"".join(lines), hash_of(lines[-1])
    place = data.draw(st.integers(0, len(content) - 1))
    byte = bytes([data.draw(st.integers(0, 255))])
    inserted = content[:place] + byte + content[place:]
    assert proof(inserted, prev=GENESIS, anchor=anchor).broken is not None
    deleted = content[:place] + content[place + 1 :]
    assert proof(deleted, prev=GENESIS, anchor=anchor).broken is not None


@given(st.permutations(range(5)))
def test_any_other_order_is_found(order):
    lines = chain(5)
    broken = proof(b"".join(lines[place] for place in order), prev=GENESIS).broken
    if list(order) == sorted(order):
        assert broken is None
    else:
        first = next(place for place, number in enumerate(order) if place != number)
        assert (broken.line, broken.reason) == (first + 1, "order")


@pytest.mark.parametrize(("gone", "line"), [(0, 1), (1, 2), (3, 4)])
def test_a_line_taken_out_is_named_by_the_line_behind_it(gone, line):
    lines = chain(5)
    expected = GENESIS if gone == 0 else hash_of(lines[gone - 1])
    broken = proof(b"".join(lines[:gone] + lines[gone + 1 :]), prev=GENESIS).broken
    assert broken == Break(line, "order", expected, hash_of(lines[gone]))


def test_a_repeated_line_is_out_of_order():
    lines = chain(3)
    broken = proof(b"".join([*lines[:2], *lines[1:]])).broken
    assert (broken.line, broken.reason) == (3, "order")


def test_what_is_cut_off_the_end_shows_by_an_anchor_only():
    lines = chain(5)
    rest, anchor = b"".join(lines[:3]), hash_of(lines[4])
    assert proof(rest).broken is None
    assert proof(rest, anchor=anchor).broken == Break(4, "cut", anchor, hash_of(lines[2]))
    assert proof(b"".join(lines), anchor=hash_of(lines[2])).broken is None


def test_a_log_cut_to_nothing_shows_by_its_anchor():
    anchor = hash_of(chain(1)[0])
    assert proof(b"", anchor=anchor).broken == Break(1, "cut", anchor, "")
    assert proof(b"").broken is None


def test_an_anchor_may_be_the_hash_that_the_log_starts_from():
    start = hash_of(chain(1)[0])
    assert proof(b"".join(lines_of({"n": 1}, prev=start)), anchor=start).broken is None


def test_a_changed_value_gives_the_hash_expected_and_the_one_found():
    line = chain(1)[0]
    changed = line.replace(b'"n":0', b'"n":7')
    record = {"ev": "cue.fire", "n": 7}
    expected = seal(record, GENESIS).hash
    assert proof(changed).broken == Break(1, "content", expected, hash_of(line))


def test_a_forged_line_with_a_right_hash_breaks_the_next():
    lines = chain(3)
    lines[1] = seal({"ev": "forged"}, hash_of(lines[0])).line
    broken = proof(b"".join(lines)).broken
    assert (broken.line, broken.reason) == (3, "order")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"\n", "not JSON"),
        (b"42\n", "not JSON"),
        (b"null\n", "not JSON"),
        (b'{"a":1}\n', "form"),
        (b'{"hash":1,"prev":2}\n', "form"),
        (b'{"a":NaN}\n', "not JSON"),
        (b"\xff\xfe\n", "not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}\n', "not UTF-8"),
        (b'{"a":"\\ud800"}\n', "not JSON"),
        (b"\0" * 400 + b"\n", "not JSON"),
        (b"[" * 60_000 + b"\n", "not JSON"),
        (b'{"a":' * 10_000 + b"\n", "not JSON"),
        (b'{"a":' * 8_000 + b"1" + b"}" * 8_000 + b"\n", "not JSON or form"),  # by the interpreter
        (b'{"a":' + b"9" * 5_000 + b"}\n", "not JSON"),
        (b"x" * LONGEST_LINE + b"\n", "too long"),
        (b"x" * 3 * LONGEST_LINE, "too long"),
        (b"half a line", "torn"),
    ],
)
def test_what_is_no_line_is_named(bad, reason):
    lines = chain(2)
    broken = proof(b"".join(lines) + bad).broken
    assert broken.line == 3
    assert broken.reason in reason.split(" or ")


def test_the_walk_goes_on_behind_a_line_of_any_length():
    lines = chain(2)
    steps = list(walk(io.BytesIO(lines[0] + b"x" * 5 * LONGEST_LINE + b"\n" + lines[1])))
    assert [step.number if isinstance(step, Line) else -step.line for step in steps] == [1, -2, 3]
    assert steps[-1].end == len(lines[0]) + 5 * LONGEST_LINE + 1 + len(lines[1])


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(b",", b", ", 1),
        lambda line: line.replace(b"\n", b"\r\n"),
        lambda line: line.replace(b'"ev"', b'"\\u0065v"'),
        lambda line: line.replace(b'{"ev"', b'{"ev":1,"ev"'),
        lambda line: json.dumps(dict(reversed(json.loads(line).items()))).encode() + b"\n",
    ],
)
def test_the_same_values_in_another_form_are_found(change):
    broken = proof(change(chain(1)[0])).broken
    assert (broken.line, broken.reason) == (1, "form")


def test_what_has_no_json_form_or_is_too_long_is_refused():
    for record in ({"a": "\ud800"}, {"a": object()}, {"a": "x" * LONGEST_LINE}):
        with pytest.raises(ValueError, match=r"no JSON|bytes"):
            seal(record, GENESIS)


def test_any_garbage_is_a_break_and_never_a_crash():
    random = Random(7)  # noqa: S311  # a fixed seed is meant
    for size in (1, 100, 10_000, 500_000):
        assert proof(random.randbytes(size)).broken is not None


def test_the_hash_can_be_had_with_any_json_library():
    line = json.loads(chain(1)[0])
    own = line.pop("hash")
    text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical(line) == text.encode()
    assert hashlib.sha256(text.encode()).hexdigest() == own
