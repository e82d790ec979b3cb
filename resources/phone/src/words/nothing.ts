// What stands in the place of a value that is not there.

import type { Json } from "../protocol/canonical.ts";
import type { Key } from "./words.ts";

/** For companies null is no bound, so all of them; an empty list is none. */
export function nothing(name: string, of: Json): Key | null {
  if (of === null) return name === "companies" ? "phone.value.all_companies" : "phone.value.none";
  return Array.isArray(of) && of.length === 0 ? "phone.value.none" : null;
}
