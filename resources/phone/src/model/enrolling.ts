// Binds this phone to an account, step by step, from the QR code to the digits (protocol, section 1).

import type { Account, PinLock } from "../device/account.ts";
import { type Created, createPasskey } from "../device/passkey.ts";
import { PasskeyError, type PasskeyReason } from "../device/passkey-error.ts";
import { askForPush, PushError, type PushReason, pushPermission, subscribed } from "../device/push.ts";
import { bytesOf, call, Offline, Problem } from "../net/call.ts";
import { askServer, type Server } from "../net/server.ts";
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
  type Unlocking,
} from "../protocol/enrolment.ts";
import { type Fault, ProtocolError } from "../protocol/fault.ts";
import { openSigned, seal } from "../protocol/hpke.ts";
import { type KeyPair, newSealingKey, newSigningKey, sign } from "../protocol/keys.ts";
import { stretched, unwrap, verifier, wrap } from "../protocol/pin.ts";
import type { EnrolmentCode } from "../protocol/qr.ts";
import { platform } from "../device/platform.ts";
import { type PlainSubscription, plain } from "./reaching.ts";

/** Why an enrolment is over; each reason has a sentence under `phone.stopped.`. */
export type Stopped = "unknown" | "gone" | "spent" | "refused" | "failed";

/** So many wrong passwords, and the server voids the QR code. */
const WRONG_PASSWORDS = 5;

export type Step =
  | { readonly at: "checking" }
  | { readonly at: "offline" }
  /** Before the claim, so that the very first request can arrive by push. */
  | { readonly at: "notify"; readonly busy: boolean }
  | { readonly at: "form"; readonly problem: FormProblem | null }
  | { readonly at: "sending" }
  | { readonly at: "stopped"; readonly why: Stopped }
  | { readonly at: "refused"; readonly fault: Fault };

export type FormProblem =
  | { readonly is: "credentials"; readonly left: number }
  | { readonly is: "offline" }
  | { readonly is: "busy" }
  | { readonly is: "name"; readonly refused: string }
  | { readonly is: "passkey"; readonly reason: PasskeyReason };

/** How the owner will unlock what this enrolment makes: a passkey, or a PIN. */
type Made = Unlocking & ({ readonly by: "webauthn"; readonly created: Created } | { readonly by: "pin"; readonly p: Bytes });

type Claimed = (account: Account, key: CryptoKey) => Promise<void>;

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
  readonly #claimed: Claimed;
  /** Why this phone cannot be reached by push although it may be. */
  pushProblem: PushReason | null = null;
  #left = WRONG_PASSWORDS;
  #server: Server | null = null;
  #keys: Keys | null = null;
  #push: PlainSubscription | null = null;
  #subscribing: Promise<void> | null = null;
  #prepared: { readonly name: string; readonly pin: boolean; readonly t: Bytes } | null = null;
  #preparing = 0;
  /** From the tap on: while the phone asks for its unlocking the form can still be tapped. */
  #claiming = false;
  #passkey: { readonly t: Bytes; readonly created: Created } | null = null;

  constructor(code: EnrolmentCode, changed: () => void, claimed: Claimed) {
    this.code = code;
    this.#changed = changed;
    this.#claimed = claimed;
  }

  get isOver(): boolean {
    return this.step.at === "stopped" || this.step.at === "refused";
  }

  /** Consumes nothing: it can be tried again. */
  async check(): Promise<void> {
    this.#go({ at: "checking" });
    try {
      if (this.code.origin !== location.origin) throw new ProtocolError("other_server");
      this.#server = await askServer();
      const answer = await call("GET", `/enrolments/${b64u(this.code.eid)}`);
      const bundle = await readBundle(await bytesOf(answer), this.code.fp);
      this.#keys = { ...bundle, dsk: await newSigningKey(), dhk: await newSealingKey() };
      if (pushPermission() === "ask") this.#go({ at: "notify", busy: false });
      else {
        this.#subscribeIfAllowed();
        this.#go({ at: "form", problem: null });
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Call it straight from the tap. */
  async allowPush(): Promise<void> {
    const asked = askForPush();
    this.#go({ at: "notify", busy: true });
    if ((await asked) === "granted") {
      this.#subscribeIfAllowed();
      await this.#subscribing;
    }
    this.skipPush();
  }

  skipPush(): void {
    if (this.step.at !== "notify") return;
    this.#subscribeIfAllowed();
    this.#go({ at: "form", problem: null });
  }

  /** Once: also where it was blocked when the form came, and is allowed since. */
  #subscribeIfAllowed(): void {
    if (this.#subscribing !== null || this.#server === null || pushPermission() !== "granted") return;
    this.#subscribing = this.#subscribe(this.#server);
  }

  async #subscribe({ pushKey }: Server): Promise<void> {
    try {
      this.#push = plain(await subscribed(pushKey));
    } catch (error) {
      this.pushProblem = error instanceof PushError ? error.reason : "no_service";
      this.#changed();
    }
  }

  /** Whether the server takes a phone with a PIN. */
  get pinAllowed(): boolean {
    return this.#server?.pin === true;
  }

  /** The challenge depends on the name: made as it is typed, it is there when the button is tapped. */
  async prepare(deviceName: string, pin: boolean): Promise<void> {
    if (this.#keys === null) return;
    const call = ++this.#preparing;
    const dsk = this.#keys.dsk.private.extractable === pin ? this.#keys.dsk : await newSigningKey(pin);
    const keys = { ...this.#keys, dsk };
    const { eid, fp } = this.code;
    const t = await transcript(eid, fp, dsk.public, keys.dhk.public, deviceName);
    if (call !== this.#preparing) return; // what was typed since counts, whichever is done first
    this.#keys = keys;
    this.#prepared = { name: deviceName, pin, t };
    this.#changed();
  }

  isPrepared(deviceName: string, pin: boolean): boolean {
    return this.#prepared?.name === deviceName && this.#prepared.pin === pin;
  }

  /** Call it straight from the tap: it begins with the unlocking. `pin` is null where there is a passkey. */
  async claim(credentials: Credentials, pin: string | null): Promise<void> {
    const keys = this.#keys;
    const prepared = this.#prepared;
    if (keys === null || prepared === null || this.#claiming) return;
    this.#claiming = true;
    this.#subscribeIfAllowed();
    try {
      const made = pin === null ? await this.#passkeyFor(prepared.t, credentials.username) : await this.#pinOf(pin);
      this.#go({ at: "sending" });
      await this.#subscribing;
      const reply = await this.#send(keys, prepared.name, prepared.t, made, credentials);
      await this.#claimed(...(await this.#read(keys, prepared.name, prepared.t, made, reply)));
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#claiming = false;
    }
  }

  /** After a wrong password the passkey that was made is used again: one per phone is enough. */
  async #passkeyFor(t: Bytes, username: string): Promise<Made> {
    const known = this.#passkey !== null && equal(this.#passkey.t, t) ? this.#passkey.created : null;
    const created = known ?? (await createPasskey(t, this.code.eid, username || "Countersign"));
    this.#passkey = { t, created };
    return { by: "webauthn", value: created.id, created };
  }

  async #pinOf(pin: string): Promise<Made> {
    this.#go({ at: "sending" });
    const p = await stretched(pin, this.code.eid);
    return { by: "pin", value: await verifier(p, this.code.eid), p };
  }

  async #send(keys: Keys, name: string, t: Bytes, made: Made, credentials: Credentials): Promise<Bytes> {
    const message = {
      ...credentials,
      name,
      platform: platform(),
      dsk: b64u(keys.dsk.public),
      dhk: b64u(keys.dhk.public),
      webauthn: made.by === "webauthn" ? made.created.registration : null,
      mac: b64u(await proof(this.code, t, made)),
      sig: b64u(await sign(keys.dsk.private, t)),
      ...(made.by === "pin" ? { pin: b64u(made.value) } : {}),
      ...(this.#push === null ? {} : { push: this.#push }),
    };
    const bytes = await seal(keys.ehk, requestInfo(this.code.eid), utf8(JSON.stringify(message)));
    return bytesOf(await call("POST", `/enrolments/${b64u(this.code.eid)}`, { bytes }));
  }

  async #read(keys: Keys, deviceName: string, t: Bytes, made: Made, reply: Bytes): Promise<[Account, CryptoKey]> {
    const opened = parseObject(await openSigned(keys.dhk, keys.ssk, replyInfo(this.code.eid, t), reply));
    const { device, share, username, pin_share, pin_token } = opened;
    if (typeof device !== "string" || typeof share !== "string") throw new ProtocolError("malformed");
    const secret = unb64u(share);
    const boxed = await openBox(this.code, secret);
    // The box was made before this phone came: an account that differs means another server, or another person's code.
    if (boxed.username !== username) throw new ProtocolError("other_account");
    const common = {
      ...boxed,
      device,
      deviceName,
      origin: this.code.origin,
      ssk: keys.ssk,
      dhk: keys.dhk,
      binding: { enrolment: b64u(this.code.eid), sas: await sas(t, secret), expiresAt: this.code.exp },
      ...(this.#push === null ? {} : { pushed: this.#push.endpoint }),
    };
    if (made.by === "webauthn") {
      const { id, cose } = made.created;
      return [{ ...common, dsk: keys.dsk, passkey: { id, cose } }, keys.dsk.private];
    }
    if (typeof pin_share !== "string" || typeof pin_token !== "string") throw new ProtocolError("malformed");
    const [pin, key] = await this.#wrapped(keys.dsk, made.p, unb64u(pin_share), unb64u(pin_token));
    return [{ ...common, dsk: { public: keys.dsk.public, private: null }, passkey: null, pin }, key];
  }

  /** From here on nobody reads the key again: what is used until the app is closed is the unwrapped one. */
  async #wrapped(dsk: KeyPair, p: Bytes, share: Bytes, token: Bytes): Promise<[PinLock, CryptoKey]> {
    const wrapped = await wrap(dsk.private, p, share);
    return [{ eid: this.code.eid, token, wrapped }, await unwrap(wrapped, p, share)];
  }

  #fail(error: unknown): void {
    if (error instanceof ProtocolError) this.#go({ at: "refused", fault: error.fault });
    else if (error instanceof PasskeyError) this.#go({ at: "form", problem: { is: "passkey", reason: error.reason } });
    else if (error instanceof Problem) this.#answered(error);
    else if (error instanceof Offline && this.#keys === null) this.#go({ at: "offline" });
    else if (error instanceof Offline) this.#go({ at: "form", problem: { is: "offline" } });
    else this.#go({ at: "stopped", why: "failed" });
  }

  #answered(problem: Problem): void {
    const { status, attemptsLeft } = problem;
    const code = problem.code;
    if (code === "wrong_credentials") this.#wrong(attemptsLeft);
    else if (code === "device_name" && this.#prepared !== null)
      this.#go({ at: "form", problem: { is: "name", refused: this.#prepared.name } });
    else if (status === 401 || status === 429 || status >= 500 || code === "")
      this.#go(this.#keys === null ? { at: "offline" } : { at: "form", problem: { is: "busy" } });
    else if (status === 404) this.#go({ at: "stopped", why: "unknown" });
    else if (status === 410) this.#go({ at: "stopped", why: "gone" });
    else this.#go({ at: "stopped", why: "refused" });
  }

  /** The server counts those of others with the same QR code too; one that does not tell its count may end earlier. */
  #wrong(left: number | null): void {
    this.#left = left ?? this.#left - 1;
    if (this.#left > 0) this.#go({ at: "form", problem: { is: "credentials", left: this.#left } });
    else this.#go({ at: "stopped", why: "spent" });
  }

  #go(step: Step): void {
    this.step = step;
    this.#changed();
  }
}
