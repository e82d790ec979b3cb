// Text from elsewhere: nothing in it is hidden, nothing of it moves.

import assert from "node:assert/strict";
import { test } from "node:test";

import { refusedIn, visible, visibleLines } from "../src/words/visible.ts";
import { inSentence } from "../src/words/words.ts";

test("what hides or reorders is written out", () => {
  assert.equal(visible("a\u202eb"), "a⟨U+202E⟩b");
  assert.equal(visible("a\u200bb\ufeff\u00ad"), "a⟨U+200B⟩b⟨U+FEFF⟩⟨U+00AD⟩");
  assert.equal(visible("a\nb\0"), "a⟨U+000A⟩b⟨U+0000⟩");
  assert.equal(visible("\ud800"), "⟨U+D800⟩");
  assert.equal(visible("be\u034frg\u2800"), "be⟨U+034F⟩rg⟨U+2800⟩");
  assert.equal(visible("be\ufe0frg\u{e0100}"), "be⟨U+FE0F⟩rg⟨U+E0100⟩");
});

test("marks heaped upon a letter are written out", () => {
  assert.equal(visible(`a${"\u0300".repeat(5)}b`), `a${"\u0300".repeat(3)}${"⟨U+0300⟩".repeat(2)}b`);
  assert.equal(visible(`ก${"\u0e49".repeat(7)}`), `ก${"\u0e49".repeat(6)}⟨U+0E49⟩`);
  assert.equal(visible(`a${"\u0300\u200d".repeat(3)}`), `a\u0300\u200d\u0300\u200d⟨U+0300⟩\u200d`);
  assert.equal(visibleLines(`a${"\u20dd".repeat(4)}\nb`), `a${"\u20dd".repeat(3)}⟨U+20DD⟩\nb`);
});

test("what counts as one letter, and is wider than a line, may be broken", () => {
  assert.equal(visible("\u1100".repeat(11)), ["\u1100".repeat(5), "\u1100".repeat(5), "\u1100"].join("\u200b"));
  assert.equal(visible("क्".repeat(6)), `${"क्".repeat(5)}\u200bक्`);
  assert.equal(visible("👩‍💻".repeat(1) + "\u200d👩".repeat(5)).split("\u200b").length, 2);
});

test("ordinary text stays as it is, emoji and accents too", () => {
  for (const text of ["Zoë Okafor", "größe – 5 €", "👩‍💻", "❤\ufe0f", "שלום", "日本語", "လျှို့ဝှက်", "ဖြိုး", "Vie\u0323\u0302t", "कार्त्स्न्य", "👩🏻‍❤️‍💋‍👨🏿", "👨‍👩‍👧‍👦", "한국어", "🇩🇪🇫🇷🇮🇹"]) {
    assert.equal(visible(text), text);
  }
});

test("what the server takes in no name is found in it", () => {
  for (const [name, character] of [
    ["👨\u200d👩\u200d👧", "⟨U+200D⟩"],
    ["گوشی\u200cمن", "⟨U+200C⟩"],
    ["1\ufe0f\u20e3", "⟨U+FE0F⟩"],
    ["a\u202eb", "⟨U+202E⟩"],
    ["\ue000", "⟨U+E000⟩"],
    [`a${"\u0300".repeat(4)}`, "⟨U+0300⟩"],
  ] as const) {
    assert.equal(refusedIn(name), character);
  }
  for (const name of ["Mia’s phone", "❤\ufe0f Zoë", "日本語", "👩🏻", "Vie\u0323\u0302t"]) assert.equal(refusedIn(name), null);
});

test("scripts keep their lines, and show what else is in them", () => {
  assert.equal(visibleLines("a\r\n\tb\u200d\rc"), "a\n\tb⟨U+200D⟩⟨U+000D⟩c");
});

test("names of actions begin small inside a sentence, abbreviations do not", () => {
  assert.equal(inSentence("Delete user"), "delete user");
  assert.equal(inSentence("RMM action"), "RMM action");
});
