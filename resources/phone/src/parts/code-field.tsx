// Six digits from the console: one real field, drawn as six boxes.

import type { Ref } from "preact";
import { useState } from "preact/hooks";

import { t } from "../words/words.ts";

const DIGITS = 6;

interface Props {
  readonly digits: string;
  readonly disabled: boolean;
  readonly describedBy: string;
  readonly field: Ref<HTMLInputElement>;
  readonly onDigits: (digits: string) => void;
}

export function CodeField({ digits, disabled, describedBy, field, onDigits }: Props) {
  const [focused, setFocused] = useState(false);
  return (
    <div class="code-field">
      <input
        ref={field}
        id="code"
        value={digits}
        type="text"
        inputMode="numeric"
        pattern="[0-9]*"
        autocomplete="off"
        autocorrect="off"
        spellcheck={false}
        disabled={disabled}
        aria-label={t("phone.code.label")}
        aria-describedby={describedBy}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        onInput={({ currentTarget }) => {
          // No `maxLength`, which would count the space in a pasted `482 913`.
          const typed = currentTarget.value.replace(/\D/g, "").slice(0, DIGITS);
          // What is no digit leaves the state as it was, and so would stay in the field.
          currentTarget.value = typed;
          onDigits(typed);
        }}
      />
      <div class="boxes" aria-hidden="true">
        {Array.from({ length: DIGITS }, (_, i) => (
          <span key={i} class={focused && i === Math.min(digits.length, DIGITS - 1) ? "box now" : "box"}>
            {digits[i] ?? ""}
          </span>
        ))}
      </div>
    </div>
  );
}
