// One approval request as the phone knows it: its state, and its details once they are opened and verified.

import type { Details } from "../protocol/details.ts";
import type { Fault } from "../protocol/fault.ts";

export const STATUSES = [
  "pending",
  "approved",
  "executing",
  "executed",
  "failed",
  "unknown",
  "rejected",
  "expired",
  "cancelled",
  "void",
] as const;

export type Status = (typeof STATUSES)[number];

/** The details, and the very bytes that they were read from: those are what a decision signs. */
export interface Opened {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly details: Details;
}

/** What was sealed either opened, or must not be shown, or was not sent with the list. */
export type Content =
  | { readonly is: "opened"; readonly opened: Opened }
  | { readonly is: "refused"; readonly fault: Fault }
  | { readonly is: "sealed" };

export interface Item {
  readonly id: string;
  readonly status: Status;
  readonly expiresAt: number;
  /** When the push service took it, and when it was opened here; null where it was not, or not yet. */
  readonly pushedAt: number | null;
  readonly openedAt: number | null;
  /** Why it became void, in the server's word for it. */
  readonly voidReason: string | null;
  /** What its rejection said, as far as that is known: `cancelled`, or `not_me`. */
  readonly rejectReason: string | null;
  readonly content: Content;
}

/** Whole seconds, as the server's clock has them too. */
export function secondsLeft(expiresAt: number, now: number): number {
  return Math.max(0, Math.floor(expiresAt - now));
}

/** The server enforces the end when it is asked; the phone need not wait for that. */
export function isPending(item: Item, now: number): boolean {
  return item.status === "pending" && secondsLeft(item.expiresAt, now) > 0;
}
