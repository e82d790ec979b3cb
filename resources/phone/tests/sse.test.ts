// The stream parser: events arrive in pieces that know nothing of lines.

import assert from "node:assert/strict";
import { test } from "node:test";

import { EventParser } from "../src/net/sse.ts";

const CHANGED = { event: "changed", data: '{"topics":["requests"]}' };
const TEXT = ': ping\n\nid: 7\nevent: changed\ndata: {"topics":["requests"]}\n\n';

test("an event, between comments", () => {
  assert.deepEqual(new EventParser().feed(`${TEXT}: ping\n\n`), [CHANGED]);
});

test("an event in single characters, with each kind of line break", () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    const parser = new EventParser();
    const found = [...`${TEXT.replaceAll("\n", end)}:x`].flatMap((character) => parser.feed(character));
    assert.deepEqual(found, [CHANGED], JSON.stringify(end));
  }
});

test("several data lines are one text; fields without a value and without a space count", () => {
  assert.deepEqual(new EventParser().feed("data:a\ndata\ndata:  b\n\n"), [{ event: "message", data: "a\n\n b" }]);
});

test("an event without data is none, and its name does not stay", () => {
  assert.deepEqual(new EventParser().feed("event: changed\n\ndata: x\n\n"), [{ event: "message", data: "x" }]);
});

test("half an event waits for its other half", () => {
  const parser = new EventParser();
  assert.deepEqual(parser.feed("event: changed\ndata: {"), []);
  assert.deepEqual(parser.feed("}\n"), []);
  assert.deepEqual(parser.feed("\n"), [{ event: "changed", data: "{}" }]);
});
