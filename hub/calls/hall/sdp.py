"""Descriptions on their way to Janus."""

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
