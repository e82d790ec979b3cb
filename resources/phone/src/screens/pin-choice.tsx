// Choosing a PIN, twice, where the phone cannot make a passkey.

import { useState } from "preact/hooks";

import type { Obstacle } from "../device/platform.ts";
import { Notice } from "../parts/notice.tsx";
import { PinField } from "../parts/pin-field.tsx";
import { SHORTEST, weakness } from "../protocol/pin.ts";
import { t } from "../words/words.ts";

interface Props {
  readonly why: Obstacle;
  readonly disabled: boolean;
  /** Null while it is none yet. */
  readonly onPin: (pin: string | null) => void;
  /** The owner has one after all. */
  readonly onLock: () => void;
}

export function PinChoice({ why, disabled, onPin, onLock }: Props) {
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const weak = weakness(first);
  const differs = second.length >= first.length && second !== first;

  function take(one: string, two: string): void {
    setFirst(one);
    setSecond(two);
    onPin(one === two && weakness(one) === null ? one : null);
  }

  return (
    <>
      <Notice tone="waiting" icon="lock">
        <p>{t(`phone.pin.why.${why}`)}</p>
        <p>{t("phone.pin.means")}</p>
        {(why === "unsure" || why === "no_lock") && (
          <button type="button" class="link" disabled={disabled} onClick={onLock}>
            {t("phone.pin.lock_again")}
          </button>
        )}
      </Notice>
      <PinField
        id="pin"
        label={t("phone.pin.new")}
        pin={first}
        disabled={disabled}
        describedBy="pin-help"
        onPin={(pin) => take(pin, second)}
      />
      <p id="pin-help" class={weak !== null && first.length >= SHORTEST ? "problem" : "muted"} role="status">
        {t(weak !== null && first.length >= SHORTEST ? `phone.pin.weak.${weak}` : "phone.pin.help")}
      </p>
      <PinField
        id="pin-again"
        label={t("phone.pin.again")}
        pin={second}
        disabled={disabled}
        describedBy="pin-differs"
        onPin={(pin) => take(first, pin)}
      />
      <p id="pin-differs" class="problem" role="status">
        {second !== "" && differs ? t("phone.pin.differs") : ""}
      </p>
    </>
  );
}
