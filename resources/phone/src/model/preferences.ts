// What the owner wants to be told by push about one account; the server keeps it.

import { again } from "../net/again.ts";
import { jsonOf } from "../net/call.ts";
import type { Session } from "../net/session.ts";

export interface Preferences {
  /** Whether the lock screen may say what waits, and not only that something does. */
  readonly showTitles: boolean;
  readonly quiet: readonly string[];
  readonly kinds: readonly string[];
}

/** What is an alarm, no phone may sleep through. */
export const NEVER_QUIET: readonly string[] = [
  "two_factor_reset",
  "not_me",
  "device_changing",
  "phone_lost",
  "recovery_code_used",
];

export async function readPreferences(session: Session): Promise<Preferences> {
  const told = await jsonOf<{ show_titles: boolean; quiet: string[]; kinds: string[] }>(
    await session.call("GET", "/device/settings"),
  );
  return { showTitles: told.show_titles, quiet: told.quiet, kinds: told.kinds };
}

/** One is sent at a time, and what was chosen last goes last: each carries the whole. What is not taken goes back. */
export class Choosing {
  readonly #session: Session;
  readonly #told: (shown: Preferences, failed: boolean) => void;
  #taken: Preferences;
  #wanted: Preferences;

  constructor(session: Session, taken: Preferences, told: (shown: Preferences, failed: boolean) => void) {
    this.#session = session;
    this.#taken = taken;
    this.#wanted = taken;
    this.#told = told;
  }

  choose(wanted: Preferences): void {
    this.#wanted = wanted;
    this.#told(wanted, false);
    void this.#send();
  }

  readonly #send = again(async () => {
    const sent = this.#wanted;
    const json = { show_titles: sent.showTitles, quiet: sent.quiet };
    try {
      await this.#session.call("PUT", "/device/settings", { json });
      this.#taken = sent;
    } catch {
      if (this.#wanted === sent) this.#told(this.#taken, true);
    }
  });
}
