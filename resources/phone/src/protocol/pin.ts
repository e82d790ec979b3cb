// A PIN where the phone's own unlocking cannot be asked for: what it proves, and what it opens (protocol, section 6).

import { b64u, type Bytes, join, label, utf8 } from "./bytes.ts";
import { hkdf } from "./digest.ts";

const ROUNDS = 600_000;
const ECDSA = { name: "ECDSA", namedCurve: "P-256" } as const;
const IV = 12;

export const SHORTEST = 6;
export const LONGEST = 12;

/** Why a PIN is not taken; each reason has a sentence under `phone.pin.weak.`. */
export type Weakness = "length" | "run" | "repetition";

export function weakness(pin: string): Weakness | null {
  if (!/^\d+$/.test(pin) || pin.length < SHORTEST || pin.length > LONGEST) return "length";
  // One block again and again: 111111, 121212, 123123.
  if (/^(\d+?)\1+$/.test(pin)) return "repetition";
  const steps = [...pin].slice(1).map((digit, i) => (Number(digit) - Number(pin[i]) + 10) % 10);
  return steps.every((step) => step === 1) || steps.every((step) => step === 9) ? "run" : null;
}

/** Slow on purpose: a second or so on an old phone, and as much for each guess. */
export async function stretched(pin: string, eid: Bytes): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", utf8(pin), "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: eid, iterations: ROUNDS };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 256));
}

/** What the server compares, so that it can count wrong guesses. */
export function verifier(p: Bytes, eid: Bytes): Promise<Bytes> {
  return hkdf(p, eid, "countersign/v1 pin verifier", 32);
}

export function shareInfo(device: string): Bytes {
  return join(label("countersign/v1 pin"), utf8(device));
}

export function pinRequest(device: string, token: Bytes, v: Bytes): { device: string; token: string; verifier: string } {
  return { device, token: b64u(token), verifier: b64u(v) };
}

/** A private key as the phone keeps it: without the server's share there is nothing to try PINs on. */
export interface Wrapped {
  readonly iv: Bytes;
  readonly key: Bytes;
}

async function wrapping(p: Bytes, share: Bytes, usage: KeyUsage): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", await hkdf(p, share, "countersign/v1 pin", 32), "AES-GCM", false, [usage]);
}

export async function wrap(key: CryptoKey, p: Bytes, share: Bytes): Promise<Wrapped> {
  const iv = crypto.getRandomValues(new Uint8Array(IV));
  const by = await wrapping(p, share, "wrapKey");
  return { iv, key: new Uint8Array(await crypto.subtle.wrapKey("pkcs8", key, by, { name: "AES-GCM", iv })) };
}

/** The key comes back as one that signs and that nobody can read. */
export async function unwrap({ iv, key }: Wrapped, p: Bytes, share: Bytes): Promise<CryptoKey> {
  const by = await wrapping(p, share, "unwrapKey");
  return crypto.subtle.unwrapKey("pkcs8", key, by, { name: "AES-GCM", iv }, ECDSA, false, ["sign"]);
}
