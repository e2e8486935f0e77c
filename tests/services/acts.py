"""One process of the hub as far as its services go, a clock that stands, and the acts that stories are made of."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from hub.model import call_commands as cc
from hub.model import commands as c
from hub.model.conversation import Conversation
from hub.model.dues import Policy
from hub.model.errors import OneThreadError
from hub.model.identity import Identity
from hub.model.ids import ulid
from hub.model.party import BOT, SYSTEM, Party, PartyKind
from hub.options import store_options
from hub.services.conversations import Conversations, OnEnded, uncounted
from hub.services.round import Done
from hub.settings import Settings
from hub.store.logs import Logs
from hub.store.store import Store, open_store
from tests.model.story import ANA, LI, POLICY, T0, account, device, email, held_by, queue, text
from tests.store.acts import PATIENCE_S, until

__all__ = [
    "ANA",
    "BOT",
    "LI",
    "PATIENCE_S",
    "POLICY",
    "SYSTEM",
    "T0",
    "Clock",
    "Ear",
    "Process",
    "a_process",
    "account",
    "customer",
    "device",
    "email",
    "fresh",
    "held_by",
    "queue",
    "running",
    "text",
    "true",
    "until",
]


class Clock:
    """It stands until a test moves it."""

    def __init__(self) -> None:
        self.at = T0

    def __call__(self) -> int:
        return self.at

    def skip(self, ms: int) -> None:
        self.at += ms


def fresh() -> str:
    return ulid(T0, secrets.token_bytes(10))


def customer(id: str) -> Party:
    return Party(kind=PartyKind.CUSTOMER, id=id)


async def true(condition: Callable[[], bool]) -> None:
    """Returns when a condition of this process has become true."""

    async def asked() -> bool:
        return condition()

    await until(asked)


@asynccontextmanager
async def running(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Something that goes on until cancelled, for as long as the block lasts. Its failure is the test's."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in work]
        yield
        for task in tasks:
            task.cancel()


@dataclass
class Process:
    store: Store
    clock: Clock
    tasks: asyncio.TaskGroup
    conversations: Conversations
    appended: list[tuple[str, list[tuple[int, str, bytes]]]] = field(default_factory=list)

    async def ask(self, conversation: str, command: c.Command, by: Party = SYSTEM, id: str = "") -> Done:
        return await self.conversations.ask(conversation, command, by, id or fresh(), "web")

    async def say(self, conversation: str, words: str = "hello", id: str = "") -> Done:
        """The customer says something."""
        return await self.ask(conversation, c.PostMessage(text(words)), customer(conversation), id)

    async def arrive(self, conversation: str, *identities: Identity, name: str = "") -> Done:
        return await self.ask(conversation, c.Arrive(identities, name, "en"), customer(conversation))

    async def to_queue(self, conversation: str, team: str = "") -> Conversation:
        """The customer asks, and is given to people."""
        await self.say(conversation)
        await self.ask(conversation, c.Assign(queue(team)))
        return await self.conversations.newest(conversation)

    async def to_agent(self, conversation: str, agent: Party = LI) -> Conversation:
        await self.say(conversation)
        await self.ask(conversation, c.Assign(held_by(agent)), agent)
        return await self.conversations.newest(conversation)

    async def reserve(self, conversation: str, agent: Party = LI) -> Conversation:
        it = await self.to_queue(conversation)
        until_ms = self.clock() + POLICY.reservation_ms
        await self.ask(conversation, c.Reserve(agent.id, agent.name, until_ms, it.desk.tenure))
        return await self.conversations.newest(conversation)

    async def log(self, conversation: str) -> list[dict[str, Any]]:
        """Every entry, as staff see it."""
        return [json.loads(e.frame) for e in await self.store.logs.after(conversation, 0)]

    async def types(self, conversation: str) -> list[str]:
        return [e["type"] for e in await self.log(conversation)]


@asynccontextmanager
async def a_process(
    settings: Settings,
    clock: Clock,
    *,
    patience_s: float = 2.0,
    keep: int = 4_096,
    logs: Callable[[Logs], Any] = lambda logs: logs,
    policy: Policy = POLICY,
    ended: OnEnded = uncounted,
) -> AsyncIterator[Process]:
    """Another process would have a store of its own: so has this one."""
    appended: list[tuple[str, list[tuple[int, str, bytes]]]] = []

    def note(conversation: str, entries: list[tuple[int, str, bytes]]) -> None:
        appended.append((conversation, entries))

    async with open_store(store_options(settings)) as store, asyncio.TaskGroup() as tasks:
        conversations = Conversations(
            store.committer, logs(store.logs), policy, clock, note, tasks, patience_s=patience_s, keep=keep, ended=ended
        )
        yield Process(store, clock, tasks, conversations, appended)


class Ear:
    """A connection, as fan-out and inbox see it."""

    def __init__(self, id: str = "ear", *, staff: bool = False, agent: str = "") -> None:
        self.id, self.staff, self.agent = id, staff, agent
        self.frames: list[bytes] = []
        self.whispered: list[bytes] = []
        self.pages = 0
        self.closed: list[str] = []

    def deliver(self, frame: bytes) -> None:
        self.frames.append(frame)

    def deliver_ephemeral(self, frame: bytes) -> None:
        self.whispered.append(frame)

    async def drained(self) -> None:
        self.pages += 1

    def close(self, problem: OneThreadError) -> None:
        self.closed.append(problem.code)

    @property
    def seqs(self) -> list[int]:
        """Of the events, in the order they came."""
        return [f["seq"] for f in map(json.loads, self.frames) if f["t"] == "event"]


async def talking(process: Process, *experts: Party) -> str:
    """A video call of 王丽 and Li, and of whom they ask in: with two of them it is in a room."""
    await process.to_agent("wang")
    await process.ask("wang", cc.RequestCall("video"), customer("wang"))
    it = await process.conversations.newest("wang")
    assert it.call
    await process.ask("wang", cc.AcceptCall(it.call.id), LI)
    for expert in experts:
        await process.ask("wang", cc.InviteToCall(it.call.id, expert.id, expert.name), LI)
        await process.ask("wang", cc.AcceptCall(it.call.id), expert)
    return it.call.id


async def agreed(process: Process, *experts: Party) -> str:
    """The same, and all agree to a recording."""
    call = await talking(process, *experts)
    await process.ask("wang", cc.RequestConsent(call, "v1"), LI)
    for party in (customer("wang"), *experts):
        await process.ask("wang", cc.GrantConsent(call, "v1"), party)
    return call
