"""Calls of more than three through a real Janus, in real browsers."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.calls import LIVE_MS, comes
from tests.browser.consoles import page_errors
from tests.browser.gaps import PHONE, longest, told, watched
from tests.browser.supervisors import ANNA, MEETS, hears, listens
from tests.browser.widgets import widget
from tests.running import Hub
from tests.servers.halls import devices, hub, janus, laid, several
from tests.servers.janus import Janus

__all__ = ["devices", "hub", "janus", "laid"]
pytestmark = pytest.mark.calls
LISTENS = "document.querySelector('ot-supervision').app.supervision.call"
ROOM_S = 10.0  # everybody makes two new connections at once and drops the old ones first; on a busy machine


async def test_from_two_to_five_in_one_call_and_everybody_sees_everybody(hub: Hub, devices: Browser) -> None:
    async with several(hub, devices, "anna", "sato", "omar") as it:
        await it.two.talk()
        call = await it.call(it.two.frame)
        for expert in ("anna", "sato", "omar"):
            await it.asks_in(expert)
            await it.all_see_all()
        assert {await it.call(page) for page in it.pages} == {call}
        await expect(it.two.frame.locator("li.line", has_text="This is a group call now")).to_have_count(1)


async def test_a_reload_a_leaver_and_a_janus_that_dies_and_it_is_the_same_call(
    janus: Janus, hub: Hub, devices: Browser
) -> None:
    async with several(hub, devices, "anna", "sato") as it:
        await it.two.talk()
        call = await it.call(it.two.frame)
        await it.asks_in("anna")
        await it.asks_in("sato")
        await it.all_see_all()
        await it.two.shop.reload()
        it.two.frame = await widget(it.two.shop)
        await it.all_see_all()
        leaver = it.experts.pop("sato")
        await leaver.locator("ot-call").get_by_role("button", name="Hang up").click()
        await it.all_see_all()

        await janus.kill()
        await expect(it.two.stage("customer")).to_contain_text("The connection was lost", timeout=LIVE_MS)
        await it.two.frame.locator("textarea").fill("I still read you")
        await it.two.frame.locator("textarea").press("Enter")
        await expect(it.two.console.locator(".message", has_text="I still read you")).to_be_visible()
        await janus.start()
        await it.all_see_all()
        assert {await it.call(page) for page in it.pages} == {call}


async def test_a_fourth_who_can_not_come_in_leaves_the_three_as_they_were(
    janus: Janus, hub: Hub, devices: Browser
) -> None:
    async with several(hub, devices, "anna", "sato") as it:
        await it.two.talk()
        await it.asks_in("anna")
        await it.all_see_all()
        await janus.kill()
        sato = await it.asks_in("sato")
        await expect(sato.locator("ot-call [role=alert]")).to_contain_text("Calls can't be connected at the moment")
        del it.experts["sato"]
        await it.all_see_all()


async def received(hub: Hub, call: str, party: str) -> set[str]:
    """Whom a party is subscribed to, as Janus said."""
    seats = await hub.store.halls.all_seated(call)
    whose = {seat.feed: sender for sender, seat in seats.items()}
    return {whose.get(line.feed, "") for line in seats[party].lines} - {""}


async def test_a_supervisor_goes_along_into_the_room_and_whispers_there(hub: Hub, devices: Browser) -> None:
    """In whichever way: heard by agents alone or by nobody, and the customer's page learns nothing of her. Of them only
    王丽 has a camera on: six who send pictures are too many for one machine."""
    parties = {"customer", "agent:liming", "agent:sato", "agent:omar"}
    async with several(hub, devices, "sato", "omar", "anna") as it:
        anna = it.waiting.pop("anna")
        await it.two.talk("audio")
        await it.asks_in("sato")
        await hears(it.two.frame, "agent:sato")
        await listens(anna)
        await hears(anna, "customer")

        omar = await it.asks_in("omar")
        call = await it.call(it.two.frame)
        await comes(anna, f"() => {LISTENS}?.topology === 'room'")
        await it.two.button("Turn on video").click()
        for party in parties:
            await hears(anna, party)
        await expect(anna.locator("ot-supervision .far video:not(.unseen)")).to_have_count(1)
        assert await anna.evaluate(f"() => [...{LISTENS}.peers.values()][0].hall.out.getSenders().length") == 0
        await hears(it.two.frame, "agent:omar")
        for page in it.pages:
            assert not await page.evaluate(MEETS, ANNA)
        assert await received(hub, call, ANNA) == parties
        assert hub.serving.halls
        assert ANNA not in await hub.serving.halls.senders(call)

        await anna.get_by_role("button", name="Whisper").click()
        await expect(anna.locator("ot-supervision")).to_contain_text("The agents can hear you", timeout=LIVE_MS)
        for agent in (it.two.console, it.experts["sato"], omar):
            await hears(agent, ANNA)
            await comes(agent, "() => document.querySelector('audio.whisper')?.currentTime > 0")
            await expect(agent.locator(".call-warning", has_text="is whispering to you")).to_be_visible()
        await hears(anna, "customer")
        await expect(anna.locator("ot-supervision .far video:not(.unseen)")).to_have_count(1)
        assert not await it.two.frame.evaluate(MEETS, ANNA)
        await expect(it.two.frame.locator("ot-call")).not_to_contain_text("Anna")
        for party in parties:
            whispered = {ANNA} if party.startswith("agent:") else set()
            assert await received(hub, call, party) == parties - {party} | whispered

        await anna.get_by_role("button", name="Whisper").click()
        await expect(anna.locator("ot-supervision")).to_contain_text("Nobody can hear you", timeout=LIVE_MS)
        await comes(it.two.console, f"async (party) => !(await ({MEETS})(party))", ANNA)
        await hears(anna, "customer")
        await anna.get_by_role("button", name="Join").click()
        await hears(it.two.frame, ANNA)
        await hears(anna, "customer")
        assert page_errors(anna) == []


async def test_how_long_nothing_comes_when_the_fourth_comes_in(hub: Hub, devices: Browser) -> None:
    gaps = []
    for _ in range(5):
        async with several(hub, devices, "anna", "sato") as it:
            await it.two.talk()
            await it.asks_in("anna")
            await it.all_see_all()
            sides = it.two.frame, it.two.console
            await watched(sides)
            await it.asks_in("sato")
            for side in sides:
                await comes(side, f"() => {PHONE}.call.topology === 'room'")
            gaps.append(await longest(sides))
            await it.two.button("Hang up").click()
    told("pairs -> room", gaps, goal_s=ROOM_S)
