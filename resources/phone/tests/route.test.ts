// Addresses within the app: whatever is written there, it leads somewhere harmless.

import assert from "node:assert/strict";
import { test } from "node:test";

import { parseRoute } from "../src/route.ts";

test("the screens", () => {
  assert.deepEqual(parseRoute(""), { at: "home" });
  assert.deepEqual(parseRoute("#/request/req_4T9-x"), { at: "request", id: "req_4T9-x" });
  assert.deepEqual(parseRoute("#/scan"), { at: "scan", id: null });
  assert.deepEqual(parseRoute("#/scan/req_1"), { at: "scan", id: "req_1" });
  assert.deepEqual(parseRoute("#/paste"), { at: "paste", broken: false });
  assert.deepEqual(parseRoute("#/paste/broken"), { at: "paste", broken: true });
  assert.deepEqual(parseRoute("#/notices/ntc_1"), { at: "notice", id: "ntc_1" });
  assert.deepEqual(parseRoute("#/test/tst-1"), { at: "test", id: "tst-1" });
  for (const at of ["settings", "add", "notices"] as const) assert.deepEqual(parseRoute(`#/${at}`), { at });
});

test("anything else is the first screen", () => {
  for (const hash of [
    "#a=AQxy",
    "#/request/",
    "#/request/../x",
    "#/request/a?b",
    `#/request/${"a".repeat(65)}`,
    "#/scan/a/b",
    "#/notices/",
    "#/notices/a b",
    "#/test",
  ]) {
    assert.deepEqual(parseRoute(hash), { at: "home" }, hash);
  }
});
