// The words: every key that the code uses exists, and none of the phone's is left over.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { PREFIXES } from "../plugins/words.ts";
import { known } from "../src/words/words.ts";

const SOURCES = new URL("../src/", import.meta.url);
const WORDS = new URL("../../translations/en.json", import.meta.url);

const code = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(new URL(name, SOURCES), "utf8"))
  .join("\n");
const words = JSON.parse(readFileSync(WORDS, "utf8")) as Record<string, string>;

const literals = new Set([...code.matchAll(/"((?:phone|action|kind|status)\.[a-z_.]+)"/g)].map(([, key]) => key ?? ""));
const stems = new Set(
  [...code.matchAll(/`((?:phone|action|kind|status)\.(?:[a-z_]+\.)*)\$\{/g)].map(([, stem]) => stem ?? ""),
);

test("the code has keys to check", () => {
  assert.ok(literals.size > 100, String(literals.size));
  assert.ok(stems.has("phone.fault.") && stems.has("status."));
});

test("every key in the code has words, or forms of them for one and many", () => {
  for (const key of literals) assert.ok(known(key) ?? (known(`${key}.one`) && known(`${key}.other`)), key);
  for (const stem of stems)
    assert.ok(
      Object.keys(words).some((key) => key.startsWith(stem)),
      stem,
    );
});

test("every word of the phone is used", () => {
  for (const key of Object.keys(words).filter((name) => name.startsWith("phone."))) {
    const used =
      literals.has(key) ||
      literals.has(key.replace(/\.(one|other)$/, "")) ||
      [...stems].some((stem) => key.startsWith(stem));
    assert.ok(used, key);
  }
});

test("the keys are sorted, and those that the build keeps are strings", () => {
  const keys = Object.keys(words);
  assert.deepEqual(keys, [...keys].sort());
  for (const key of keys.filter((name) => PREFIXES.some((prefix) => name.startsWith(prefix)))) {
    assert.equal(typeof words[key], "string", key);
  }
});
