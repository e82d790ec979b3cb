// An account on this phone: who it belongs to, the server key it trusts, and its own keys.

import type { Bytes } from "../protocol/bytes.ts";
import type { KeyPair } from "../protocol/keys.ts";

export interface Passkey {
  readonly id: Bytes;
  /** The public key in COSE form, as the server will name it. */
  readonly cose: Bytes;
}

/** What is left to do until the device is active. */
export interface Binding {
  /** b64u of `eid`. */
  readonly enrolment: string;
  readonly sas: string;
  readonly expiresAt: number;
}

export interface Account {
  readonly device: string;
  readonly deviceName: string;
  readonly username: string;
  readonly name: string;
  readonly company: string;
  readonly origin: string;
  /** The server's signing key, pinned when the phone was enrolled. */
  readonly ssk: Bytes;
  readonly dsk: KeyPair;
  readonly dhk: KeyPair;
  readonly passkey: Passkey;
  /** Null once the device is active. */
  readonly binding: Binding | null;
}
