// What the phone refuses, and why: each reason has a sentence under `phone.fault.` in the translations.

export type Fault =
  | "malformed"
  | "seal"
  | "signature"
  | "version"
  | "other_request"
  | "not_canonical"
  | "code_missing"
  | "not_a_code"
  | "other_server"
  | "key_mismatch"
  | "other_account"
  | "other_keys";

export class ProtocolError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(`refused: ${fault}`);
    this.name = "ProtocolError";
    this.fault = fault;
  }
}
