"""Covers static/calls: two engines in a real Chromium, joined by a fake hub; real media between them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.browser.engines import engine_page

pytestmark = pytest.mark.long


@pytest.fixture
async def page(devices: Browser) -> AsyncIterator[Page]:
    context = await devices.new_context()
    yield await engine_page(context)
    await context.close()


async def test_two_parties_see_and_hear_each_other(page: Page) -> None:
    seen: Any = await page.evaluate("""async () => {
        const { hub, agent, customer } = await two();
        await until(async () => await frames(agent.other()) > 5 && await frames(customer.other()) > 5);
        return {
            kinds: [agent, customer].map((it) => it.other().stream.getTracks().map((one) => one.kind).sort()),
            offers: hub.heard.filter((it) => it.t === "rtc.description" && it.d.type === "offer").map((it) => it.from),
            shows: agent.other().shows,
        };
    }""")
    assert seen["kinds"] == [["audio", "video"]] * 2
    assert seen["offers"] == ["customer"]  # who joins second offers, and nobody else
    assert seen["shows"] == {"audio": True, "video": True, "screen": False}


async def test_offers_that_meet_end_in_one_connection(page: Page) -> None:
    """Both sides add something at the same moment, many times: the polite one gives way, nothing is stuck."""
    states: Any = await page.evaluate("""async () => {
        const { agent, customer } = await two();
        for (let i = 0; i < 5; i++) {
            agent.other().restart();
            customer.other().restart();
            await new Promise((done) => setTimeout(done, 30 * i));
        }
        await until(() => [agent, customer].every((it) => it.other().rtc.signalingState === "stable"));
        await flows(agent); await flows(customer);
        return [agent, customer].map((it) => it.call.state);
    }""")
    assert states == ["live", "live"]


async def test_offers_of_two_generations_that_meet_end_in_one_connection(page: Page) -> None:
    """Whose offer goes first adds something at the moment in which the other's network changes."""
    flow: Any = await page.evaluate("""async () => {
        const { agent, customer } = await two();
        agent.other().rtc.onnegotiationneeded();
        customer.other().restart();
        return agreed(it, 1);
    }""")
    assert flow == [True, True]


async def test_an_offer_that_is_out_is_said_again_under_the_generation_it_meets(page: Page) -> None:
    """As above, but the offer that goes first was made before."""
    flow: Any = await page.evaluate("""async () => {
        const { hub, agent, customer } = await two();
        let lost = 0;
        hub.loses = (to, frame) => to === "customer" && frame.t === "rtc.description" && ++lost > 0;
        agent.other().rtc.onnegotiationneeded();
        await until(() => lost);
        hub.loses = () => false;
        customer.other().restart();
        return agreed(it, 1);
    }""")
    assert flow == [True, True]


async def test_what_is_begun_anew_while_an_offer_is_applied_is_newer(page: Page) -> None:
    flow: Any = await page.evaluate("""async () => {
        const { agent, customer } = await two();
        const peer = customer.other();
        const { rtc } = peer, apply = rtc.setRemoteDescription.bind(rtc);
        rtc.setRemoteDescription = (description) => {
            rtc.setRemoteDescription = apply;
            peer.restart();
            return apply(description);
        };
        agent.other().restart();
        return agreed(it, 2);
    }""")
    assert flow == [True, True]


async def test_candidates_of_an_older_generation_change_nothing(page: Page) -> None:
    thrown: Any = await page.evaluate("""async () => {
        const { agent, customer } = await two();
        const peer = customer.other();
        const added = [];
        const add = peer.rtc.addIceCandidate.bind(peer.rtc);
        peer.rtc.addIceCandidate = (it) => (added.push(it), add(it));
        agent.other().restart();
        await until(() => peer.generation === 1 && peer.rtc.signalingState === "stable");
        const candidate = "candidate:1 1 udp 1 127.0.0.1 9 typ host";
        await peer.receive({ t: "rtc.candidate", from: "agent:1", pc: peer.pc, generation: 0, candidate, mid: "0" });
        const stale = added.filter((it) => it.candidate === candidate).length; // the restart's own may still come
        await peer.receive({ t: "rtc.description", type: "answer", sdp: "v=0", from: "agent:1", pc: peer.pc,
            generation: 0 });
        await flows(customer);
        return { stale, state: customer.call.state };
    }""")
    assert thrown == {"stale": 0, "state": "live"}


async def test_a_lost_socket_comes_back_with_the_same_connection(page: Page) -> None:
    """A hub that restarts takes the socket, not the media: nothing is negotiated anew."""
    done: Any = await page.evaluate("""async () => {
        const { hub, agent, customer } = await two();
        const rtc = customer.other().rtc;
        customer.line.cut();
        const away = customer.call.state;
        hub.heard.length = 0;
        customer.line.back();
        await until(() => customer.call.state === "live");
        await flows(customer);
        const asked = hub.heard.filter((it) => it.t === "call.join");
        return { away, same: customer.other().rtc === rtc, pc: asked[0].d.pc === customer.call.pc,
                 described: hub.heard.filter((it) => it.t === "rtc.description").length };
    }""")
    assert done == {"away": "reconnecting", "same": True, "pc": True, "described": 0}


async def test_only_the_side_that_lost_its_network_makes_a_new_path(page: Page) -> None:
    done: Any = await page.evaluate("""async () => {
        const { hub, agent, customer } = await two();
        const rtc = customer.other().rtc;
        // The network is gone: nothing comes in any more, which is what it looks like from inside.
        customer.other().flows = async () => false;
        hub.heard.length = 0;
        customer.line.cut();
        await new Promise((done) => setTimeout(done, 100));
        customer.line.back();
        const answered = () => hub.heard.some((it) => it.from === "agent:1" && it.t === "rtc.description");
        await until(answered);
        delete customer.other().flows;
        await flows(customer); await flows(agent);
        const told = hub.heard.filter((it) => it.t === "rtc.description").map((it) => [it.from, it.d.type,
            it.d.generation]);
        return { told, same: customer.other().rtc === rtc, states: [agent, customer].map((it) => it.call.state) };
    }""")
    assert done["told"] == [["customer", "offer", 1], ["agent:1", "answer", 1]]
    assert done["same"]
    assert done["states"] == ["live", "live"]


async def test_a_description_that_was_lost_with_the_socket_is_said_again(page: Page) -> None:
    """The answer never arrived: both sides wait, until the one that was away is back."""
    state: Any = await page.evaluate("""async () => {
        const hub = new FakeHub();
        const agent = await party(hub, "agent:1");
        let lost = 0;
        hub.loses = (to, frame) => frame.t === "rtc.description" && frame.type === "answer" && lost++ < 1;
        const customer = await party(hub, "customer");
        await until(() => lost === 1);
        customer.line.cut();
        customer.line.back();
        await until(() => agent.call.state === "live" && customer.call.state === "live");
        return customer.call.state;
    }""")
    assert state == "live"


async def test_two_who_join_at_once_and_miss_each_other_find_each_other(page: Page) -> None:
    """Neither was told of the other, so neither owes an offer: they ask again, and the impolite one begins."""
    states: Any = await page.evaluate("""async () => {
        const hub = new FakeHub();
        const join = hub.join.bind(hub);
        let missed = 0;
        hub.join = (line, d) => (missed++ < 2 ? { ...join(line, d), others: [] } : join(line, d));
        hub.loses = (to, frame) => frame.t === "call.peer" && missed <= 2;
        const [agent, customer] = await Promise.all([party(hub, "agent:1"), party(hub, "customer")]);
        await until(() => agent.call.state === "live" && customer.call.state === "live");
        await flows(agent); await flows(customer);
        return [agent, customer].map((it) => it.call.state);
    }""")
    assert states == ["live", "live"]


async def test_an_offer_that_was_lost_on_the_way_is_made_again(page: Page) -> None:
    state: Any = await page.evaluate("""async () => {
        const hub = new FakeHub();
        let lost = 0;
        hub.loses = (to, frame) => frame.t === "rtc.description" && lost++ < 1;
        const agent = await party(hub, "agent:1");
        const customer = await party(hub, "customer");
        await until(() => agent.call.state === "live" && customer.call.state === "live");
        return [lost > 1, customer.call.state];
    }""")
    assert state == [True, "live"]


async def test_an_answer_that_was_lost_is_said_again_and_begins_nothing_anew(page: Page) -> None:
    """Nobody's socket broke: the one who offered asks again, and the very same answer comes."""
    done: Any = await page.evaluate("""async () => {
        const hub = new FakeHub();
        const agent = await party(hub, "agent:1");
        const answers = [];
        hub.loses = (to, { t, type, sdp }) => t === "rtc.description" && type === "answer" && answers.push(sdp) < 2;
        // Said again between browsers it has more candidates in it: here it is the same, as through a relay.
        const asked = hub.asked.bind(hub);
        let offer;
        hub.asked = (line, t, d) => asked(line, t, d.type === "offer" ? (offer ??= d) : d);
        let taken = 0;
        const take = RTCPeerConnection.prototype.setRemoteDescription;
        RTCPeerConnection.prototype.setRemoteDescription = function (it) {
            taken += it.type === "offer";
            return take.call(this, it);
        };
        const customer = await party(hub, "customer");
        await until(() => agent.call.state === "live" && customer.call.state === "live");
        const ufrags = new Set(answers.map((it) => it.match(/ice-ufrag:(\\S+)/)[1]));
        return [answers.length, ufrags.size, taken];
    }""")
    assert done == [2, 1, 1]


async def test_a_browser_that_does_not_even_try_begins_anew(page: Page) -> None:
    """Chromium over an offer that was taken back at once: stable, gathering, without a check for ever."""
    done: Any = await page.evaluate("""async () => {
        const hub = new FakeHub();
        const agent = await party(hub, "agent:1");
        let old;
        hub.loses = (to, frame) => {
            old ??= [...hub.places.values()].map((it) => it.pc);
            if (!old.includes(frame.pc)) return false;
            if (frame.sdp) frame.sdp = frame.sdp.replace(/a=candidate.*\\r\\n/g, "");
            return frame.t === "rtc.candidate";
        };
        const customer = await party(hub, "customer");
        const before = [agent.call.pc, customer.call.pc];
        await until(() => agent.call.state === "live" && customer.call.state === "live");
        await flows(agent); await flows(customer);
        return [agent.call.pc, customer.call.pc].filter((it, i) => it !== before[i]).length;
    }""")
    assert done >= 1


async def test_a_half_open_connection_is_found_out_in_three_seconds(page: Page) -> None:
    seconds: float = await page.evaluate("""async () => {
        const { customer } = await two();
        const began = performance.now();
        customer.line.answers = false;
        await until(() => customer.line.reconnects > 0);
        return (performance.now() - began) / 1000;
    }""")
    assert 1.5 < seconds < 5


async def test_after_a_reload_the_one_that_stayed_offers(page: Page) -> None:
    done: Any = await page.evaluate("""async () => {
        const { hub, agent, customer } = await two();
        const old = agent.other().rtc;
        customer.call.end("left"); // as a page that goes: nobody is told
        hub.heard.length = 0;
        const again = await party(hub, "customer");
        await until(() => again.call.state === "live" && agent.call.state === "live" && agent.other().rtc !== old);
        await flows({ ...again }); await flows(agent);
        return { offers: hub.heard.filter((it) => it.d.type === "offer").map((it) => it.from),
            closed: old.signalingState };
    }""")
    assert done == {"offers": ["agent:1"], "closed": "closed"}


async def test_when_the_media_worker_has_moved_everyone_begins_anew_in_the_same_call(page: Page) -> None:
    done: Any = await page.evaluate("""async () => {
        const { hub, agent, customer } = await two();
        const before = [agent, customer].map((it) => it.call.pc);
        hub.places.clear();
        for (const it of [agent, customer]) it.line.emit("call.moved", { t: "call.moved", call: "call-1" });

                   await until(() => agent.call.state === "live" && customer.call.state === "live"
            && agent.other() && customer.other());
        await flows(agent); await flows(customer);
        return [agent, customer].map((it, i) => it.call.pc !== before[i] && it.call.id === "call-1");
    }""")
    assert done == [True, True]


async def test_two_who_move_at_once_do_not_hold_on_to_what_the_other_was(page: Page) -> None:
    """Each is told of the other's new connection before its own place is answered, with the other's old one in it."""
    done: Any = await page.evaluate("""async () => {
        const { hub, agent, customer } = await two();
        const old = new Map(hub.places), moving = new Set(old.keys());
        const join = hub.join.bind(hub);
        hub.join = (line, d) => {
            const said = join(line, d), crossed = moving.delete(line.party); // asked again, it knows who is there
            const before = (it) => ({ ...it, pc: old.get(it.party).pc, offers: false });
            return crossed ? { ...said, others: said.others.map(before) } : said;
        };
        for (const { line } of [agent, customer]) {
            const ask = line.request.bind(line);
            line.request = async (t, d) => {
                const answer = await ask(t, d);
                if (t === "call.join") await new Promise((done) => setTimeout(done, 100));
                return answer;
            };
        }
        for (const it of [agent, customer]) it.line.emit("call.moved", { t: "call.moved", call: "call-1" });
        const during = agent.call.state;
        await until(() => agent.call.state === "live" && customer.call.state === "live");
        await flows(agent); await flows(customer);
        return [during, agent.other().pc === customer.call.pc, customer.other().pc === agent.call.pc];
    }""")
    assert done == ["reconnecting", True, True]


async def test_another_device_of_ours_takes_the_call_over(page: Page) -> None:
    done: Any = await page.evaluate("""async () => {
        const { hub, agent, customer } = await two();
        const why = new Promise((done) => customer.call.on("over", done));
        const second = await party(hub, "customer");
        await until(() => second.call.state === "live" && agent.call.state === "live");
        return { why: await why, state: customer.call.state };
    }""")
    assert done == {"why": "replaced", "state": "over"}


async def test_mute_camera_and_screen_are_seen_on_the_other_side(page: Page) -> None:
    shows: Any = await page.evaluate("""async () => {
        const { agent, customer } = await two();
        const seen = [];
        const look = async (what) => { await until(what); seen.push({ ...agent.other().shows }); };
        customer.local.mute(true);
        await look(() => !agent.other().shows.audio);
        const camera = customer.local.camera;
        await customer.local.film(false);
        await look(() => !agent.other().shows.video);
        const light = camera.readyState;
        await customer.local.film(true);
        await look(() => agent.other().shows.video);
        const before = await frames(agent.other());
        await until(async () => (await frames(agent.other())) > before + 3);
        return { seen, light, offers: customer.other().generation };
    }""")
    assert shows["seen"] == [
        {"audio": False, "video": True, "screen": False},
        {"audio": False, "video": False, "screen": False},
        {"audio": False, "video": True, "screen": False},
    ]
    assert shows["light"] == "ended"


async def test_a_shared_screen_takes_the_place_of_the_camera_and_gives_it_back(page: Page) -> None:
    done: Any = await page.evaluate("""async () => {
        const { agent, customer } = await two();
        // A page of a headless browser has no screen to pick: a canvas stands in for it.
        const canvas = Object.assign(document.createElement("canvas"), { width: 400, height: 300 });
        canvas.getContext("2d").fillRect(0, 0, 9, 9);
        const screen = canvas.captureStream(5);
        customer.local.devices.getDisplayMedia = async () => screen;
        await customer.local.share(true);
        const sent = () => customer.other().rtc.getSenders().find((it) => it.track?.kind === "video").track;
        const [track] = screen.getVideoTracks();
        await until(() => agent.other().shows.screen && sent() === track);
        track.dispatchEvent(new Event("ended")); // the browser's own button
        await until(() => !agent.other().shows.screen && sent() === customer.local.camera);
        return track.readyState;
    }""")
    assert done == "ended"


async def test_an_audio_call_becomes_a_video_call(page: Page) -> None:
    done: Any = await page.evaluate("""async () => {
        const hub = new FakeHub();
        const agent = await party(hub, "agent:1", "audio");
        const customer = await party(hub, "customer", "audio");
        await until(() => agent.call.state === "live" && customer.call.state === "live");
        await agent.local.film(true);
        await until(async () => (await frames(customer.other())) > 3);
        await customer.local.film(true);
        await until(async () => (await frames(agent.other())) > 3);
        return agent.other().rtc.getTransceivers().map((it) => it.currentDirection);
    }""")
    assert done == ["sendrecv", "sendrecv"]


async def test_figures_and_a_word_for_them_every_five_seconds(page: Page) -> None:
    done: Any = await page.evaluate("""async () => {
        const { hub, agent } = await two();

                   const told = () => agent.call.quality?.figures.kbps > 0;
        await until(told, 20000);
        const { d } = hub.heard.findLast((it) => it.t === "stats.report" && it.from === "agent:1");
        return { word: agent.call.quality.word, keys: Object.keys(d).sort(), loss: d.loss, kbps: d.kbps };
    }""")
    assert done["word"] in ("good", "fair", "poor")
    assert done["keys"] == ["call", "jitter_ms", "kbps", "loss", "rtt_ms"]
    assert 0 <= done["loss"] < 0.2
    assert done["kbps"] > 10


async def test_the_end_leaves_nothing_on(page: Page) -> None:
    left: Any = await page.evaluate("""async () => {
        const { hub, agent, customer } = await two();
        const { microphone, camera } = customer.local;
        const rtc = customer.other().rtc;
        customer.call.end("hungup");
        hub.heard.length = 0;
        await new Promise((done) => setTimeout(done, 2500));
        const pings = hub.heard.filter((it) => it.from === "customer").length;
        return [microphone.readyState, camera.readyState, rtc.signalingState,
            customer.local.stream.getTracks().length, pings];
    }""")
    assert left == ["ended", "ended", "closed", 0, 0]


@pytest.mark.parametrize(
    ("error", "reason"),
    [("NotAllowedError", "denied"), ("NotFoundError", "none"), ("NotReadableError", "busy"), ("TypeError", "insecure")],
)
async def test_why_a_microphone_can_not_be_used(page: Page, error: str, reason: str) -> None:
    told: Any = await page.evaluate(
        """async (name) => {
        const local = new Local({ getUserMedia: async () => { throw Object.assign(new Error(), { name }); } });
        return local.open("video").catch((why) => [why.reason, why.device]);
    }""",
        error,
    )
    assert told == [reason, "microphone"]


async def test_who_has_no_camera_talks_all_the_same(page: Page) -> None:
    told: Any = await page.evaluate("""async () => {
        const devices = navigator.mediaDevices;
        const local = new Local({ getUserMedia: async (wanted) => {
            if (wanted.video) throw new DOMException("", "NotFoundError");
            return devices.getUserMedia(wanted);
        } });
        const why = await local.open("video");
        return [why.reason, why.device, local.shows];
    }""")
    assert told == ["none", "camera", {"audio": True, "video": False, "screen": False}]


async def test_both_devices_are_asked_for_in_one_question(page: Page) -> None:
    asked: Any = await page.evaluate("""async () => {
        const devices = navigator.mediaDevices;
        const asked = [];
        const local = new Local({ getUserMedia: (wanted) => {
            asked.push(Object.keys(wanted).filter((it) => wanted[it]));
            return devices.getUserMedia(wanted);
        } });
        await local.open("video");
        return [asked, local.shows];
    }""")
    assert asked == [[["audio", "video"]], {"audio": True, "video": True, "screen": False}]


async def test_another_microphone_and_camera_while_talking(page: Page) -> None:
    """The fake machine has two of each; the sender keeps its place, so nothing is negotiated."""
    done: Any = await page.evaluate("""async () => {
        const { hub, agent, customer } = await two();
        const found = await named(customer.local);
        const other = (kind,
            now) => found.find((it) => it.kind === kind && it.deviceId !== now && it.deviceId !== "default").deviceId;
        const [microphone, camera] = [customer.local.microphone, customer.local.camera];
        hub.heard.length = 0;
        await use(customer.local, "microphone", other("audioinput", microphone.getSettings().deviceId));
        const before = camera.getSettings().deviceId;
        for (const _ of [1, 2]) await turn(customer.local); // past the one that films depth
        await flows(agent);
        return { old: [microphone.readyState, camera.readyState],
            turned: customer.local.camera.getSettings().deviceId !== before,
                 described: hub.heard.filter((it) => it.t === "rtc.description").length };
    }""")
    assert done == {"old": ["ended", "ended"], "turned": True, "described": 0}
