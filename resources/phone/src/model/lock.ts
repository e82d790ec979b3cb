// How an account's signing key is had: at once, or, on a phone with a PIN, from the PIN and the server's share.

import type { Account } from "../device/account.ts";
import { bytesOf, call, Offline, Problem } from "../net/call.ts";
import { type Holder, Revoked, saysEnded } from "../net/session.ts";
import { openSigned } from "../protocol/hpke.ts";
import { pinRequest, shareInfo, stretched, unwrap, verifier } from "../protocol/pin.ts";

/** The PIN is asked for first. */
export class Locked extends Error {
  constructor() {
    super("the PIN is needed");
    this.name = "Locked";
  }
}

/** Why a PIN opened nothing; each reason has a sentence under `phone.pin.`. */
export class PinError extends Error {
  readonly reason: "wrong" | "revoked" | "offline" | "failed";
  readonly left: number;

  constructor(reason: PinError["reason"], left = 0) {
    super(`the PIN: ${reason}`);
    this.name = "PinError";
    this.reason = reason;
    this.left = left;
  }

  static of(error: unknown): PinError {
    if (error instanceof Offline) return new PinError("offline");
    if (saysEnded(error)) return new PinError("revoked");
    if (!(error instanceof Problem) || error.status !== 401 || error.attemptsLeft === null) return new PinError("failed");
    return error.attemptsLeft > 0 ? new PinError("wrong", error.attemptsLeft) : new PinError("revoked");
  }
}

export class Lock implements Holder {
  readonly #account: Account;
  #key: CryptoKey | null;
  #revoked = false;

  /** `key` is given right after the enrolment, whose PIN was typed a moment ago. */
  constructor(account: Account, key: CryptoKey | null = account.dsk.private) {
    this.#account = account;
    this.#key = key;
  }

  get device(): string {
    return this.#account.device;
  }

  get isOpen(): boolean {
    return this.#key !== null;
  }

  /** Throws `Locked`, or `Revoked` once a wrong PIN was the last one. */
  get key(): CryptoKey {
    if (this.#revoked) throw new Revoked();
    if (this.#key === null) throw new Locked();
    return this.#key;
  }

  /** Gives the key for this one use, and keeps it for reading and rejecting until `close`. Throws `PinError`. */
  async open(pin: string): Promise<CryptoKey> {
    const { device, dhk, ssk, pin: lock } = this.#account;
    if (lock === undefined) return this.key;
    const p = await stretched(pin, lock.eid);
    const json = pinRequest(device, lock.token, await verifier(p, lock.eid));
    try {
      const sealed = await bytesOf(await call("POST", "/pin", { json }));
      const share = await openSigned(dhk, ssk, shareInfo(device), sealed);
      this.#key = await unwrap(lock.wrapped, p, share);
      return this.#key;
    } catch (error) {
      const refused = PinError.of(error);
      if (refused.reason === "revoked") this.#revoke();
      throw refused;
    }
  }

  #revoke(): void {
    this.#key = null;
    this.#revoked = true;
  }

  /** What needs no PIN stays open. */
  close(): void {
    this.#key = this.#account.dsk.private;
  }
}
