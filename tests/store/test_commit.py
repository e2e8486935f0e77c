"""A commit's command, read back as a server reads it. What the script makes of it: test_commits.py."""

import hiredis
from hypothesis import given
from hypothesis import strategies as st

from hub.model.effects import Job
from hub.store.commit import ADDRESSED, SHA, Commit, address, packed
from hub.store.keys import Keys

ADDRESS = address(Keys("hub", 1), "wang", "e1", 3)
KEYS = [f"hub:{{00}}:{name}".encode() for name in ("c:wang", "log:wang", "feed", "todo", "due", "outbox")]


def words(commit: Commit) -> list[bytes]:
    """One array of bulk strings, and nothing behind it."""
    reader = hiredis.Reader()
    reader.feed(packed(commit, ADDRESS))
    found: list[bytes] = reader.gets()
    assert reader.gets() is False
    assert all(type(word) is bytes for word in found)
    return found


def test_it_begins_with_whose_log_it_is() -> None:
    told = words(Commit("wang", 4, "e1", 3, 3, {"c01": 5}, [(5, "e", b"{}")], [5]))
    assert told[:ADDRESSED] == [b"EVALSHA", SHA.encode(), b"6", *KEYS, b"hub:{00}:", b"wang", b"e1", b"3"]
    assert told[ADDRESSED:] == [b"4", b"1", b"1", b"4", b"r:c01", b"5", b"e", b"{}", b"1", b"seq", b"5", b"r:c01", b"5"]


def test_what_is_seldom_comes_last() -> None:
    job = Job("j1", "crm.session", "crm:wang", {"session": 1})
    rare = {"snapshot": b"{}", "place": "queue", "score": -7, "dues": [("bot", 0)], "jobs": [job]}
    told = words(Commit("wang", 4, "e1", 3, 4, {}, [(5, "s", b"{}")], **rare))  # type: ignore[arg-type]
    gains = [b"seq", b"5", b"epoch", b"e1", b"tenure", b"4", b"snap", b"{}", b"place", b"queue"]
    body = b'{"kind":"crm.session","conversation":"wang","payload":{"session":1}}'
    more = [b"queue", b"-7", b"1", b"bot", b"0", b"1", b"j1", b"crm:wang", body]
    assert told[ADDRESSED:] == [b"4", b"0", b"1", b"10", b"5", b"s", b"{}", b"", *gains, *more]


@given(
    st.integers(0, 5_000),
    st.dictionaries(st.text(max_size=5), st.sampled_from([0, 1]), max_size=4),
    st.lists(st.tuples(st.sampled_from("es"), st.binary(max_size=5_000), st.booleans()), max_size=4),
    st.binary(max_size=9),
    st.none() | st.text(max_size=9),
)
def test_whatever_stands_in_it_each_word_is_found(
    expected: int,
    refs: dict[str, int],
    said: list[tuple[str, bytes, bool]],
    snapshot: bytes,
    place: str | None,
) -> None:
    entries = [(expected + n, audience, frame) for n, (audience, frame, _) in enumerate(said, 1)]
    todo = [seq for (seq, _, _), (_, _, react) in zip(entries, said, strict=True) if react]
    told = words(Commit("wang", expected, "e1", 3, 3, refs, entries, todo, snapshot, place))
    at = ADDRESSED + 4 + len(refs)
    for n, (seq, audience, frame) in enumerate(entries):
        react = b"1" if seq in todo else b""
        assert told[at + 4 * n : at + 4 * n + 4] == [b"%d" % seq, audience.encode(), frame, react]
    assert [int(count) for count in told[at - 3 - len(refs) : at - 1 - len(refs)]] == [len(refs), len(entries)]
    gains = at + 4 * len(entries)
    gained = told[gains : gains + int(told[ADDRESSED + 3])]
    pairs = dict(zip(gained[::2], gained[1::2], strict=True))
    assert pairs[b"seq"] == b"%d" % (expected + len(entries))
    assert {name for name in pairs if name.startswith(b"r:")} == {f"r:{ref}".encode() for ref in refs if refs[ref]}
    assert pairs.get(b"snap", b"") == snapshot
    assert pairs.get(b"place") == (None if place is None else place.encode())
    assert told[gains + len(gained) :] == ([] if place is None else [place.encode(), b"0", b"0", b"0"])
