// A PIN, as one field: its length is its owner's business.

import type { Ref } from "preact";

import { LONGEST } from "../protocol/pin.ts";

interface Props {
  readonly id: string;
  readonly label: string;
  readonly pin: string;
  readonly disabled: boolean;
  readonly describedBy?: string;
  readonly field?: Ref<HTMLInputElement>;
  readonly onPin: (pin: string) => void;
}

export function PinField({ id, label, pin, disabled, describedBy, field, onPin }: Props) {
  return (
    <>
      <label for={id}>{label}</label>
      <input
        ref={field ?? null}
        id={id}
        class="pin-field"
        type="password"
        inputMode="numeric"
        autocomplete="off"
        maxLength={LONGEST}
        value={pin}
        disabled={disabled}
        aria-describedby={describedBy}
        onInput={({ currentTarget }) => {
          const typed = currentTarget.value.replace(/\D/g, "");
          // What is no digit leaves the state as it was, and so would stay in the field.
          currentTarget.value = typed;
          onPin(typed);
        }}
      />
    </>
  );
}
