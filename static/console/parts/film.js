/** What somebody said and showed in a recorded call, to be played in the thread. */
import { html } from "../../vendor/lit.js";
import { partyIn } from "../lines.js";
import { exact, stopwatch } from "../times.js";

/** @param {import("../main.js").App} app @param {import("../timeline.js").Seen} event */
export function filmTemplate(app, event) {
  const { d } = event;
  const name = app.words.t("film.label", { name: partyIn(event, app), time: stopwatch(d.seconds * 1_000) });
  const address = `/api/v1/recordings/${encodeURIComponent(d.call)}/${encodeURIComponent(d.recording)}`;
  // Nothing is fetched before somebody plays it: what it shows is nobody's business who only passes by.
  const player = d.width
    ? html`<video controls preload="none" playsinline src=${address} aria-label=${name}></video>`
    : html`<audio controls preload="none" src=${address} aria-label=${name}></audio>`;
  return html`<figure class="film" title=${exact(app.words, event.at)}>
    <figcaption class="small muted" dir="auto">${name}</figcaption>
    ${player}
  </figure>`;
}
