// Waits, after the claim, until the console has compared the digits and the account's owner has confirmed.

import { Revoked } from "../net/session.ts";
import type { DeviceStatus, Member } from "./member.ts";

const PAUSE = 2_000;

export class Confirming {
  readonly member: Member;
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
      if (said !== null && !this.#stopped) {
        const before = this.state;
        this.#said = said;
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

  stop(): void {
    this.#stopped = true;
    this.#wake();
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
