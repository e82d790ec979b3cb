// Times as people read them: all come from the server as Unix seconds.

import { locale } from "./words.ts";

function format(seconds: number, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, options).format(seconds * 1000);
}

/** `1:42`. */
export function countdown(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** "1 minute, 42 seconds", for those who hear it. */
export function spoken(seconds: number): string {
  const unit = (n: number, name: "minute" | "second") =>
    n === 0 ? [] : [new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "long" }).format(n)];
  const parts = [...unit(Math.floor(seconds / 60), "minute"), ...unit(seconds % 60, "second")];
  return new Intl.ListFormat(locale, { style: "narrow", type: "unit" }).format(parts);
}

export function moment(seconds: number): string {
  return format(seconds, { dateStyle: "medium", timeStyle: "medium" });
}

export function timeOfDay(seconds: number): string {
  return format(seconds, { timeStyle: "medium" });
}

export function utc(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");
}

/** The time of day today, the date before that. */
export function brief(seconds: number, now: number): string {
  const day = (at: number) => format(at, { dateStyle: "short" });
  return day(seconds) === day(now)
    ? format(seconds, { timeStyle: "short" })
    : format(seconds, { day: "numeric", month: "short" });
}
