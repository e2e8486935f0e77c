"""Covers hub/calls/hall/forwarding.py and hub/calls/relay/forwarded.py with hub/services/recorder.py, on a real Janus:
who is recorded in a room, that it is a film with its voice where its picture is, and that nothing is heard afterwards.
"""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import av
import pytest

from hub.calls.hall.janus import JanusHalls
from hub.calls.hall.wire import Address, RefusedByJanus, once
from hub.calls.recording.dump import Dump, Kind, records
from hub.calls.recording.film import make
from hub.calls.relay.relay import Place, Relay
from hub.calls.relay.tap import Taps
from hub.model import call_commands as cc
from hub.model.errors import NotFound
from hub.model.media import HallLost, HallOffer, Outlet
from hub.model.party import Party, PartyKind
from hub.services.media_news import MediaNews
from hub.services.recorder import Recorder, fresh
from hub.settings import Settings
from hub.store.media_reports import MediaReport
from tests.browser.engines import slow_cameras
from tests.calls.recording.test_film import seen
from tests.calls.workers import remote, worker_on
from tests.model.story import POLICY
from tests.ports import free_port
from tests.servers.janus import CREATE_KEY, SECRET, Janus, a_janus
from tests.servers.speakers import clip, speaking
from tests.services.acts import LI, Clock, Process, a_process, customer, talking

pytestmark = pytest.mark.servers
EXPERTS = [Party(kind=PartyKind.AGENT, id=f"expert{n}", name=f"Expert {n}") for n in (1, 2)]
PARTIES = ("customer", "agent:li", "agent:expert1", "agent:expert2")
KEY = bytes(32)


@pytest.fixture(scope="module")
async def janus() -> AsyncIterator[Janus]:
    async with a_janus() as janus:
        yield janus


@dataclass
class Setting:
    """A hub's process, a media worker in this one with the dumps it writes, and Janus."""

    process: Process
    janus: Janus
    halls: JanusHalls
    recorder: Recorder
    relay: Relay
    folder: Path
    tap: Taps
    call: str = ""

    async def asks(self, command: cc.CallCommand, by: Party) -> None:
        await self.process.ask("wang", command, by)

    async def all_agree(self) -> None:
        await self.asks(cc.RequestConsent(self.call, "v1"), LI)
        for party in (customer("wang"), *EXPERTS):
            await self.asks(cc.GrantConsent(self.call, "v1"), party)
        await self.recorder.start("wang", self.call, secrets.token_hex(4))

    async def withdrawn(self) -> None:
        """As the desk does it: heard no more, then said, then sent no more."""
        await self.recorder.silence(self.call)
        await self.asks(cc.WithdrawConsent(self.call), customer("wang"))
        await self.recorder.stop(self.call, hall=True)

    async def recording(self) -> bool:
        it = await self.process.conversations.newest("wang")
        return bool(it.call and it.call.recording)

    def dumps(self) -> dict[str, Path]:
        return {path.stem.partition("-")[2].replace("-", ":", 1): path for path in sorted(self.folder.glob("*.dump"))}

    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob("*.dump"))

    async def written(self, parties: int, size: int) -> None:
        async def so_much() -> bool:
            sizes = [path.stat().st_size for path in self.folder.glob("*.dump")]
            return len(sizes) >= parties and min(sizes) >= size

        async with asyncio.timeout(60):
            while not await so_much():
                await asyncio.sleep(0.05)

    async def forwarded(self) -> list[dict[str, object]]:
        """What Janus says that it forwards."""
        hall = await self.process.store.halls.of(self.call)
        assert hall
        async with once(address(self.janus)) as (wire, session, handle):
            words = {"request": "listforwarders", "room": hall.number, "secret": hall.secret}
            told = (await wire.say(session, handle, words)).told["publishers"]
        return [stream for each in told for stream in each["forwarders"]]


def address(janus: Janus) -> Address:
    return Address(janus.url, SECRET, CREATE_KEY)


@pytest.fixture
async def setting(janus: Janus, settings: Settings, tmp_path: Path) -> AsyncIterator[Setting]:
    folder = tmp_path / "call"

    def tap(call: str) -> Dump:
        return Dump(folder, secrets.token_hex(4), KEY, lambda: int(loop.time() * 1e6), lambda dumps: None)

    async def told(news: HallOffer | HallLost) -> None: ...

    loop = asyncio.get_running_loop()
    loop.set_debug(False)
    place = Place(hosts=(janus.here,))
    async with (
        a_process(settings, Clock(), policy=replace(POLICY, call_parties=6)) as process,
        worker_on(process.store, tap, place) as (_, relay),
        asyncio.TaskGroup() as tasks,
    ):
        halls = JanusHalls(address(janus), process.store.halls, told, tasks)
        keeping = tasks.create_task(halls.keep())
        await asyncio.sleep(0)
        recorder = Recorder(process.conversations, remote(process.store), halls)
        it = Setting(process, janus, halls, recorder, relay, folder, tap)
        it.call = await talking(it.process, *EXPERTS)  # by their words only: nobody's media are there yet
        yield it
        await halls.close(it.call)
        keeping.cancel()


@asynccontextmanager
async def four_speak(it: Setting) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for party in PARTIES:
            await stack.enter_async_context(speaking(it.halls, it.janus, it.call, party))
        yield


def first_picture(path: Path) -> float:
    """When it is shown, s. It stands alone: decoders take no other one for the first."""
    with av.open(str(path)) as film:
        first = next(packet for packet in film.demux(video=0) if packet.size)
        assert first.is_keyframe
        return float((first.pts or 0) * first.time_base)


async def test_each_is_a_film_that_begins_with_a_picture_and_its_voice_fits(setting: Setting, tmp_path: Path) -> None:
    async with four_speak(setting):
        await setting.all_agree()
        assert await setting.recording()
        await setting.written(4, 60_000)
        await asyncio.sleep(3)  # the flash is one second after the picture that was asked for
        made_of = await setting.forwarded()
        assert len(made_of) == 8
        assert all(each["srtp"] for each in made_of)
        await setting.withdrawn()
    for party, dump in setting.dumps().items():
        path = tmp_path / f"{party.replace(':', '-')}.webm"
        with path.open("wb") as file:
            film = make(records(dump, KEY), file)
        assert film
        heard = [record for record in records(dump, KEY) if record.kind is Kind.PACKET]
        white, loud = seen(path)
        apart_ms, first_s = 1000 * (loud[0] - white[0]), first_picture(path)
        print(f"{party}: {film}, {len(heard)} packets, picture after {first_s:.2f} s, voice {apart_ms:+.0f} ms from it")
        assert (film.width, film.height, film.lost) == (320, 240, 0)
        assert film.pictures > 50
        assert first_s < 1.5, "it was asked for"
        assert abs(apart_ms) <= 40
    assert set(setting.dumps()) == set(PARTIES)


@pytest.mark.calls
async def test_the_voice_of_a_browser_fits_its_picture(setting: Setting, tmp_path: Path) -> None:
    """With what it takes to encode, to pace and to send on. A flash and a beep every two seconds, at once."""
    async with slow_cameras() as devices:
        page = await devices.new_page()
        await setting.halls.enter(setting.call, "customer", "page")
        answer = await setting.halls.publish(setting.call, "customer", await page.evaluate(FLASHES))
        await page.evaluate("(sdp) => window.rtc.setRemoteDescription({ type: 'answer', sdp })", answer)
        await setting.all_agree()
        await setting.written(1, 20_000)
        await asyncio.sleep(13)
        await setting.withdrawn()
    (dump,) = setting.dumps().values()
    path = tmp_path / "customer.webm"
    with path.open("wb") as file:
        assert make(records(dump, KEY), file)
    apart = sorted(1000 * (loud - white) for white, loud in zip(*map(beginnings, seen(path)), strict=False))
    print("voice from picture, ms:", *(f"{each:+.0f}" for each in apart))
    assert len(apart) >= 4
    assert abs(apart[len(apart) // 2]) <= 40


def beginnings(times: list[float]) -> list[float]:
    """Of stretches that are a second apart."""
    return [at for before, at in zip([-9.0, *times], times, strict=False) if at - before > 1 and at > 1]


FLASHES = """async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 240 });
    const paint = canvas.getContext("2d"), sound = new AudioContext({ latencyHint: 0 }), level = sound.createGain();
    const tone = sound.createOscillator(), out = sound.createMediaStreamDestination();
    level.gain.value = 0;
    tone.connect(level).connect(out);
    tone.start();
    let shade = 10;
    setInterval(() => {
        paint.fillStyle = `rgb(${shade},${shade},${shade + (Date.now() % 20)})`;
        paint.fillRect(0, 0, 320, 240);
    }, 20);
    setInterval(() => {
        shade = 230;
        level.gain.value = 0.5;
        setTimeout(() => { shade = 10; level.gain.value = 0; }, 200);
    }, 2_000);
    const rtc = (window.rtc = new RTCPeerConnection());
    for (const track of [...out.stream.getTracks(), ...canvas.captureStream(30).getTracks()])
        rtc.addTransceiver(track, { direction: "sendonly" });
    await rtc.setLocalDescription();
    return rtc.localDescription.sdp;
}"""


async def test_after_a_withdrawal_not_a_packet_is_heard_and_none_is_sent(setting: Setting) -> None:
    async with four_speak(setting):
        await setting.all_agree()
        await setting.written(4, 20_000)
        await setting.withdrawn()
        size, taken = setting.bytes(), setting.relay.port.forwarded
        assert taken == {}
        assert await setting.forwarded() == []
        assert setting.relay.calls == ()
        await asyncio.sleep(1.5)
        assert setting.bytes() == size
        assert not await setting.recording()
        await setting.all_agree()
        await setting.written(8, 20_000)


async def test_a_start_that_comes_after_the_withdrawal_starts_nothing(setting: Setting) -> None:
    async with four_speak(setting):
        await setting.all_agree()
        await setting.withdrawn()
        size = setting.bytes()
        await setting.recorder.start("wang", setting.call, "late")
        await setting.recorder.follow("wang", setting.call, "customer", "late")
        assert await setting.forwarded() == []
        assert setting.bytes() == size


async def test_a_page_that_was_loaded_again_is_recorded_on(setting: Setting) -> None:
    async with four_speak(setting):
        await setting.all_agree()
        await setting.written(4, 20_000)
        async with speaking(setting.halls, setting.janus, setting.call, "customer", "page 2") as again:
            await setting.recorder.follow("wang", setting.call, "customer", "page 2")
            before = setting.dumps()["customer"].stat().st_size
            await setting.written(4, before + 20_000)
            assert again.asked, "for a picture that stands alone"
            assert len(await setting.forwarded()) == 8
        await setting.withdrawn()


async def test_when_a_media_process_dies_what_it_wrote_is_a_film_and_another_one_goes_on(
    setting: Setting, tmp_path: Path
) -> None:
    store = setting.process.store
    await store.seats.name(setting.call, "wang")
    told = store.seats, store.whispers, store.media_reports, store.leases
    news = MediaNews(setting.process.conversations, *told, setting.recorder, setting.process.tasks)
    async with four_speak(setting):
        await setting.all_agree()
        await setting.written(4, 40_000)
        first, (dead,) = set(setting.folder.glob("*.dump")), await store.media.alive(store.clock())
        async with worker_on(store, setting.tap, Place(hosts=(setting.janus.here,))):
            await store.media.retire(dead.id, store.clock())  # as if it were dead; it hears on all the same
            await news.hear(MediaReport(kind="lost", worker=dead.id, call=setting.call), "1-0")
            assert await setting.recording()
            ports = {each["port"] for each in await setting.forwarded()}
            assert (len(ports), setting.relay.port.number in ports) == (1, False), "nothing goes where it went before"
            await setting.written(8, 40_000)
            for dump in first:
                with (tmp_path / "film.webm").open("wb") as file:
                    assert make(records(dump, KEY), file)
            await setting.withdrawn()


async def test_where_nothing_arrives_the_log_says_that_nothing_is_recorded(setting: Setting) -> None:
    """No worker that could listen: it is not shown as recorded."""
    setting.recorder = Recorder(setting.process.conversations, NoMedia(), setting.halls)  # type: ignore[arg-type]
    await setting.all_agree()
    assert not await setting.recording()
    stopped = [each for each in await setting.process.log("wang") if each["type"] == "recording.stopped"]
    assert [each["d"]["why"] for each in stopped] == ["lost"]


class NoMedia:
    """A store without a media worker."""

    async def open(self, call: str) -> None:
        raise NotFound("call")


async def test_who_knows_all_but_the_key_of_the_plugin_forwards_nothing(setting: Setting) -> None:
    async with speaking(setting.halls, setting.janus, setting.call, "customer"):
        hall = await setting.process.store.halls.of(setting.call)
        seated = await setting.process.store.halls.seated(setting.call, "customer")
        assert hall
        assert seated
        stream = {"mid": seated.voice, "host": setting.janus.here, "port": free_port()}
        words = {"room": hall.number, "secret": hall.secret, "publisher_id": seated.feed, "host": setting.janus.here}
        async with once(address(setting.janus)) as (wire, session, handle):
            with pytest.raises(RefusedByJanus):
                await wire.say(session, handle, {"request": "rtp_forward", **words, "streams": [stream]})


async def test_what_is_forwarded_can_not_be_read_on_the_way(setting: Setting) -> None:
    """Whoever is at the other end without the key has packets whose content is none of the clip's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as overhears:
        overhears.bind((setting.janus.here, 0))
        overhears.setblocking(False)
        async with speaking(setting.halls, setting.janus, setting.call, "customer"):
            outlet = Outlet(setting.janus.here, overhears.getsockname()[1])
            await setting.halls.forward(setting.call, fresh("customer"), outlet)
            loop, got = asyncio.get_running_loop(), list[bytes]()
            async with asyncio.timeout(10):
                while len(got) < 100:
                    got.append(await loop.sock_recv(overhears, 2_048))
    plain = {payload for part in clip() for payload in part[3] if len(payload) > 8}
    assert not [packet for packet in got if any(payload in packet for payload in plain)]


async def test_who_does_not_send_is_not_forwarded(setting: Setting) -> None:
    with pytest.raises(NotFound):
        await setting.halls.forward(setting.call, fresh("agent:li"), Outlet(setting.janus.here, free_port()))
    await setting.halls.forward_nothing("a call that nobody knows")
