"""Does who describes themself (SDP, RFC 8866) mean to send anything? Pure."""

_WAYS = {"a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"}


def sends(sdp: str) -> bool:
    """A section with a port, or that comes along with another one, sends unless it says otherwise (RFC 8866, 6.7)."""
    default, *sections = _sections(sdp)
    return any(
        _used(each) and _way(each, _way(default, "a=sendrecv")) in ("a=sendrecv", "a=sendonly") for each in sections
    )


def _sections(sdp: str) -> list[list[str]]:
    """The session's lines, then each section's, which begin with m=."""
    found: list[list[str]] = [[]]
    for line in sdp.splitlines():
        if line.startswith("m="):
            found.append([])
        found[-1].append(line.strip())
    return found


def _used(section: list[str]) -> bool:
    return section[0].split(" ")[1:2] != ["0"] or "a=bundle-only" in section


def _way(lines: list[str], default: str) -> str:
    """Who says two things is taken for the worst."""
    said = [line for line in lines if line in _WAYS]
    if len(set(said)) > 1:
        return "a=sendrecv"
    return said[0] if said else default
