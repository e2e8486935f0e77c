"""Two processes at one conversation: who comes first wins, the other is refused by name, nothing happens twice."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hub.model.commands import (
    AcceptReservation,
    Arrive,
    Assign,
    BotTurn,
    Brief,
    PostMessage,
    RequestHandoff,
    Reserve,
)
from hub.model.content import TextContent
from hub.model.dues import Policy
from hub.model.errors import NotReservedForYou, OneThreadError, StaleTenure
from hub.model.owner import Owner, OwnerKind
from hub.model.party import BOT, SYSTEM, Party, PartyKind
from hub.options import store_options
from hub.parts import nobody, now_ms
from hub.services.conversations import Conversations
from hub.services.round import Done
from hub.settings import Settings
from hub.store.store import Store, open_store
from tests.running import fresh_id

RACES = 1_000
LIMING = Party(kind=PartyKind.AGENT, id="liming", name="李明")
ANNA = Party(kind=PartyKind.AGENT, id="anna", name="Anna")


def customer(conversation: str) -> Party:
    return Party(kind=PartyKind.CUSTOMER, id=conversation)


@asynccontextmanager
async def process(settings: Settings, tasks: asyncio.TaskGroup) -> AsyncIterator[tuple[Conversations, Store]]:
    """What one process has: its own connections and its own idea of each conversation."""
    async with open_store(store_options(settings)) as store:
        yield Conversations(store.committer, store.logs, Policy(), now_ms, nobody, tasks, 8.0), store


async def queued(conversations: Conversations) -> str:
    """A conversation that waits for a person, under tenure 2."""
    conversation = "c" + secrets.token_hex(6)
    by = customer(conversation)
    await conversations.ask(conversation, Arrive(()), by, fresh_id())
    await conversations.ask(conversation, RequestHandoff(), by, fresh_id())
    brief = BotTurn(1, 3, brief=Brief("asked", "", "", (), ""))
    await conversations.ask(conversation, brief, BOT, fresh_id())
    return conversation


async def accept(conversations: Conversations, conversation: str, by: Party) -> Done | OneThreadError:
    try:
        return await conversations.ask(conversation, AcceptReservation(), by, fresh_id())
    except OneThreadError as refusal:
        return refusal


async def take(conversations: Conversations, conversation: str, by: Party) -> Done | OneThreadError:
    me = Owner(kind=OwnerKind.AGENT, id=by.id, name=by.name)
    try:
        return await conversations.ask(conversation, Assign(me, tenure=2), by, fresh_id())
    except OneThreadError as refusal:
        return refusal


@pytest.mark.parametrize("way", [accept, take])
async def test_two_agents_at_once_a_thousand_times_exactly_one_wins(settings: Settings, way: object) -> None:
    """By accepting (李明's reservation, on two devices and by Anna), and by taking it from the queue."""
    asyncio.get_running_loop().set_debug(False)  # which makes each of some 20,000 steps three times as slow
    async with (
        asyncio.TaskGroup() as tasks,
        process(settings, tasks) as (one, store),
        process(settings, tasks) as (two, _),
    ):

        async def race(n: int) -> None:
            conversation = await queued(one)
            if way is accept:
                await one.ask(conversation, Reserve("liming", "李明", now_ms() + 60_000, 2), SYSTEM, fresh_id())
                tries = [accept(one, conversation, LIMING), accept(two, conversation, LIMING)]
                tries.append(accept(two, conversation, ANNA))
            else:
                tries = [take(one, conversation, LIMING), take(two, conversation, ANNA)]
            answers = await asyncio.gather(*(tries if n % 2 else reversed(tries)))
            won = [a for a in answers if isinstance(a, Done)]
            lost = [a for a in answers if isinstance(a, OneThreadError)]
            assert len(won) == 1, answers
            assert all(isinstance(a, NotReservedForYou | StaleTenure) for a in lost)
            it = await store.logs.load(conversation)
            assert it.desk.owner.kind is OwnerKind.AGENT
            assert it.desk.tenure == 3, "it changed hands once"

        at_once = asyncio.Semaphore(50)

        async def one_of_many(n: int) -> None:
            async with at_once:
                await race(n)

        await asyncio.gather(*(one_of_many(n) for n in range(RACES)))


async def test_an_answer_prepared_before_a_handover_is_refused(settings: Settings) -> None:
    """The bot thought in one process while a person took over in another."""
    async with (
        asyncio.TaskGroup() as tasks,
        process(settings, tasks) as (bots, store),
        process(settings, tasks) as (desks, _),
    ):
        by = customer("w")
        await bots.ask("w", Arrive(()), by, fresh_id())
        asked = await bots.ask("w", PostMessage(TextContent(text="where is it")), by, fresh_id())
        tenure = (await bots.state("w")).desk.tenure
        await desks.ask("w", Assign(Owner(kind=OwnerKind.AGENT, id="liming")), LIMING, fresh_id())
        late = BotTurn(tenure, asked.seq, (TextContent(text="too late"),))
        with pytest.raises(StaleTenure):
            await bots.ask("w", late, BOT, fresh_id())
        log = await store.logs.after("w", 0)
        assert not any(b"too late" in entry.frame for entry in log)


async def test_one_message_id_three_times_over_two_processes_is_one_event(settings: Settings) -> None:
    async with (
        asyncio.TaskGroup() as tasks,
        process(settings, tasks) as (one, store),
        process(settings, tasks) as (two, _),
    ):
        by, ref = customer("w"), fresh_id()
        await one.ask("w", Arrive(()), by, fresh_id())
        said = PostMessage(TextContent(text="once"))
        answers = await asyncio.gather(*(p.ask("w", said, by, ref) for p in (one, two, one)))
        assert len({a.seq for a in answers}) == 1
        assert sorted(a.dup for a in answers) == [False, True, True]
        log = await store.logs.after("w", 0)
        assert sum(b'"text":"once"' in entry.frame for entry in log) == 1
