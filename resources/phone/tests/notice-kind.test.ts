// What a notice means depends on whose account it is about: providers hear of their colleagues', too.

import assert from "node:assert/strict";
import { test } from "node:test";

import { noticeMeaning } from "../src/parts/notice-kind.ts";
import type { Notice } from "../src/protocol/notice.ts";

const WIDELY = ["wrong_codes", "codes_guessed", "device_changing", "recovery_code_used", "not_me"];

test("what all providers hear says “you” to the account's owner alone", () => {
  for (const kind of WIDELY) {
    const notice = { kind, username: "jonas" } as Notice;
    assert.match(noticeMeaning(notice, "jonas"), /\byou/i);
    assert.doesNotMatch(noticeMeaning(notice, "amelia"), /\byou/i);
  }
});

test("a kind that has one meaning for all has it for its owner too", () => {
  const notice = { kind: "phone_lost", username: "jonas" } as Notice;
  assert.equal(noticeMeaning(notice, "jonas"), noticeMeaning(notice, "amelia"));
});
