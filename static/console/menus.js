/** What the menus of an open conversation offer: to whom it can be given, until when it can rest. */
import { openRow } from "./commands.js";
import { of } from "./presence.js";
import { DAY, midnight, moment } from "./times.js";

/** @typedef {import("./parts/menu.js").Item} Item */
/** @typedef {import("./main.js").App} App */

/** Fresh numbers of who holds how much; the menu opens with the last ones meanwhile. @param {App} app */
export function askLoads(app) {
  app.session.agents().then(
    (agents) => app.presence.holds(agents),
    () => {},
  );
}

/** @param {App} app @returns {Item[]} */
export function giveItems(app) {
  const t = app.words.t.bind(app.words);
  const here = app.actions.here;
  const owner = openRow(app)?.owner;
  const teams = [...new Set([...app.presence.agents.values()].flatMap((it) => it.teams ?? []))].sort();
  const colleagues = app.presence.colleagues.filter((it) => of(it.status) !== "offline");
  return [
    { label: t("give.people"), heading: true },
    ...colleagues.map((it) => ({
      label: it.name,
      mark: of(it.status),
      sub: it.capacity === undefined ? "" : `${it.load ?? 0}/${it.capacity}`,
      off: owner?.kind === "agent" && owner.id === it.id,
      run: () => app.actions.give(here, { kind: "agent", id: it.id, name: it.name }),
    })),
    ...(colleagues.length ? [] : [{ label: t("give.nobody"), off: true }]),
    { label: t("give.elsewhere"), heading: true },
    { label: t("give.queue"), off: owner?.kind === "queue" && !owner.id, run: () => app.actions.give(here, { kind: "queue", id: "" }) },
    ...teams.map((team) => ({
      label: t("give.team", { team }),
      off: owner?.kind === "queue" && owner.id === team,
      run: () => app.actions.give(here, { kind: "queue", id: team }),
    })),
    { label: t("give.bot"), off: owner?.kind === "bot", run: () => app.actions.give(here, { kind: "bot" }) },
  ];
}

/** @param {App} app @returns {Item[]} */
export function snoozeItems(app) {
  const now = app.clock.now();
  const hour = 3_600_000;
  const tomorrow = new Date(midnight(now) + DAY * 1.5).setHours(9, 0, 0, 0);
  const monday = midnight(now) + ((8 - new Date(now).getDay()) % 7 || 7) * DAY;
  const choices = [
    ["hour", now + hour],
    ["hours", now + 3 * hour],
    ["tomorrow", tomorrow],
    ["monday", new Date(monday + DAY / 2).setHours(9, 0, 0, 0)],
  ];
  return choices.map(([name, until]) => {
    const label = app.words.t(`snooze.${name}`);
    return {
      label,
      sub: moment(app.words, Number(until)),
      run: () => app.actions.snooze(app.actions.here, Number(until), label),
    };
  });
}
