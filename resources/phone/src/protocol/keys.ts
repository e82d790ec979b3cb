// The P-256 keys: the phone's own, which never leave it, and the server's public ones.

import type { Bytes } from "./bytes.ts";
import { ProtocolError } from "./fault.ts";

/** The private half is not extractable: IndexedDB keeps a handle to it, nobody reads it. */
export interface KeyPair {
  readonly private: CryptoKey;
  readonly public: Bytes;
}

const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const ECDH = { name: "ECDH", namedCurve: "P-256" } as const;

async function kept(pair: CryptoKeyPair): Promise<KeyPair> {
  return { private: pair.privateKey, public: new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)) };
}

/** One that a PIN will wrap can be read until then. */
export async function newSigningKey(toBeWrapped = false): Promise<KeyPair> {
  return kept(await crypto.subtle.generateKey(ECDSA, toBeWrapped, ["sign", "verify"]));
}

export async function newSealingKey(): Promise<KeyPair> {
  return kept(await crypto.subtle.generateKey(ECDH, false, ["deriveBits"]));
}

async function imported(point: Bytes, algorithm: EcKeyImportParams, usages: KeyUsage[]): Promise<CryptoKey> {
  if (point.length !== 65 || point[0] !== 4) throw new ProtocolError("malformed");
  try {
    return await crypto.subtle.importKey("raw", point, algorithm, true, usages);
  } catch {
    throw new ProtocolError("malformed");
  }
}

export function sealingKey(point: Bytes): Promise<CryptoKey> {
  return imported(point, ECDH, []);
}

/** ECDSA with SHA-256, as 64 bytes `r | s`. */
export async function sign(key: CryptoKey, message: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign(ECDSA, key, message));
}

export async function verify(point: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  return crypto.subtle.verify(ECDSA, await imported(point, ECDSA, ["verify"]), signature, message);
}

export async function agree(key: CryptoKey, other: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: other }, key, 256));
}
