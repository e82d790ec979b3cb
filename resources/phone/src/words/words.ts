// The words that the phone shows, from the translations that console and server use too.

import en from "../../../translations/en.json" with { type: "json" };

const words: { readonly [key: string]: string } = en;

/** Every key that is written out in the code is checked by the compiler. */
export type Key = keyof typeof en;
export type Params = { readonly [name: string]: string | number };

/** English words get English dates, in the reader's region. */
export const locale = navigator.languages.find((language) => language.startsWith("en")) ?? "en";

export function template(key: Key): string {
  return words[key] ?? key;
}

export function t(key: Key, params: Params = {}): string {
  return template(key).replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** For keys that are made of what the server sent, which may be newer than these words. */
export function known(key: string): string | null {
  return words[key] ?? null;
}

/** `stem.one` or `stem.other`, as the language counts. */
export function counted(stem: CountedStem, n: number): string {
  const form = new Intl.PluralRules(locale).select(n) === "one" ? "one" : "other";
  return t(`${stem}.${form}`, { n: new Intl.NumberFormat(locale).format(n) });
}

type CountedStem = { [K in Key]: K extends `${infer Stem}.one` ? Stem : never }[Key];

/** Inside a sentence a name of ours begins with a small letter, an abbreviation keeps its capitals. */
export function inSentence(name: string): string {
  return /^\p{Lu}\p{Ll}/u.test(name) ? name.charAt(0).toLocaleLowerCase(locale) + name.slice(1) : name;
}
