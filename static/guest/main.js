// A guest's page: opens the link, in the language of their browser.

import { Guest } from "./guest.js";
import "./page.js";
import { load } from "./words.js";

const page = /** @type {import("./page.js").GuestPage} */ (document.querySelector("ot-guest"));
page.words = await load(navigator.language);
document.documentElement.lang = page.words.locale;
document.title = page.words.say("title");
page.guest = new Guest(location.origin, location.hash.slice(1), page.words.locale);
page.guest.open();
// Another link in the same tab: a page of its own.
addEventListener("hashchange", () => location.reload());
