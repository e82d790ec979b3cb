// The phone's sign-in: its token is made again when it has run out, and a revoked device is told apart.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import type { Account } from "../src/device/account.ts";
import { b64u } from "../src/protocol/bytes.ts";
import { signingPair, sealingPair, publicKey, vectors } from "./vectors.ts";

Object.assign(globalThis, { location: { origin: vectors.enrolment.origin } });
const { Session, Revoked } = await import("../src/net/session.ts");
const { Offline } = await import("../src/net/call.ts");

const account: Account = {
  ...vectors.enrolment.account,
  device: vectors.session.device,
  deviceName: "phone",
  origin: vectors.enrolment.origin,
  ssk: publicKey("ssk"),
  dsk: await signingPair("dsk"),
  dhk: await sealingPair("dhk"),
  passkey: { id: new Uint8Array(1), cose: new Uint8Array(1) },
  binding: null,
};

let calls: string[] = [];
let signIns = 0;

/** Answers sign-ins, and any other call with what `answer` says. */
function server(answer: (token: string) => number, signInStatus: (nth: number) => number = () => 200): void {
  globalThis.fetch = (async (url: string, { headers }: { headers: Headers }) => {
    const path = String(url).slice(`${account.origin}/phone/api/v1`.length);
    calls.push(path);
    if (path === "/sessions/challenge") return Response.json({ challenge: b64u(new Uint8Array(32)) });
    if (path === "/sessions") {
      signIns++;
      const status = signInStatus(signIns);
      return Response.json({ token: `token-${signIns}`, expires_in: 600 }, { status });
    }
    return Response.json({}, { status: answer(headers.get("Authorization") ?? "") });
  }) as unknown as typeof fetch;
}

beforeEach(() => {
  calls = [];
  signIns = 0;
});

test("one sign-in serves many calls", async () => {
  server(() => 200);
  const session = new Session(account);
  await Promise.all([session.call("GET", "/device"), session.call("GET", "/requests")]);
  await session.call("GET", "/device");
  assert.equal(signIns, 1);
});

test("a token that has run out is made again, and the call repeated", async () => {
  server((token) => (token === "Bearer token-1" ? 401 : 200));
  assert.equal((await new Session(account).call("GET", "/device")).status, 200);
  assert.deepEqual(calls, [
    "/sessions/challenge",
    "/sessions",
    "/device",
    "/sessions/challenge",
    "/sessions",
    "/device",
  ]);
});

test("a challenge that came too late is asked for once more", async () => {
  server(
    () => 200,
    (nth) => (nth === 1 ? 401 : 200),
  );
  assert.equal((await new Session(account).call("GET", "/device")).status, 200);
});

test("a device that cannot sign in twice is revoked", async () => {
  server(
    () => 200,
    () => 401,
  );
  await assert.rejects(new Session(account).call("GET", "/device"), Revoked);
  assert.equal(signIns, 2);
});

test("no answer is no refusal", async () => {
  globalThis.fetch = () => Promise.reject(new TypeError("failed to fetch"));
  await assert.rejects(new Session(account).call("GET", "/device"), Offline);
});
