// The requests of one account, as last read from the server. Nothing of this is ever stored.

import type { Account } from "../device/account.ts";
import { again } from "../net/again.ts";
import { jsonOf, Problem } from "../net/call.ts";
import { clock } from "../net/clock.ts";
import { Revoked, type Session } from "../net/session.ts";
import { unb64u } from "../protocol/bytes.ts";
import { readDetails, sealedInfo } from "../protocol/details.ts";
import { ProtocolError } from "../protocol/fault.ts";
import { openSigned } from "../protocol/hpke.ts";
import { checkBinding } from "./binding.ts";
import type { Content, Item, Status } from "./item.ts";
import { Locked } from "./lock.ts";
import { continued, renewed } from "./pages.ts";

interface Sent {
  readonly id: string;
  readonly status: Status;
  readonly expires_at: number;
  readonly pushed_at?: number | null;
  readonly opened_at?: number | null;
  readonly void_reason?: string | null;
  readonly reject_reason?: string | null;
  readonly sealed?: string;
}

const PAGE = 50;

/** `moved`: the server no longer goes by the address that this phone has, so no phone has it there any more. */
export type Link = "loading" | "ready" | "offline" | "failed" | "moved" | "disabled" | "revoked" | "locked";

export function linkAfter(error: unknown): Link {
  if (error instanceof Revoked) return "revoked";
  if (error instanceof Locked) return "locked";
  if (!(error instanceof Problem)) return "offline";
  if (error.code === "account_disabled") return "disabled";
  return error.code === "unknown_host" ? "moved" : "failed";
}

export class Inbox {
  link: Link = "loading";
  items: readonly Item[] = [];
  /** There is history that was not read yet. */
  more = false;

  readonly #account: Account;
  readonly #session: Session;
  readonly #changed: () => void;
  readonly #contents = new Map<string, Content>();
  /** What was answered here since the app was opened: not every server tells it. */
  readonly #rejected = new Map<string, string>();
  #era = 0;

  constructor(account: Account, session: Session, changed: () => void) {
    this.#account = account;
    this.#session = session;
    this.#changed = changed;
  }

  /** How it went is told by `link`. */
  readonly reload = again(() => this.#reload());

  async #reload(): Promise<void> {
    await this.#linked(async () => {
      const { items, more } = await this.#list("/requests");
      this.items = renewed(this.items, items);
      if (this.items.length === items.length) this.more = more;
    });
  }

  async readMore(): Promise<void> {
    const last = this.items.at(-1);
    if (last === undefined) return;
    await this.#linked(async () => {
      const { items, more } = await this.#list(`/requests?before=${encodeURIComponent(last.id)}`);
      this.items = continued(this.items, items);
      this.more = more;
    });
  }

  /** Reads one request again, or for the first time. Null: the server knows no such request of this device. */
  async read(id: string): Promise<Item | null> {
    return this.#linked(async () => {
      try {
        const item = await this.#within(async () =>
          this.#item(await jsonOf<Sent>(await this.#session.call("GET", `/requests/${id}`))),
        );
        const known = this.items.some((other) => other.id === id);
        this.items = known ? this.items.map((other) => (other.id === id ? item : other)) : [item, ...this.items];
        return item;
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }
    });
  }

  find(id: string): Item | undefined {
    return this.items.find((item) => item.id === id);
  }

  /** What was read is not for whoever takes the phone up now. */
  forget(): void {
    this.#era++;
    this.items = [];
    this.#contents.clear();
    this.#rejected.clear();
  }

  /** What the server answered to a decision: the list follows at its own pace. */
  settle(id: string, status: Status, rejectReason: string): void {
    if (rejectReason !== "") this.#rejected.set(id, rejectReason);
    const settled = { status, rejectReason: this.#rejected.get(id) ?? null };
    this.items = this.items.map((item) => (item.id === id ? { ...item, ...settled } : item));
    this.#changed();
  }

  async #list(path: string): Promise<{ items: Item[]; more: boolean }> {
    return this.#within(async () => {
      const answer = await jsonOf<{ requests: Sent[]; now: number }>(await this.#session.call("GET", path));
      clock.hear(answer.now);
      const items = await Promise.all(answer.requests.map((sent) => this.#item(sent)));
      return { items, more: items.filter(({ status }) => status !== "pending").length >= PAGE };
    });
  }

  /** An answer that was under way when everything was forgotten is forgotten too. */
  async #within<T>(work: () => Promise<T>): Promise<T> {
    const era = this.#era;
    const result = await work();
    if (era === this.#era) return result;
    this.#contents.clear();
    throw new Locked();
  }

  async #item(sent: Sent): Promise<Item> {
    const { id, status, expires_at, pushed_at, opened_at, void_reason, reject_reason, sealed } = sent;
    const known = this.#contents.get(id);
    const content = known ?? (sealed === undefined ? ({ is: "sealed" } as const) : await this.#open(id, sealed));
    if (content.is !== "sealed") this.#contents.set(id, content);
    const moments = { expiresAt: expires_at, pushedAt: pushed_at ?? null, openedAt: opened_at ?? null };
    const reasons = { voidReason: void_reason ?? null, rejectReason: reject_reason ?? this.#rejected.get(id) ?? null };
    return { id, status, ...moments, ...reasons, content };
  }

  async #open(id: string, sealed: string): Promise<Content> {
    const { device, dhk, ssk } = this.#account;
    try {
      const bytes = await openSigned(dhk, ssk, sealedInfo(device, id), unb64u(sealed));
      const details = readDetails(bytes, id);
      checkBinding(details, this.#account);
      return { is: "opened", opened: { bytes, details } };
    } catch (error) {
      if (error instanceof ProtocolError) return { is: "refused", fault: error.fault };
      throw error;
    }
  }

  async #linked<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.link = "ready";
      return result;
    } catch (error) {
      this.link = linkAfter(error);
      throw error;
    } finally {
      this.#changed();
    }
  }
}
