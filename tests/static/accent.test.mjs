// Covers static/widget/accent.js: whatever colour a site chooses, its words can be read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, roles } from "../../static/widget/accent.js";
import { chance } from "./fakes.mjs";

const THEMES = [["#ffffff", "#1c2326"], ["#1c2224", "#e7ebea"]];

test("every role of every brand colour has a contrast of 4.5, in both themes", () => {
  const random = chance(7);
  const any = () => "#" + Math.floor(random() * 2 ** 24).toString(16).padStart(6, "0");
  for (const brand of ["#ffffff", "#000000", "#ffff00", "#2f6f5e", "#777777", ...Array.from({ length: 300 }, any)]) {
    for (const [surface, text] of THEMES) {
      const role = roles(brand, surface, text);
      const pairs = [
        [role["--accent"], surface],
        [role["--accent"], role["--accent-soft"]],
        [role["--on-accent"], role["--accent"]],
        [role["--on-customer"], role["--customer"]],
      ];
      for (const [ink, ground] of pairs) assert.ok(contrast(ink, ground) >= 4.5, `${brand} on ${surface}: ${ink} ${ground}`);
    }
  }
});

test("a colour that can be read already is left alone", () => {
  assert.equal(roles("#2f6f5e", "#ffffff", "#1c2326")["--accent"], "#2f6f5e");
});
