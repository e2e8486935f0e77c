"""Calls by way of a real coturn: browsers that may go nowhere else, over UDP and TCP, and who is not let in."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aioice.stun import TransactionFailed
from aioice.turn import create_turn_endpoint
from playwright.async_api import Browser

from hub.services.turn import LIFE_S, IceServers
from hub.settings import Settings
from tests.browser.calls import LIVE_MS, Both, both
from tests.browser.engines import calling
from tests.calls.workers import media_process
from tests.running import running_hub
from tests.servers.turn import SECRET, Turn, coturn

pytestmark = pytest.mark.servers


@pytest.fixture
async def turn(tmp_path: Path) -> AsyncIterator[Turn]:
    async with coturn(tmp_path) as turn:
        yield turn


@pytest.fixture(scope="module")
async def devices() -> AsyncIterator[Browser]:
    async with calling() as browser:
        yield browser


@pytest.mark.parametrize("topology", ["relay", "direct"])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_call_by_turn_alone(
    settings: Settings, devices: Browser, turn: Turn, topology: str, transport: str
) -> None:
    asyncio.get_running_loop().set_debug(False)
    by = {"calls": topology, "turn_urls": (turn.url(transport),), "turn_secret": SECRET, "calls_ice_policy": "relay"}
    given = Settings.model_validate(settings.model_dump() | by)
    async with running_hub(given) as hub, media_process(given, hub.store), both(hub, devices) as it:
        await it.talk()
        await it.flows()
        assert await paths(it) == [["relay", transport]] * 2
        # Her socket is lost and she is back: the next path will be made with a fresh name and password.
        before = await ends(it)
        await asyncio.sleep(1.1)  # they end at a whole second
        await it.visit.network.drop()
        async with asyncio.timeout(LIVE_MS / 1000):
            while await ends(it) <= before:
                await asyncio.sleep(0.05)
        await it.flows()


async def paths(it: Both) -> list[Any]:
    """Of each side: what kind of candidate it uses, and over what it reaches the TURN server."""
    return [await side.evaluate(PATH) for side in (it.frame, it.console)]


PATH = """async () => {
    const widget = document.querySelector("ot-conversation");
    const phone = widget ? widget.calls.phone : document.querySelector("ot-call").app.calls.current;
    const [peer] = phone.call.peers.values();
    const stats = await peer.rtc.getStats();
    const used = [...stats.values()].find((it) => it.type === "transport").selectedCandidatePairId;
    const local = stats.get(stats.get(used).localCandidateId);
    return [local.candidateType, local.relayProtocol];
}"""


async def ends(it: Both) -> int:
    """When the customer's name for the TURN server ends, epoch seconds."""
    name: str = await it.frame.evaluate("""() => {
        const [peer] = document.querySelector("ot-conversation").calls.phone.call.peers.values();
        return peer.rtc.getConfiguration().iceServers[0].username;
    }""")
    return int(name.partition(":")[0])


async def test_who_is_let_in_and_who_is_not(turn: Turn) -> None:
    now_ms = int(1_000 * time.time())
    ours = IceServers(turn=(turn.url("udp"),), secret=SECRET)
    await allocated(turn, ours.of("k1", now_ms)[0])
    late = ours.of("k1", now_ms - 1_000 * (LIFE_S + 60))[0]
    forged = IceServers(turn=ours.turn, secret="guessed").of("k1", now_ms)[0]
    borrowed = ours.of("k1", now_ms)[0] | {"username": late["username"].replace("k1", "k2")}
    for refused in (late, forged, borrowed):
        with pytest.raises(TransactionFailed) as why:
            await allocated(turn, refused)
        assert why.value.response.attributes["ERROR-CODE"][0] == 401


async def allocated(turn: Turn, server: dict[str, Any]) -> None:
    """A place at the TURN server, given back at once. Raises TransactionFailed."""
    transport, _ = await create_turn_endpoint(
        asyncio.DatagramProtocol,
        server_addr=(turn.host, turn.port),
        username=server["username"],
        password=server["credential"],
    )
    transport.close()
