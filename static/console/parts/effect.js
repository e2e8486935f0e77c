/** What was asked of the CRM, as a line of the thread: on its way, done with its number, or failed and what can be done. */
import { html } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { partyName } from "../lines.js";
import { crmName } from "../people.js";
import { exact, clockTime } from "../times.js";
import { openRecord } from "./record.js";

/** @typedef {import("../main.js").App} App */
/** @typedef {import("../effects.js").Effect} Effect */

/** @param {App} app @param {import("../conversation.js").Conversation} conversation @param {Effect} effect */
export function effectTemplate(app, conversation, effect) {
  const { state, event } = effect;
  const mark = { asked: "waiting", done: "resolve", failed: "failed" }[state];
  return html`<div class="effect ${state}" role="group" aria-label=${app.words.t("effect.label")} title=${exact(app.words, event.at)}>
    ${icon(/** @type {any} */ (mark))}
    <p class="grow" dir="auto">${sentence(app, effect)} ${openRecord(app, { url: event.d.url, source: event.d.crm }, event.d.ref ?? "")}
      ${notes(app, effect).map((it) => html`<span class="small muted">${it}</span>`)}</p>
    ${state === "failed" ? ways(app, conversation, effect) : ""}
    <time class="muted tabular small">${clockTime(app.words, event.at)}</time>
  </div>`;
}

/** @param {App} app @param {Effect} effect */
function sentence(app, { state, kind, title, event }) {
  const { words } = app;
  const d = event.d;
  const as = state === "done" && d.degraded ? `${kind}.as_${d.degraded}` : kind;
  const values = {
    by: partyName(app, event.by),
    title: kind === "edit" ? fieldNames(app, title) : title,
    ref: d.ref ?? "",
    crm: crmName(words, d.crm),
    why: state === "failed" ? app.errors.sentence({ code: d.why }) : "",
  };
  return words.t(`effect.${state}.${as}`, values);
}

/** @param {App} app @param {Effect} effect */
function notes(app, { state, kind, event }) {
  const { why, detail, kept } = event.d;
  if (state !== "failed") return [];
  const said = kind === "edit" && why === "crm_conflict" ? fieldNames(app, detail) : detail;
  return [said, kept ? app.words.t("effect.kept") : ""].filter(Boolean);
}

/** "name, custom.size" in words. @param {App} app @param {string} fields */
function fieldNames(app, fields) {
  const name = (/** @type {string} */ it) => (app.words.has(`field.${it}`) ? app.words.t(`field.${it}`) : it.replace(/^custom\./, ""));
  return fields.split(", ").map(name).join(app.words.t("and_so_on"));
}

/** What can be done about a failure. @param {App} app @param {import("../conversation.js").Conversation} conversation @param {Effect} effect */
function ways(app, { id }, { kind, ask, event }) {
  const t = app.words.t.bind(app.words);
  // The very job, which is still there: asked anew, it could be done twice.
  if (event.d.kept && app.actions.mayAsk)
    return html`<button type="button" class="button quiet" @click=${() => app.actions.retryEffect(id, event.d.effect)}>${t("retry")}</button>`;
  if (!ask || !app.actions.takes(/** @type {any} */ (kind))) return "";
  const look = async () => {
    await app.actions.refresh(id);
    app.place.go({ panel: true });
    app.form.open("edit", id);
  };
  return kind === "edit"
    ? html`<button type="button" class="button quiet" @click=${look}>${t("effect.look")}</button>`
    : html`<button type="button" class="button quiet" @click=${() => app.actions.askAgain(id, ask)}>${t("retry")}</button>`;
}
