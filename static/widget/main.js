// The frame page: a conversation inside somebody's site. The loader says what the site wants, this does it.

import { Host } from "./host.js";
import { start } from "./start.js";

/** How long (ms) a conversation under way keeps the badge alive on the site's other pages. */
const ACTIVE = 7 * 86_400_000;

const host = new Host(window);

/** @returns {Promise<any>} the loader's first word */
const first = () => new Promise((resolve) => host.on("state", ({ now, before }) => before || resolve(now)));

async function main() {
  const site = new URLSearchParams(location.search).get("site") ?? "";
  const { locale, page, theme, identified } = await first();
  if (theme) document.documentElement.dataset.theme = theme;
  const token = () => host.token();
  const { customer, accent, draw, speak } = await start(document.querySelector("main"), {
    host: location.origin, site, locale, page, token: identified ? token : null,
  });
  const report = reporter(customer);
  customer.on("change", report);
  document.body.addEventListener("leave", () => host.tell("close"));
  document.body.addEventListener("ring", () => host.tell("open"));
  if (accent) host.tell("colour", accent);

  const follow = async (now, before) => {
    if (now.left !== (before?.left ?? 0)) await leave(customer);
    if (now.identified > (before?.identified ?? identified)) customer.identify(token);
    if (now.open) customer.open();
    if (now.open !== before?.open) draw({ visible: now.open });
    if (now.open && !before?.open && matchMedia("(pointer: fine)").matches) document.querySelector("ot-composer")?.focus();
    if (now.locale !== before?.locale) await speak((customer.locale = now.locale));
  };
  // One after the other: a logout must be over before somebody else signs in.
  let done = follow(host.state);
  host.on("state", ({ now, before }) => (done = done.then(() => follow(now, before))));
  report();
}

/**
 * Tells the badge, and whether the site's other pages should keep it alive; each only when it changed.
 * @param {import("../sdk/customer.js").Customer} customer
 */
function reporter(customer) {
  let told = {};
  return () => {
    const { thread } = customer;
    if (!thread) return void (told = {});
    const { unread, state } = thread;
    const busy = state.status !== "resolved" || unread > 0;
    if (unread !== told.unread) host.tell("unread", unread);
    if (busy !== told.busy) host.tell("kept", busy ? Date.now() + ACTIVE : 1);
    told = { unread, busy };
  };
}

/** Whoever was here is gone; a new visitor begins when the widget is opened again. */
async function leave(customer) {
  await customer.logout();
  host.tell("kept", "");
  host.tell("unread", 0);
}

main();
