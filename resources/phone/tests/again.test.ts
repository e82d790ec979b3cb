// Work that runs once at a time: nothing asked for is lost, and nothing runs twice at once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { again } from "../src/net/again.ts";

test("asked for while it runs, it runs once more, and only once", async () => {
  const ends: (() => void)[] = [];
  const run = again(() => new Promise<void>((resolve) => ends.push(resolve)));
  const first = run();
  void run();
  void run();
  assert.equal(ends.length, 1);
  ends[0]?.();
  await first;
  assert.equal(ends.length, 2);
  ends[1]?.();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(ends.length, 2);
});

test("a failure ends one run and not the next", async () => {
  let runs = 0;
  const run = again(async () => {
    runs++;
    throw new Error("no answer");
  });
  await run();
  await run();
  assert.equal(runs, 2);
});
