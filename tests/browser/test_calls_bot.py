"""The bot in a call, between a real browser and real processes: it is heard, it hears, and it hands over."""

import asyncio
import base64
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.async_api import Browser, Frame, Page, expect

from hub.calls.voice.sound import HEARD_HZ, decoded
from hub.settings import Settings
from tests.browser import consoles, widgets
from tests.browser.calls import FLOWS, LIVE_MS, comes
from tests.browser.consoles import ENGINE
from tests.browser.engines import calling
from tests.browser.widgets import Network, Visit, widget
from tests.calls.voice.voices import microphone, voice_process, wav_of, wav_of_bot
from tests.calls.workers import media_process
from tests.running import Frame as Event
from tests.running import Hub, Peer, conversation_of, running_hub

pytestmark = pytest.mark.calls


@pytest.fixture
async def relayed(settings: Settings) -> AsyncIterator[Hub]:
    asyncio.get_running_loop().set_debug(False)
    async with (
        running_hub(settings.model_copy(update={"calls": "relay"})) as hub,
        media_process(hub.settings, hub.store),
    ):
        yield hub


@dataclass
class Caller:
    """王丽 at the shop, who calls while no agent is there; a second device of hers reads the log, as staff does."""

    hub: Hub
    visit: Visit
    shop: Page
    frame: Frame
    staff: Peer
    conversation: str

    async def calls(self, media: str = "Audio call") -> None:
        await self.frame.get_by_role("button", name=media, exact=True).click()

    async def event(self, type: str, within_s: float = 40.0, **d: Any) -> Event:
        return await self._until(
            within_s, lambda f: f.get("type") == type and all(f["d"].get(key) == value for key, value in d.items())
        )

    async def says(self, words: str, within_s: float = 40.0) -> Event:
        """The bot, in the log."""
        return await self._until(within_s, lambda f: f.get("type") == "call.said" and words in f["d"]["text"])

    async def _until(self, within_s: float, wanted: Callable[[Event], bool]) -> Event:
        """Bots take their time: longer than a client of ours waits for an answer."""
        async with asyncio.timeout(within_s):
            while True:
                with suppress(TimeoutError):
                    return await self.staff.until(wanted, seen=True)
                await self.staff.send({"t": "ping"})

    async def heard(self) -> float:
        """The energy of all that came out of the call's connection so far: of silence it is 0."""
        found: float = await self.frame.evaluate(ENERGY)
        return found

    async def until_heard(self, more_than: float = 0.0) -> None:
        async with asyncio.timeout(LIVE_MS / 1000):
            while await self.heard() < more_than + TO_BE_HEARD:
                await asyncio.sleep(0.1)

    async def speaks(self, words: str) -> None:
        """Into the microphone of the page (LISTENS), now."""
        await self.frame.evaluate("(wav) => window.speaks(wav)", base64.b64encode(wav_of(words)).decode())


TO_BE_HEARD = 0.005
ENERGY = """async () => {
    const phone = document.querySelector("ot-conversation").calls?.phone;
    let energy = 0;
    for (const peer of phone?.call?.peers.values() ?? [])
        for (const it of (await peer.rtc.getStats()).values())
            if (it.type === "inbound-rtp" && it.kind === "audio") energy += it.totalAudioEnergy ?? 0;
    return energy;
}"""


# A microphone that says what it is given, when it is given it; between, the hiss that every microphone has.
LISTENS = """
navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext({ sampleRate: 48000 });
    const out = context.createMediaStreamDestination();
    const hiss = context.createBuffer(1, 48000, 48000);
    hiss.getChannelData(0).forEach((_, n, all) => (all[n] = (Math.random() - 0.5) * 1e-3));
    const play = (buffer, loop = false) => {
        const source = Object.assign(context.createBufferSource(), { buffer, loop });
        source.connect(out);
        source.start();
    };
    play(hiss, true);
    const bytes = (wav) => Uint8Array.from(atob(wav), (it) => it.charCodeAt(0)).buffer;
    window.speaks = async (wav) => play(await context.decodeAudioData(bytes(wav)));
    return out.stream;
};
"""
# What comes out of the call from now on, for `ms`, as WebM in base64.
RECORDS = """async (ms) => {
    const [peer] = document.querySelector("ot-conversation").calls.phone.call.peers.values();
    const recorder = new MediaRecorder(new MediaStream(peer.stream.getAudioTracks()));
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.start();
    await new Promise((done) => setTimeout(done, ms));
    await new Promise((done) => { recorder.onstop = done; recorder.stop(); });
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(Array.from(bytes, (it) => String.fromCharCode(it)).join(""));
}"""


@asynccontextmanager
async def caller(
    hub: Hub, devices: Browser, key: str = "wang", locale: str = "en-GB", *, told: bool = False
) -> AsyncIterator[Caller]:
    context = await devices.new_context(viewport=widgets.DESK, locale=locale)
    if told:
        await context.add_init_script(LISTENS)
    network = Network(context)
    await network.start()
    visit = Visit(hub, context, network)
    wang = await hub.customer(key, locale=locale)
    conversation = conversation_of(wang)
    staff = await hub.agent("anna@example.com")
    await staff.ask("presence.set", status="away")
    await staff.ask("conversation.follow", conversation=conversation)
    shop = await visit.page(customer=key)
    frame = await widget(shop)
    try:
        yield Caller(hub, visit, shop, frame, staff, conversation)
        assert visit.unexpected() == []
    finally:
        await context.close()


NEVER_SAID = "I'm sorry, nobody can take your call right now. Shall we call you back? Say yes or no."


def loudness(pcm: bytes) -> NDArray[np.float64]:
    """Of each 20 ms."""
    samples = np.frombuffer(pcm, np.int16).astype(np.float64)
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    level: NDArray[np.float64] = np.sqrt((frames**2).mean(axis=1))
    return level + np.arange(len(level)) * 1e-9  # what is wholly quiet is like nothing, not undefined


def likeness(heard: bytes, said: bytes) -> float:
    """How well the course of loudness of some 2 s of `said` is found anywhere in `heard`: 1 = the same."""
    one, other = loudness(heard), loudness(said)
    best = 0.0
    for part in range(0, len(other) - 100, 25):
        wanted = other[part : part + 100]
        for at in range(len(one) - 100):
            best = max(best, float(np.corrcoef(one[at : at + 100], wanted)[0, 1]))
    return best


def cpu_s(process: asyncio.subprocess.Process) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def test_what_the_caller_hears_is_what_the_bot_says_and_the_digits_are_understood(
    relayed: Hub, tmp_path: Path
) -> None:
    # The file is heard from the moment at which the microphone opens; said again for a machine that is slow.
    mic = microphone(tmp_path / "mic.wav", *[14.0, "0 0 1 7"] * 6)
    async with (
        voice_process(relayed.settings) as process,
        calling(ENGINE, mic) as devices,
        caller(relayed, devices) as it,
    ):
        await it.calls()
        assert (await it.event("call.accepted"))["d"]["party"] == "bot"
        await it.says("Hello, this is")
        await it.until_heard()
        began, spent = time.monotonic(), cpu_s(process)
        heard = decoded(base64.b64decode(await it.frame.evaluate(RECORDS, 6_000)), HEARD_HZ)
        # Whichever sentence it was by then: the machine may be slow.
        said = [f["d"]["text"] for f in it.staff.received if f.get("type") == "call.said"]
        found = max([likeness(heard, decoded(wav_of_bot(text), HEARD_HZ)) for text in said])
        other = likeness(heard, decoded(wav_of_bot(NEVER_SAID), HEARD_HZ))
        print(f"the caller hears the bot: likeness {found:.2f}, of another sentence {other:.2f}")
        assert found > 0.9
        assert found > other + 0.15, "it is this sentence, and not any"
        understood = await it.event("call.understood", kind="order")
        assert understood["d"]["heard"] == "0017"
        assert understood["d"]["via"] == "voice"
        assert understood["d"]["order"] == "2026112200017", "looked up in the CRM, for the customer is known"
        await it.says("order 0 0 1 7")
        share = (cpu_s(process) - spent) / (time.monotonic() - began)
        print(f"one call costs the voice process {100 * share:.1f} % of a core")
        await expect(it.frame.locator("li.line", has_text="last four digits")).to_be_visible()


async def test_bot_then_agent_then_expert_in_one_call(relayed: Hub) -> None:
    async with (
        voice_process(relayed.settings),
        calling() as devices,
        caller(relayed, devices, told=True) as it,
    ):
        await it.calls()
        call = (await it.event("call.requested"))["d"]["call"]
        await it.says("last four digits")
        await it.until_heard()
        console = await consoles.opened(relayed, devices, viewport=consoles.DESK, locale="en-GB")
        await consoles.sign_in(console)
        accepts = console.get_by_role("button", name="Accept").first
        await accepts.click(timeout=LIVE_MS)
        await expect(console.locator(".ring")).to_be_visible(timeout=LIVE_MS)
        await console.locator("ot-ring").get_by_role("button", name="Answer").first.click()
        joined = await it.event("call.joined", party="agent:liming")
        await it.says("is on the line now")
        left = await it.event("call.left", party="bot")
        assert joined["d"]["call"] == left["d"]["call"] == call
        await comes(it.frame, FLOWS, "audio")
        await comes(console, FLOWS, "audio")
        expert = await relayed.agent("anna@example.com")
        boss = await relayed.agent()
        of = {"conversation": it.conversation, "call": call}
        assert (await boss.ask("call.invite", **of, agent="anna"))["t"] == "ack"
        assert (await expert.ask("call.accept", **of))["t"] == "ack"
        assert (await it.event("call.joined", party="agent:anna"))["d"]["call"] == call
        assert consoles.page_errors(console) == []
        await console.context.close()


async def test_the_bot_stops_when_the_caller_speaks_and_understands_agent(relayed: Hub) -> None:
    async with voice_process(relayed.settings), calling() as devices, caller(relayed, devices, told=True) as it:
        await it.calls()
        await it.says("Hello, this is")
        await it.until_heard()
        await it.speaks("person")
        await it.says("I'm getting you an agent")
        understood = await it.event("call.understood", kind="person")
        assert understood["d"]["via"] == "voice"
        # What it was saying is cut off: else the answer would come after 8 s of it.
        said = [f for f in it.staff.received if f.get("type") == "call.said"]
        assert said[-1]["at"] - said[-2]["at"] < 8_000


@pytest.mark.parametrize("relayed", [75.0], indirect=True)
async def test_silence_is_asked_once_more_and_nobody_comes(relayed: Hub) -> None:
    async with voice_process(relayed.settings), calling() as devices, caller(relayed, devices, told=True) as it:
        await it.calls()
        call = (await it.event("call.requested"))["d"]["call"]
        await it.says("Are you still there?", within_s=60)
        await it.says("That's fine", within_s=60)
        assert (await it.event("call.understood", kind="silence"))["d"]["call"] == call
        await it.event("call.unanswered", reason="nobody", within_s=150)
        await it.says("Shall we call you back")
        await it.frame.locator("textarea").fill("yes please")
        await it.frame.locator("textarea").press("Enter")
        assert (await it.event("call.understood", kind="callback"))["d"]["via"] == "text"
        await it.event("call.missed", within_s=30)
        await expect(it.frame.locator("ot-call")).to_contain_text("Nobody is free for a call right now")


async def test_a_killed_voice_process_is_followed_by_another_in_the_same_call(relayed: Hub) -> None:
    async with AsyncExitStack() as processes, calling() as devices, caller(relayed, devices, told=True) as it:
        first = await processes.enter_async_context(voice_process(relayed.settings))
        await it.calls()
        call = (await it.event("call.requested"))["d"]["call"]
        await it.says("last four digits")
        await it.until_heard()
        first.kill()
        await first.wait()
        before = await it.heard()
        await processes.enter_async_context(voice_process(relayed.settings))
        again = await it.says("I was gone for a moment", within_s=30)
        assert again["d"]["call"] == call
        await it.until_heard()  # by a new connection, which counts from 0
        print(f"heard {before:.3f} before and {await it.heard():.3f} after")
        await it.frame.get_by_role("button", name="Hang up").click()
        assert (await it.event("call.ended"))["d"]["call"] == call


async def test_without_any_bot_left_it_rings_on_and_the_agent_comes_into_the_same_call(relayed: Hub) -> None:
    async with AsyncExitStack() as processes, calling() as devices, caller(relayed, devices, told=True) as it:
        voice = await processes.enter_async_context(voice_process(relayed.settings))
        await it.calls()
        call = (await it.event("call.requested"))["d"]["call"]
        await it.says("Hello, this is")
        voice.kill()
        await voice.wait()
        li = await relayed.agent()
        of = {"conversation": it.conversation, "call": call}
        assert (await li.ask("conversation.follow", conversation=it.conversation))["t"] == "ack"
        assert (await li.ask("conversation.assign", conversation=it.conversation))["t"] == "ack"
        assert (await li.ask("call.accept", **of))["t"] == "ack"
        assert (await it.event("call.joined", party="agent:liming"))["d"]["call"] == call


async def test_in_chinese_the_digits_are_pressed(relayed: Hub) -> None:
    async with (
        voice_process(relayed.settings),
        calling() as devices,
        caller(relayed, devices, locale="zh-CN", told=True) as it,
    ):
        await it.calls("语音通话")
        await it.says("请用数字键")
        await it.until_heard()
        for key in "0017":
            await it.frame.locator("ot-keypad").get_by_role("button", name=key, exact=True).click()
        assert (await it.event("call.understood", kind="order"))["d"]["via"] == "keys"
        await it.says("订单0 0 1 7")
        await it.frame.locator("ot-keypad").get_by_role("button", name="1", exact=True).click()
        assert (await it.event("call.understood", kind="order", confirmed=True))["d"]["order"] == "2026112200017"
