/** The stretches of service of this conversation, newest first, as far as they are loaded. */
import { html } from "../../vendor/lit.js";
import { dayName } from "../times.js";

/** @param {import("../main.js").App} app @param {import("../conversation.js").Conversation} conversation */
export function sessionsTemplate(app, conversation) {
  const t = app.words.t.bind(app.words);
  const found = sessions(conversation.events, conversation.id).reverse();
  if (!found.length) return "";
  return html`<section class="block">
    <h3>${t("sessions.title")}</h3>
    <ul class="sessions">
      ${found.map(
        (it) => html`<li>
          <span class="tabular">#${it.session}</span>
          <span class="grow">${dayName(app.words, it.at, app.clock.now())}</span>
          <span class="muted">${it.outcome ? t(`outcome.${it.outcome}`) : t("sessions.open")}${it.score ? ` · ${t("sessions.score", { n: it.score })}` : ""}</span>
        </li>`,
      )}
    </ul>
    ${conversation.more ? html`<p class="muted">${t("sessions.more")}</p>` : ""}
  </section>`;
}

/**
 * @param {import("../timeline.js").Seen[]} events @param {string} conversation
 * @returns {{session: number, at: number, outcome: string, score: number}[]} oldest first
 */
export function sessions(events, conversation) {
  /** @type {Map<number, {session: number, at: number, outcome: string, score: number}>} */
  const found = new Map();
  for (const { type, at, d, conversation: log } of events) {
    if (log !== conversation || d?.session === undefined) continue;
    const it = found.get(d.session) ?? { session: d.session, at, outcome: "", score: 0 };
    if (type === "outcome.noted") it.outcome = d.outcome;
    if (type === "conversation.reopened") it.outcome = "";
    if (type === "csat.rated") it.score = d.score;
    if (type !== "crm.written" || d.session) found.set(d.session, it);
  }
  return [...found.values()].sort((a, b) => a.session - b.session);
}
