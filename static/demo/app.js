// The demo's "mobile app": it uses the SDK and the widget's conversation directly, as a second device of the customer.

import { html, nothing, render } from "../vendor/lit.js";
import { start } from "../widget/start.js";
import { Account, customers, load } from "./account.js";
import { language, speak, tag, words } from "./words.js";

const account = new Account("app");
const view = { language: language(), people: [], products: [], tab: "shop", unread: 0 };
const SHOP = { zh: "青瓷生活", en: "Celadon Home" };

/** The conversation lives in an element of its own, whatever tab is shown. */
const help = Object.assign(document.createElement("div"), { className: "help" });
help.addEventListener("leave", () => show("shop"));
/** @type {Awaited<ReturnType<typeof start>> | null} */
let running = null;

function draw(more = {}) {
  Object.assign(view, more);
  const say = words(view.language);
  document.documentElement.lang = tag(view.language);
  const mine = view.people.find((one) => one.key === account.current);
  render(html`<aside><p>${say("app.hint")}</p><p><a href="/" target="_blank">${say("app.shopping")}</a></p></aside>
    <main class="phone">${mine ? screens(say, mine) : entrance(say)}</main>`, document.body);
  document.title = say("app.title");
}

const entrance = (say) => html`<section class="entrance">
  <img src="/static/demo/img/mark.svg" alt="" width="56" height="56">
  <h1>${SHOP[view.language]}</h1>
  <p>${say("app.who")}<small>${say("samples")}</small></p>
  ${view.people.map((one) => html`<button type="button" @click=${() => signIn(one)}><b>${one.name}</b><small lang=${one.language}>${one.note}</small></button>`)}
  <button type="button" class="link" @click=${toggle}>${say("language")}</button>
</section>`;

const screens = (say, mine) => html`
  <section ?hidden=${view.tab !== "shop"} class="shop" tabindex="0">
    <h1>${say("app.hello", { name: mine.name })}</h1>
    <ul>${view.products.map((product) => html`<li>
      <img src="/static/demo/img/${product.model.toLowerCase()}.svg" alt="" width="240" height="200" loading="lazy">
      <span>${product.name[view.language]}</span><b>¥${Number(product.price).toLocaleString("en", { minimumFractionDigits: 2 })}</b></li>`)}</ul>
  </section>
  <section ?hidden=${view.tab !== "help"} class="screen">${help}</section>
  <section ?hidden=${view.tab !== "me"} class="me">
    <h1>${mine.name}</h1><p lang=${mine.language}>${mine.note}</p>
    <button type="button" @click=${toggle}>${say("language")}</button>
    <button type="button" class="out" @click=${signOut}>${say("signout")}</button>
    <small>${say("app.wipe")}</small>
  </section>
  <nav ?hidden=${view.tab === "help"}>${["shop", "help", "me"].map((tab) => html`<button
    type="button" aria-current=${view.tab === tab ? "page" : "false"} @click=${() => show(tab)}>
    ${say(`app.${tab}`)}${tab === "help" && view.unread ? html`<b class="badge">${view.unread > 99 ? "99+" : view.unread}</b>` : nothing}
  </button>`)}</nav>`;

function show(tab) {
  draw({ tab });
  running?.draw({ visible: tab === "help" });
}

async function connect() {
  running = await start(help, {
    host: location.origin,
    site: "demo",
    channel: "app",
    locale: tag(view.language),
    page: location.origin + location.pathname,
    token: () => account.token(),
  });
  const { customer } = running;
  customer.on("change", () => customer.thread?.unread !== view.unread && draw({ unread: customer.thread?.unread ?? 0 }));
  show(view.tab);
}

async function signIn({ key }) {
  account.signIn(key);
  draw({ tab: "help" });
  if (!running) return connect();
  running.customer.identify(() => account.token());
  running.customer.open();
  show("help");
}

/** Ends it on this device: nothing of the conversation stays here. */
async function signOut() {
  await running?.customer.logout();
  account.signOut();
  draw({ tab: "shop", unread: 0 });
}

function toggle() {
  const next = view.language === "zh" ? "en" : "zh";
  speak(next);
  draw({ language: next });
  running?.speak(tag(next));
}

draw();
const [people, products] = await Promise.all([customers(), load("/demo/catalogue", [])]);
draw({ people, products });
if (account.current) connect();
