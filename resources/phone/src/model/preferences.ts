// What the owner wants to be told by push about one account; the server keeps it.

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

export async function savePreferences(session: Session, { showTitles, quiet }: Preferences): Promise<void> {
  await session.call("PUT", "/device/settings", { json: { show_titles: showTitles, quiet } });
}
