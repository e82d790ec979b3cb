// Label and value, row by row.

import type { ComponentChildren } from "preact";

import { moment, utc } from "../words/time.ts";
import { type Key, t } from "../words/words.ts";

interface FactProps {
  readonly label: Key;
  readonly children: ComponentChildren;
}

export function Fact({ label, children }: FactProps) {
  return (
    <div class="fact">
      <dt>{t(label)}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** In local time, and beside it in UTC, as the audit log has it. */
export function Moment({ at }: { readonly at: number }) {
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={utc(at)}>
      {moment(at)}
    </time>
  );
}
