// Text from elsewhere: nothing in it is hidden, nothing of it moves.

import assert from "node:assert/strict";
import { test } from "node:test";

import { visible, visibleLines } from "../src/words/visible.ts";
import { inSentence } from "../src/words/words.ts";

test("what hides or reorders is written out", () => {
  assert.equal(visible("a\u202eb"), "a⟨U+202E⟩b");
  assert.equal(visible("a\u200bb\ufeff\u00ad"), "a⟨U+200B⟩b⟨U+FEFF⟩⟨U+00AD⟩");
  assert.equal(visible("a\nb\0"), "a⟨U+000A⟩b⟨U+0000⟩");
  assert.equal(visible("\ud800"), "⟨U+D800⟩");
  assert.equal(visible("be\u034frg\u2800"), "be⟨U+034F⟩rg⟨U+2800⟩");
  assert.equal(visible("be\ufe0frg\u{e0100}"), "be⟨U+FE0F⟩rg⟨U+E0100⟩");
});

test("ordinary text stays as it is, emoji and accents too", () => {
  for (const text of ["Zoë Okafor", "größe – 5 €", "👩‍💻", "❤\ufe0f", "שלום", "日本語"]) assert.equal(visible(text), text);
});

test("scripts keep their lines, and show what else is in them", () => {
  assert.equal(visibleLines("a\r\n\tb\u200d\rc"), "a\n\tb⟨U+200D⟩⟨U+000D⟩c");
});

test("names of actions begin small inside a sentence, abbreviations do not", () => {
  assert.equal(inSentence("Delete user"), "delete user");
  assert.equal(inSentence("RMM action"), "RMM action");
});
