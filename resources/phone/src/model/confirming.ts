// Waits, after the claim, until the console has compared the digits and the account's owner has confirmed.

import { Problem } from "../net/call.ts";
import { Revoked } from "../net/session.ts";
import type { DeviceStatus, Member } from "./member.ts";

const PAUSE = 2_000;

/** What became of the owner's *stop*: nobody may have heard of it, or it came too late. */
export type Stop = "stopping" | "stopped" | "unheard" | "unsure" | "late";

export class Confirming {
  readonly member: Member;
  stop: Stop | null = null;
  /** The server could not be asked last. */
  isAway = false;
  #said: DeviceStatus | "over" | null = null;
  readonly #changed: (confirming: Confirming) => void;
  #stopped = false;
  #wake: () => void = () => undefined;

  constructor(member: Member, changed: (confirming: Confirming) => void) {
    this.member = member;
    this.#changed = changed;
  }

  get state(): DeviceStatus | "over" {
    return this.#said ?? "claimed";
  }

  async run(): Promise<void> {
    while (!this.#stopped && this.state !== "active" && this.state !== "over") {
      const said = await this.#ask();
      if (this.isAway !== (said === null)) {
        this.isAway = said === null;
        this.#changed(this);
      }
      if (said !== null && !this.#stopped) {
        const before = this.state;
        this.#said = said;
        if (this.stop === "unsure") this.stop = this.#judged() ?? "unsure";
        if (said !== before) this.#changed(this);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, PAUSE);
      });
    }
  }

  /** Asks at once: something has happened. */
  check(): void {
    this.#wake();
  }

  /** Ends the waiting, and nothing else. */
  leave(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Has the server end it, unless this phone is the account's by now; without an answer, keys that it may count stay. */
  async end(): Promise<Stop> {
    try {
      await this.member.session.call("DELETE", "/device");
      return "stopped";
    } catch (error) {
      if (error instanceof Revoked) return "stopped";
      if (error instanceof Problem && error.status === 409) return "late";
      return this.#judged() ?? (this.#said === "claimed" ? "unheard" : "unsure");
    }
  }

  /** What became of a stop without an answer, where what the server says of the phone tells that. */
  #judged(): Stop | null {
    if (this.#said === "over") return "stopped";
    return this.#said === "active" ? "late" : null;
  }

  /** What the server says now, or has said last; false where it has never said anything. */
  async isUnconfirmed(): Promise<boolean> {
    return ((await this.#ask()) ?? this.#said) === "claimed";
  }

  /** Null while the server cannot be asked. A revoked device is how the server says that this enrolment has ended. */
  async #ask(): Promise<DeviceStatus | "over" | null> {
    try {
      return await this.member.status();
    } catch (error) {
      return error instanceof Revoked ? "over" : null;
    }
  }
}
