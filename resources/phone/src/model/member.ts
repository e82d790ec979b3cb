// An account at work: its session, its requests, and the line on which changes are heard.

import type { Account } from "../device/account.ts";
import { jsonOf } from "../net/call.ts";
import { clock } from "../net/clock.ts";
import { Live } from "../net/live.ts";
import { Session } from "../net/session.ts";
import { Inbox } from "./inbox.ts";

export type DeviceStatus = "claimed" | "confirmed" | "active";

export class Member {
  account: Account;
  readonly session: Session;
  readonly inbox: Inbox;
  /** Called whenever something of this account may have changed. */
  heard: () => void = () => undefined;
  readonly #live: Live;

  constructor(account: Account, streamed: boolean, changed: () => void) {
    this.account = account;
    this.session = new Session(account);
    this.inbox = new Inbox(account, this.session, changed);
    this.#live = new Live(this.session, streamed, () => void this.refresh());
  }

  start(): void {
    void this.#live.run();
  }

  stop(): void {
    this.#live.stop();
  }

  wake(): void {
    this.#live.wake();
    void this.refresh();
  }

  async refresh(): Promise<void> {
    this.heard();
    await this.inbox.reload();
    if (this.inbox.link === "revoked") this.stop();
  }

  async status(): Promise<DeviceStatus> {
    const { status, now } = await jsonOf<{ status: DeviceStatus; now: number }>(
      await this.session.call("GET", "/device"),
    );
    clock.hear(now);
    return status;
  }
}
