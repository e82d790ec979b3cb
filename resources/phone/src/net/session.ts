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

const ENDED: readonly string[] = ["phone_session_ended", "device_not_bound"];

/** In the server's own words: a 401 of a proxy in between says nothing of this phone. */
export function saysEnded(error: unknown): boolean {
  return error instanceof Problem && error.status === 401 && ENDED.includes(error.code);
}

/** Once more where a token has run out, or a challenge came too late, which a slow network makes it. */
async function twice<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!saysEnded(error)) throw error;
  }
  try {
    return await attempt();
  } catch (error) {
    throw saysEnded(error) ? new Revoked() : error;
  }
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

  #call(method: Method, path: string, options: Call): Promise<Response> {
    let token: Promise<string> | null = null;
    return twice(async () => {
      if (token !== null && this.#token === token) this.#token = null;
      token = this.#current();
      return call(method, path, { ...options, token: await token });
    });
  }

  /** Calls made at the same time share one sign-in. */
  #current(): Promise<string> {
    const token = this.#token ?? twice(() => this.#signIn());
    this.#token = token;
    token.catch(() => {
      if (this.#token === token) this.#token = null;
    });
    return token;
  }

  async #signIn(): Promise<string> {
    const { device, key } = this.#holder;
    const asked = await call("POST", "/sessions/challenge", { json: { device } });
    const { challenge } = await jsonOf<{ challenge: string }>(asked);
    const sig = b64u(await sign(key, sessionMessage(device, unb64u(challenge))));
    const answered = await call("POST", "/sessions", { json: { device, challenge, sig } });
    return (await jsonOf<{ token: string }>(answered)).token;
  }
}
