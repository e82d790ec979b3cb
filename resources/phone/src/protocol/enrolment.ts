// What binds this phone to an account: the transcript, its proof of the QR code's secret, and the six digits.

import { b64u, type Bytes, join, label, utf8 } from "./bytes.ts";
import { parseCanonical } from "./canonical.ts";
import { hkdf, hmac, sha } from "./digest.ts";
import { ProtocolError } from "./fault.ts";
import type { EnrolmentCode } from "./qr.ts";

export interface Bundle {
  readonly ssk: Bytes;
  readonly ehk: Bytes;
}

/** The fingerprint came by camera, the keys by network: only if they match does the network count. */
export async function readBundle(body: Bytes, fp: Bytes): Promise<Bundle> {
  if (body.length !== 130 || b64u(await sha(body)) !== b64u(fp)) throw new ProtocolError("key_mismatch");
  return { ssk: body.slice(0, 65), ehk: body.slice(65) };
}

export function transcript(eid: Bytes, fp: Bytes, dsk: Bytes, dhk: Bytes, deviceName: string): Promise<Bytes> {
  return sha(join(label("countersign/v1 enrol"), eid, fp, dsk, dhk, utf8(deviceName)));
}

/** How the owner will unlock: the credential's id, or the PIN's verifier. */
export interface Unlocking {
  readonly by: "webauthn" | "pin";
  readonly value: Bytes;
}

export async function proof(
  code: Pick<EnrolmentCode, "secret" | "eid">,
  t: Bytes,
  { by, value }: Unlocking,
): Promise<Bytes> {
  const key = await hkdf(code.secret, code.eid, "countersign/v1 mac", 32);
  return hmac(key, join(t, label(by), value));
}

export function requestInfo(eid: Bytes): Bytes {
  return join(label("countersign/v1 enrol request"), eid);
}

export function replyInfo(eid: Bytes, t: Bytes): Bytes {
  return join(label("countersign/v1 enrol reply"), eid, t);
}

export interface BoxedAccount {
  readonly company: string;
  readonly name: string;
  readonly username: string;
}

export async function openBox(
  code: Pick<EnrolmentCode, "secret" | "eid" | "box">,
  share: Bytes,
): Promise<BoxedAccount> {
  const derived = await hkdf(code.secret, share, "countersign/v1 qr", 44);
  const key = await crypto.subtle.importKey("raw", derived.slice(0, 32), "AES-GCM", false, ["decrypt"]);
  const how = { name: "AES-GCM", iv: derived.slice(32), additionalData: code.eid };
  const opened = await crypto.subtle.decrypt(how, key, code.box).catch(() => {
    throw new ProtocolError("seal");
  });
  const { company, name, username } = parseCanonical(new Uint8Array(opened));
  if (typeof company !== "string" || typeof name !== "string" || typeof username !== "string") {
    throw new ProtocolError("malformed");
  }
  return { company, name, username };
}

/** Six digits that both ends compute: equal only if nobody stands between them. */
export async function sas(t: Bytes, share: Bytes): Promise<string> {
  const digest = await sha(join(label("countersign/v1 sas"), t, share));
  return (new DataView(digest.buffer).getUint32(0) % 1_000_000).toString().padStart(6, "0");
}
