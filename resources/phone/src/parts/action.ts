// How an action is named and pictured; one that these words do not know yet goes by the server's own title.

import type { Details } from "../protocol/details.ts";
import { visible } from "../words/visible.ts";
import { known } from "../words/words.ts";
import type { IconName } from "./icon-names.ts";

const ICONS: readonly (readonly [string, IconName])[] = [
  ["sign_in", "log-in"],
  ["password.", "key-round"],
  ["two_factor.", "shield-check"],
  ["recovery_codes.", "life-buoy"],
  ["device.", "smartphone"],
  ["user.", "trash"],
  ["storage_account.", "database"],
  ["rmm.", "terminal"],
  ["script.", "terminal"],
  ["schedule.", "calendar-clock"],
  ["administrator.", "user-cog"],
  ["api_key.", "key-round"],
  ["policy.", "sliders-horizontal"],
  ["origin.", "link"],
  ["audit.", "scroll-text"],
];

export function actionName({ action, title }: Details): string {
  return known(`action.${action}`) ?? visible(title);
}

export function actionIcon({ action }: Details): IconName {
  return ICONS.find(([start]) => action.startsWith(start))?.[1] ?? "shield-alert";
}
