// The site's colour, made readable on our surfaces, in both themes. Pure but for `paint`.

/** @param {string} hex #rrggbb */
const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const hex = (/** @type {number[]} */ rgb) => "#" + rgb.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("");

/** `share` of `b` in `a`. @param {string} a @param {string} b @param {number} share */
export const mix = (a, b, share) => hex(channels(a).map((c, i) => c + (channels(b)[i] - c) * share));

/** Relative luminance, WCAG 2.2. */
function luminance(colour) {
  const [r, g, b] = channels(colour).map((c) => (c / 255 <= 0.04045 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {string} a @param {string} b */
export function contrast(a, b) {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

/** `colour`, moved towards the text colour until it can be read on `surface`. */
export function readable(colour, surface, text) {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(colour, text, share);
    if (contrast(mixed, surface) >= 4.5) return mixed;
  }
  return text;
}

/** What can be read on `colour`: of black and white, one always can. */
const on = (colour) => (contrast("#ffffff", colour) >= 4.5 ? "#ffffff" : "#000000");

/** The roles that follow from a brand colour. @param {string} brand @param {string} surface @param {string} text */
export function roles(brand, surface, text) {
  const soft = mix(surface, brand, 0.12);
  const accent = readable(readable(brand, surface, text), soft, text);
  return {
    "--accent": accent, "--on-accent": on(accent), "--accent-soft": soft, "--focus": accent,
    "--customer": brand, "--on-customer": on(brand), // the bubble is the brand's very colour, in both themes
  };
}

/** Applies a brand colour to the page; again whenever the theme changes. @param {string} brand */
export function paint(brand) {
  const root = document.documentElement;
  const apply = () => {
    const now = getComputedStyle(root);
    const [surface, text] = ["--surface-raised", "--text"].map((role) => now.getPropertyValue(role).trim());
    for (const [role, colour] of Object.entries(roles(brand, surface, text))) root.style.setProperty(role, colour);
  };
  if (!/^#[0-9a-f]{6}$/i.test(brand)) return;
  apply();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
}
