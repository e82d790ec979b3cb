// The protocol's test vectors, and the keys in them as WebCrypto wants them.

import { readFileSync } from "node:fs";

import { b64u, type Bytes } from "../src/protocol/bytes.ts";
import type { Json } from "../src/protocol/canonical.ts";
import type { KeyPair } from "../src/protocol/keys.ts";

type KeyName = "ssk" | "ehk" | "dsk" | "dhk" | "answer_key";

interface Signed {
  readonly sig: string;
  readonly sig_invalid: string;
}

interface Vectors {
  readonly keys: Record<KeyName, { readonly private: string; readonly public: string }>;
  readonly enrolment: Signed & {
    readonly origin: string;
    readonly flags: number;
    readonly eid: string;
    readonly secret: string;
    readonly share: string;
    readonly exp: number;
    readonly bundle: string;
    readonly fp: string;
    readonly account: { readonly company: string; readonly name: string; readonly username: string };
    readonly account_canonical: string;
    readonly box: string;
    readonly qr_text: string;
    readonly device_name: string;
    readonly T: string;
    readonly mac_key: string;
    readonly credential_id: string;
    readonly mac_with_credential_id: string;
    readonly sas: string;
    readonly request_parameters: { readonly [key: string]: Json };
    readonly request_parameters_canonical: string;
  };
  readonly session: Signed & { readonly device: string; readonly challenge: string; readonly message: string };
  readonly request: {
    readonly device: string;
    readonly id: string;
    readonly details: { readonly [key: string]: Json };
    readonly details_canonical: string;
    readonly details_sha256: string;
  };
  readonly decisions: readonly (Signed & {
    readonly name: string;
    readonly decision: string;
    readonly reason: string;
    readonly code: string;
    readonly ch: string;
  })[];
  readonly pin: {
    readonly pin: string;
    readonly salt_eid: string;
    readonly P: string;
    readonly V: string;
    readonly pin_token: string;
    readonly pin_share: string;
    readonly wrapping_key: string;
  };
  readonly confirmation_qr: { readonly secret: string; readonly code: string; readonly text: string };
  readonly hpke: readonly {
    readonly name: string;
    readonly recipient: KeyName;
    readonly info: string;
    readonly signed_by_ssk: boolean;
    readonly message: string;
    readonly sealed: string;
  }[];
  readonly device_statement: {
    readonly statement: Json;
    readonly statement_canonical: string;
    readonly signature: string;
    readonly signature_invalid: string;
  };
}

const FILE = new URL("../../../tests/vectors/protocol-v1.json", import.meta.url);

export const vectors = JSON.parse(readFileSync(FILE, "utf8")) as Vectors;

export function hex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

export function publicKey(name: KeyName): Bytes {
  return hex(vectors.keys[name].public);
}

async function pair(name: KeyName, algorithm: EcKeyImportParams, usages: KeyUsage[]): Promise<KeyPair> {
  const point = publicKey(name);
  const d = b64u(hex(vectors.keys[name].private));
  const jwk = { kty: "EC", crv: "P-256", d, x: b64u(point.slice(1, 33)), y: b64u(point.slice(33)) };
  return { private: await crypto.subtle.importKey("jwk", jwk, algorithm, false, usages), public: point };
}

export function sealingPair(name: KeyName): Promise<KeyPair> {
  return pair(name, { name: "ECDH", namedCurve: "P-256" }, ["deriveBits"]);
}

export function signingPair(name: KeyName): Promise<KeyPair> {
  return pair(name, { name: "ECDSA", namedCurve: "P-256" }, ["sign"]);
}
