// Answers a request: the owner unlocks the phone, the phone signs, the server decides what becomes of it.

import { assertPasskey } from "../device/passkey.ts";
import type { Account } from "../device/account.ts";
import { jsonOf, Offline } from "../net/call.ts";
import type { Session } from "../net/session.ts";
import type { Bytes } from "../protocol/bytes.ts";
import { answer, challenge, type Verdict } from "../protocol/decision.ts";
import { sign } from "../protocol/keys.ts";
import { type Opened, STATUSES, type Status } from "./item.ts";
import type { Lock } from "./lock.ts";

/** A verdict with its challenge, so that nothing has to be waited for between the tap and the unlocking. */
export interface Prepared {
  readonly verdict: Verdict;
  readonly ch: Bytes;
}

/** What became of a request; `voidReason` is why nothing was carried out, in the server's word for it. */
export interface Outcome {
  readonly status: Status;
  readonly voidReason: string | null;
}

export async function prepare(opened: Opened, verdict: Verdict): Promise<Prepared> {
  return { verdict, ch: await challenge(opened.bytes, verdict) };
}

export interface Decider {
  readonly account: Account;
  readonly session: Session;
  readonly lock: Lock;
}

/** `pin` is asked for where there is no passkey. `sending` is called once the owner has unlocked the phone. */
export async function approve(
  by: Decider,
  opened: Opened,
  prepared: Prepared,
  pin: string,
  sending: () => void,
): Promise<Outcome> {
  const { passkey } = by.account;
  const webauthn = passkey === null ? null : await assertPasskey(prepared.ch, passkey.id);
  const key = passkey === null ? await by.lock.open(pin) : by.lock.key;
  sending();
  return send(by, opened, prepared, key, webauthn);
}

/** A rejection needs no unlocking: it must be easy. */
export async function reject(by: Decider, opened: Opened, reason: "cancelled" | "not_me"): Promise<Outcome> {
  return send(by, opened, await prepare(opened, { decision: "reject", code: "", reason }), by.lock.key, null);
}

async function send(
  by: Decider,
  opened: Opened,
  { verdict, ch }: Prepared,
  key: CryptoKey,
  webauthn: object | null,
): Promise<Outcome> {
  const { account, session } = by;
  const { id, answerKey } = opened.details;
  const signature = await sign(key, ch);
  const bytes = await answer(answerKey, account.device, id, verdict, signature, webauthn);
  const response = await session.call("POST", `/requests/${encodeURIComponent(id)}/decision`, { bytes });
  const told = await jsonOf<{ status: Status; void_reason?: string | null }>(response);
  if (!STATUSES.includes(told?.status)) throw new Offline(told); // whoever answers so is not our server
  return { status: told.status, voidReason: told.void_reason ?? null };
}
