// Puts a conversation on a page: its language, its site's name and colour, its connection.

import { html, render } from "../vendor/lit.js";
import { Customer } from "../sdk/customer.js";
import "./conversation.js";
import { load, match, pick } from "./words.js";

/**
 * @param {HTMLElement} place
 * @param {ConstructorParameters<typeof Customer>[0]} options
 * @returns what the page may do with it: show it, change its language, reach the customer
 */
export async function start(place, options) {
  const about = site(options.host, options.site);
  const colours = import("./accent.js").catch(() => null); // needed when the site has said its colour, not before
  if (midCall()) void import("./call/calls.js").then(({ part }) => part()).catch(() => {}); // it comes along with the rest, not after it
  const customer = new Customer(options);
  customer.open();
  const now = () => customer.socket.now();
  const view = { customer, words: await load(pick(options.locale), now), site: "", visible: false };
  const draw = (more = {}) => {
    Object.assign(view, more);
    document.documentElement.lang = view.words.locale;
    document.title = view.words.say("title");
    render(html`<ot-conversation .customer=${customer} .words=${view.words} .site=${view.site} .visible=${view.visible}></ot-conversation>`, place);
  };
  draw();
  const { name, names, accent, languages } = await about;
  (await colours)?.paint(accent);
  const speak = async (/** @type {string} */ locale) => {
    const words = await load(pick(locale, languages), now);
    draw({ words, site: names[match(Object.keys(names), words.locale)] ?? name });
  };
  await speak(options.locale);
  return { customer, accent, draw, speak };
}

/** Was this page reloaded in the middle of a call? (What calls/kept.js keeps; some browsers let us look at nothing.) */
function midCall() {
  try {
    return !!sessionStorage.getItem("onethread.call");
  } catch {
    return false;
  }
}

/** The site's public face. Without it, the conversation works all the same. */
async function site(/** @type {string} */ host, /** @type {string} */ id) {
  const answer = await fetch(`${host}/api/v1/sites/${encodeURIComponent(id)}`).catch(() => null);
  return answer?.ok ? answer.json() : { name: "", names: {}, accent: "", languages: undefined };
}
