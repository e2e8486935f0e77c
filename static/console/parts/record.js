/** The way from a record shown here to the record itself, in the CRM that it is from. */
import { html } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { crmName } from "../people.js";
import { safe } from "./card.js";

/** @param {import("../main.js").App} app @param {{url?: string, source?: string}} record @param {string} what its name, for who does not see where it stands */
export function openRecord(app, { url, source = "" }, what) {
  if (!url) return "";
  const label = app.words.t("record.open", { crm: crmName(app.words, source) });
  return html`<a class="button bare quiet open-record" href=${safe(url)} target="_blank" rel="noopener noreferrer"
    title=${label} aria-label="${what}: ${label}">${icon("out")}</a>`;
}
