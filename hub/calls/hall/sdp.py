"""Descriptions on their way to Janus, and what its answers say."""

import re

from hub.model.errors import BadDescription


def for_janus(sdp: str) -> str:
    """Without what Janus 1.1.2 stumbles over: of several fingerprints it takes the wrong one, and names of candidates
    (mDNS) it would look up. It needs no candidates at all: parties begin, as with the relay.

    Raises BadDescription without a sha-256 fingerprint.
    """
    lines = [line for line in sdp.splitlines() if not line.startswith("a=candidate:")]
    kept = [line for line in lines if not line.startswith("a=fingerprint:") or _is_sha256(line)]
    if not any(line.startswith("a=fingerprint:") for line in kept):
        raise BadDescription("no sha-256 fingerprint")
    return "\r\n".join(kept) + "\r\n"


def _is_sha256(line: str) -> bool:
    return line.lower().startswith("a=fingerprint:sha-256 ")


def sent(answer: str) -> dict[str, str]:
    """The `mid` of the `voice` and of the `picture` that Janus takes, as its answer says; of several the first."""
    found = {"voice": "", "picture": ""}
    for section in answer.split("\nm=")[1:]:
        mid = re.search(r"^a=mid:(\S+)", section, re.MULTILINE)
        what = {"audio": "voice", "video": "picture"}.get(section.partition(" ")[0], "")
        if mid and what and "\na=recvonly" in section and not found[what]:
            found[what] = mid[1]
    return found
