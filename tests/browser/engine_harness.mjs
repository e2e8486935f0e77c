// The engine's own page: what its tests need at hand, as globals. Served by tests/browser/engines.py.
import { Call } from "/static/calls/call.js";
import { named, turn, use } from "/static/calls/devices.js";
import { Local } from "/static/calls/local.js";
import { Phone } from "/static/calls/phone.js";
import { Signals } from "/static/calls/signals.js";
import { measured, quality, worst } from "/static/calls/figures.js";
import { FakeHub, Line } from "/signalling.mjs";
Object.assign(window, { Call, Local, Phone, Signals, FakeHub, Line, measured, named, quality, turn, use, worst });

/** A party in the call: its connection, what it gives, its engine. */
window.party = async (hub, name, media = "video") => {
  const line = hub.line(name);
  const local = new Local();
  await local.open(media);
  const call = new Call(new Signals(line), "call-1", local);
  await call.join();
  return { line, local, call, other: () => [...call.peers.values()][0] };
};
/** Waits until `what()` is true, looking again with every frame. */
window.until = async (what, ms = 15000) => {
  const end = performance.now() + ms;
  for (;;) {
    const found = await what();
    if (found) return found;
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
};
window.frames = (peer) => peer.rtc.getStats().then((all) =>
  [...all.values()].filter((it) => it.type === "inbound-rtp" && it.kind === "video").reduce((n, it) => n + (it.framesDecoded ?? 0), 0));
/** Media really comes in: more of it than a moment ago. */
window.flows = async (side, within = 15000) => {
  const was = side.other() ? await side.other().flows() : false;
  return was || until(() => side.other()?.flows(), within);
};
window.two = async () => {
  const hub = new FakeHub();
  const agent = await party(hub, "agent:1");
  const customer = await party(hub, "customer");
  await until(() => agent.call.state === "live" && customer.call.state === "live");
  return (window.it = { hub, agent, customer });
};
/** Both have come to the same generation, and to rest; media flow. */
window.agreed = async ({ agent, customer }, generation) => {
  const peers = [agent.other(), customer.other()];
  await until(() => peers.every((it) => it.generation === generation && it.rtc.signalingState === "stable"), 5000);
  return [await flows(agent), await flows(customer)];
};
window.ready = true;
