"""Who is at the door: proofs open one's own thread and no other, merges are told in both logs, and can be undone."""

import asyncio
from contextlib import suppress
from itertools import pairwise

import pytest

from hub.model import commands as c
from hub.model.codec import decode
from hub.model.conversation import Conversation
from hub.model.errors import Gone, MergeRefused
from hub.model.events import CustomerMerged, CustomerUnmerged, Event, Logged
from hub.model.identity import Identity, IdentityKind, Proof
from hub.model.ids import derived
from hub.model.owner import NOBODY
from hub.services.customers import Customers, customer_party
from hub.services.reactions import Reactions
from tests.services.acts import ANA, LI, SYSTEM, Process, account, email, fresh, held_by, running, text, until

WANG, LIU = account("wang"), account("liu")


def device(name: str) -> Identity:
    """What a device secret proves: this device's own thread, nothing else."""
    return Identity(kind=IdentityKind.VISITOR, value=name)


def signed(address: str) -> Identity:
    return email(address, Proof.SIGNED)


def door(process: Process) -> Customers:
    return Customers(process.conversations, process.store.identities, fresh)


async def connect(process: Process, *identities: Identity, say: str = "") -> Conversation:
    """As a socket's hello does it."""
    customers = door(process)
    it = await customers.recognise(identities)
    await customers.arrive(it, c.Arrive(identities), customer_party(it), "web")
    if say:
        await process.say(it.id, say)
    return await customers.current(it.id)


async def said(process: Process, conversation: str) -> list[str]:
    entries = await process.log(conversation)
    return [e["d"]["content"]["text"] for e in entries if e["type"] == "message.created"]


async def last(process: Process, conversation: str, type: type[Event]) -> Logged:
    """The newest entry of a type, as the reactions get it."""
    entries = [decode(e.frame) for e in await process.store.logs.after(conversation, 0)]
    return next(e for e in reversed(entries) if isinstance(e.event, type))


async def finish(process: Process, entry: Logged) -> None:
    await door(process).finish(entry)


async def both(process: Process, source: str, into: str) -> tuple[Conversation, Conversation]:
    newest = process.conversations.newest
    return await newest(source), await newest(into)


# --- coming back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("proofs", [(WANG,), (device("d1"),), (WANG, device("d1")), (signed("w@x.cn"),)])
async def test_the_first_connect_twice_at_once_makes_one_conversation(
    process: Process, other: Process, proofs: tuple[Identity, ...]
) -> None:
    found = await asyncio.gather(*(connect(side, *proofs) for side in [process, other] * 8))
    assert len({it.id for it in found}) == 1
    assert (await process.types(found[0].id)).count("conversation.started") == 1
    assert (await connect(other, *proofs)).id == found[0].id


async def test_a_device_that_comes_twice_at_once_is_not_unbound_by_its_second_coming(process: Process) -> None:
    """The second found nothing, unbound what the first had bound meanwhile, and made a thread of its own."""
    index = process.store.identities
    first = await connect(process, device("d1"))
    await index.release_from(device("d1").key, "somebody else's thread")
    assert await index.find(device("d1").key) == first.id
    await index.release_from(device("d1").key, first.id)
    assert await index.find(device("d1").key) is None


async def test_the_account_decides_then_the_address(process: Process) -> None:
    mine = await connect(process, WANG, signed("w@x.cn"), say="hello")
    assert (await connect(process, signed("w@x.cn"))).id == mine.id
    assert (await connect(process, WANG, device("new"))).id == mine.id
    family = await connect(process, LIU, signed("w@x.cn"), say="my husband's address")
    assert family.id != mine.id, "a shared address joins no two accounts"
    assert (await connect(process, LIU, signed("w@x.cn"))).id == family.id
    assert (await connect(process, WANG, signed("w@x.cn"))).id == mine.id
    assert (await connect(process, signed("w@x.cn"))).id == mine.id


async def test_a_claim_opens_nothing(process: Process) -> None:
    mine = await connect(process, WANG, signed("w@x.cn"), say="my order")
    thief = await connect(process, device("evil"), email("w@x.cn"), say="where is it?")
    assert thief.id != mine.id
    assert await said(process, mine.id) == ["my order"]
    assert (await connect(process, account("thief"), email("w@x.cn"))).id not in (mine.id, thief.id)
    assert (await connect(process, email("w@x.cn"))).id not in (mine.id, thief.id), "a claim alone is a new somebody"


async def test_a_claim_takes_nothing_either(process: Process) -> None:
    """Whoever claims an address first must not get what its owner writes later."""
    thief = await connect(process, device("evil"), email("w@x.cn"))
    mine = await connect(process, signed("w@x.cn"))
    assert mine.id != thief.id
    assert (await connect(process, device("evil"), email("w@x.cn"))).id == thief.id


# --- signing in, and leaving -----------------------------------------------------------------------------


async def test_an_anonymous_thread_becomes_the_accounts_and_the_device_alone_opens_nothing_of_it(
    process: Process, other: Process
) -> None:
    """A shared phone: the next person has the device's secret, too."""
    anonymous = await connect(process, device("phone"), say="before I signed in")
    mine = await connect(other, WANG, device("phone"), say="signed in")
    assert mine.id == anonymous.id
    next_person = await connect(process, device("phone"), say="who was here?")
    assert next_person.id != mine.id
    assert await said(process, next_person.id) == ["who was here?"]
    assert await said(process, mine.id) == ["before I signed in", "signed in"]


async def test_an_anonymous_thread_joins_the_account_that_signs_in_on_its_device(process: Process) -> None:
    mine = await connect(process, WANG, say="at home")
    anonymous = await connect(process, device("phone"), say="on the way")
    joined = await connect(process, WANG, device("phone"))
    assert joined.id == mine.id
    assert [(a.source, a.upto > 0) for a in joined.who.absorbed] == [(anonymous.id, True)]
    assert (await process.conversations.newest(anonymous.id)).who.merged_into == mine.id
    next_person = await connect(process, device("phone"), say="who was here?")
    assert next_person.id not in (mine.id, anonymous.id)
    again = await connect(process, WANG, device("phone"))
    assert [a.source for a in again.who.absorbed] == [anonymous.id, next_person.id]


@pytest.mark.parametrize("mended", [False, True], ids=["at once", "after a crash"])
async def test_what_was_sent_before_signing_in_and_again_after_it_is_there_once(process: Process, mended: bool) -> None:
    mine = await connect(process, WANG, say="at home")
    anonymous = await connect(process, device("phone"))
    first = await process.say(anonymous.id, "on the way", "the-id")
    if mended:
        await process.ask(anonymous.id, c.MergeInto(mine.id, mine.who.every_identity))
        await finish(process, await last(process, anonymous.id, CustomerMerged))
    assert (await connect(process, WANG, device("phone"))).id == mine.id
    again = await process.say(mine.id, "on the way", "the-id")
    assert (first.dup, again.dup) == (False, True)
    assert await said(process, mine.id) == ["at home"]
    assert not (await process.say(mine.id, "something else", "another-id")).dup


async def test_an_id_that_both_logs_know_hinders_no_merge(process: Process) -> None:
    mine = await connect(process, WANG)
    anonymous = await connect(process, device("phone"))
    for it in (mine, anonymous):
        assert not (await process.say(it.id, "twice", "the-id")).dup
    joined = await connect(process, WANG, device("phone"))
    assert [a.source for a in joined.who.absorbed] == [anonymous.id]
    assert (await process.say(mine.id, "twice", "the-id")).dup


async def test_signing_in_on_two_tabs_at_once_joins_once(process: Process, other: Process) -> None:
    mine = await connect(process, WANG, say="at home")
    anonymous = await connect(process, device("phone"), say="on the way")
    found = await asyncio.gather(*(connect(side, WANG, device("phone")) for side in (process, other) * 2))
    assert {it.id for it in found} == {mine.id}
    assert (await process.types(anonymous.id)).count("customer.merged") == 1
    assert (await process.types(mine.id)).count("customer.absorbed") == 1


async def test_logging_out_wipes_the_device(process: Process) -> None:
    mine = await connect(process, device("phone"), say="anonymous")
    await door(process).forget_device((device("phone"), WANG))
    assert (await connect(process, device("phone"))).id != mine.id


async def test_a_thread_that_an_agent_joined_to_an_account_is_not_the_devices_any_more(process: Process) -> None:
    anonymous = await connect(process, device("phone"), say="it is me, Wang")
    mine = await connect(process, WANG)
    await door(process).merge(anonymous.id, mine.id, LI, fresh())
    assert (await connect(process, device("phone"))).id not in (anonymous.id, mine.id)


# --- merging -----------------------------------------------------------------------------------------------


async def test_a_merge_is_told_in_both_logs_and_both_stay_readable(process: Process) -> None:
    source, into = await connect(process, email("w@x.cn"), say="mail"), await connect(process, WANG, say="app")
    await door(process).merge(source.id, into.id, LI, fresh())
    gone, stays = await both(process, source.id, into.id)
    assert gone.who.merged_into == into.id
    assert [(a.source, a.upto) for a in stays.who.absorbed] == [(source.id, gone.seq)]
    assert (await door(process).current(source.id)).id == into.id
    assert await said(process, source.id) == ["mail"]
    assert await said(process, into.id) == ["app"]
    with pytest.raises(Gone):
        await process.say(source.id)
    with pytest.raises(MergeRefused):
        await door(process).merge(into.id, source.id, LI, fresh())


async def test_the_agent_who_had_the_session_has_it_where_it_goes_on(process: Process) -> None:
    source, into = await connect(process, email("w@x.cn"), say="help"), await connect(process, WANG)
    await process.ask(source.id, c.Assign(held_by(LI)), LI)
    await door(process).merge(source.id, into.id, LI, fresh())
    gone, stays = await both(process, source.id, into.id)
    assert stays.desk.owner == held_by(LI)
    assert await process.store.places.members(f"agent:{LI.id}") == [into.id]
    assert gone.desk.owner.kind == "none"
    await process.ask(into.id, c.PostMessage(text("go on")), LI)


async def test_what_was_merged_is_parted_again(process: Process) -> None:
    source, into = await connect(process, signed("w@x.cn"), say="mail"), await connect(process, WANG, say="app")
    await door(process).merge(source.id, into.id, LI, fresh())
    assert (await connect(process, signed("w@x.cn"))).id == into.id
    await door(process).unmerge(into.id, source.id, LI, fresh())
    alone, stays = await both(process, source.id, into.id)
    assert (alone.who.merged_into, stays.who.absorbed) == ("", ())
    assert {i.value for i in stays.who.every_identity} == {"shop/wang"}
    assert (await connect(process, signed("w@x.cn"))).id == source.id
    await process.say(source.id, "and I am back")
    assert (await process.conversations.newest(source.id)).desk.owner.kind == "bot", "somebody must answer"
    with pytest.raises(MergeRefused):
        await door(process).unmerge(into.id, source.id, LI, fresh())
    await door(process).merge(source.id, into.id, LI, fresh())
    assert [a.source for a in (await both(process, source.id, into.id))[1].who.absorbed] == [source.id]


async def test_after_an_undone_merge_both_are_what_they_were(process: Process) -> None:
    """The visitor's conversation was open and the agent's: after the undo it was in no list, and hers kept its row."""
    source, into = await connect(process, say="hello from the phone"), await connect(process, WANG, say="hi")
    await process.ask(source.id, c.Assign(held_by(LI)), LI)
    before = await both(process, source.id, into.id)
    await door(process).merge(source.id, into.id, LI, fresh())
    await door(process).unmerge(into.id, source.id, LI, fresh())
    after = await both(process, source.id, into.id)
    assert [it.talk for it in after] == [it.talk for it in before]
    assert (after[0].desk.owner, after[0].desk.session_open) == (held_by(LI), True)
    assert source.id in await process.store.places.members(f"agent:{LI.id}")
    await process.ask(source.id, c.PostMessage(text("here I am")), LI)


async def test_a_visitors_page_comes_back_to_what_an_agents_mistake_took_from_it(process: Process) -> None:
    """Its device had begun another thread, and never saw what the agent wrote after the undo."""
    source, into = await connect(process, device("d"), say="hello"), await connect(process, WANG)
    await door(process).merge(source.id, into.id, LI, fresh())
    begun = await connect(process, device("d"), say="anybody?")
    assert begun.id not in (source.id, into.id)
    await door(process).unmerge(into.id, source.id, LI, fresh())
    again = await connect(process, device("d"))
    assert (again.id, [a.source for a in again.who.absorbed]) == (source.id, [begun.id])


async def test_a_device_that_was_wiped_since_stays_wiped(process: Process) -> None:
    source, into = await connect(process, device("d"), say="hello"), await connect(process, WANG)
    await door(process).merge(source.id, into.id, LI, fresh())
    await door(process).forget_device((device("d"),))
    await door(process).unmerge(into.id, source.id, LI, fresh())
    assert (await connect(process, device("d"))).id != source.id


async def test_what_was_parted_is_not_joined_again_by_its_device(process: Process) -> None:
    """Both threads are the same device's: the undo merged them again, the other way round."""
    first = await connect(process, device("d"), say="hello")
    await process.store.identities.release(device("d").key)
    second = await connect(process, device("d"), say="hello again")
    await door(process).merge(first.id, second.id, LI, fresh())
    await door(process).unmerge(second.id, first.id, LI, fresh())
    assert [it.who.merged_into for it in await both(process, first.id, second.id)] == ["", ""]


async def test_a_device_has_nothing_again_of_what_its_owner_took_along_by_signing_in(process: Process) -> None:
    """A shared phone: the next person has the device's secret, too."""
    mine, anonymous = await connect(process, WANG), await connect(process, device("phone"), say="on the way")
    await connect(process, WANG, device("phone"))
    next_person = await connect(process, device("phone"), say="who was here?")
    await door(process).unmerge(mine.id, anonymous.id, LI, fresh())
    assert (await connect(process, device("phone"))).id == next_person.id
    assert (await process.conversations.newest(next_person.id)).who.merged_into == ""


async def test_a_refused_merge_gives_the_session_back(process: Process, other: Process) -> None:
    wang, guest = await connect(process, WANG, say="wang"), await connect(process, device("d"), say="guest")
    await process.ask(wang.id, c.Assign(held_by(LI)), LI)
    await process.ask(wang.id, c.MergeInto(guest.id, guest.who.every_identity), LI)
    await connect(other, LIU, device("d"))
    with pytest.raises(MergeRefused):
        await finish(process, await last(process, wang.id, CustomerMerged))
    assert (await process.conversations.newest(wang.id)).desk.owner == held_by(LI)


async def test_the_same_merge_again_is_the_same_merge(process: Process, other: Process) -> None:
    source, into, id = await connect(process, say="mail"), await connect(process, WANG), fresh()
    await asyncio.gather(*(door(side).merge(source.id, into.id, LI, id) for side in (process, other, process)))
    assert (await process.types(source.id)).count("customer.merged") == 1
    assert (await process.types(into.id)).count("customer.absorbed") == 1


@pytest.mark.parametrize("by", [SYSTEM, LI])
async def test_two_signed_ids_never_merge(process: Process, by: object) -> None:
    wang, liu = await connect(process, WANG, say="wang"), await connect(process, LIU, say="liu")
    for source, into in ((wang, liu), (liu, wang)):
        with pytest.raises(MergeRefused):
            await door(process).merge(source.id, into.id, by, fresh())  # type: ignore[arg-type]
    assert [it.who.merged_into for it in await both(process, wang.id, liu.id)] == ["", ""]
    assert [it.who.absorbed for it in await both(process, wang.id, liu.id)] == [(), ()]


async def test_two_signed_ids_never_merge_by_way_of_others(process: Process) -> None:
    """Only a merged thread's own identities went along: its absorbed account was forgotten, and any other let in."""
    wang, middle, end = [await connect(process, *ids, say="x") for ids in ((WANG,), (), ())]
    await door(process).merge(wang.id, middle.id, LI, fresh())
    await door(process).merge(middle.id, end.id, LI, fresh())
    assert WANG in (await process.conversations.newest(end.id)).who.every_identity
    liu = await connect(process, LIU, say="liu")
    for source, into in ((end.id, liu.id), (liu.id, end.id), (liu.id, wang.id)):
        with pytest.raises(MergeRefused):
            await door(process).merge(source, into, LI, fresh())


async def test_who_signs_in_between_the_halves_of_a_merge_is_not_joined(process: Process, other: Process) -> None:
    """The first half was allowed: nobody had signed in over there yet. The second must not, and undoes the first."""
    wang, guest = await connect(process, WANG, say="wang"), await connect(process, device("d"), say="guest")
    await process.ask(wang.id, c.MergeInto(guest.id, guest.who.every_identity), LI)
    await connect(other, LIU, device("d"))
    with pytest.raises(MergeRefused):
        await finish(process, await last(process, wang.id, CustomerMerged))
    alone, stays = await both(process, wang.id, guest.id)
    assert (alone.who.merged_into, stays.who.absorbed) == ("", ())


async def test_a_thread_does_not_merge_into_itself(process: Process) -> None:
    mine = await connect(process, WANG)
    with pytest.raises(MergeRefused):
        await door(process).merge(mine.id, mine.id, LI, fresh())


# --- a crash in between ------------------------------------------------------------------------------------


async def test_the_second_half_of_a_merge_is_mended_by_a_reaction(process: Process, other: Process) -> None:
    """The process died after the first half. A worker finishes it, once, though it sees the entry twice."""
    source, into = await connect(process, device("d"), say="mail"), await connect(process, WANG, say="app")
    await process.ask(source.id, c.MergeInto(into.id, into.who.every_identity), SYSTEM)
    async with asyncio.TaskGroup() as tasks:
        customers = door(other)
        store = other.store
        mending = Reactions(store.todo, store.positions, other.conversations, [customers.finish], tasks)
        async with running(mending.follow(lambda: frozenset(range(4)))):

            async def absorbed() -> bool:
                return bool((await process.conversations.newest(into.id)).who.absorbed)

            await until(absorbed)
    await finish(process, await last(process, source.id, CustomerMerged))
    assert (await process.types(into.id)).count("customer.absorbed") == 1


async def test_the_second_half_of_an_unmerge_is_mended_by_a_reaction(process: Process, other: Process) -> None:
    source, into = await connect(process, say="mail"), await connect(process, WANG, say="app")
    await door(process).merge(source.id, into.id, LI, fresh())
    await process.ask(into.id, c.Unmerge(source.id), LI)
    for side in (process, other):
        await finish(side, await last(process, into.id, CustomerUnmerged))
    assert (await process.conversations.newest(source.id)).who.merged_into == ""
    assert (await process.types(source.id)).count("customer.released") == 1


async def test_a_merge_that_was_undone_is_not_finished_late(process: Process, other: Process) -> None:
    """A worker comes back after hours and reads the old entry again, in the moment between the unmerge's halves. The
    log had gone on since (it had taken in another one), and the absorption looked like a new one."""
    source, into = await connect(process, say="mail"), await connect(process, WANG, say="app")
    await door(process).merge(source.id, into.id, LI, fresh())
    merged = await last(process, source.id, CustomerMerged)
    await process.ask(source.id, c.Absorb("third", 1, (), NOBODY))
    await process.ask(into.id, c.Unmerge(source.id), LI, unmerging := fresh())
    await finish(other, merged)
    assert (await process.conversations.newest(into.id)).who.absorbed == ()
    await process.ask(source.id, c.Release(into.id), LI, derived("release", unmerging))
    await finish(other, merged)
    assert (await process.conversations.newest(into.id)).who.absorbed == ()


async def test_a_reaction_that_lags_does_not_take_a_merge_for_undone(process: Process, other: Process) -> None:
    source, into = await connect(process, say="mail"), await connect(process, WANG, say="app")
    await other.conversations.state(source.id)
    await process.ask(source.id, c.MergeInto(into.id, into.who.every_identity), SYSTEM)
    await finish(other, await last(process, source.id, CustomerMerged))
    assert [a.source for a in (await process.conversations.newest(into.id)).who.absorbed] == [source.id]


async def test_two_agents_join_the_same_two_the_other_way_round(process: Process, other: Process) -> None:
    """Each log pointed to the other, and nobody could write to either any more."""
    one, two = await connect(process, say="mail"), await connect(process, say="app")
    await process.ask(one.id, c.MergeInto(two.id, ()), LI)
    await other.ask(two.id, c.MergeInto(one.id, ()), ANA)
    for source in (one.id, two.id):
        with suppress(MergeRefused):
            await finish(process, await last(process, source, CustomerMerged))
    ends = {(await door(process).current(it.id, newest=True)).id for it in (one, two)}
    await process.say(ends.pop(), "still here")
    logs = [words for it in (one, two) for words in await said(process, it.id)]
    assert sorted(logs) == ["app", "mail", "still here"]


async def test_three_in_a_circle_are_not_lost(process: Process) -> None:
    ring = [await connect(process, say=str(n)) for n in range(3)]
    for source, into in zip(ring, [*ring[1:], ring[0]], strict=True):
        await process.ask(source.id, c.MergeInto(into.id, ()), LI)
    for source in ring:
        with suppress(MergeRefused):
            await finish(process, await last(process, source.id, CustomerMerged))
    for it in ring:
        await process.say((await door(process).current(it.id, newest=True)).id, "still here")


async def test_redirects_are_followed_to_their_end_and_no_further(process: Process) -> None:
    chain = [await connect(process, say=str(n)) for n in range(20)]
    for source, into in zip(chain[3::-1], chain[4:0:-1], strict=True):
        await door(process).merge(source.id, into.id, LI, fresh())
    assert (await door(process).current(chain[0].id)).id == chain[4].id
    for source, into in pairwise(chain[4:]):
        await process.ask(source.id, c.MergeInto(into.id, ()), SYSTEM)
    with pytest.raises(Gone):
        await door(process).current(chain[0].id)
