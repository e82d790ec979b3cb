// The first request: it must name this phone's own keys.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Account } from "../src/device/account.ts";
import { checkBinding } from "../src/model/binding.ts";
import { unb64u, utf8 } from "../src/protocol/bytes.ts";
import { canonical, type Json } from "../src/protocol/canonical.ts";
import { type Details, readDetails } from "../src/protocol/details.ts";
import { ProtocolError } from "../src/protocol/fault.ts";
import { hex, publicKey, sealingPair, signingPair, vectors } from "./vectors.ts";

const named = vectors.enrolment.request_parameters;
const credential = named["credential"] as { id: string; cose: string };

const account: Account = {
  ...vectors.enrolment.account,
  device: vectors.request.device,
  deviceName: vectors.enrolment.device_name,
  origin: vectors.enrolment.origin,
  ssk: publicKey("ssk"),
  dsk: await signingPair("dsk"),
  dhk: await sealingPair("dhk"),
  passkey: { id: hex(vectors.enrolment.credential_id), cose: unb64u(credential.cose) },
  binding: { enrolment: String(named["enrolment"]), sas: vectors.enrolment.sas, expiresAt: vectors.enrolment.exp },
};

function enabling(parameters: Json, action = "two_factor.enable"): Details {
  const details = { ...vectors.request.details, kind: "authentication", action, parameters };
  return readDetails(utf8(canonical(details)), vectors.request.id);
}

test("its own keys are taken", () => {
  checkBinding(enabling(named), account);
  checkBinding(enabling(named), { ...account, binding: null });
});

test("another key, passkey, server, enrolment or other digits are not", () => {
  const other = String(named["dhk"]);
  const changes: { readonly [key: string]: Json }[] = [
    { dsk: other },
    { dhk: String(named["dsk"]) },
    { credential: null },
    { credential: { ...credential, id: other } },
    { credential: { ...credential, cose: other } },
    { origin: "https://console.example.org" },
    { enrolment: other },
    { sas: "000000" },
  ];
  for (const change of changes) {
    assert.throws(
      () => checkBinding(enabling({ ...named, ...change }), account),
      (error) => error instanceof ProtocolError && error.fault === "other_keys",
      JSON.stringify(change),
    );
  }
});

test("a change of phones names the new one's keys, which a person compares", () => {
  checkBinding(enabling({ ...named, dsk: String(named["dhk"]) }, "device.change"), account);
});
