// Everything that will be executed, in full: texts of several lines as code, the rest as rows.

import type { Json, JsonObject } from "../protocol/canonical.ts";
import { isObject } from "../protocol/canonical.ts";
import { nothing } from "../words/nothing.ts";
import { visible, visibleLines } from "../words/visible.ts";
import { known, t } from "../words/words.ts";
import { Said } from "./said.tsx";

/** Scripts always, since even one line of them is a program. */
const CODE = new Set(["text", "script"]);
/** What is chosen from a list has words of ours; what was signed stands behind them. */
const CHOSEN = new Set(["role", "permissions", "mode", "by_totp", "without_code"]);
/** Keys and digests: nobody reads them, but they are signed. */
const LONGEST_INLINE = 40;

function nameOf(key: string): string {
  const words = visible(key).replaceAll("_", " ");
  return known(`phone.parameter.${key}`) ?? words.charAt(0).toUpperCase() + words.slice(1);
}

interface Props {
  readonly of: JsonObject;
  /** Names of what is acted on, by id: a parameter that is an id then says whose. */
  readonly names: ReadonlyMap<string, string>;
}

export function Parameters({ of, names }: Props) {
  return (
    <dl class="facts">
      {Object.entries(of).map(([key, value]) => (
        <div class={isWide(key, value) ? "fact wide" : "fact"} key={key}>
          <dt>{nameOf(key)}</dt>
          <dd>
            <Value name={key} of={value} names={names} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function isWide(key: string, value: Json): boolean {
  return isObject(value) || (typeof value === "string" && (isCode(key, value) || value.length > LONGEST_INLINE));
}

function isCode(key: string, value: string): boolean {
  return CODE.has(key) || /[\n\r]/.test(value);
}

interface ValueProps {
  readonly name: string;
  readonly of: Json;
  readonly names: ReadonlyMap<string, string>;
}

function Value({ name, of, names }: ValueProps) {
  const absent = nothing(name, of);
  if (of === null || absent !== null) return <span class="muted">{t(absent ?? "phone.value.none")}</span>;
  if (typeof of === "boolean") return <>{t(of ? "phone.value.yes" : "phone.value.no")}</>;
  if (typeof of === "number") return <>{String(of)}</>;
  if (typeof of === "string") return <Text name={name} of={of} names={names} />;
  if (isObject(of)) return <Parameters of={of} names={names} />;
  return (
    <ul class="values">
      {of.map((one, i) => (
        <li key={i}>
          <Value name={name} of={one} names={names} />
        </li>
      ))}
    </ul>
  );
}

function wordsOf(chosen: string): string | undefined {
  return known(`choice.${chosen}`) ?? known(`action.${chosen}`) ?? undefined;
}

function Text({
  name,
  of,
  names,
}: {
  readonly name: string;
  readonly of: string;
  readonly names: ReadonlyMap<string, string>;
}) {
  if (isCode(name, of)) {
    return (
      <pre class="code" dir="ltr" tabIndex={0}>
        {visibleLines(of)}
      </pre>
    );
  }
  const whose = names.get(of) ?? (CHOSEN.has(name) ? wordsOf(of) : undefined);
  if (whose !== undefined && whose !== of) {
    return (
      <>
        <Said text={whose} /> <code>{visible(of)}</code>
      </>
    );
  }
  if (of === "") return <span class="muted">{t("phone.value.empty")}</span>;
  return of.length > LONGEST_INLINE && !of.includes(" ") ? <code>{visible(of)}</code> : <Said text={of} />;
}
