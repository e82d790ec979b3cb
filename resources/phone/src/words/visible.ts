// Text from elsewhere, made honest: characters that would hide, reorder or paint over others are written out.

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;
/** They join emoji, and letters of some scripts: in a name they are ordinary, in a command they are not. */
const JOINERS = /[\u200C\u200D]/;
/** Asks for the picture of a symbol; behind anything else it is nothing to see. */
const PICTURE = "\uFE0F";
const SYMBOL = /\p{So}$/u;
const LINES = /[\n\t]/;
/**
 * Marks that would paint over other lines: above three where they go onto any letter, above six where they belong to a
 * script (Burmese sets five). The server refuses the same ones (`server/contract/message.py`).
 */
const HEAPED =
  /(?<=[\p{M}\u200C\u200D]{3})[\u0300-\u036F\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF\uFE20-\uFE2F]|(?<=[\p{M}\u200C\u200D]{6})\p{M}/gu;
/** As many letters as a line has room for at any size; no script joins more to one that cannot be broken. */
const WIDE = /(?:[^\p{M}\p{Emoji_Modifier}\u200C\u200D][\p{M}\p{Emoji_Modifier}\u200C\u200D]*){5}(?=.)/gu;
const MAY_BREAK = "\u200B";
const PLAIN = /^\p{ASCII}*$/u;

function written(character: string): string {
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

export function visible(text: string): string {
  return breakable(
    text.replace(HEAPED, written).replace(HIDDEN, (character, at: number, whole: string) => {
      const ordinary = JOINERS.test(character) || (character === PICTURE && SYMBOL.test(whole.slice(0, at)));
      return ordinary ? character : written(character);
    }),
  );
}

/** What the server takes in no name (`server/contract/message.py`): the first such character, written out, or null. */
export function refusedIn(name: string): string | null {
  for (const { 0: character, index } of name.matchAll(new RegExp(`${HEAPED.source}|${HIDDEN.source}|\\p{Co}`, "gu"))) {
    if (character !== PICTURE || !SYMBOL.test(name.slice(0, index))) return written(character);
  }
  return null;
}

/** Of a text in several lines, such as a script. */
export function visibleLines(text: string): string {
  return breakable(
    text
      .replaceAll("\r\n", "\n")
      .replace(HEAPED, written)
      .replace(HIDDEN, (character) => (LINES.test(character) ? character : written(character))),
  );
}

/** A browser breaks no line within what it takes for one letter, however many were strung together. */
function breakable(text: string): string {
  if (PLAIN.test(text) || !("Segmenter" in Intl)) return text;
  const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text);
  return [...letters].map(({ segment }) => segment.replace(WIDE, `$&${MAY_BREAK}`)).join("");
}
