// What is said of values that are not there: where null bounds nothing, it is all and not none.

import assert from "node:assert/strict";
import { test } from "node:test";

import { nothing } from "../src/words/nothing.ts";
import { t } from "../src/words/words.ts";

test("no bound of companies is all of them, an empty list none", () => {
  assert.equal(t(nothing("companies", null) ?? "phone.value.empty"), "All companies");
  assert.equal(t(nothing("companies", []) ?? "phone.value.empty"), "None");
});

test("any other value that is not there is none", () => {
  assert.equal(nothing("company", null), "phone.value.none");
  assert.equal(nothing("permissions", []), "phone.value.none");
  for (const there of [["cmp_1"], "", false, 0, {}]) assert.equal(nothing("companies", there), null);
});
