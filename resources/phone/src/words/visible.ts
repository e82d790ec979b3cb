// Text from elsewhere, made honest: characters that would hide or reorder others are written out.

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;
/** They join emoji, and letters of some scripts: in a name they are ordinary, in a command they are not. */
const JOINERS = /[\u200C\u200D]/;
/** Asks for the picture of a symbol; behind anything else it is nothing to see. */
const PICTURE = "\uFE0F";
const SYMBOL = /\p{So}$/u;
const LINES = /[\n\t]/;

function written(character: string): string {
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

export function visible(text: string): string {
  return text.replace(HIDDEN, (character, at: number) => {
    const ordinary = JOINERS.test(character) || (character === PICTURE && SYMBOL.test(text.slice(0, at)));
    return ordinary ? character : written(character);
  });
}

/** Of a text in several lines, such as a script. */
export function visibleLines(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(HIDDEN, (character) => (LINES.test(character) ? character : written(character)));
}
