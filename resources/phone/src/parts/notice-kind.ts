// How a notice is named and pictured; one of a kind that these words do not know yet goes by its own word.

import type { Notice } from "../protocol/notice.ts";
import { visible } from "../words/visible.ts";
import { known, t } from "../words/words.ts";
import type { IconName } from "./icon-names.ts";

const ICONS: { readonly [kind: string]: IconName } = {
  device_added: "smartphone",
  new_computer: "monitor",
  wrong_password: "key-round",
  password_changed: "key-round",
  rights_changed: "sliders-horizontal",
  policy_changed: "sliders-horizontal",
  wrong_codes: "key-round",
  codes_guessed: "key-round",
  two_factor_reset: "shield-alert",
  not_me: "triangle-alert",
  device_changing: "smartphone",
  phone_lost: "shield-alert",
  recovery_code_used: "life-buoy",
  recovery_codes_reset: "life-buoy",
  method_changed: "shield-check",
  push_lost: "bell-off",
};

export function kindName(kind: string): string {
  return known(`phone.notice.${kind}`) ?? visible(kind).replaceAll("_", " ");
}

/** What it means, and what to do about it; `reader` is the user name of whoever is told: a provider hears of others, too. */
export function noticeMeaning({ kind, username }: Notice, reader: string): string {
  const own = username === reader ? known(`phone.notice.${kind}_own`) : null;
  return own ?? known(`phone.notice.${kind}_means`) ?? t("phone.notice.other_means");
}

export function noticeIcon({ kind }: Notice): IconName {
  return ICONS[kind] ?? "info";
}
