// The demo shop. It knows OneThread only as any site does: the script tag, and calls of `OneThread(...)`.

import { html, nothing, render } from "../vendor/lit.js";
import { Account, customers, load } from "./account.js";
import { story } from "./story.js";
import { language, speak, tag, words } from "./words.js";

// Calls made before the widget has loaded wait in its queue.
window.OneThread ??= (...call) => (window.OneThread.q ??= []).push(call);

const account = new Account("shop");
const view = { language: language(), people: [], products: [], logins: [], shop: { zh: "青瓷生活", en: "Celadon Home" } };

function draw(more = {}) {
  Object.assign(view, more);
  const say = words(view.language);
  document.documentElement.lang = tag(view.language);
  document.title = view.shop[view.language];
  render(html`${header(say)}<main>${hero(say)} ${shelves(say)} ${story(say, view.logins)}</main><footer>${say("foot")}</footer>`, document.body);
}

const header = (say) => html`<header class="bar">
  <a class="brand" href="/"><img src="/static/demo/img/mark.svg" alt="" width="28" height="28">${view.shop[view.language]}</a>
  <button type="button" class="plain" lang=${view.language === "zh" ? "en" : "zh-CN"} @click=${toggle}>${say("language")}</button>
  ${people(say)}
</header>`;

function people(say) {
  const mine = view.people.find((one) => one.key === account.current);
  return html`<details class="people" @keydown=${close} @focusout=${leave}>
    <summary>${mine ? html`<i>${[...mine.name][0]}</i>${mine.name}` : say("guest")}</summary>
    <div>
      <p>${say("signin")}<small>${say("samples")}</small></p>
      ${view.people.map((one) => html`<button type="button" aria-pressed=${one === mine} @click=${() => signIn(one)}>
        <i>${[...one.name][0]}</i><span><b>${one.name}</b><small lang=${one.language}>${one.note}</small></span>
      </button>`)}
      ${mine ? html`<button type="button" class="out" @click=${signOut}>${say("signout")}</button>` : nothing}
    </div>
  </details>`;
}

const hero = (say) => html`<section class="hero">
  <div>
    <h1>${say("tagline")}</h1>
    <p>${say("intro")}</p>
    <p class="calls"><button type="button" class="strong" @click=${ask}>${say("ask")}</button><a href="#story">${say("story")}</a></p>
  </div>
  <img src="/static/demo/img/hero.svg" alt="" width="520" height="360">
</section>`;

/** The catalogue, a shelf for each category, in the order in which they come. */
function shelves(say) {
  if (!view.products.length) return html`<p class="sorry" role="status">${view.failed ? say("unavailable") : nothing}</p>`;
  const categories = [...new Set(view.products.map((product) => product.category[view.language]))];
  return categories.map((name) => html`<section class="shelf">
    <h2>${name}</h2>
    <ul>${view.products.filter((product) => product.category[view.language] === name).map((product) => tile(product, say))}</ul>
  </section>`);
}

const tile = (product, say) => html`<li>
  <img src="/static/demo/img/${product.model.toLowerCase()}.svg" alt="" width="240" height="200" loading="lazy">
  <h3>${product.name[view.language]}</h3>
  <p>${product.description[view.language]}</p>
  <p class="price"><b>¥${Number(product.price).toLocaleString("en", { minimumFractionDigits: 2 })}</b>
    <button type="button" class="plain" aria-label="${say("ask")}: ${product.model}" @click=${ask}>${say("ask")}</button></p>
</li>`;

const ask = () => window.OneThread("open");

function toggle() {
  const next = view.language === "zh" ? "en" : "zh";
  speak(next);
  window.OneThread("locale", tag(next));
  draw({ language: next });
}

function signIn(person) {
  if (person.key === account.current) return;
  if (account.current) window.OneThread("logout");
  account.signIn(person.key);
  window.OneThread("identify", () => account.token());
  shut();
}

function signOut() {
  account.signOut();
  window.OneThread("logout");
  shut();
}

function shut() {
  const menu = document.querySelector(".people");
  menu.open = false;
  menu.querySelector("summary").focus();
  draw();
}

const close = ({ key }) => key === "Escape" && shut();
const leave = ({ currentTarget, relatedTarget }) => {
  if (relatedTarget && !currentTarget.contains(relatedTarget)) currentTarget.open = false;
};

if (account.current) window.OneThread("identify", () => account.token());
window.OneThread("locale", tag(view.language));
draw();
const [found, products, logins] = await Promise.all([customers(), load("/demo/catalogue", []), load("/demo/logins", [])]);
draw({ people: found, products, logins, failed: !products.length });
