// SHA-256, HMAC and HKDF over WebCrypto.

import { type Bytes, join, utf8 } from "./bytes.ts";

export async function sha(message: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", message));
}

export async function hmac(key: Bytes, message: Bytes): Promise<Bytes> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
}

/** An empty salt is 32 zero bytes: the same to HMAC, and WebCrypto imports no empty key. */
export function extract(salt: Bytes, ikm: Bytes): Promise<Bytes> {
  return hmac(salt.length === 0 ? new Uint8Array(32) : salt, ikm);
}

export async function expand(prk: Bytes, info: Bytes, length: number): Promise<Bytes> {
  let output: Bytes = new Uint8Array(0);
  let block: Bytes = output;
  for (let counter = 1; output.length < length; counter++) {
    block = await hmac(prk, join(block, info, Uint8Array.of(counter)));
    output = join(output, block);
  }
  return output.slice(0, length);
}

export async function hkdf(ikm: Bytes, salt: Bytes, info: string, length: number): Promise<Bytes> {
  return expand(await extract(salt, ikm), utf8(info), length);
}
