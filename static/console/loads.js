/** Who of the team holds how much, as the rail shows it: asked again soon after conversations moved, and now and then. */
import { askLoads } from "./menus.js";

/** The soonest (ms) after the last time: in a busy inbox something moves all the time. */
const SOON = 10_000;
/** The latest (ms): what colleagues hand to each other moves nothing that this page is told of. */
const LATEST = 60_000;

/** @param {import("./main.js").App} app @returns {() => void} how to stop */
export function follow(app) {
  const { inbox, clock } = app;
  const counted = () => JSON.stringify(inbox.counts);
  let before = counted();
  let asked = Date.now(); // the welcome has asked
  const look = () => {
    if (document.hidden || Date.now() - asked < (counted() === before ? LATEST : SOON)) return;
    before = counted();
    asked = Date.now();
    askLoads(app);
  };
  const stops = [inbox.watch(look), clock.seconds.watch(look)];
  return () => stops.forEach((stop) => stop());
}
