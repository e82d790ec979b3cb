// Why an answer did not count, and what the person can do: each reason has a sentence under `phone.answer.`.

import { PasskeyError, type PasskeyReason } from "../device/passkey-error.ts";
import { Offline, Problem } from "../net/call.ts";
import { Revoked } from "../net/session.ts";
import { Locked, PinError } from "./lock.ts";

export type Refusal =
  | { readonly is: "passkey"; readonly reason: PasskeyReason }
  | { readonly is: "pin"; readonly error: PinError }
  /** A phone with a PIN was put away for too long: the PIN comes first. */
  | { readonly is: "locked" }
  | { readonly is: "wrong_code"; readonly left: number }
  /** Expired, decided elsewhere, or gone: reading the request again tells which. */
  | { readonly is: "over" }
  /** It may have counted all the same: reading the request again tells. */
  | { readonly is: "offline" }
  | { readonly is: "not_verified" }
  /** The server has ended approving with a PIN since this phone was enrolled. */
  | { readonly is: "pin_not_allowed" }
  | { readonly is: "disabled" }
  | { readonly is: "revoked" }
  | { readonly is: "failed" };

export function refusalOf(error: unknown): Refusal {
  if (error instanceof PasskeyError) return { is: "passkey", reason: error.reason };
  if (error instanceof PinError) return { is: "pin", error };
  if (error instanceof Locked) return { is: "locked" };
  if (error instanceof Offline) return { is: "offline" };
  if (error instanceof Revoked) return { is: "revoked" };
  if (!(error instanceof Problem)) return { is: "failed" };
  if (error.status >= 500) return { is: "offline" }; // what a proxy says when the server's own answer was lost
  if (error.status === 422 && error.attemptsLeft !== null) {
    return error.attemptsLeft > 0 ? { is: "wrong_code", left: error.attemptsLeft } : { is: "over" };
  }
  const code = error.code;
  if (code === "") return { is: "failed" }; // not the server's words: somebody in between knows nothing of the request
  if (code === "account_disabled") return { is: "disabled" };
  if (error.status === 403) return { is: code === "pin_not_allowed" ? "pin_not_allowed" : "not_verified" };
  return [404, 409, 410].includes(error.status) ? { is: "over" } : { is: "failed" };
}
