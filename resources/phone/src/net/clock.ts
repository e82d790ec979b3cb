// The server's clock, as the phone's steady one carries it on: the phone's own date is never trusted.

export class ServerClock {
  #offset: number | null = null;

  /** `now` is what the server just said, in Unix seconds. */
  hear(now: number): void {
    this.#offset = now - performance.now() / 1000;
  }

  /** Unix seconds; until the server has spoken, the phone's date is the best there is. */
  now(): number {
    return this.#offset === null ? Date.now() / 1000 : performance.now() / 1000 + this.#offset;
  }
}

export const clock = new ServerClock();
