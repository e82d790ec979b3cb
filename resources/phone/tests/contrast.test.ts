// The colours: text is readable in both themes, and the edges of fields can be seen.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const [light = "", dark = ""] = readFileSync(new URL("../src/style/tokens.css", import.meta.url), "utf8").split(
  "@media (prefers-color-scheme: dark)",
);

function colour(theme: string, name: string): string {
  const value = new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(theme)?.[1];
  assert.ok(value, name);
  return value;
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(theme: string, a: string, b: string): number {
  const [dim = 0, bright = 0] = [luminance(colour(theme, a)), luminance(colour(theme, b))].sort((x, y) => x - y);
  return (bright + 0.05) / (dim + 0.05);
}

const TEXTS = [
  ...["background", "panel", "card", "accent-tint", "waiting-tint", "bad-tint", "good-tint"].map((on) => ["text", on]),
  ...["background", "panel", "card"].flatMap((on) => ["muted", "accent", "bad"].map((text) => [text, on])),
  ...["good", "waiting", "bad", "accent"].map((tone) => [tone, `${tone}-tint`]),
  ["on-accent", "accent"],
  ["panel", "waiting"],
] as const;

for (const [name, theme] of [
  ["light", light],
  ["dark", dark],
] as const) {
  test(`text is readable in the ${name} theme`, () => {
    for (const [text = "", on = ""] of TEXTS) {
      assert.ok(contrast(theme, text, on) >= 4.5, `${text} on ${on}: ${contrast(theme, text, on).toFixed(2)}`);
    }
  });

  test(`fields have edges in the ${name} theme`, () => {
    for (const on of ["background", "panel", "card"]) {
      assert.ok(contrast(theme, "field-line", on) >= 3, `${on}: ${contrast(theme, "field-line", on).toFixed(2)}`);
    }
  });
}
