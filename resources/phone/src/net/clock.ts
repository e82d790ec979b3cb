// The server's clock, as the phone carries it on: the phone's own date is never trusted, but for how far it has gone.

import { type Moment, moment, since } from "./elapsed.ts";

export class ServerClock {
  #heard: { readonly now: number; readonly at: Moment } | null = null;

  /** `now` is what the server just said, in Unix seconds. */
  hear(now: number): void {
    this.#heard = { now, at: moment() };
  }

  /** Unix seconds; until the server has spoken, the phone's date is the best there is. */
  now(): number {
    return this.#heard === null ? Date.now() / 1000 : this.#heard.now + since(this.#heard.at) / 1000;
  }
}

export const clock = new ServerClock();
