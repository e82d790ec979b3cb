// The phone's answer: what is signed, and the sealed message that carries it.

import { b64u, type Bytes, join, label, utf8 } from "./bytes.ts";
import { sha } from "./digest.ts";
import { seal } from "./hpke.ts";

export type Verdict =
  | { readonly decision: "approve"; readonly code: string; readonly reason: "" }
  | { readonly decision: "reject"; readonly code: ""; readonly reason: "cancelled" | "not_me" };

/** `ch`: binds the answer to exactly the bytes that were shown, and to the code that the person moved. */
export async function challenge(details: Bytes, { decision, code, reason }: Verdict): Promise<Bytes> {
  const start = label("countersign/v1 decision");
  return sha(join(start, await sha(details), label(decision), label(reason), utf8(code)));
}

export function answer(
  key: Bytes,
  device: string,
  id: string,
  verdict: Verdict,
  signature: Bytes,
  webauthn: object | null,
): Promise<Bytes> {
  const { decision, code, reason } = verdict;
  const message = JSON.stringify({ decision, code, reason, sig: b64u(signature), webauthn });
  return seal(key, join(label("countersign/v1 answer"), utf8(`${device}/${id}`)), utf8(message));
}

/** What the phone signs to read its requests. */
export function sessionMessage(device: string, nonce: Bytes): Bytes {
  return join(label("countersign/v1 session"), utf8(device), nonce);
}
