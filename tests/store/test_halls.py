"""Covers hub/store/halls.py: one hall a call whoever comes first, and a party's session for whichever process."""

from hub.store.halls import Hall, Line, Seated
from hub.store.store import Store

SEATED = Seated(
    pc="page",
    place="p1",
    session=2**52,
    sending=2,
    receiving=3,
    feed=4,
    private=5,
    lines=(Line(mid="0", feed=9, kind="audio"),),
)


async def test_two_that_come_at_once_share_a_hall(store: Store) -> None:
    first, second = Hall(number=1, secret="a", pin="b"), Hall(number=2, secret="c", pin="d")
    assert await store.halls.of("call") is None
    assert await store.halls.settle("call", first) == first
    assert await store.halls.settle("call", second) == first
    await store.halls.forget("call")
    assert await store.halls.of("call") is None


async def test_a_session_is_found_again_until_its_party_leaves(store: Store) -> None:
    await store.halls.seat("call", "agent:li", SEATED)
    assert await store.halls.seated("call", "agent:li") == SEATED
    assert await store.halls.seated("call", "customer") is None
    await store.halls.leave("call", "agent:li")
    assert await store.halls.seated("call", "agent:li") is None


async def test_all_who_sit_in_a_hall_are_found(store: Store) -> None:
    sends = SEATED.model_copy(update={"voice": "0", "picture": "1"})
    await store.halls.seat("call", "agent:li", SEATED)
    await store.halls.seat("call", "customer", sends)
    await store.client.do("HSET", store.halls._key("call", "seated"), "guest:7", '{"pc": "page"}')
    assert await store.halls.all_seated("call") == {"agent:li": SEATED, "customer": sends}
    assert await store.halls.all_seated("another") == {}


def test_a_place_is_a_page_s_and_of_one_mode() -> None:
    whispers = SEATED.model_copy(update={"mode": "whisper"})
    assert SEATED.is_of("page", "full")
    assert not SEATED.is_of("another page", "full")
    assert not SEATED.is_of("page", "whisper")
    assert whispers.is_of("page", "whisper")
    assert not whispers.is_of("page", "listen")


async def test_what_another_version_wrote_is_nobodys(store: Store) -> None:
    await store.client.do("HSET", store.halls._key("call", "seated"), "customer", '{"pc": "page"}')
    assert await store.halls.seated("call", "customer") is None
