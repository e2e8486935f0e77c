// The demo's CRM: a list of customers, the record of one, and the assist panel that is told whose record it is.

import { html, render } from "../vendor/lit.js";
import { customers } from "./account.js";
import { language, speak, tag, words } from "./words.js";

const view = { language: language(), people: [], open: location.hash.slice(1), state: "" };

function draw(more = {}) {
  Object.assign(view, more);
  const say = words(view.language);
  document.documentElement.lang = tag(view.language);
  document.title = say("crm.title");
  render(html`<header><img src="/static/demo/img/mark.svg" alt="" width="28" height="28"><b>${say("crm.title")}</b>
      <button type="button" @click=${toggle}>${say("language")}</button></header>
    <nav aria-label=${say("crm.customers")}>${view.people.map((one) => entry(one))}</nav>
    <main>${record(say, view.people.find((one) => one.external_id === view.open) ?? view.people[0])}</main>`, document.body);
}

const entry = (one) => html`<a href="#${one.external_id}" aria-current=${one.external_id === view.open ? "page" : "false"}>
  <b>${one.name}</b><small lang=${one.language}>${one.note}</small></a>`;

const record = (say, one) => one && html`<section>
    <h1>${one.name}</h1>
    <dl><dt>${say("crm.id")}</dt><dd>${one.external_id}</dd></dl>
    <p lang=${one.language}>${one.note}</p>
    <hr>
    <p><small>${say("crm.hint")}</small></p>
    <p><small>${say("crm.tag")}</small></p>
    <pre tabindex="0">&lt;onethread-assist customer="${one.external_id}"&gt;</pre>
  </section>
  <onethread-assist customer=${one.external_id} lang=${tag(view.language)} @customer=${follow}></onethread-assist>`;

/** The agent turned to somebody else in the panel: their record opens. */
function follow({ detail }) {
  if (view.people.some((one) => one.external_id === detail)) location.hash = detail;
}

function toggle() {
  const next = view.language === "zh" ? "en" : "zh";
  speak(next);
  draw({ language: next });
}

addEventListener("hashchange", () => draw({ open: location.hash.slice(1) }));
draw();
const people = await customers();
draw({ people, open: view.open || people[0]?.external_id });
