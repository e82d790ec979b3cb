// Binds this phone to an account, step by step, from the QR code to the digits (protocol, section 1).

import type { Account } from "../device/account.ts";
import { type Created, createPasskey } from "../device/passkey.ts";
import { PasskeyError, type PasskeyReason } from "../device/passkey-error.ts";
import { bytesOf, call, jsonOf, Offline, Problem } from "../net/call.ts";
import { clock } from "../net/clock.ts";
import { b64u, type Bytes, equal, unb64u, utf8 } from "../protocol/bytes.ts";
import { parseObject } from "../protocol/canonical.ts";
import {
  type Bundle,
  openBox,
  proof,
  readBundle,
  replyInfo,
  requestInfo,
  sas,
  transcript,
} from "../protocol/enrolment.ts";
import { type Fault, ProtocolError } from "../protocol/fault.ts";
import { openSigned, seal } from "../protocol/hpke.ts";
import { type KeyPair, newSealingKey, newSigningKey, sign } from "../protocol/keys.ts";
import type { EnrolmentCode } from "../protocol/qr.ts";
import { platform } from "../device/platform.ts";

/** Why an enrolment is over; each reason has a sentence under `phone.stopped.`. */
export type Stopped = "unknown" | "gone" | "refused" | "failed";

export type Step =
  | { readonly at: "checking" }
  | { readonly at: "offline" }
  | { readonly at: "form"; readonly problem: FormProblem | null }
  | { readonly at: "sending" }
  | { readonly at: "stopped"; readonly why: Stopped }
  | { readonly at: "refused"; readonly fault: Fault };

export type FormProblem =
  | { readonly is: "credentials" }
  | { readonly is: "offline" }
  | { readonly is: "busy" }
  | { readonly is: "passkey"; readonly reason: PasskeyReason };

const VERSION = 1;

interface Keys extends Bundle {
  readonly dsk: KeyPair;
  readonly dhk: KeyPair;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export class Enrolling {
  readonly code: EnrolmentCode;
  step: Step = { at: "checking" };
  readonly #changed: () => void;
  readonly #claimed: (account: Account) => Promise<void>;
  #keys: Keys | null = null;
  #prepared: { readonly name: string; readonly t: Bytes } | null = null;
  #passkey: { readonly t: Bytes; readonly created: Created } | null = null;

  constructor(code: EnrolmentCode, changed: () => void, claimed: (account: Account) => Promise<void>) {
    this.code = code;
    this.#changed = changed;
    this.#claimed = claimed;
  }

  /** Consumes nothing: it can be tried again. */
  async check(): Promise<void> {
    this.#go({ at: "checking" });
    try {
      if (this.code.origin !== location.origin) throw new ProtocolError("other_server");
      const server = await jsonOf<{ version: number; now: number }>(await call("GET", "/server"));
      if (server.version !== VERSION) throw new ProtocolError("version");
      clock.hear(server.now);
      const answer = await call("GET", `/enrolments/${b64u(this.code.eid)}`);
      const bundle = await readBundle(await bytesOf(answer), this.code.fp);
      this.#keys = { ...bundle, dsk: await newSigningKey(), dhk: await newSealingKey() };
      this.#go({ at: "form", problem: null });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The challenge depends on the name: made as it is typed, it is there when the button is tapped. */
  async prepare(deviceName: string): Promise<void> {
    const keys = this.#keys;
    if (keys === null) return;
    const { eid, fp } = this.code;
    const t = await transcript(eid, fp, keys.dsk.public, keys.dhk.public, deviceName);
    this.#prepared = { name: deviceName, t };
    this.#changed();
  }

  isPrepared(deviceName: string): boolean {
    return this.#prepared?.name === deviceName;
  }

  /** Call it straight from the tap: it begins with the unlocking. */
  async claim(credentials: Credentials): Promise<void> {
    const keys = this.#keys;
    const prepared = this.#prepared;
    if (keys === null || prepared === null) return;
    try {
      const passkey = await this.#passkeyFor(prepared.t, credentials.username);
      this.#go({ at: "sending" });
      const reply = await this.#send(keys, prepared.name, prepared.t, passkey, credentials);
      await this.#claimed(await this.#read(keys, prepared.name, prepared.t, passkey, reply));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** After a wrong password the passkey that was made is used again: one per phone is enough. */
  async #passkeyFor(t: Bytes, username: string): Promise<Created> {
    if (this.#passkey !== null && equal(this.#passkey.t, t)) return this.#passkey.created;
    const created = await createPasskey(t, this.code.eid, username || "Countersign");
    this.#passkey = { t, created };
    return created;
  }

  async #send(keys: Keys, name: string, t: Bytes, passkey: Created, credentials: Credentials): Promise<Bytes> {
    const message = {
      ...credentials,
      name,
      platform: platform(),
      dsk: b64u(keys.dsk.public),
      dhk: b64u(keys.dhk.public),
      webauthn: passkey.registration,
      mac: b64u(await proof(this.code, t, passkey.id)),
      sig: b64u(await sign(keys.dsk.private, t)),
    };
    const bytes = await seal(keys.ehk, requestInfo(this.code.eid), utf8(JSON.stringify(message)));
    return bytesOf(await call("POST", `/enrolments/${b64u(this.code.eid)}`, { bytes }));
  }

  async #read(keys: Keys, deviceName: string, t: Bytes, passkey: Created, reply: Bytes): Promise<Account> {
    const opened = parseObject(await openSigned(keys.dhk, keys.ssk, replyInfo(this.code.eid, t), reply));
    const { device, share, username } = opened;
    if (typeof device !== "string" || typeof share !== "string") throw new ProtocolError("malformed");
    const secret = unb64u(share);
    const boxed = await openBox(this.code, secret);
    // The box was made before this phone came: an account that differs means another server, or another person's code.
    if (boxed.username !== username) throw new ProtocolError("other_account");
    return {
      ...boxed,
      device,
      deviceName,
      origin: this.code.origin,
      ssk: keys.ssk,
      dsk: keys.dsk,
      dhk: keys.dhk,
      passkey: { id: passkey.id, cose: passkey.cose },
      binding: { enrolment: b64u(this.code.eid), sas: await sas(t, secret), expiresAt: this.code.exp },
    };
  }

  #fail(error: unknown): void {
    if (error instanceof ProtocolError) this.#go({ at: "refused", fault: error.fault });
    else if (error instanceof PasskeyError) this.#go({ at: "form", problem: { is: "passkey", reason: error.reason } });
    else if (error instanceof Problem) this.#answered(error.status);
    else if (error instanceof Offline && this.#keys === null) this.#go({ at: "offline" });
    else if (error instanceof Offline) this.#go({ at: "form", problem: { is: "offline" } });
    else this.#go({ at: "stopped", why: "failed" });
  }

  #answered(status: number): void {
    if (status === 401) this.#go({ at: "form", problem: { is: "credentials" } });
    else if (status === 429 || status >= 500)
      this.#go(this.#keys === null ? { at: "offline" } : { at: "form", problem: { is: "busy" } });
    else if (status === 404) this.#go({ at: "stopped", why: "unknown" });
    else if (status === 410) this.#go({ at: "stopped", why: "gone" });
    else this.#go({ at: "stopped", why: "refused" });
  }

  #go(step: Step): void {
    this.step = step;
    this.#changed();
  }
}
