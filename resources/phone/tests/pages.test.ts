// Lists that are read page by page: nothing twice, and nothing between two pages left out.

import assert from "node:assert/strict";
import { test } from "node:test";

import { newSealingKey } from "../src/protocol/keys.ts";
import { renewed } from "../src/model/pages.ts";
import { vectors } from "./vectors.ts";

Object.assign(globalThis, { location: { origin: vectors.enrolment.origin } });
const { Notices } = await import("../src/model/notices.ts");

const named = (...ids: string[]) => ids.map((id) => ({ id }));

test("earlier pages stay where the first one still joins them", () => {
  assert.deepEqual(renewed(named("c", "b", "a"), named("d", "c", "b")), named("d", "c", "b", "a"));
  assert.deepEqual(renewed(named("c", "b", "a"), named("f", "e", "d")), named("f", "e", "d"));
  assert.deepEqual(renewed(named("a"), []), []);
});

test("a page that is asked for twice is there once", async () => {
  const sent = (id: string) => ({ id, at: 1, read: true, sealed: "AAAA" });
  const session = {
    call: async (_: string, path: string) =>
      Response.json({ notices: [sent(path.includes("before") ? "old" : "new")], unread: 0, now: 1 }),
  };
  const account = { device: "dev_1", dhk: await newSealingKey(), ssk: new Uint8Array(65) };
  const notices = new Notices(account as never, session as never, () => undefined);
  await notices.reload();
  await Promise.all([notices.readMore(), notices.readMore()]);
  assert.deepEqual(notices.items.map(({ id }) => id), ["new", "old"]);
});
