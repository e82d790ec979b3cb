// The time that is left, by the server's clock: as digits, as a bar, and said aloud every half minute.

import { countdown, spoken } from "../words/time.ts";
import { t } from "../words/words.ts";
import { useSecondsLeft } from "./hooks.ts";

const SAID_EVERY = 30;

export function Countdown({ expiresAt }: { readonly expiresAt: number }) {
  const left = useSecondsLeft(expiresAt);
  const said = Math.ceil(left / SAID_EVERY) * SAID_EVERY;
  return (
    <span class="countdown">
      <span aria-hidden="true">{countdown(left)}</span>
      <span class="unseen" aria-live="polite">
        {said === 0 ? t("phone.time_up") : t("phone.time_left", { time: spoken(said) })}
      </span>
    </span>
  );
}

interface BarProps {
  readonly createdAt: number;
  readonly expiresAt: number;
}

export function CountdownBar({ createdAt, expiresAt }: BarProps) {
  const part = useSecondsLeft(expiresAt) / Math.max(1, expiresAt - createdAt);
  return (
    <div class="bar" aria-hidden="true">
      <div style={{ transform: `scaleX(${Math.min(1, part)})` }} />
    </div>
  );
}
