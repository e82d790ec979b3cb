// Label and value, row by row.

import type { ComponentChildren } from "preact";

import { moment, utc } from "../words/time.ts";
import { type Key, t } from "../words/words.ts";
import { Sentence } from "./said.tsx";

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

/** What the asking program says about itself; nobody has checked it. */
export function Claimed({ text }: { readonly text: string }) {
  return (
    <span class="quoting">
      <Sentence of="phone.fact.claimed" said={{ claim: text }} />
    </span>
  );
}

/** In local time; in UTC, as the audit log has it, for whoever points at it. */
export function Moment({ at }: { readonly at: number }) {
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={utc(at)}>
      {moment(at)}
    </time>
  );
}
