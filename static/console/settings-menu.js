/** What the settings menu offers: language, theme, keys, signing out. */
import { LANGUAGES } from "./words.js";

const THEMES = /** @type {const} */ (["system", "light", "dark"]);

/** @param {import("./main.js").App} app @returns {import("./parts/menu.js").Item[]} */
export function settingsItems(app) {
  const t = app.words.t.bind(app.words);
  const { wishes } = app.settings;
  return [
    { label: t("settings.language"), heading: true },
    ...Object.entries(LANGUAGES).map(([tag, label]) => ({
      label,
      checked: app.words.language === tag,
      run: () => app.settings.set({ language: tag }),
    })),
    { label: t("settings.theme"), heading: true },
    ...THEMES.map((theme) => ({
      label: t(`theme.${theme}`),
      checked: wishes.theme === theme,
      run: () => app.settings.set({ theme }),
    })),
    { label: t("settings.more"), heading: true },
    { label: t("settings.keys"), sub: t(wishes.keys ? "on" : "off"), run: () => app.settings.set({ keys: !wishes.keys }) },
    ...(app.commands.some((it) => it.name === "calls") ? [{ label: t("live.title"), run: () => app.place.go({ page: "calls" }) }] : []),
    ...(app.commands.some((it) => it.name === "integrations") ? [{ label: t("integrations.title"), run: () => app.place.go({ page: "integrations" }) }] : []),
    { label: t("command.keys"), sub: "?", run: () => app.open("keys") },
    { label: t("command.signout"), run: () => app.actions.signOut() },
  ];
}
