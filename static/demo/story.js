// The guide on the demo page: what to try, where to sign in, and how a shop embeds the widget.

import { html } from "../vendor/lit.js";

const TAG = () => `<script async src="${location.origin}/widget.js" data-site="demo"></script>`;
const WHO = `window.OneThread ??= (...call) => (OneThread.q ??= []).push(call)
OneThread('identify', () => fetch('/my/token').then(r => r.text()))
OneThread('on', 'unread', n => …)
OneThread('logout')`;

const STEPS = ["story.1", "story.2", "story.3", "story.4", "story.5"];

/** @param {ReturnType<typeof import("./words.js").words>} say @param {{name: string, email: string, password: string}[]} logins */
export const story = (say, logins) => html`<section class="story" id="story">
  <div>
    <h2>${say("story")}</h2>
    <ol>${STEPS.map((step) => html`<li>${say(/** @type {any} */ (step))}</li>`)}</ol>
    <p class="calls"><a class="strong" href="/app" target="_blank">${say("open.app")}</a><a class="strong" href="/console" target="_blank">${say("open.console")}</a></p>
  </div>
  <div>
    <h3>${say("logins")}</h3>
    <ul class="logins">${logins.map((one) => html`<li><b>${one.name}</b><code>${one.email}</code><span>${say("password")} <code>${one.password}</code></span></li>`)}</ul>
    <h3>${say("embed")}</h3>
    <p>${say("embed.tag")}</p>
    <pre tabindex="0"><code>${TAG()}</code></pre>
    <p>${say("embed.who")}</p>
    <pre tabindex="0"><code>${WHO}</code></pre>
  </div>
</section>`;
