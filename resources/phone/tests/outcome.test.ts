// How an end is named: what is ordered is not said to be done.

import assert from "node:assert/strict";
import { test } from "node:test";

import { endName, outcomeName } from "../src/parts/outcome.ts";
import { canonical, type Json } from "../src/protocol/canonical.ts";
import { type Details, readDetails } from "../src/protocol/details.ts";
import { utf8 } from "../src/protocol/bytes.ts";
import { vectors } from "./vectors.ts";

function asked(action: string, parameters: Json): Details {
  const details = { ...vectors.request.details, action, parameters };
  return readDetails(utf8(canonical(details)), vectors.request.id);
}

test("data is gone later than its deletion is executed", () => {
  const user = "usr_1";
  for (const mode of ["user_and_data", "data_only"])
    assert.equal(endName("executed", asked("user.delete", { user, mode })), "marked");
  assert.equal(endName("executed", asked("user.delete_now", { user })), "deleting");
  assert.equal(outcomeName("executed", null, asked("user.delete_now", { user })), "Approved, the deletion has begun");
});

test("a user alone is deleted at once, and what did not happen is named as it ended", () => {
  assert.equal(endName("executed", asked("user.delete", { user: "usr_1", mode: "user_only" })), "executed");
  assert.equal(endName("rejected", asked("user.delete_now", { user: "usr_1" })), "rejected");
});
