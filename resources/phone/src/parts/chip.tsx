// The state of a request as a word in its colour.

import type { Status } from "../model/item.ts";
import { t } from "../words/words.ts";

type Tone = "good" | "waiting" | "bad" | "muted";

const TONES: { readonly [status in Status]: Tone } = {
  pending: "waiting",
  approved: "good",
  executing: "waiting",
  executed: "good",
  failed: "bad",
  unknown: "waiting",
  rejected: "bad",
  expired: "muted",
  cancelled: "muted",
  void: "muted",
};

export function Chip({ status }: { readonly status: Status }) {
  return (
    <span class={`chip ${TONES[status]}`}>
      <span class="dot" />
      {t(`status.${status}`)}
    </span>
  );
}

export function StateChip({ tone, text }: { readonly tone: Tone; readonly text: string }) {
  return <span class={`chip ${tone}`}>{text}</span>;
}

export function CountChip({ text }: { readonly text: string }) {
  return <span class="chip waiting">{text}</span>;
}
