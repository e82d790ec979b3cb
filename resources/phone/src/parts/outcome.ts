// How the end of a request is named: after the answer, in the list, and when it is opened again.

import type { Status } from "../model/item.ts";
import type { Details } from "../protocol/details.ts";
import { t } from "../words/words.ts";

/** *Not me* was an alarm, and no ordinary rejection. */
export function isAlarm(status: Status, rejectReason: string | null): boolean {
  return status === "rejected" && rejectReason === "not_me";
}

/** What has ended by it: a sign-in has no session yet. */
export function alarmMeaning({ action }: Details): string {
  return t(action === "sign_in" ? "phone.done.not_me_sign_in" : "phone.done.not_me_means");
}

/** What is executed of a deletion of data is the order: the data goes later, and takes its time. */
export function endName<S extends Status>(status: S, { action, parameters }: Details): S | "deleting" | "marked" {
  if (status !== "executed") return status;
  if (action === "user.delete_now") return "deleting";
  return action === "user.delete" && parameters["mode"] !== "user_only" ? "marked" : status;
}

export function outcomeName(status: Status, rejectReason: string | null, details: Details): string {
  return t(isAlarm(status, rejectReason) ? "phone.done.not_me" : `phone.done.${endName(status, details)}`);
}
