// The text of a Server-Sent Events stream, piece by piece. EventSource itself cannot send a token.

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

export class EventParser {
  #rest = "";
  #event = "";
  #data: string[] = [];

  /** The events that this piece completes. */
  feed(piece: string): ServerEvent[] {
    const text = this.#rest + piece;
    // A carriage return at the very end may be half of a line break.
    const end = text.endsWith("\r") ? text.length - 1 : text.length;
    const lines = text.slice(0, end).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? "") + text.slice(end);
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): ServerEvent[] {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#event = value;
    if (name === "data") this.#data.push(value);
    return [];
  }

  #dispatch(): ServerEvent[] {
    const done = { event: this.#event || "message", data: this.#data.join("\n") };
    const complete = this.#data.length > 0;
    this.#event = "";
    this.#data = [];
    return complete ? [done] : [];
  }
}
