"""A viewer's SDP offer: what of it is taken, and the answer made whole again. Pure.

The offer is cut down to one video, one audio and one data section with the one codec each that
the program is sent in, before any library reads it; what a browser or an attacker writes beside
that is never parsed further. Sections that are not taken come back with port 0.
"""

import ipaddress
import re
from dataclasses import dataclass, replace
from typing import Final

from node.errors import CommandError
from node.stream import sdp

SECTIONS_MAX: Final = 16
CANDIDATES_MAX: Final = 32
PLAYOUT_DELAY: Final = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
MID: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"
# Constrained baseline first: it is what is sent. The last byte, the level, does not matter.
PROFILES: Final = (
    re.compile(r"42[4-7c-f]0", re.IGNORECASE),
    re.compile(r"42[0-9a-f]0", re.IGNORECASE),
)
TRANSPORT: Final = ("ice-ufrag", "ice-pwd", "ice-options", "ice-lite", "fingerprint", "setup")
DIRECTIONS: Final = ("sendrecv", "recvonly", "sendonly", "inactive")
OPUS_FORMAT: Final = "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1"


@dataclass(frozen=True, slots=True)
class Section:
    """One m-section: its kind, `mid`, all its lines, and the lines kept (empty: not taken)."""

    kind: str
    mid: str
    lines: tuple[str, ...]
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer that can be answered. `playout_delay_id` is 0 when it is not offered."""

    sections: tuple[Section, ...]
    session: tuple[str, ...]
    playout_delay_id: int = 0
    ice_ufrag: str = ""

    @property
    def taken(self) -> list[Section]:
        """The sections taken, media before messages: aiortc closes its own transport else."""
        kept = (section for section in self.sections if section.kept)
        return sorted(kept, key=lambda section: section.kind == "application")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds taken."""
        return tuple(section.kind for section in self.taken)

    @property
    def first_mid(self) -> str:
        """The mid whose transport carries all."""
        return self.taken[0].mid

    @property
    def reduced(self) -> str:
        """The offer cut down to what is taken."""
        lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=-", "t=0 0", *self.session]
        lines.append("a=group:BUNDLE " + " ".join(section.mid for section in self.taken))
        return sdp.text(lines + [line for section in self.taken for line in section.kept])

    def complete(self, answer: str, *, has_playout_delay: bool) -> str:
        """The answer to `reduced` as the answer to the whole offer: a section for each."""
        session, sections = sdp.grouped(_without_long_fingerprints(answer))
        by_mid = {sdp.value_of(lines, "mid"): lines for lines in sections}
        lines = list(session)
        for section in self.sections:
            lines += by_mid[section.mid] if section.kept else _refused(section)
            if section.kept and section.kind == "audio":
                lines.append(f"a=fmtp:{_formats(section.kept)[0]} {OPUS_FORMAT}")
            if section.kept and section.kind == "video" and has_playout_delay:
                lines.append(f"a=extmap:{self.playout_delay_id} {PLAYOUT_DELAY}")
        return sdp.text(lines)


def read_offer(text: str) -> Offer:
    """Read an offer.

    Raises:
        CommandError: "bad_sdp" with the fault's place, or "no_h264".
    """
    session, groups = sdp.grouped(text)
    if not text.startswith("v=0") or not 0 < len(groups) <= SECTIONS_MAX:
        raise sdp.fault(f"expected v=0 and 1 to {SECTIONS_MAX} m-sections, got {len(groups)}")
    transport = tuple(line for line in session if sdp.name_of(line) in TRANSPORT)
    sections: list[Section] = []
    for lines in groups:
        section = Section(lines[0][2:].split()[0], sdp.value_of(lines, "mid"), tuple(lines))
        is_taken = _is_wanted(section, sections, session)
        sections.append(_taken(section, transport) if is_taken else section)
    _check(sections)
    videos = [section for section in sections if section.kept and section.kind == "video"]
    first = next(section for section in sections if section.kept)
    return Offer(
        tuple(sections),
        transport,
        playout_delay_id=_extension_id(videos[0], PLAYOUT_DELAY) if videos else 0,
        ice_ufrag=sdp.value_of(first.kept, "ice-ufrag") or sdp.value_of(transport, "ice-ufrag"),
    )


def is_usable_candidate(value: str) -> bool:
    """Whether a candidate attribute's value names a UDP address that can be tried.

    `.local` names (mDNS) are left out: waiting for their resolution would delay the join, and
    the browser's own checks reveal the address (a peer-reflexive candidate).
    """
    words = value.split()
    if len(words) < 8 or words[2].lower() != "udp" or words[6] != "typ":  # noqa: PLR2004
        return False
    try:
        ipaddress.ip_address(words[4])
        return all(int(words[place]) >= 0 for place in (1, 3)) and 0 < int(words[5]) < 1 << 16
    except ValueError:
        return False


def _is_wanted(section: Section, before: list[Section], session: list[str]) -> bool:
    """Whether a section can be taken: offered, first of its kind, in the bundle, receivable."""
    first = next((other for other in before if other.kept), section)
    bundle = next((line.split()[1:] for line in session if line.startswith("a=group:BUNDLE")), [])
    port = section.lines[0].split()[1:2]
    return (
        (port != ["0"] or "a=bundle-only" in section.lines)
        and section.kind in ("audio", "video", "application")
        and all(other.kind != section.kind for other in before if other.kept)
        and (section is first or {section.mid, first.mid} <= set(bundle))
        and _direction(section.lines, session) in ("sendrecv", "recvonly")
    )


def _taken(section: Section, transport: tuple[str, ...]) -> Section:
    """The section with the lines to keep, or unchanged when it has no usable format."""
    words = section.lines[0][2:].split()
    if section.kind == "application":
        is_usable = "webrtc-datachannel" in words[3:]
        formats, codec = (words[3:4] if is_usable else []), list[str]()
    else:
        formats, codec = _codec(section)
    if not formats:
        return section
    head = f"m={section.kind} 9 {words[2]} {' '.join(formats)}"
    if not re.fullmatch(r"[A-Z/]+", words[2]):
        raise sdp.fault(f"{section.lines[0][:60]}: unknown transport")
    kept = [head, "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}", *_transport(section)]
    if section.kind == "application":
        kept += [
            line for line in section.lines if sdp.name_of(line) in ("sctp-port", "max-message-size")
        ]
    else:
        if "a=rtcp-mux" not in section.lines:
            raise sdp.fault(f"{section.lines[0][:60]}: a=rtcp-mux is missing")
        kept += ["a=recvonly", "a=rtcp-mux", *_mid_extension(section), *codec]
    _check_transport(section, [*transport, *kept])
    return replace(section, kept=tuple(kept))


def _codec(section: Section) -> tuple[list[str], list[str]]:
    """Payload types and lines of the one codec taken, with its RTX; empty when there is none."""
    maps = {pt: name.lower() for pt, name in _pairs(section, "rtpmap")}
    formats = dict(_pairs(section, "fmtp"))
    offered = [pt for pt in _formats(section.lines) if pt in maps and pt.isdigit()]
    if section.kind == "audio":
        opus = [pt for pt in offered if maps[pt] == "opus/48000/2"][:1]
        return opus, [f"a=rtpmap:{pt} opus/48000/2" for pt in opus]
    chosen = _h264([pt for pt in offered if maps[pt] == "h264/90000"], formats)
    if not chosen:
        return [], []
    pt, profile = chosen
    lines = [
        f"a=rtpmap:{pt} H264/90000",
        f"a=fmtp:{pt} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={profile}",
        *(f"a=rtcp-fb:{pt} {kind}" for kind in ("nack", "nack pli") if _has(section, pt, kind)),
    ]
    is_repeat = (x for x in offered if maps[x] == "rtx/90000" and formats.get(x) == f"apt={pt}")
    repeat = next(is_repeat, None)
    if repeat is None:
        return [pt], lines
    return [pt, repeat], [*lines, f"a=rtpmap:{repeat} rtx/90000", f"a=fmtp:{repeat} apt={pt}"]


def _h264(offered: list[str], formats: dict[str, str]) -> tuple[str, str] | None:
    """Payload type and profile of the best H.264: packetization-mode 1, constrained baseline."""
    for profile in PROFILES:
        for pt in offered:
            terms = dict(
                term.strip().partition("=")[::2] for term in formats.get(pt, "").split(";")
            )
            level_id = terms.get("profile-level-id", "42e01f")
            if terms.get("packetization-mode") == "1" and profile.fullmatch(level_id[:4]):
                return pt, level_id[:4].lower() + "1f"
    return None


def _check(sections: list[Section]) -> None:
    """Raise `CommandError` unless there is something to send."""
    videos = [section for section in sections if section.kind == "video"]
    media = [section for section in sections if section.kept and section.kind != "application"]
    if videos and not any(section.kept for section in videos):
        raise CommandError(
            "no_h264",
            "no video section receives H.264 (constrained) baseline with packetization-mode=1",
        )
    if not media:
        raise sdp.fault("no audio or video section that receives and is bundled")
    mids = [section.mid for section in sections]
    if len(set(mids)) < len(mids) or not all(re.fullmatch(r"[!-~]{1,32}", mid) for mid in mids):
        raise sdp.fault("each m-section needs a=mid of its own, 1 to 32 visible characters")


def _check_transport(section: Section, lines: list[str]) -> None:
    place = section.lines[0][:60]
    for name in ("ice-ufrag", "ice-pwd"):
        if not re.fullmatch(r"[!-~]{4,256}", sdp.value_of(lines, name)):
            raise sdp.fault(f"{place}: a={name} is missing or malformed")
    if sdp.value_of(lines, "setup") not in ("actpass", "active", "passive"):
        raise sdp.fault(f"{place}: a=setup:{sdp.value_of(lines, 'setup')} is none of the known")
    prints = [line for line in lines if line.startswith("a=fingerprint:")]
    known = re.compile(r"a=fingerprint:sha-(256|384|512) ([0-9a-f]{2}:)+[0-9a-f]{2}", re.IGNORECASE)
    if not any(known.fullmatch(line.strip()) for line in prints):
        raise sdp.fault(f"{place}: no a=fingerprint by SHA-256, 384 or 512")
    if not all(len(line.split()) == 2 for line in prints):  # noqa: PLR2004
        raise sdp.fault(f"{place}: malformed a=fingerprint")


def _transport(section: Section) -> list[str]:
    lines = [line for line in section.lines if sdp.name_of(line) in TRANSPORT]
    candidates = [line for line in section.lines if sdp.name_of(line) == "candidate"]
    usable = [line for line in candidates if is_usable_candidate(line.partition(":")[2])]
    return lines + usable[:CANDIDATES_MAX]


def _mid_extension(section: Section) -> list[str]:
    identifier = _extension_id(section, MID)
    return [f"a=extmap:{identifier} {MID}"] if identifier else []


def _extension_id(section: Section, uri: str) -> int:
    """The header extension's id, 1..14 (one-byte form), or 0 when it is not offered."""
    for identifier, name in _pairs(section, "extmap"):
        number = identifier.partition("/")[0]
        if name == uri and number.isdigit() and 0 < int(number) < 15:  # noqa: PLR2004
            return int(number)
    return 0


def _direction(lines: tuple[str, ...], session: list[str]) -> str:
    """The section's direction, else the session's, else sendrecv (RFC 8866 §6.7)."""
    found = [line[2:] for line in (*lines, *session) if line[2:] in DIRECTIONS]
    return found[0] if found else "sendrecv"


def _without_long_fingerprints(answer: str) -> str:
    """SHA-256 suffices (RFC 8122 §5); the longer digests are half of an answer's bytes."""
    kept = (x for x in answer.splitlines() if not re.match("a=fingerprint:sha-(384|512)", x))
    return sdp.text(list(kept))


def _refused(section: Section) -> list[str]:
    words = section.lines[0][2:].split()
    return [
        f"m={section.kind} 0 {' '.join(words[2:])}",
        "c=IN IP4 0.0.0.0",
        "a=inactive",
        f"a=mid:{section.mid}",
    ]


def _pairs(section: Section, name: str) -> list[tuple[str, str]]:
    """First word and rest of each attribute of that name."""
    values = [line.partition(":")[2] for line in section.lines if sdp.name_of(line) == name]
    return [(value.partition(" ")[0], value.partition(" ")[2].strip()) for value in values]


def _has(section: Section, pt: str, feedback: str) -> bool:
    return any(key in (pt, "*") and value == feedback for key, value in _pairs(section, "rtcp-fb"))


def _formats(lines: tuple[str, ...]) -> list[str]:
    return lines[0].split()[3:]
