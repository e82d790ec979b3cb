// An account on this phone: who it belongs to, the server key it trusts, and its own keys.

import type { Bytes } from "../protocol/bytes.ts";
import type { KeyPair } from "../protocol/keys.ts";
import type { Wrapped } from "../protocol/pin.ts";

export interface Passkey {
  readonly id: Bytes;
  /** The public key in COSE form, as the server will name it. */
  readonly cose: Bytes;
}

/** What a phone without a passkey keeps: with the PIN and the server's share it gives the signing key. */
export interface PinLock {
  readonly eid: Bytes;
  readonly token: Bytes;
  readonly wrapped: Wrapped;
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
  /** The private half is null where a PIN opens it. */
  readonly dsk: { readonly public: Bytes; readonly private: CryptoKey | null };
  readonly dhk: KeyPair;
  /** Null on a phone with a PIN. */
  readonly passkey: Passkey | null;
  readonly pin?: PinLock;
  /** The push address that the server was told last. */
  readonly pushed?: string;
  /** Null once the device is active. */
  readonly binding: Binding | null;
}
