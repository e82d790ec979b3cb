// A new version of the app replaces the one that is open, whenever it comes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { AppVersion } from "../src/app-version.ts";

test("after the first worker every one that takes over brings its own app", async () => {
  let reloads = 0;
  const serviceWorker = Object.assign(new EventTarget(), {
    controller: null,
    register: async () => Object.assign(new EventTarget(), { waiting: null }),
  });
  Object.defineProperty(globalThis, "navigator", { value: { serviceWorker } });
  Object.assign(globalThis, { window: {}, location: { hash: "#/", reload: () => void reloads++ } });
  await new AppVersion().install();
  const takenOver = () => serviceWorker.dispatchEvent(new Event("controllerchange"));
  takenOver();
  assert.equal(reloads, 0); // the page that was there first has what the worker keeps
  takenOver();
  assert.equal(reloads, 1);
});
