// HPKE (RFC 9180) base mode, single shot: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, no additional data.

import { type Bytes, join, utf8 } from "./bytes.ts";
import { expand, extract } from "./digest.ts";
import { ProtocolError } from "./fault.ts";
import { agree, type KeyPair, newSealingKey, sealingKey, verify } from "./keys.ts";

const EMPTY: Bytes = new Uint8Array(0);
const POINT = 65;
const SIGNATURE = 64;
const KEM = join(utf8("KEM"), Uint8Array.of(0x00, 0x10));
const SUITE = join(utf8("HPKE"), Uint8Array.of(0x00, 0x10, 0x00, 0x01, 0x00, 0x02));
const VERSION = utf8("HPKE-v1");

function labeledExtract(suite: Bytes, salt: Bytes, name: string, ikm: Bytes): Promise<Bytes> {
  return extract(salt, join(VERSION, suite, utf8(name), ikm));
}

function labeledExpand(suite: Bytes, prk: Bytes, name: string, info: Bytes, length: number): Promise<Bytes> {
  return expand(prk, join(Uint8Array.of(length >> 8, length & 0xff), VERSION, suite, utf8(name), info), length);
}

interface Context {
  readonly key: CryptoKey;
  readonly iv: Bytes;
}

async function context(shared: Bytes, enc: Bytes, recipient: Bytes, info: Bytes): Promise<Context> {
  const agreed = await labeledExtract(KEM, EMPTY, "eae_prk", shared);
  const secret = await labeledExpand(KEM, agreed, "shared_secret", join(enc, recipient), 32);
  const psk = await labeledExtract(SUITE, EMPTY, "psk_id_hash", EMPTY);
  const bound = join(Uint8Array.of(0), psk, await labeledExtract(SUITE, EMPTY, "info_hash", info));
  const prk = await labeledExtract(SUITE, secret, "secret", EMPTY);
  const key = await labeledExpand(SUITE, prk, "key", bound, 32);
  return {
    key: await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]),
    iv: await labeledExpand(SUITE, prk, "base_nonce", bound, 12),
  };
}

export async function seal(recipient: Bytes, info: Bytes, message: Bytes): Promise<Bytes> {
  const ephemeral = await newSealingKey();
  const shared = await agree(ephemeral.private, await sealingKey(recipient));
  const { key, iv } = await context(shared, ephemeral.public, recipient, info);
  return join(ephemeral.public, new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, message)));
}

export async function open(recipient: KeyPair, info: Bytes, sealed: Bytes): Promise<Bytes> {
  const enc = sealed.slice(0, POINT);
  const shared = await agree(recipient.private, await sealingKey(enc));
  const { key, iv } = await context(shared, enc, recipient.public, info);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed.slice(POINT)));
  } catch {
    throw new ProtocolError("seal");
  }
}

/** Anyone who knows the phone's public key can seal to it, so what counts is the server's signature inside. */
export async function openSigned(recipient: KeyPair, signer: Bytes, info: Bytes, sealed: Bytes): Promise<Bytes> {
  const opened = await open(recipient, info, sealed);
  const message = opened.slice(SIGNATURE);
  if (!(await verify(signer, opened.slice(0, SIGNATURE), join(info, message)))) throw new ProtocolError("signature");
  return message;
}
