"""Reading offers: what is taken, what is refused, and that garbage stays harmless."""

from pathlib import Path

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from node.errors import CommandError
from node.stream.offer import PLAYOUT_DELAY, is_usable_candidate, read_offer

VECTOR = Path(__file__).parents[2] / "vectors" / "sdp" / "chromium.sdp"
CHROMIUM = VECTOR.read_text(encoding="utf-8").replace("\r\n", "\n")
LINES = CHROMIUM.splitlines()
TRANSPORT = """a=ice-ufrag:abcd
a=ice-pwd:0123456789012345678901
a=fingerprint:sha-256 AA:BB
a=setup:actpass
a=rtcp-mux
"""
AUDIO = f"m=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:a\na=rtpmap:111 opus/48000/2\n{TRANSPORT}"


def code(text: str) -> str:
    with pytest.raises(CommandError) as caught:
        read_offer(text)
    assert str(caught.value)
    return caught.value.code


def refused_sections(answer: str) -> list[str]:
    return [line for line in answer.splitlines() if line.startswith("m=") and " 0 " in line]


def answered(text: str, *, has_playout_delay: bool = False) -> str:
    """The whole answer when the cut-down offer itself stands for the library's answer."""
    offer = read_offer(text)
    return offer.complete(offer.reduced, has_playout_delay=has_playout_delay)


def test_a_browsers_offer_is_cut_down_to_what_is_sent():
    offer = read_offer(CHROMIUM)
    assert offer.kinds == ("video", "audio", "application")
    video, audio, _ = SessionDescription.parse(offer.reduced).media
    assert [codec.mimeType for codec in video.rtp.codecs] == ["video/H264", "video/rtx"]
    assert [codec.mimeType for codec in audio.rtp.codecs] == ["audio/opus"]
    assert video.rtp.codecs[0].parameters["profile-level-id"] == "42e01f"
    assert video.rtp.codecs[1].parameters == {"apt": video.rtp.codecs[0].payloadType}
    assert {extension.uri for extension in video.rtp.headerExtensions} == {
        "urn:ietf:params:rtp-hdrext:sdes:mid"
    }


def test_names_of_local_discovery_are_not_waited_for():
    assert ".local" in CHROMIUM
    assert ".local" not in read_offer(CHROMIUM).reduced


def test_plain_baseline_is_taken_where_constrained_is_not_offered():
    text = CHROMIUM.replace("profile-level-id=42e01f", "profile-level-id=64001f")
    video = SessionDescription.parse(read_offer(text).reduced).media[0]
    assert video.rtp.codecs[0].parameters["profile-level-id"] == "42001f"


@pytest.mark.parametrize(
    ("old", "new"),
    [("H264", "H265"), ("packetization-mode=1", "packetization-mode=0"), ("-level-id=42", "-x=4d")],
)
def test_an_offer_without_fitting_h264_is_told(old: str, new: str):
    text = CHROMIUM.replace(old, new)
    if "x=4d" in new:
        text = text.replace("packetization-mode=1;", "packetization-mode=0;")
    assert code(text) == "no_h264"


def test_sound_alone_and_picture_alone_are_served():
    head = "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nt=0 0\n"
    assert read_offer(head + AUDIO).kinds == ("audio",)
    video = CHROMIUM[CHROMIUM.index("m=video") : CHROMIUM.index("m=audio")]
    assert read_offer(head + video).kinds == ("video",)


def test_a_picture_without_opus_keeps_its_picture():
    answer = answered(CHROMIUM.replace("opus/48000/2", "speex/48000/2"))
    assert [line.split()[0] for line in refused_sections(answer)] == ["m=audio"]


def test_what_is_not_known_is_refused_in_its_place():
    text = CHROMIUM.replace("m=audio", "m=text 9 RTP/AVP 98\na=mid:t\nm=audio")
    text = text.replace("BUNDLE 0 1 2", "BUNDLE 0 t 1 2")
    answer = answered(text)
    kinds = [line.split()[0] for line in answer.splitlines() if line.startswith("m=")]
    assert kinds == ["m=video", "m=text", "m=audio", "m=application"]
    assert refused_sections(answer) == ["m=text 0 RTP/AVP 98"]
    assert "a=group:BUNDLE 0 1 2" in answer


def test_a_second_picture_is_refused():
    second = CHROMIUM[CHROMIUM.index("m=video") : CHROMIUM.index("m=audio")]
    text = CHROMIUM + second.replace("a=mid:0", "a=mid:9")
    assert len(refused_sections(answered(text))) == 1


def test_a_section_outside_the_bundle_is_refused():
    answer = answered(CHROMIUM.replace("BUNDLE 0 1 2", "BUNDLE 0 2"))
    assert [line.split()[0] for line in refused_sections(answer)] == ["m=audio"]


def test_a_section_the_viewer_gave_up_is_refused_and_a_bundle_only_one_is_not():
    given_up = CHROMIUM.replace("m=audio 9", "m=audio 0")
    assert len(refused_sections(answered(given_up))) == 1
    bundled = given_up.replace("a=mid:1", "a=mid:1\na=bundle-only")
    assert refused_sections(answered(bundled)) == []


def test_messages_before_media_keep_their_place_in_the_answer():
    messages = CHROMIUM[CHROMIUM.index("m=application") :]
    text = CHROMIUM.replace(messages, "").replace("m=video", messages + "m=video", 1)
    offer = read_offer(text)
    assert offer.kinds == ("video", "audio", "application")
    kinds = [line.split()[0] for line in answered(text).splitlines() if line.startswith("m=")]
    assert kinds == ["m=application", "m=video", "m=audio"]


def test_the_playout_delay_is_answered_only_where_it_is_wanted():
    assert PLAYOUT_DELAY not in answered(CHROMIUM)
    assert f"a=extmap:5 {PLAYOUT_DELAY}" in answered(CHROMIUM, has_playout_delay=True)
    assert read_offer(CHROMIUM.replace(PLAYOUT_DELAY, "urn:other")).playout_delay_id == 0


def test_opus_is_answered_with_repair_and_stereo():
    assert "a=fmtp:111 minptime=10;useinbandfec=1;stereo=1" in answered(CHROMIUM)


def test_a_viewer_that_would_send_only_is_refused():
    assert code(CHROMIUM.replace("a=recvonly", "a=sendonly")) in ("bad_sdp", "no_h264")
    assert code(f"v=0\n{AUDIO}a=inactive\n") == "bad_sdp"


@pytest.mark.parametrize(
    "fault",
    [
        "",
        "hello",
        "v=0",
        "v=0\nm=audio",
        "v=0\nm=audio 9 X\n",
        "v=0\n" + AUDIO.replace("a=mid:a", ""),
        "v=0\n" + AUDIO.replace("ice-ufrag:abcd", "ice-ufrag:a"),
        "v=0\n" + AUDIO.replace("a=ice-pwd", "a=ice"),
        "v=0\n" + AUDIO.replace("sha-256", "sha-1"),
        "v=0\n" + AUDIO.replace("a=fingerprint:sha-256 AA:BB", ""),
        "v=0\n" + AUDIO.replace("actpass", "holdconn"),
        "v=0\n" + AUDIO.replace("a=rtcp-mux", ""),
        "v=0\n" + AUDIO.replace("UDP/TLS/RTP/SAVPF", "udp"),
        "v=0\n" + AUDIO * 17,
        "v=0\nno line of a description\n" + AUDIO,
        "\x00\x01\x02",
    ],
)
def test_a_faulty_description_is_told(fault: str):
    assert code(fault) == "bad_sdp"


@pytest.mark.parametrize(
    ("value", "is_usable"),
    [
        ("1 1 udp 2113937151 192.0.2.2 55771 typ host generation 0", True),
        ("1 1 UDP 2113937151 fd00::2 1 typ host", True),
        ("1 1 tcp 2113937151 192.0.2.2 9 typ host tcptype active", False),
        ("1 1 udp 2113937151 f5.local 44191 typ host", False),
        ("1 1 udp 2113937151 192.0.2.2 0 typ host", False),
        ("1 1 udp 2113937151 192.0.2.2 70000 typ host", False),
        ("1 x udp 2113937151 192.0.2.2 7 typ host", False),
        ("1 1 udp 2113937151 192.0.2.2 7", False),
        ("", False),
    ],
)
def test_only_addresses_that_can_be_tried_are_used(value: str, is_usable: bool):  # noqa: FBT001
    assert is_usable_candidate(value) is is_usable


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(LINES) - 1),
            st.sampled_from(("drop", "twice", "cut", "swap", "noise")),
            st.text(max_size=12),
        ),
        max_size=12,
    )
)
def test_a_damaged_offer_is_read_or_told_and_never_more(damage: list[tuple[int, str, str]]):
    lines = list(LINES)
    for place, kind, noise in damage:
        line = lines[place]
        lines[place] = {
            "drop": "",
            "twice": f"{line}\n{line}",
            "cut": line[: len(line) // 2],
            "swap": lines[(place * 7) % len(lines)],
            "noise": line + noise,
        }[kind]
    try:
        offer = read_offer("\n".join(lines))
    except CommandError:
        return
    try:
        SessionDescription.parse(offer.reduced)
    except (ArithmeticError, AssertionError, AttributeError, LookupError, ValueError):
        return
    assert set(offer.kinds) & {"audio", "video"}
