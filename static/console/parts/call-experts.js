/** Beside a call: who was asked in and has not come yet, and which supervisors listen or whisper. */
import { html, repeat } from "../../vendor/lit.js";
import { played } from "../../calls/played.js";
import { icon } from "../icons.js";

/** @typedef {import("../../calls/phone.js").Phone} Phone */
/** @typedef {import("../call-fold.js").StaffFact} StaffFact */

/** @param {import("../main.js").App} app @param {Phone} phone */
export function invitedTo(app, phone) {
  const t = app.words.t.bind(app.words);
  return (phone.fact?.invited ?? []).map((it) => {
    const state = it.party.startsWith("guest:") ? (it.until ? "unopened" : "reads") : "rings";
    const name = it.name || app.presence.nameOf(it.party.replace("agent:", ""));
    return html`<p class="call-asked">${icon(it.party.startsWith("guest:") ? "link" : "call")}<span class="grow"><span dir="auto">${name}</span> <span class="muted">${t(`expert.${state}`)}</span></span>
      <button type="button" class="button quiet" aria-label=${t("expert.withdraw.of", { name })} @click=${() => phone.ask("call.uninvite", { party: it.party })}>${t("expert.withdraw")}</button></p>`;
  });
}

/** What policy wants told; and whoever whispers is heard, so that is told in any case. @param {import("../main.js").App} app @param {Phone} phone */
export function supervisedBy(app, phone) {
  const t = app.words.t.bind(app.words);
  const all = /** @type {StaffFact | null} */ (phone.fact)?.supervisors ?? [];
  const told = all.filter((it) => it.mode === "whisper" || it.announced !== "nobody");
  const heard = [...(phone.call?.peers.values() ?? [])].filter((it) => it.mode === "whisper");
  return html`${told.map((it) => html`<p class="call-warning" role="status">${icon(it.mode === "whisper" ? "whisper" : "listen")}<span>${t(`live.told.${it.mode}`, { name: it.name })}</span></p>`)}
    ${repeat(heard, (it) => it.party, (it) => html`<audio class="whisper" autoplay .srcObject=${played(it.stream)}></audio>`)}`;
}
