// A short fact in a coloured box, with an icon that says how to take it.

import type { ComponentChildren } from "preact";

import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-names.ts";

interface Props {
  readonly tone: "bad" | "waiting" | "accent" | "good";
  readonly icon: IconName;
  readonly alert?: boolean;
  readonly children: ComponentChildren;
}

export function Notice({ tone, icon, alert = false, children }: Props) {
  return (
    <div class={`notice ${tone}`} role={alert ? "alert" : undefined}>
      <Icon name={icon} size={20} />
      <div>{children}</div>
    </div>
  );
}
