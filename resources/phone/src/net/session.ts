// Signed in as this device: a short token, kept in memory alone and made again when the server no longer takes it.

import { b64u, unb64u } from "../protocol/bytes.ts";
import { sessionMessage } from "../protocol/decision.ts";
import { sign } from "../protocol/keys.ts";
import { type Call, call, jsonOf, type Method, Problem } from "./call.ts";

/** The server does not know this device (any more). */
export class Revoked extends Error {
  constructor() {
    super("this device is not registered");
    this.name = "Revoked";
  }
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof Problem && error.status === 401;
}

/** Whose session it is. The key may be out of reach until its owner has typed a PIN: asking for it then throws. */
export interface Holder {
  readonly device: string;
  readonly key: CryptoKey;
}

export class Session {
  readonly #holder: Holder;
  /** The server has said that it does not know this device; no answer at all takes nothing back. */
  isRevoked = false;
  #token: Promise<string> | null = null;

  constructor(holder: Holder) {
    this.#holder = holder;
  }

  /** The next call signs in again. */
  end(): void {
    this.#token = null;
  }

  async call(method: Method, path: string, options: Call = {}): Promise<Response> {
    try {
      const response = await this.#call(method, path, options);
      this.isRevoked = false;
      return response;
    } catch (error) {
      this.isRevoked ||= error instanceof Revoked;
      throw error;
    }
  }

  async #call(method: Method, path: string, options: Call): Promise<Response> {
    const token = this.#current();
    try {
      return await call(method, path, { ...options, token: await token });
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
    }
    if (this.#token === token) this.#token = null;
    try {
      return await call(method, path, { ...options, token: await this.#current() });
    } catch (error) {
      throw isUnauthorized(error) ? new Revoked() : error;
    }
  }

  /** Calls made at the same time share one sign-in. */
  #current(): Promise<string> {
    const token = this.#token ?? this.#signIn();
    this.#token = token;
    token.catch(() => {
      if (this.#token === token) this.#token = null;
    });
    return token;
  }

  /** Twice, since a challenge is also refused for being too old, which a slow network makes it. */
  async #signIn(): Promise<string> {
    try {
      return await this.#attempt();
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
    }
    try {
      return await this.#attempt();
    } catch (error) {
      throw isUnauthorized(error) ? new Revoked() : error;
    }
  }

  async #attempt(): Promise<string> {
    const { device, key } = this.#holder;
    const asked = await call("POST", "/sessions/challenge", { json: { device } });
    const { challenge } = await jsonOf<{ challenge: string }>(asked);
    const sig = b64u(await sign(key, sessionMessage(device, unb64u(challenge))));
    const answered = await call("POST", "/sessions", { json: { device, challenge, sig } });
    return (await jsonOf<{ token: string }>(answered)).token;
  }
}
