// All accounts of this phone, told apart and kept up to date while the app is open.

import type { Account } from "../device/account.ts";
import { allAccounts, keepStorage, saveAccount } from "../device/database.ts";
import { unsubscribe } from "../device/push.ts";
import { clock } from "../net/clock.ts";
import { moment, since } from "../net/elapsed.ts";
import { askServer } from "../net/server.ts";
import { b64u, equal } from "../protocol/bytes.ts";
import type { EnrolmentCode } from "../protocol/qr.ts";
import { Confirming } from "./confirming.ts";
import { Enrolling } from "./enrolling.ts";
import { isPending, type Item } from "./item.ts";
import { Lock } from "./lock.ts";
import { Member } from "./member.ts";
import type { NoticeItem } from "./notices.ts";

/** A browser keeps six connections to a server: the streams must leave some for the answers. */
const STREAMS = 3;

/** Out of sight for longer than this, a phone with a PIN asks for it again. */
const LOCKS_AFTER = 60_000;

export interface FoundNotice {
  readonly member: Member;
  readonly item: NoticeItem;
}

export interface Found {
  readonly member: Member;
  readonly item: Item;
}

function sameAccount(one: Account, other: Account): boolean {
  return one.username === other.username && equal(one.ssk, other.ssk);
}

export class Phone {
  members: readonly Member[] = [];
  /** False until the accounts were read from the phone's storage. */
  ready = false;
  /** They cannot be read: without storage there are no keys. */
  broken = false;
  /** An enrolment up to its claim, and one that was claimed and waits for its confirmation. */
  enrolling: Enrolling | null = null;
  confirming: Confirming | null = null;
  /** Of all accounts that wait for theirs: what is shown may change, and how far each of them is stays known. */
  readonly #running = new WeakMap<Member, Confirming>();
  /** The account whose history is shown. */
  #shown: Member | null = null;
  readonly #watchers = new Set<() => void>();
  /** Cut off, and replaced on this very phone: they are on their way out. */
  readonly #replaced = new WeakSet<Member>();
  /** The app's other windows: each is told which account has left. */
  readonly #others = new BroadcastChannel("countersign-left");

  readonly changed = (): void => {
    for (const watcher of [...this.#watchers]) watcher();
  };

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Again, where the phone's storage failed. */
  async read(): Promise<void> {
    const accounts = await allAccounts().catch(() => null);
    this.broken = accounts === null;
    for (const account of accounts ?? []) this.#takeUp(account);
    this.ready = true;
    this.changed();
  }

  async start(): Promise<void> {
    await this.read();
    const wake = () => this.wake();
    let hidden = moment();
    const visible = () => {
      if (document.visibilityState !== "visible") hidden = moment();
      else this.#takenUp(since(hidden) > LOCKS_AFTER);
    };
    document.addEventListener("visibilitychange", visible);
    window.addEventListener("focus", wake);
    window.addEventListener("online", wake);
    window.addEventListener("offline", this.changed);
    window.addEventListener("pageshow", wake);
    this.#others.onmessage = ({ data }: MessageEvent<string>) => this.#gone(data);
    this.#greet();
  }

  /** Lets the server know that a phone gets through to it, though the app itself may come from what the phone keeps. */
  #greet(): void {
    askServer().catch(() => undefined);
  }

  /** At once, since a phone that was put away heard nothing. */
  wake(): void {
    this.#greet();
    for (const member of this.members) member.wake();
    this.changed();
  }

  #takenUp(late: boolean): void {
    for (const member of this.members) member.takenUp(late);
    this.wake();
  }

  /** Whose PIN has not been typed yet. */
  get locked(): readonly Member[] {
    return this.members.filter(({ lock, isCutOff }) => !lock.isOpen && !isCutOff);
  }

  get cutOff(): readonly Member[] {
    return this.members.filter(({ isCutOff }) => isCutOff);
  }

  /** The permission changed, or somebody asked to try again. */
  settlePush(): void {
    for (const member of this.members) void member.settlePush();
  }

  get shown(): Member | null {
    return this.#shown ?? this.members[0] ?? null;
  }

  show(member: Member): void {
    this.#shown = member;
    this.changed();
  }

  /** A code that is scanned again leads to where its enrolment stands, and one that comes to nothing takes nothing away. */
  enrol(code: EnrolmentCode): void {
    const { enrolling: before } = this;
    if (before !== null && !before.isOver && equal(before.code.eid, code.eid)) return;
    const enrolling = new Enrolling(code, this.changed, async (account, key) => {
      // Stopped in the meantime: the server revokes what nobody confirms.
      if (this.enrolling === enrolling) await this.#add(account, key);
    });
    this.enrolling = enrolling;
    this.changed();
    void this.#begin(enrolling);
  }

  /** What is stored counts: another tab may have claimed it. */
  async #begin(enrolling: Enrolling): Promise<void> {
    const enrolment = b64u(enrolling.code.eid);
    const accounts = await allAccounts().catch(() => []);
    if (this.enrolling !== enrolling) return;
    const claimed = accounts.find(({ binding }) => binding?.enrolment === enrolment);
    if (claimed === undefined) return enrolling.check();
    this.#takeUp(claimed);
    this.stopEnrolling();
  }

  /** Up to its claim: one that was claimed goes on. */
  stopEnrolling(): void {
    this.enrolling = null;
    this.changed();
  }

  /** Without the server's answer, keys that nobody confirmed are thrown away: it revokes them when the time is up. */
  async stopConfirming(confirming: Confirming): Promise<void> {
    confirming.stop = "stopping";
    this.changed();
    const stop = await confirming.end();
    confirming.stop = this.confirming === confirming ? stop : null;
    if (stop === "stopped" || stop === "unheard") await this.#forget(confirming.member);
    this.changed();
  }

  /** What was said of it is read. */
  leaveConfirming(): void {
    if (this.confirming !== null) this.confirming.stop = null;
    this.confirming = null;
    this.changed();
  }

  async #drop(confirming: Confirming): Promise<void> {
    if (!(await confirming.isUnconfirmed())) return;
    const stop = await confirming.end(); // else the console would go on asking for digits that nobody is shown
    if (stop === "stopped" || stop === "unheard") await this.#forget(confirming.member);
  }

  async #add(account: Account, key: CryptoKey): Promise<void> {
    await saveAccount(account);
    await keepStorage();
    if (this.confirming !== null) void this.#drop(this.confirming);
    const member = this.#join(account, new Lock(account, key));
    this.enrolling = null;
    this.show(member);
    this.#confirm(member);
  }

  #takeUp(account: Account): void {
    const known = this.members.find((member) => member.account.device === account.device);
    const member = known ?? this.#join(account);
    if (account.binding !== null) this.#confirm(member);
  }

  #confirm(member: Member): void {
    this.confirming = this.#running.get(member) ?? this.#run(member);
  }

  #run(member: Member): Confirming {
    const confirming = new Confirming(member, ({ state }) => {
      if (state === "confirmed") void member.inbox.reload();
      if (state === "active") void this.#bound(member);
      if (state === "over") void this.#forget(member);
      this.changed();
    });
    member.heard = () => confirming.check();
    this.#running.set(member, confirming);
    void confirming.run();
    return confirming;
  }

  /** What bound the device is of no use any more. */
  async #bound(member: Member): Promise<void> {
    await member.keep({ ...member.account, binding: null });
    this.#dropReplaced();
    await member.inbox.reload();
  }

  /** At its owner's wish: with the keys go the digits that were to confirm them. */
  async remove(member: Member): Promise<void> {
    if ((await this.#forget(member)) && this.confirming?.member === member) this.leaveConfirming();
  }

  /** Removed in another window: the key that is in memory here answers for nobody either. */
  #gone(device: string): void {
    const member = this.members.find(({ account }) => account.device === device);
    if (member === undefined) return;
    member.drop();
    this.#part(member);
    this.changed();
  }

  /** Enrolled anew on this phone, an account is here twice: the one that counts no more has nothing left to say. */
  #dropReplaced(): void {
    for (const old of this.cutOff) {
      const anew = this.members.some(({ account, isCutOff }) => !isCutOff && account.binding === null && sameAccount(account, old.account));
      if (!anew || this.#replaced.has(old)) continue;
      this.#replaced.add(old);
      void this.#forget(old);
    }
  }

  #part(member: Member): void {
    this.#running.get(member)?.leave();
    this.members = this.members.filter((other) => other !== member);
    if (this.#shown === member) this.#shown = null;
  }

  /** False where its keys are still there: then it works as before, and says so. */
  async #forget(member: Member): Promise<boolean> {
    const left = await member.leave().then(
      () => true,
      () => false,
    );
    if (left) {
      this.#others.postMessage(member.account.device);
      this.#part(member);
      if (this.members.length === 0 && this.enrolling === null) void unsubscribe().catch(() => undefined);
    }
    this.changed();
    return left;
  }

  waiting(): Found[] {
    return this.members
      .filter(({ isCutOff, isDisabled }) => !isCutOff && !isDisabled)
      .flatMap((member) => member.inbox.items.map((item) => ({ member, item })))
      .filter(({ item }) => isPending(item, clock.now()))
      .sort((a, b) => a.item.expiresAt - b.item.expiresAt);
  }

  unread(): number {
    return this.members.reduce((sum, { notices, isCutOff }) => sum + (isCutOff ? 0 : notices.unread), 0);
  }

  /** Of all accounts, newest first. */
  notices(): FoundNotice[] {
    return this.members
      .flatMap((member) => member.notices.items.map((item) => ({ member, item })))
      .sort((a, b) => b.item.at - a.item.at);
  }

  find(id: string): Found | null {
    for (const member of this.members) {
      const item = member.inbox.find(id);
      if (item !== undefined) return { member, item };
    }
    return null;
  }

  #join(account: Account, lock = new Lock(account)): Member {
    const member = new Member(account, lock, this.members.length < STREAMS, () => {
      this.#dropReplaced();
      this.changed();
    });
    member.moved = () => {
      for (const other of this.members) if (other !== member) other.follow();
    };
    this.members = [...this.members, member];
    member.start();
    return member;
  }
}
