// What is acted on, every entry of it: a group is frozen when it is asked for, so the phone can show it whole.

import { useState } from "preact/hooks";

import type { Target } from "../protocol/details.ts";
import { visible } from "../words/visible.ts";
import { counted, known, t } from "../words/words.ts";
import { Said } from "./said.tsx";

const SHOWN_AT_FIRST = 20;

function typeName(type: string): string {
  return known(`phone.type.${type}`) ?? visible(type).replaceAll("_", " ");
}

export function Targets({ of }: { readonly of: readonly Target[] }) {
  const [all, setAll] = useState(false);
  const [ids, setIds] = useState(false);
  const shown = all ? of : of.slice(0, SHOWN_AT_FIRST);
  if (of.length === 0) return null;
  return (
    <section class="targets">
      <div class="section-head">
        <h2>{of.length === 1 ? t("phone.targets.title") : counted("phone.targets.count", of.length)}</h2>
        <button type="button" class="link" aria-expanded={ids} onClick={() => setIds(!ids)}>
          {t(ids ? "phone.targets.hide_ids" : "phone.targets.show_ids")}
        </button>
      </div>
      <ul class="card rows">
        {shown.map(({ type, id, name }) => (
          <li key={`${type}/${id}`}>
            <span class="row-name">
              <Said text={name} />
            </span>
            <span class="muted">{typeName(type)}</span>
            {ids && <code class="row-id">{visible(id)}</code>}
          </li>
        ))}
      </ul>
      {shown.length < of.length && (
        <button type="button" class="plain" onClick={() => setAll(true)}>
          {counted("phone.targets.all", of.length)}
        </button>
      )}
    </section>
  );
}
