// How the end of a request is named: after the answer, in the list, and when it is opened again.

import type { Status } from "../model/item.ts";
import { t } from "../words/words.ts";

/** *Not me* was an alarm, and no ordinary rejection. */
export function isAlarm(status: Status, rejectReason: string | null): boolean {
  return status === "rejected" && rejectReason === "not_me";
}

export function outcomeName(status: Status, rejectReason: string | null): string {
  return t(isAlarm(status, rejectReason) ? "phone.done.not_me" : `phone.done.${status}`);
}
