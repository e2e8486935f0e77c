"""Descriptions (SDP, RFC 8866; JSEP, RFC 8829): read what the relay must know, and put its transport in. Pure.

Everything else goes through untouched: codecs, SSRCs, header extensions and feedback are the parties' own affair.
"""

import re
from typing import Literal

from hub.model.directions import sends
from hub.model.errors import BadDescription
from hub.model.frozen import frozen

MOST_BYTES = 64 * 1024
MOST_SOURCES = 16
PROTOCOL = "UDP/TLS/RTP/SAVPF"
# What says where and with which keys to send: ours replaces it, or nothing does.
TRANSPORT = (
    "a=ice-",
    "a=candidate:",
    "a=end-of-candidates",
    "a=remote-candidates:",
    "a=fingerprint:",
    "a=setup:",
    "a=tls-id:",
    "a=rtcp:",
    "a=crypto:",
)
_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_FINGERPRINT = re.compile(r"(?i)sha-256 ([0-9A-F]{2}(?::[0-9A-F]{2}){31})")
_MEDIA = re.compile(r"m=(audio|video) ([0-9]{1,5}) (\S+)((?: [0-9]{1,3})+)")
_SOURCE = re.compile(r"a=ssrc:([0-9]{1,10})(?: |$)")
_CLOCK = re.compile(r"a=rtpmap:[0-9]{1,3} [^/\s]+/([0-9]{1,6})")


@frozen
class Transport:
    """Where the relay awaits one party: IP addresses, best first, one port, and the leg's own credentials."""

    addresses: tuple[str, ...]
    port: int
    ufrag: str
    password: str
    fingerprint: str


@frozen
class Description:
    """What the relay must know of a party. `clocks`: the RTP clock, in Hz, of each source that it announces.

    `pictures`: those of its sources that send video, without their retransmissions. `sends`: does it mean to send any?
    """

    ufrag: str
    fingerprint: str
    clocks: dict[int, int]
    pictures: tuple[int, ...]
    sends: bool


@frozen
class _Section:
    """An m= line and what belongs to it."""

    media: str
    lines: list[str]

    def values(self, name: str) -> list[str]:
        return _values(self.lines, name)

    @property
    def used(self) -> bool:
        """A port of 0 says no, unless the section comes along with another one."""
        return self.media.split(" ")[1] != "0" or "a=bundle-only" in self.lines


def _values(lines: list[str], name: str) -> list[str]:
    start = f"a={name}:"
    return [line[len(start) :].strip() for line in lines if line.startswith(start)]


def read(sdp: str) -> Description:
    """Raises BadDescription for what the relay can't serve; it says what is missing."""
    session, sections = _parts(sdp)
    used = [section for section in sections if section.used]
    if not used:
        raise BadDescription("no media")
    _check_bundle(session, used)
    if "a=ice-lite" in session:
        raise BadDescription("ice-lite: the relay is that side itself")
    places = [used[0].lines, session]  # of a bundle, the first section's transport counts
    if any("passive" in _values(place, "setup") for place in [session, *(section.lines for section in used)]):
        raise BadDescription("setup: the relay is the passive side itself")
    ufrag = _first(places, "ice-ufrag")
    if not _UFRAG.fullmatch(ufrag):
        raise BadDescription("ice-ufrag")
    if not _first(places, "ice-pwd"):
        raise BadDescription("ice-pwd")
    return Description(ufrag, _fingerprint(places), _clocks(used), _pictures(used), sends(sdp))


def translate(sdp: str, transport: Transport, kind: Literal["offer", "answer"]) -> str:
    """The same media, to be sent to `transport`. Raises BadDescription as `read` does."""
    read(sdp)
    session, sections = _parts(sdp)
    # Whoever gets an offer of ours connects to us, also when it could wait; an answer says that we do wait.
    setup = "actpass" if kind == "offer" else "passive"
    out = [_nowhere(line) for line in session if not line.startswith(("c=", *TRANSPORT))]
    out.append("a=ice-lite")
    for section in sections:
        out += _rewritten(section, transport, setup)
    return "\r\n".join(out) + "\r\n"


def _parts(sdp: str) -> tuple[list[str], list[_Section]]:
    """The session's lines, and each section's."""
    if len(sdp) > MOST_BYTES:
        raise BadDescription("too long")
    lines = [line for line in re.split("\r\n|\n", sdp) if line]
    if not lines or lines[0] != "v=0":
        raise BadDescription("v=0 does not stand first")
    session: list[str] = []
    sections: list[_Section] = []
    for line in lines:
        if not re.fullmatch(r"[a-z]=[^\x00-\x1f\x7f]*", line):
            raise BadDescription("a line that is none")
        if line.startswith("m="):
            sections.append(_Section(_checked(line), []))
        else:
            (sections[-1].lines if sections else session).append(line)
    return session, sections


def _checked(media: str) -> str:
    match = _MEDIA.fullmatch(media)
    if not match or int(match[2]) > 65_535:
        raise BadDescription("media other than audio and video")
    if match[3] != PROTOCOL:
        raise BadDescription(f"a protocol other than {PROTOCOL}")
    return media


def _check_bundle(session: list[str], used: list[_Section]) -> None:
    """Everything that a party sends comes from one address, RTCP too."""
    if any("a=rtcp-mux" not in section.lines for section in used):
        raise BadDescription("rtcp-mux is missing")
    groups = [set(group.split(" ")[1:]) for group in _values(session, "group") if group.startswith("BUNDLE ")]
    mids = [mid for section in used for mid in section.values("mid")[:1]]
    if len(mids) != len(used) or not any(set(mids) <= group for group in groups):
        raise BadDescription("BUNDLE is missing, or not of everything")


def _first(places: list[list[str]], name: str) -> str:
    return next((value for place in places for value in _values(place, name)), "")


def _fingerprint(places: list[list[str]]) -> str:
    for place in places:
        for value in _values(place, "fingerprint"):
            if match := _FINGERPRINT.fullmatch(value):
                return match[1].upper()
    raise BadDescription("no sha-256 fingerprint")


def _sources(section: _Section) -> list[int]:
    found = [int(match[1]) for line in section.lines if (match := _SOURCE.match(line))]
    return [source for source in dict.fromkeys(found) if source < 1 << 32][:MOST_SOURCES]


def _clocks(used: list[_Section]) -> dict[int, int]:
    clocks: dict[int, int] = {}
    for section in used:
        rate = next((int(match[1]) for line in section.lines if (match := _CLOCK.match(line))), 0)
        clocks |= dict.fromkeys(_sources(section), rate) if rate else {}
    return clocks


def _pictures(used: list[_Section]) -> tuple[int, ...]:
    found: list[int] = []
    for section in used:
        if section.media.startswith("m=video "):
            groups = [group.split(" ") for group in section.values("ssrc-group")]
            repeats = {source for group in groups if group[0] == "FID" for source in group[2:]}
            found += [source for source in _sources(section) if str(source) not in repeats]
    return tuple(found[:MOST_SOURCES])


def _nowhere(line: str) -> str:
    """The origin's address is the party's; nobody needs it."""
    return re.sub(r" IN IP[46] \S+$", " IN IP4 0.0.0.0", line) if line.startswith("o=") else line


def _rewritten(section: _Section, transport: Transport, setup: str) -> list[str]:
    kept = [line for line in section.lines if not line.startswith(("c=", *TRANSPORT))]
    titles = [line for line in kept if line.startswith("i=")]
    attributes = [line for line in kept if line.startswith("a=")]
    others = [line for line in kept if line not in titles and line not in attributes]
    kind, port, rest = section.media.split(" ", 2)
    media = f"{kind} {port if port == '0' else transport.port} {rest}"
    ours = _ours(transport, setup) if section.used else []
    return [media, *titles, f"c={_in(transport.addresses[0])}", *others, *ours, *attributes]


def _ours(transport: Transport, setup: str) -> list[str]:
    candidates = [
        f"a=candidate:{n + 1} 1 udp {_priority(n)} {address} {transport.port} typ host"
        for n, address in enumerate(transport.addresses)
    ]
    return [
        f"a=ice-ufrag:{transport.ufrag}",
        f"a=ice-pwd:{transport.password}",
        f"a=fingerprint:sha-256 {transport.fingerprint}",
        f"a=setup:{setup}",
        *candidates,
        "a=end-of-candidates",
    ]


def _in(address: str) -> str:
    return f"IN IP{6 if ':' in address else 4} {address}"


def _priority(place: int) -> int:
    """Of a host candidate (RFC 8445, 5.1.2.1): 2130706431 for the best one."""
    return (126 << 24) | ((65_535 - place) << 8) | 255
