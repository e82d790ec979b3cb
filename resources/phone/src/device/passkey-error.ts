// What a browser's WebAuthn exceptions mean to a person: each reason has a sentence under `phone.passkey.`.

export type PasskeyReason = "cancelled" | "unsure" | "no_lock" | "domain" | "unsupported" | "busy" | "missing" | "failed";

const REASONS: { readonly [name: string]: PasskeyReason } = {
  // Also a time-out, and a finger that was not recognised: browsers do not tell these apart, on purpose.
  NotAllowedError: "cancelled",
  AbortError: "cancelled",
  ConstraintError: "no_lock",
  NotSupportedError: "unsupported",
  SecurityError: "domain",
  OperationError: "busy",
  InvalidStateError: "missing",
};

export class PasskeyError extends Error {
  readonly reason: PasskeyReason;

  constructor(reason: PasskeyReason, cause?: unknown) {
    super(`the phone's unlocking: ${reason}`, { cause });
    this.name = "PasskeyError";
    this.reason = reason;
  }

  static of(error: unknown): PasskeyError {
    const name = error instanceof Error ? error.name : "";
    return new PasskeyError(REASONS[name] ?? "failed", error);
  }
}
