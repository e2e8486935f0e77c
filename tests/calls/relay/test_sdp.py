"""Covers hub/calls/relay/sdp.py: what is read, what is replaced, and that of rubbish comes BadDescription only."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.calls.relay.sdp import MOST_BYTES, Transport, read, translate
from hub.model.errors import BadDescription
from tests.calls.parties import sdp_of

PRINT = ":".join(["AB"] * 32)
OURS = Transport(("203.0.113.5", "2001:db8::5"), 40_000, "ours", "our-password", ":".join(["0F"] * 32))
OFFER = sdp_of("theirs", PRINT, (1111, 2222))
RTX = OFFER + "a=ssrc-group:FID 2222 3333\r\na=ssrc:3333 cname:x\r\n"


def lines(sdp: str, start: str) -> list[str]:
    return [line for line in sdp.split("\r\n") if line.startswith(start)]


def test_what_the_relay_must_know_is_read() -> None:
    described = read(RTX)
    assert (described.ufrag, described.fingerprint) == ("theirs", PRINT)
    assert described.clocks == {1111: 48_000, 2222: 90_000, 3333: 90_000}
    assert described.pictures == (2222,), "neither the audio source nor the retransmissions"


def test_lines_may_end_in_lf() -> None:
    assert read(OFFER.replace("\r\n", "\n")) == read(OFFER)


def test_transport_may_stand_at_the_session() -> None:
    moved = re.sub(r"a=(ice-ufrag|ice-pwd|fingerprint|setup):[^\r]*\r\n", "", OFFER)
    ours = f"a=ice-ufrag:upper\r\na=ice-pwd:{'p' * 22}\r\na=fingerprint:sha-256 {PRINT.lower()}\r\na=group:BUNDLE 0 1"
    described = read(moved.replace("a=group:BUNDLE 0 1", ours))
    assert (described.ufrag, described.fingerprint) == ("upper", PRINT)


@pytest.mark.parametrize("kind", ["offer", "answer"])
def test_only_the_transport_is_replaced(kind: str) -> None:
    out = translate(RTX, OURS, kind)  # type: ignore[arg-type]
    assert lines(out, "a=candidate:") == 2 * [
        "a=candidate:1 1 udp 2130706431 203.0.113.5 40000 typ host",
        "a=candidate:2 1 udp 2130706175 2001:db8::5 40000 typ host",
    ]
    assert set(lines(out, "a=fingerprint:")) == {f"a=fingerprint:sha-256 {OURS.fingerprint}"}
    assert set(lines(out, "a=ice-")) == {"a=ice-lite", "a=ice-ufrag:ours", "a=ice-pwd:our-password"}
    assert set(lines(out, "a=setup:")) == {"a=setup:actpass" if kind == "offer" else "a=setup:passive"}
    assert set(lines(out, "c=")) == {"c=IN IP4 203.0.113.5"}
    assert "192.168.77.5" not in out, "nobody learns the other's address"
    kept = ("a=ssrc", "a=rtpmap:", "a=mid:", "a=rtcp-mux", "a=group:", "a=sendrecv", "s=", "t=")
    for start in kept:
        assert lines(out, start) == lines(RTX, start)
    assert [line.split(" ")[1] for line in lines(out, "m=")] == ["40000", "40000"]


def test_lines_stand_in_the_order_of_the_standard() -> None:
    out = translate(OFFER, OURS, "offer").split("\r\n")
    start = next(n for n, line in enumerate(out) if line.startswith("m=audio"))
    assert [line[:2] for line in out[start : start + 3]] == ["m=", "c=", "a="]


def test_what_was_translated_can_be_read_again() -> None:
    """By a party: for the relay itself it would be no use, being ICE-lite."""
    out = translate(OFFER, OURS, "offer").replace("a=ice-lite\r\n", "")
    described = read(out)
    assert (described.ufrag, described.clocks) == ("ours", read(OFFER).clocks)


def test_an_ipv6_address_is_named_as_one() -> None:
    six = Transport(("2001:db8::5",), 1, "u", "p", PRINT)
    assert set(lines(translate(OFFER, six, "answer"), "c=")) == {"c=IN IP6 2001:db8::5"}


def test_a_section_that_was_refused_stays_refused() -> None:
    refused = OFFER.replace("m=video 9", "m=video 0").replace("BUNDLE 0 1", "BUNDLE 0")
    assert read(refused).pictures == ()
    out = translate(refused, OURS, "answer")
    assert lines(out, "m=video") == ["m=video 0 UDP/TLS/RTP/SAVPF 96"]
    assert len(lines(out, "a=candidate:")) == len(OURS.addresses)


def test_a_section_that_only_comes_along_is_used() -> None:
    along = OFFER.replace("m=video 9", "m=video 0").replace("a=mid:1", "a=mid:1\r\na=bundle-only")
    assert read(along).pictures == (2222,)


WRONG = {
    "v=0 does not stand first": OFFER.removeprefix("v=0\r\n"),
    "a line that is none": OFFER + "rubbish\r\n",
    "too long": OFFER + "a=x:" + "x" * MOST_BYTES,
    "no media": OFFER.partition("m=")[0],
    "media other than audio and video": OFFER.replace("m=video", "m=application"),
    "a protocol other than UDP/TLS/RTP/SAVPF": OFFER.replace("9 UDP/TLS/RTP/SAVPF 96", "9 RTP/AVP 96"),
    "rtcp-mux is missing": OFFER.replace("a=rtcp-mux\r\n", "", 1),
    "BUNDLE is missing, or not of everything": OFFER.replace("BUNDLE 0 1", "BUNDLE 0"),
    "ice-ufrag": OFFER.replace("theirs", "th"),
    "ice-pwd": re.sub(r"a=ice-pwd:[^\r]*\r\n", "", OFFER),
    "no sha-256 fingerprint": OFFER.replace("sha-256", "sha-1"),
    "setup: the relay is the passive side itself": OFFER.replace("actpass", "passive", 1),
    "ice-lite: the relay is that side itself": OFFER.replace("a=group", "a=ice-lite\r\na=group"),
}


@pytest.mark.parametrize("why", WRONG)
def test_the_error_names_what_is_wrong(why: str) -> None:
    for use in (read, lambda sdp: translate(sdp, OURS, "offer")):
        with pytest.raises(BadDescription) as refused:
            use(WRONG[why])
        assert refused.value.detail == why


@given(st.text(max_size=400))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(BadDescription):
        read(text)


LINES = RTX.split("\r\n")
STRANGE = st.sampled_from(
    [*LINES, "m=audio 0 UDP/TLS/RTP/SAVPF 0", "a=ssrc:99999999999 x", "a=ssrc-group:FID", "c=", "a="]
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["drop", "put", "cut", "swap"]), st.integers(0, 200), st.integers(0, 60), STRANGE),
        min_size=1,
        max_size=6,
    )
)
def test_a_damaged_description_is_refused_or_has_our_transport_only(damage: list[tuple[str, int, int, str]]) -> None:
    damaged = list(LINES)
    for how, where, size, line in damage:
        at = where % len(damaged)
        match how:
            case "drop":
                damaged[at : at + 1] = [line] if len(damaged) == 1 else []
            case "put":
                damaged.insert(at, line)
            case "cut":
                damaged[at] = damaged[at][:size]
            case "swap":
                damaged[at] = "".join(reversed(damaged[at]))
    try:
        out = translate("\r\n".join(damaged), OURS, "offer")
    except BadDescription:
        return
    assert {line.split(" ")[4] for line in lines(out, "a=candidate:")} == set(OURS.addresses)
    assert set(lines(out, "a=ice-ufrag:")) == {"a=ice-ufrag:ours"}
    assert set(lines(out, "a=fingerprint:")) == {f"a=fingerprint:sha-256 {OURS.fingerprint}"}
    assert not lines(out, "a=rtcp:")
