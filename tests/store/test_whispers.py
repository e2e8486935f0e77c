"""Whispers reach who listens now, on every node."""

import asyncio

from hub.store.store import Store
from hub.store.whispers import Whisper
from tests.store.acts import until


async def test_everybody_who_listens_hears_it(store: Store) -> None:
    heard: dict[str, list[Whisper]] = {"one": [], "other": []}

    async def hear(node: str) -> None:
        async for whisper in store.whispers.hear():
            heard[node].append(whisper)

    nodes = [asyncio.ensure_future(hear(node)) for node in heard]
    channel = store.keys.everywhere("whispers")

    async def listening() -> bool:
        told = await store.client.each("PUBSUB", "NUMSUB", channel)
        return sum(count for _, count in told) == 2

    await until(listening)
    typing = Whisper(kind="frame", conversation="wang", staff=True, but="x", frame='{"t":"typing","who":"王"}')
    await store.whispers.say(typing)
    for strange in ('{"kind":"of a newer hub"}', "no json", ""):
        await store.client.do("PUBLISH", channel, strange)  # a newer node's whisper ended the whole process
    gone = Whisper(kind="revoked", subject="login")
    await store.whispers.say(gone)

    async def all_heard() -> bool:
        return all(len(whispers) == 2 for whispers in heard.values())

    await until(all_heard)
    assert heard == {"one": [typing, gone], "other": [typing, gone]}
    for node in nodes:
        node.cancel()
    await asyncio.wait(nodes)
