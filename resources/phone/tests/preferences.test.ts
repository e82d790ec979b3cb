// What is chosen in quick succession: sent one at a time, the last choice last, and shown as the server has it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { vectors } from "./vectors.ts";

Object.assign(globalThis, { location: { origin: vectors.enrolment.origin } });
const { Choosing } = await import("../src/model/preferences.ts");

const chosen = (...quiet: string[]) => ({ showTitles: false, quiet, kinds: ["a", "b", "c"] });

/** Keeps each call until it is answered. */
function held() {
  const calls: { readonly quiet: readonly string[]; readonly answer: (taken: boolean) => void }[] = [];
  const call = (_method: string, _path: string, { json }: { json: { quiet: string[] } }) =>
    new Promise<Response>((resolve, reject) => {
      const answer = (taken: boolean) => (taken ? resolve(new Response()) : reject(new Error("not taken")));
      calls.push({ quiet: json.quiet, answer });
    });
  return { calls, session: { call } as never };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("the last choice is sent last, and alone", async () => {
  const { calls, session } = held();
  const told: unknown[] = [];
  const choosing = new Choosing(session, chosen(), (...what) => told.push(what));
  for (const quiet of [["a"], ["a", "b"], ["a", "b", "c"]]) choosing.choose(chosen(...quiet));
  assert.equal(calls.length, 1);
  calls[0]?.answer(true);
  await settled();
  assert.deepEqual(calls.map(({ quiet }) => quiet), [["a"], ["a", "b", "c"]]);
  calls[1]?.answer(false);
  await settled();
  assert.deepEqual(told.at(-1), [chosen("a"), true]);
});

test("a choice that was not taken is not told where another one follows", async () => {
  const { calls, session } = held();
  const told: unknown[] = [];
  const choosing = new Choosing(session, chosen(), (...what) => told.push(what));
  choosing.choose(chosen("a"));
  choosing.choose(chosen("b"));
  calls[0]?.answer(false);
  await settled();
  calls[1]?.answer(true);
  await settled();
  assert.deepEqual(told, [[chosen("a"), false], [chosen("b"), false]]);
});
