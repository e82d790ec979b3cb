// A Lucide icon. It never stands alone: beside it is a word, or its button has a name.

import { h } from "preact";
import { ICONS, STROKE } from "virtual:icons";

import type { IconName } from "./icon-names.ts";

interface Props {
  readonly name: IconName;
  readonly size?: 16 | 20 | 24 | 32 | 40;
}

export function Icon({ name, size = 24 }: Props) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width={STROKE}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {(ICONS[name] ?? []).map(([element, attributes]) => h(element, attributes))}
    </svg>
  );
}
