// The server's clock, carried on by a phone that sleeps and whose date is wrong.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ServerClock } from "../src/net/clock.ts";

let date = 0;
let steady = 0;
Date.now = () => date;
performance.now = () => steady;

function heard(): ServerClock {
  date = 5_000_000;
  steady = 7_000;
  const clock = new ServerClock();
  clock.hear(1_000);
  return clock;
}

test("until the server has spoken, the phone's date is the best there is", () => {
  date = 5_000_000;
  assert.equal(new ServerClock().now(), 5_000);
});

test("while the phone sleeps, its date alone goes on", () => {
  const clock = heard();
  date += 90_000;
  steady += 1_000;
  assert.equal(clock.now(), 1_090);
});

test("a date that is set back takes no time back", () => {
  const clock = heard();
  date -= 3_600_000;
  steady += 60_000;
  assert.equal(clock.now(), 1_060);
});
