// The protocol's bytes against its published vectors: the server's tests read the same file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { b64u, equal, join, label, unb64u, utf8 } from "../src/protocol/bytes.ts";
import { canonical, parseCanonical } from "../src/protocol/canonical.ts";
import { answer, challenge, sessionMessage, type Verdict } from "../src/protocol/decision.ts";
import { codeDigits, readDetails, sealedInfo } from "../src/protocol/details.ts";
import { hkdf, sha } from "../src/protocol/digest.ts";
import { openBox, proof, readBundle, replyInfo, requestInfo, sas, transcript } from "../src/protocol/enrolment.ts";
import { type Fault, ProtocolError } from "../src/protocol/fault.ts";
import { open, openSigned, seal } from "../src/protocol/hpke.ts";
import { newSealingKey, newSigningKey, sign, verify } from "../src/protocol/keys.ts";
import { hex, publicKey, sealingPair, signingPair, vectors } from "./vectors.ts";

const { enrolment, request } = vectors;
const code = { secret: hex(enrolment.secret), eid: hex(enrolment.eid), box: hex(enrolment.box) };
const refused = (fault: Fault) => (error: unknown) => error instanceof ProtocolError && error.fault === fault;

test("base64url has one spelling for one byte string", () => {
  assert.equal(b64u(unb64u("_-8A")), "_-8A");
  for (const text of ["a", "AB", "AA==", "A+/A", "A A"]) assert.throws(() => unb64u(text), refused("malformed"));
});

test("canonical JSON is what was signed", () => {
  assert.equal(canonical(request.details), Buffer.from(hex(request.details_canonical)).toString());
  assert.equal(canonical(enrolment.account), Buffer.from(hex(enrolment.account_canonical)).toString());
  assert.equal(
    canonical(vectors.device_statement.statement),
    Buffer.from(hex(vectors.device_statement.statement_canonical)).toString(),
  );
  assert.equal(
    canonical(enrolment.request_parameters),
    Buffer.from(hex(enrolment.request_parameters_canonical)).toString(),
  );
});

test("JSON that is written in another way is refused", () => {
  for (const text of [
    '{"a":1, "b":2}',
    '{"b":1,"a":2}',
    '{"a":1,"a":2}',
    '{"a":1.5}',
    '{"a":1e2}',
    '{"a":-0}',
    '{"ä":1}',
    '{"a":"\\u0041"}',
  ]) {
    assert.throws(() => parseCanonical(utf8(text)), refused("not_canonical"), text);
  }
  for (const text of ["[]", "1", "{", ""]) assert.throws(() => parseCanonical(utf8(text)), refused("malformed"), text);
  assert.throws(() => parseCanonical(Uint8Array.of(0x7b, 0xff, 0x7d)), refused("malformed"));
});

test("the bundle is taken only with the fingerprint of the QR code", async () => {
  const { ssk, ehk } = await readBundle(hex(enrolment.bundle), hex(enrolment.fp));
  assert.ok(equal(ssk, publicKey("ssk")) && equal(ehk, publicKey("ehk")));
  await assert.rejects(readBundle(hex(enrolment.bundle), hex(enrolment.eid)), refused("key_mismatch"));
  await assert.rejects(readBundle(hex(enrolment.bundle).slice(1), hex(enrolment.fp)), refused("key_mismatch"));
});

test("the transcript, its proof and the six digits", async () => {
  const t = await transcript(code.eid, hex(enrolment.fp), publicKey("dsk"), publicKey("dhk"), enrolment.device_name);
  assert.deepEqual(t, hex(enrolment.T));
  assert.deepEqual(await hkdf(code.secret, code.eid, "countersign/v1 mac", 32), hex(enrolment.mac_key));
  assert.deepEqual(await proof(code, t, { by: "webauthn", value: hex(enrolment.credential_id) }), hex(enrolment.mac_with_credential_id));
  assert.equal(await sas(t, hex(enrolment.share)), enrolment.sas);
});

test("the box opens with the server's share alone", async () => {
  assert.deepEqual(await openBox(code, hex(enrolment.share)), enrolment.account);
  await assert.rejects(openBox(code, hex(enrolment.eid)), refused("seal"));
});

test("signatures: the vectors verify, their twins do not", async () => {
  const session = sessionMessage(vectors.session.device, hex(vectors.session.challenge));
  assert.deepEqual(session, hex(vectors.session.message));
  const statement = join(label("countersign/v1 device"), hex(vectors.device_statement.statement_canonical));
  const signed = [
    { key: "dsk", message: hex(enrolment.T), good: enrolment.sig, bad: enrolment.sig_invalid },
    { key: "dsk", message: session, good: vectors.session.sig, bad: vectors.session.sig_invalid },
    {
      key: "ssk",
      message: statement,
      good: vectors.device_statement.signature,
      bad: vectors.device_statement.signature_invalid,
    },
    ...vectors.decisions.map(
      (one) => ({ key: "dsk", message: hex(one.ch), good: one.sig, bad: one.sig_invalid }) as const,
    ),
  ] as const;
  for (const { key, message, good, bad } of signed) {
    assert.equal(await verify(publicKey(key), hex(good), message), true);
    assert.equal(await verify(publicKey(key), hex(bad), message), false);
  }
});

test("what this phone signs verifies under its public key", async () => {
  const pair = await signingPair("dsk");
  const message = utf8("anything");
  const signature = await sign(pair.private, message);
  assert.equal(signature.length, 64);
  assert.equal(await verify(pair.public, signature, message), true);
});

test("new keys cannot be exported", async () => {
  for (const pair of [await newSigningKey(), await newSealingKey()]) {
    assert.equal(pair.public.length, 65);
    await assert.rejects(crypto.subtle.exportKey("jwk", pair.private));
  }
});

for (const vector of vectors.hpke) {
  test(`sealed: ${vector.name}`, async () => {
    const recipient = await sealingPair(vector.recipient);
    const info = hex(vector.info);
    const sealed = hex(vector.sealed);
    const opened = vector.signed_by_ssk
      ? await openSigned(recipient, publicKey("ssk"), info, sealed)
      : await open(recipient, info, sealed);
    assert.deepEqual(opened, hex(vector.message));
    await assert.rejects(open(recipient, join(info, Uint8Array.of(0)), sealed), refused("seal"));
    await assert.rejects(
      open(
        recipient,
        info,
        Uint8Array.from(sealed, (byte, i) => (i === 70 ? byte ^ 1 : byte)),
      ),
      refused("seal"),
    );
  });
}

test("sealed by anybody but the server is refused", async () => {
  const recipient = await sealingPair("dhk");
  const info = utf8("info");
  const mine = await signingPair("dsk");
  const message = utf8("message");
  const forged = await seal(recipient.public, info, join(await sign(mine.private, join(info, message)), message));
  assert.deepEqual((await open(recipient, info, forged)).slice(64), message);
  await assert.rejects(openSigned(recipient, publicKey("ssk"), info, forged), refused("signature"));
});

test("infos carry what they are about", () => {
  const named = (name: string) => hex(vectors.hpke.find((vector) => vector.name === name)?.info ?? "");
  assert.deepEqual(requestInfo(code.eid), named("enrol request"));
  assert.deepEqual(replyInfo(code.eid, hex(enrolment.T)), named("enrol reply"));
  assert.deepEqual(sealedInfo(request.device, request.id), named("request"));
});

test("decisions: the challenge binds details, decision, reason and code", async () => {
  const details = hex(request.details_canonical);
  assert.deepEqual(await sha(details), hex(request.details_sha256));
  for (const one of vectors.decisions) {
    assert.deepEqual(await challenge(details, one as unknown as Verdict), hex(one.ch), one.name);
  }
});

test("an answer opens under the request's own key, and has five members", async () => {
  const verdict: Verdict = { decision: "reject", code: "", reason: "not_me" };
  const body = await answer(publicKey("answer_key"), request.device, request.id, verdict, hex(enrolment.sig), null);
  const info = join(label("countersign/v1 answer"), utf8(`${request.device}/${request.id}`));
  const message: unknown = JSON.parse(Buffer.from(await open(await sealingPair("answer_key"), info, body)).toString());
  assert.deepEqual(message, { ...verdict, sig: b64u(hex(enrolment.sig)), webauthn: null });
});

test("details are read from the signed bytes", () => {
  const details = readDetails(hex(request.details_canonical), request.id);
  assert.equal(details.target[0]?.name, "FILESRV-02 – Köln");
  assert.deepEqual(details.parameters, request.details["parameters"]);
  assert.equal(details.expiresAt - details.createdAt, 120);
  assert.deepEqual(details.more, {});
});

test("details of another version, another request or another shape are refused", () => {
  const read = (change: object) => () => readDetails(utf8(canonical({ ...request.details, ...change })), request.id);
  assert.throws(read({ v: 2 }), refused("version"));
  assert.throws(read({ id: "req-other" }), refused("other_request"));
  assert.throws(read({ kind: "something" }), refused("malformed"));
  assert.throws(read({ target: [{ type: "computer", id: "cmp_81" }] }), refused("malformed"));
  assert.throws(read({ ip: 1 }), refused("malformed"));
  assert.throws(read({ code_digits: 4 }), refused("code_missing"));
  assert.deepEqual(readDetails(utf8(canonical({ ...request.details, extra: [1] })), request.id).more, { extra: [1] });
});

test("only the actions that policy may free go without a code", () => {
  assert.equal(codeDigits(0, "management", "user.delete"), 0);
  assert.equal(codeDigits(6, "authentication", "sign_in"), 6);
  const never = [
    "administrator.create",
    "policy.change",
    "api_key.create",
    "origin.retire",
    "audit.prune",
    "rmm.run_on_group",
  ];
  for (const action of never) assert.throws(() => codeDigits(0, "management", action), refused("code_missing"));
  assert.throws(() => codeDigits(0, "authentication", "sign_in"), refused("code_missing"));
  for (const digits of [4, 8, "6", null, undefined]) {
    assert.throws(() => codeDigits(digits, "management", "user.delete"), refused("code_missing"));
  }
});
