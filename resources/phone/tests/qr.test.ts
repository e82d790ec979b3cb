// QR codes: those that are ours, and everything else that a camera may see.

import assert from "node:assert/strict";
import { test } from "node:test";

import { b64u, utf8 } from "../src/protocol/bytes.ts";
import { type Fault, ProtocolError } from "../src/protocol/fault.ts";
import { parseCode } from "../src/protocol/qr.ts";
import { hex, vectors } from "./vectors.ts";

// Younger than the oldest browsers that we take.
Reflect.deleteProperty(URL, "canParse");

const { enrolment, confirmation_qr, request } = vectors;
const ENROL = `${enrolment.origin}/phone/#e=`;
const CONFIRM = `${enrolment.origin}/phone/#a=`;
const bytes = Buffer.from(enrolment.qr_text.slice(ENROL.length), "base64url");

function changed(at: number, value: number): string {
  const copy = Uint8Array.from(bytes);
  copy[at] = value;
  return ENROL + b64u(copy);
}

function refuses(text: string, fault: Fault): void {
  assert.throws(
    () => parseCode(text),
    (error) => error instanceof ProtocolError && error.fault === fault,
    text,
  );
}

test("an enrolment code", () => {
  assert.deepEqual(parseCode(enrolment.qr_text), {
    kind: "enrolment",
    origin: enrolment.origin,
    passwordRequired: enrolment.flags === 1,
    eid: hex(enrolment.eid),
    secret: hex(enrolment.secret),
    fp: hex(enrolment.fp),
    exp: enrolment.exp,
    box: hex(enrolment.box),
  });
});

test("a confirmation code", () => {
  const code = parseCode(confirmation_qr.text);
  assert.ok(code.kind === "confirmation");
  assert.equal(code.id, request.id);
  assert.deepEqual(code.secret, hex(confirmation_qr.secret));
  assert.equal(b64u(code.secret), confirmation_qr.code);
});

test("the app's own address opens it, and is no code", () => {
  for (const rest of ["", "/", "/#", "/#/", "/#/paste/broken"]) {
    assert.deepEqual(parseCode(`${enrolment.origin}/phone${rest}`), { kind: "app", origin: enrolment.origin });
  }
  refuses("https://CONSOLE.example.com/phone/", "not_a_code");
  refuses(`${enrolment.origin}/phones/`, "not_a_code");
  refuses(`${enrolment.origin}/phone/assets/`, "not_a_code");
});

test("another version is named as such", () => {
  refuses(changed(0, 2), "version");
});

test("unknown flags, and codes cut short, are refused", () => {
  refuses(changed(1, 2), "not_a_code");
  refuses(changed(1, 3), "not_a_code");
  refuses(ENROL + b64u(Uint8Array.from(bytes.subarray(0, 90))), "not_a_code");
  refuses(ENROL, "not_a_code");
  refuses(`${ENROL}A`, "not_a_code");
});

test("what is not ours is refused", () => {
  const payload = enrolment.qr_text.slice(ENROL.length);
  refuses("", "not_a_code");
  refuses("https://example.com/", "not_a_code");
  refuses(`javascript://x/phone/#e=${payload}`, "not_a_code");
  refuses(`https://CONSOLE.example.com/phone/#e=${payload}`, "not_a_code");
  refuses(`https://console.example.com:443/phone/#e=${payload}`, "not_a_code");
  refuses(`https://user@console.example.com/phone/#e=${payload}`, "not_a_code");
  refuses(`${enrolment.origin}/other/#e=${payload}`, "not_a_code");
  refuses(`${enrolment.qr_text}=`, "not_a_code");
  refuses(`${enrolment.qr_text} `, "not_a_code");
  refuses(enrolment.qr_text + "A".repeat(400), "not_a_code");
});

test("a confirmation code names one request, and has sixteen secret bytes", () => {
  const written = (id: string, secret: number) =>
    CONFIRM + b64u(Uint8Array.of(1, id.length, ...utf8(id), ...new Uint8Array(secret)));
  assert.equal(parseCode(written("a", 16)).kind, "confirmation");
  refuses(written("a", 15), "not_a_code");
  refuses(written("a", 17), "not_a_code");
  refuses(written("", 16), "not_a_code");
  refuses(written("../x", 16), "not_a_code");
});
