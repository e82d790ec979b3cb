// An account at work: its session, its requests and notices, and the line on which changes are heard.

import type { Account } from "../device/account.ts";
import { removeAccount, saveAccount } from "../device/database.ts";
import { type PushReason, unsubscribe } from "../device/push.ts";
import { putAway } from "../device/shown.ts";
import { again } from "../net/again.ts";
import { jsonOf } from "../net/call.ts";
import { clock } from "../net/clock.ts";
import { Live, type Topics } from "../net/live.ts";
import { askServer } from "../net/server.ts";
import { Revoked, Session } from "../net/session.ts";
import { Inbox } from "./inbox.ts";
import { isPending } from "./item.ts";
import { Lock } from "./lock.ts";
import { Notices } from "./notices.ts";
import { settlePush } from "./reaching.ts";

const RETRY = 5_000;

export type DeviceStatus = "claimed" | "confirmed" | "active";

/** How the server sees this phone. */
export interface Standing {
  readonly status: DeviceStatus;
  readonly push: boolean;
  /** Notifications are held back until then; null: they are not. */
  readonly mutedUntil: number | null;
  /** Set up by an authenticator app's code alone, it confirms only what concerns the own account until then. */
  readonly probationUntil: number | null;
}

interface Told {
  readonly status: DeviceStatus;
  readonly push: boolean;
  readonly muted_until?: number | null;
  readonly probation_until?: number | null;
  readonly unread?: number;
  readonly now: number;
}

export class Member {
  account: Account;
  readonly lock: Lock;
  readonly session: Session;
  readonly inbox: Inbox;
  readonly notices: Notices;
  standing: Standing | null = null;
  /** The server takes approvals with a PIN, as far as it has said; it refuses them in any case where it does not. */
  takesPins = true;
  /** Why notifications do not arrive although they are allowed. */
  pushProblem: PushReason | null = null;
  /** Its keys were to be deleted, and the phone's storage did not do it. */
  unremoved = false;
  /** Called whenever something of this account may have changed. */
  heard: () => void = () => undefined;
  /** Called when the push address that all accounts share is another one, or none any more. */
  moved: () => void = () => undefined;
  readonly #streamed: boolean;
  /** Null where nothing is listened for: before the start, once cut off, and after the end. */
  #live: Live | null = null;
  readonly #changed: () => void;
  #settled = false;
  /** Another account has made the address that is to be told now: this one makes none, or the two would never end. */
  #follows = false;
  #ended = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(account: Account, lock: Lock, streamed: boolean, changed: () => void) {
    this.account = account;
    this.lock = lock;
    this.session = new Session(lock);
    const read = () => {
      this.#mend();
      this.#putAway();
      changed();
    };
    this.inbox = new Inbox(account, this.session, read);
    this.notices = new Notices(account, this.session, read);
    this.#streamed = streamed;
    this.#changed = changed;
  }

  /** This phone is not, or no longer, registered for the account: what it knows of it is the past. */
  get isCutOff(): boolean {
    return this.session.isRevoked;
  }

  /** The phone is the right one, and counts again once the account is enabled. */
  get isDisabled(): boolean {
    return this.inbox.link === "disabled";
  }

  start(): void {
    if (this.#live !== null || this.#ended) return;
    this.#live = new Live(this.session, this.#streamed, (topics) => void this.refresh(topics));
    void this.#live.run();
  }

  /** The account leaves this phone, and the server hears of it if it can. Where the storage fails, all goes on. */
  async leave(): Promise<void> {
    this.drop();
    try {
      await removeAccount(this.account.device);
    } catch (error) {
      this.#ended = false;
      this.unremoved = true;
      this.start();
      throw error;
    }
    void this.settlePush();
  }

  /** It has left already: nothing is heard, and nothing kept, of it here any more. */
  drop(): void {
    this.#ended = true;
    this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#live?.stop();
    this.#live = null;
  }

  wake(): void {
    this.#live?.wake();
    void this.refresh(null);
  }

  /** Throws `PinError`. */
  async unlock(pin: string): Promise<void> {
    try {
      await this.lock.open(pin);
    } finally {
      this.session.end();
      this.wake();
    }
  }

  /**
   * Seen again: a new session lets the server know that somebody is there. Whoever takes the phone up late, after a
   * while out of sight, has to know the PIN.
   */
  takenUp(late: boolean): void {
    this.session.end();
    this.#settled = false;
    if (!late || this.account.passkey !== null) return;
    this.lock.close();
    this.inbox.forget();
    this.notices.forget();
  }

  async refresh(topics: Topics): Promise<void> {
    this.heard();
    if (topics === null && this.account.passkey === null) void this.#askForPins();
    if (topics === null || topics.includes("notices")) void this.#tidings();
    if (topics === null || topics.some((topic) => topic !== "notices")) await this.inbox.reload();
    if (this.isCutOff) this.#stop();
    else this.start(); // again, where the server has taken its word back
  }

  /** An open stream says nothing of a list that could not be read. */
  #mend(): void {
    const broken = [this.inbox, this.notices].some(({ link }) => link === "failed" || link === "offline");
    if (broken && this.#live !== null) {
      this.#retry ??= setTimeout(() => {
        this.#retry = undefined;
        void this.refresh(null);
      }, RETRY);
    } else {
      clearTimeout(this.#retry);
      this.#retry = undefined;
    }
  }

  /** The notifications of what was answered or has ended, and of news that were read. */
  #putAway(): void {
    const ended = this.inbox.items.filter((item) => !isPending(item, clock.now()));
    const read = this.notices.items.filter((item) => item.read);
    void putAway(new Set([...ended, ...read].map(({ id }) => id))).catch(() => undefined);
  }

  async status(): Promise<DeviceStatus> {
    const told = await jsonOf<Told>(await this.session.call("GET", "/device"));
    clock.hear(told.now);
    this.standing = {
      status: told.status,
      push: told.push,
      mutedUntil: told.muted_until ?? null,
      probationUntil: told.probation_until ?? null,
    };
    this.notices.unread = told.unread ?? 0;
    this.#changed();
    return told.status;
  }

  follow(): void {
    this.#follows = true;
    this.#settled = false;
    void this.settlePush();
  }

  /** Once whenever the app is brought forward, and whenever the permission changed; last, when the account leaves. */
  readonly settlePush = again(async () => {
    if (this.#ended) {
      const heard = await this.session.call("PUT", "/device/push", { json: null }).catch((error: unknown) => error);
      if (!(heard instanceof Response || heard instanceof Revoked)) {
        await unsubscribe(); // or it would go on ringing for an account that is not here
        this.moved();
      }
      return;
    }
    await this.status(); // what was heard before may be older than what was told here last
    const known = this.standing?.push === true;
    const follows = this.#follows;
    this.#follows = false;
    const { pushed, problem } = await settlePush(this.account, this.session, known, follows);
    this.#settled = true;
    this.pushProblem = problem;
    const { pushed: before = null, ...account } = this.account;
    if (before !== pushed) await this.keep(pushed === null ? account : { ...account, pushed });
    if (before !== pushed && pushed !== null && !follows) this.moved();
    if (known !== (pushed !== null)) await this.status();
    this.#changed();
  });

  readonly #tidings = again(async () => {
    await this.status().finally(() => (this.notices.isWanted ? this.notices.reload() : undefined));
    if (!this.#settled) await this.settlePush();
  });

  readonly #askForPins = again(async () => {
    this.takesPins = (await askServer()).pin;
    this.#changed();
  });

  /** What has changed of the account; one that is leaving is not brought back. */
  async keep(account: Account): Promise<void> {
    this.account = account;
    if (!this.#ended) await saveAccount(account);
  }
}
