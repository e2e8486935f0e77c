"""Login sessions: on the server's side, ended at once when they must be."""

from hub.store.client import Client
from hub.store.logins import Logins
from hub.store.resp import Word
from hub.store.store import Store
from tests.store.acts import everything, keys_like


async def test_a_cookie_says_who_it_is_until_the_login_ends(store: Store) -> None:
    cookie = await store.logins.open("li")
    name = store.logins.name(cookie)
    assert await store.logins.agent(cookie) == "li"
    assert await store.logins.alive(name)
    for wrong in ("", cookie[:-1], cookie + "x", name):
        assert await store.logins.agent(wrong) is None
    await store.logins.end(name, "li")
    assert await store.logins.agent(cookie) is None
    assert not await store.logins.alive(name)


async def test_the_store_holds_no_cookie(store: Store) -> None:
    cookie = await store.logins.open("li")
    assert not any(cookie.encode() in key + value for key, value in (await everything(store)).items())
    assert await store.logins.open("li") != cookie


async def test_it_ends_by_itself(store: Store) -> None:
    await store.logins.open("li")
    [key] = await keys_like(store, "*:login:*")
    assert 0 < await store.client.do("TTL", key) <= store.logins.life_s


async def test_all_logins_of_one_agent_end_together(store: Store) -> None:
    mine = [await store.logins.open("li") for _ in range(3)]
    other = await store.logins.open("ana")
    assert sorted(await store.logins.end_all("li")) == sorted(store.logins.name(c) for c in mine)
    assert [await store.logins.agent(c) for c in (*mine, other)] == [None, None, None, "ana"]
    assert await store.logins.end_all("li") == []


async def test_is_somebody_still_signed_in_elsewhere(store: Store) -> None:
    first, second = await store.logins.open("li"), await store.logins.open("li")
    await store.logins.end(store.logins.name(first), "li")
    assert await store.logins.several("li")
    # One that ran out is no login any more, though the list still has it.
    await store.client.do("DEL", store.keys.everywhere(f"login:{store.logins.name(second)}"))
    assert not await store.logins.several("li")
    assert await store.client.do("EXISTS", store.keys.everywhere("logins:li")) == 0


async def test_those_that_are_gone(store: Store) -> None:
    names = [store.logins.name(await store.logins.open("li")) for _ in range(3)]
    await store.logins.end(names[0], "li")
    await store.client.do("DEL", store.keys.everywhere(f"login:{names[1]}"))  # as if it had run out
    assert await store.logins.gone([*names, "never was"]) == {names[0], names[1], "never was"}
    assert await store.logins.gone([]) == set()


async def test_only_living_logins_count_as_ended(store: Store) -> None:
    """What `onethread agent add` says must be true."""
    first, second = [store.logins.name(await store.logins.open("li")) for _ in range(2)]
    await store.client.do("DEL", store.keys.everywhere(f"login:{first}"))
    assert await store.logins.end_all("li") == [second]
    assert await store.client.do("EXISTS", store.keys.everywhere("logins:li")) == 0


async def test_a_login_that_is_opened_meanwhile_stays_in_the_list(store: Store) -> None:
    """With the new password: the next change of it must find this one, too."""
    fresh: list[str] = []

    class Overtaken(Client):
        async def do(self, *command: Word) -> object:
            answer = await super().do(*command)
            if command[0] == "SMEMBERS" and not fresh:
                fresh.append(await store.logins.open("li"))
            return answer

    old = await store.logins.open("li")
    overtaken = Logins(Overtaken(store.client._nodes), store.keys, 60)
    assert await overtaken.end_all("li") == [store.logins.name(old)]
    assert await store.logins.agent(fresh[0]) == "li"
    assert await store.logins.several("li")
    assert await store.logins.end_all("li") == [store.logins.name(fresh[0])]
