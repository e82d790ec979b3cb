// This phone's own push service, as far as its browser lets us use it: the permission, and the address for the server.

import { type Bytes, equal } from "../protocol/bytes.ts";

export type PushPermission = "unsupported" | "ask" | "granted" | "blocked";

/** Why there is no address although notifications are allowed; each reason has a sentence under `phone.push.`. */
export type PushReason = "no_service" | "no_worker" | "not_taken";

export class PushError extends Error {
  readonly reason: PushReason;

  constructor(reason: PushReason, cause?: unknown) {
    super(`notifications: ${reason}`, { cause });
    this.name = "PushError";
    this.reason = reason;
  }
}

/** Some push services answer late, and where there is none some browsers never answer at all. */
const PATIENCE = 10_000;

export function pushPermission(): PushPermission {
  if (!("Notification" in window && "PushManager" in window && "serviceWorker" in navigator)) return "unsupported";
  return ({ default: "ask", granted: "granted", denied: "blocked" } as const)[Notification.permission];
}

/** Call it straight from a tap: browsers do not ask otherwise. */
export async function askForPush(): Promise<PushPermission> {
  await Notification.requestPermission();
  return pushPermission();
}

/** All accounts share one address: they ask for it one after another. */
let turn: Promise<unknown> = Promise.resolve();

/** The address under the server's key; one that was made for another key, or is `spent`, is given up. */
export function subscribed(key: Bytes, spent?: string): Promise<PushSubscriptionJSON> {
  const asked = turn.then(() => subscribe(key, spent));
  turn = asked.catch(() => undefined);
  return asked;
}

async function subscribe(key: Bytes, spent: string | undefined): Promise<PushSubscriptionJSON> {
  const { pushManager } = await inTime(navigator.serviceWorker.ready, "no_worker");
  const known = await inTime(pushManager.getSubscription(), "no_service");
  const made = known?.options.applicationServerKey;
  if (known !== null && known.endpoint !== spent && made && equal(new Uint8Array(made), key)) return known.toJSON();
  if (known) await inTime(known.unsubscribe(), "no_service").catch(() => false);
  const asked = pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  return (await inTime(asked, "no_service")).toJSON();
}

/** Nobody is to be told anything here any more. */
export async function unsubscribe(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  await (await registration?.pushManager?.getSubscription())?.unsubscribe();
}

function inTime<T>(work: Promise<T>, reason: PushReason): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new PushError(reason)), PATIENCE);
    work
      .then(resolve, (error: unknown) => reject(new PushError(reason, error)))
      .finally(() => clearTimeout(timer));
  });
}
