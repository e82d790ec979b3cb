// Keeps what the server knows of this phone's push address in step with the phone: permissions and addresses change
// without telling anybody.

import type { Account } from "../device/account.ts";
import { PushError, type PushReason, pushPermission, subscribed } from "../device/push.ts";
import { Problem } from "../net/call.ts";
import { askServer } from "../net/server.ts";
import type { Session } from "../net/session.ts";

export interface Reached {
  /** The address that the server now has; null: none. */
  readonly pushed: string | null;
  readonly problem: PushReason | null;
}

/**
 * `known` is whether the server says that it can push; whoever `follows` takes the address that is there. Without an
 * answer from the server nothing has changed.
 */
export async function settlePush(
  account: Account,
  session: Session,
  known: boolean,
  follows: boolean,
): Promise<Reached> {
  const before = account.pushed ?? null;
  if (pushPermission() !== "granted") {
    if (known) await session.call("PUT", "/device/push", { json: null });
    return { pushed: null, problem: null };
  }
  try {
    // What the server had and has no more, the push service has dropped.
    const subscription = await subscribed((await askServer()).pushKey, known || follows ? undefined : account.pushed);
    const address = subscription.endpoint ?? "";
    // The keys go as the browser made them: `toJSON` has nothing else in it.
    if (!known || address !== before) await session.call("PUT", "/device/push", { json: plain(subscription) });
    return { pushed: address, problem: null };
  } catch (error) {
    if (error instanceof PushError) return { pushed: before, problem: error.reason };
    if (error instanceof Problem && error.status === 422) return { pushed: null, problem: "not_taken" };
    throw error;
  }
}

export interface PlainSubscription {
  readonly endpoint: string;
  readonly expirationTime: number | null;
  readonly keys: { readonly [name: string]: string };
  readonly [name: string]: string | number | null | { readonly [name: string]: string };
}

export function plain({ endpoint, expirationTime, keys }: PushSubscriptionJSON): PlainSubscription {
  return { endpoint: endpoint ?? "", expirationTime: expirationTime ?? null, keys: { ...keys } };
}
