// What the server told about one account, as last read. Nothing of this is ever stored.

import type { Account } from "../device/account.ts";
import { again } from "../net/again.ts";
import { jsonOf } from "../net/call.ts";
import { clock } from "../net/clock.ts";
import type { Session } from "../net/session.ts";
import { unb64u } from "../protocol/bytes.ts";
import { type Fault, ProtocolError } from "../protocol/fault.ts";
import { openSigned } from "../protocol/hpke.ts";
import { type Notice, noticeInfo, readNotice } from "../protocol/notice.ts";
import { type Link, linkAfter } from "./inbox.ts";
import { Locked } from "./lock.ts";
import { continued, renewed } from "./pages.ts";

interface Sent {
  readonly id: string;
  readonly at: number;
  readonly read: boolean;
  readonly sealed: string;
}

export type NoticeContent =
  | { readonly is: "opened"; readonly notice: Notice }
  | { readonly is: "refused"; readonly fault: Fault };

export interface NoticeItem {
  readonly id: string;
  readonly at: number;
  readonly read: boolean;
  readonly content: NoticeContent;
}

const PAGE = 50;

export class Notices {
  link: Link = "loading";
  items: readonly NoticeItem[] = [];
  unread = 0;
  /** There are older ones that were not read from the server yet. */
  more = false;

  readonly #account: Account;
  readonly #session: Session;
  readonly #changed: () => void;
  readonly #contents = new Map<string, NoticeContent>();
  #era = 0;

  constructor(account: Account, session: Session, changed: () => void) {
    this.#account = account;
    this.#session = session;
    this.#changed = changed;
  }

  get isLoaded(): boolean {
    return this.link === "ready";
  }

  /** Whether anybody has looked at the list yet, even in vain: until then its number is enough. */
  isWanted = false;

  /** How it went is told by `link`. */
  readonly reload = again(async () => {
    this.isWanted = true;
    await this.#linked(async () => {
      const fresh = await this.#list("/notices");
      this.items = renewed(this.items, fresh);
      if (this.items.length === fresh.length) this.more = fresh.length >= PAGE;
    });
  });

  async readMore(): Promise<void> {
    const last = this.items.at(-1);
    if (last === undefined) return;
    await this.#linked(async () => {
      const older = await this.#list(`/notices?before=${encodeURIComponent(last.id)}`);
      this.items = continued(this.items, older);
      this.more = older.length >= PAGE;
    });
  }

  find(id: string): NoticeItem | undefined {
    return this.items.find((item) => item.id === id);
  }

  /** What was read is not for whoever takes the phone up now. */
  forget(): void {
    this.#era++;
    this.items = [];
    this.#contents.clear();
    this.link = "locked";
  }

  /** Shown as read at once; where the server did not hear it, the next reading of the list says so. */
  async markRead(items: readonly NoticeItem[]): Promise<void> {
    const ids = items.filter(({ read }) => !read).map(({ id }) => id);
    if (ids.length === 0) return;
    const marked = new Set(ids);
    this.items = this.items.map((item) => (marked.has(item.id) ? { ...item, read: true } : item));
    this.unread = Math.max(0, this.unread - ids.length);
    this.#changed();
    for (let i = 0; i < ids.length; i += PAGE) {
      await this.#session.call("POST", "/notices/read", { json: { ids: ids.slice(i, i + PAGE) } }).catch(() => undefined);
    }
  }

  async #list(path: string): Promise<NoticeItem[]> {
    const era = this.#era;
    const answer = await jsonOf<{ notices: Sent[]; unread: number; now: number }>(await this.#session.call("GET", path));
    clock.hear(answer.now);
    const items = await Promise.all(answer.notices.map((sent) => this.#item(sent)));
    // An answer that was under way when everything was forgotten is forgotten too.
    if (era !== this.#era) {
      this.#contents.clear();
      throw new Locked();
    }
    this.unread = answer.unread;
    return items;
  }

  async #item({ id, at, read, sealed }: Sent): Promise<NoticeItem> {
    const content = this.#contents.get(id) ?? (await this.#open(id, sealed));
    this.#contents.set(id, content);
    return { id, at, read, content };
  }

  async #open(id: string, sealed: string): Promise<NoticeContent> {
    const { device, dhk, ssk } = this.#account;
    try {
      const bytes = await openSigned(dhk, ssk, noticeInfo(device, id), unb64u(sealed));
      return { is: "opened", notice: readNotice(bytes, id) };
    } catch (error) {
      if (error instanceof ProtocolError) return { is: "refused", fault: error.fault };
      throw error;
    }
  }

  async #linked(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.link = "ready";
    } catch (error) {
      this.link = linkAfter(error);
      throw error;
    } finally {
      this.#changed();
    }
  }
}
