// The phone's sign-in: its token is made again when it has run out, and a revoked device is told apart.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { b64u } from "../src/protocol/bytes.ts";
import { signingPair, vectors } from "./vectors.ts";

Object.assign(globalThis, { location: { origin: vectors.enrolment.origin } });
const { Session, Revoked } = await import("../src/net/session.ts");
const { Offline, Problem } = await import("../src/net/call.ts");
const { Locked, PinError } = await import("../src/model/lock.ts");

const origin = vectors.enrolment.origin;
const holder = { device: vectors.session.device, key: (await signingPair("dsk")).private };

let calls: string[] = [];
let signIns = 0;
/** What a 401 has in it: the server's own word for a phone that it does not know. */
let refusal: Record<string, unknown> = {};

/** Answers sign-ins, and any other call with what `answer` says. */
function server(answer: (token: string) => number, signInStatus: (nth: number) => number = () => 200): void {
  globalThis.fetch = (async (url: string, { headers }: { headers: Headers }) => {
    const path = String(url).slice(`${origin}/phone/api/v1`.length);
    calls.push(path);
    if (path === "/sessions/challenge") return Response.json({ challenge: b64u(new Uint8Array(32)) });
    if (path === "/sessions") {
      signIns++;
      const status = signInStatus(signIns);
      return Response.json({ token: `token-${signIns}`, expires_in: 600, ...refusal }, { status });
    }
    return Response.json(refusal, { status: answer(headers.get("Authorization") ?? "") });
  }) as unknown as typeof fetch;
}

beforeEach(() => {
  calls = [];
  signIns = 0;
  refusal = { code: "phone_session_ended" };
});

test("one sign-in serves many calls", async () => {
  server(() => 200);
  const session = new Session(holder);
  await Promise.all([session.call("GET", "/device"), session.call("GET", "/requests")]);
  await session.call("GET", "/device");
  assert.equal(signIns, 1);
});

test("a token that has run out is made again, and the call repeated", async () => {
  server((token) => (token === "Bearer token-1" ? 401 : 200));
  assert.equal((await new Session(holder).call("GET", "/device")).status, 200);
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
  assert.equal((await new Session(holder).call("GET", "/device")).status, 200);
});

test("a device that cannot sign in twice is revoked", async () => {
  server(
    () => 200,
    () => 401,
  );
  await assert.rejects(new Session(holder).call("GET", "/device"), Revoked);
  assert.equal(signIns, 2);
});

test("no answer is no refusal", async () => {
  globalThis.fetch = () => Promise.reject(new TypeError("failed to fetch"));
  await assert.rejects(new Session(holder).call("GET", "/device"), Offline);
});

test("a key out of reach ends the call before anything is sent", async () => {
  server(() => 200);
  const locked = {
    device: holder.device,
    get key(): CryptoKey {
      throw new Locked();
    },
  };
  await assert.rejects(new Session(locked).call("GET", "/device"), Locked);
  assert.equal(signIns, 0);
});

test("a proxy that wants a password of its own says nothing of this phone", async () => {
  refusal = { title: "Authorization Required" };
  for (const signIn of [200, 401]) {
    const session = new Session(holder); // which has to sign in
    server(
      () => 401,
      () => signIn,
    );
    await assert.rejects(session.call("GET", "/device"), Problem);
    assert.equal(session.isRevoked, false);
  }
  assert.equal(PinError.of(new Problem(401, refusal)).reason, "failed");
});

test("a PIN is told as the last one by the server alone", () => {
  assert.equal(PinError.of(new Problem(401, { code: "wrong_pin", attempts_left: 1 })).reason, "wrong");
  assert.equal(PinError.of(new Problem(401, { code: "wrong_pin", attempts_left: 0 })).reason, "revoked");
  assert.equal(PinError.of(new Problem(401, { code: "phone_session_ended" })).reason, "revoked");
});
