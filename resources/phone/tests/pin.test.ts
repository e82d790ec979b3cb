// A PIN: what it derives, which ones are too easy to guess, and that the wrapped key signs and cannot be read.

import assert from "node:assert/strict";
import { test } from "node:test";

import { utf8 } from "../src/protocol/bytes.ts";
import { newSigningKey, sign, verify } from "../src/protocol/keys.ts";
import { stretched, unwrap, verifier, weakness, wrap } from "../src/protocol/pin.ts";
import { hex, vectors } from "./vectors.ts";

const { pin } = vectors;
const eid = hex(pin.salt_eid);
const share = hex(pin.pin_share);

test("the derivations are those of the vectors", async () => {
  const p = await stretched(pin.pin, eid);
  assert.deepEqual(p, hex(pin.P));
  assert.deepEqual(await verifier(p, eid), hex(pin.V));
});

test("a wrapped key comes back, signs, and cannot be read", async () => {
  const made = await newSigningKey(true);
  const wrapped = await wrap(made.private, hex(pin.P), share);
  const key = await unwrap(wrapped, hex(pin.P), share);
  assert.equal(key.extractable, false);
  await assert.rejects(crypto.subtle.exportKey("pkcs8", key));
  assert.ok(await verify(made.public, await sign(key, utf8("message")), utf8("message")));
});

test("it is wrapped under the key that the vectors name", async () => {
  const made = await newSigningKey(true);
  const wrapped = await wrap(made.private, hex(pin.P), share);
  const key = await crypto.subtle.importKey("raw", hex(pin.wrapping_key), "AES-GCM", false, ["decrypt"]);
  const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: wrapped.iv }, key, wrapped.key);
  assert.deepEqual(new Uint8Array(opened), new Uint8Array(await crypto.subtle.exportKey("pkcs8", made.private)));
});

test("neither another PIN nor another share opens it", async () => {
  const wrapped = await wrap((await newSigningKey(true)).private, hex(pin.P), share);
  await assert.rejects(unwrap(wrapped, hex(pin.V), share));
  await assert.rejects(unwrap(wrapped, hex(pin.P), hex(pin.pin_token)));
});

test("what is too easy to guess is refused", () => {
  const weak = { length: ["", "12345", "1234567890123", "12345a"], run: ["123456", "987654", "890123", "210987"] };
  for (const each of weak.length) assert.equal(weakness(each), "length", each);
  for (const each of weak.run) assert.equal(weakness(each), "run", each);
  for (const each of ["000000", "121212", "123123", "12341234"]) assert.equal(weakness(each), "repetition", each);
  for (const each of ["048213", "123455", "112233", "135790", "739154826001"]) assert.equal(weakness(each), null, each);
});
