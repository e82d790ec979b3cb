// Hears that something changed: over a stream while there is one, by asking every five seconds while there is none.

import { moment, since } from "./elapsed.ts";
import type { Session } from "./session.ts";
import { EventParser } from "./sse.ts";

const PAUSE = 5_000;
/** The server sends a comment every 15 s: after two missing ones the line is dead, whatever the system believes. */
const SILENCE = 40_000;

/** What changed; null: anything may have. */
export type Topics = readonly string[] | null;

export class Live {
  readonly #session: Session;
  readonly #streamed: boolean;
  readonly #changed: (topics: Topics) => void;
  readonly #stop = new AbortController();
  #reading: AbortController | null = null;
  #heard = moment();

  constructor(session: Session, streamed: boolean, changed: (topics: Topics) => void) {
    this.#session = session;
    this.#streamed = streamed;
    this.#changed = changed;
  }

  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      // Why it ended, whoever reads the list now learns as well.
      if (this.#streamed) await this.#read().catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      this.#changed(null);
      await pause(PAUSE, this.#stop.signal);
    }
  }

  /** After a sleep of the phone a stream may look open and be dead. */
  wake(): void {
    if (since(this.#heard) > SILENCE / 2) this.#reading?.abort();
  }

  stop(): void {
    this.#stop.abort();
    this.#reading?.abort();
  }

  async #read(): Promise<void> {
    const reading = new AbortController();
    this.#reading = reading;
    this.#heard = moment();
    let watchdog = setTimeout(() => reading.abort(), SILENCE);
    try {
      const response = await this.#session.call("GET", "/events", { signal: reading.signal });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      // What happened before the stream began is in no event.
      this.#changed(null);
      const parser = new EventParser();
      for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
        this.#heard = moment();
        clearTimeout(watchdog);
        watchdog = setTimeout(() => reading.abort(), SILENCE);
        for (const { event, data } of parser.feed(piece.value)) if (event === "changed") this.#changed(topicsOf(data));
      }
    } finally {
      clearTimeout(watchdog);
    }
  }
}

function topicsOf(data: string): Topics {
  try {
    const { topics } = JSON.parse(data) as { topics?: unknown };
    return Array.isArray(topics) ? topics.map(String) : null;
  } catch {
    return null;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
