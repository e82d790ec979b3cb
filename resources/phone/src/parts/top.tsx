// The head of a screen that one goes back from.

import type { ComponentChildren } from "preact";

import { t } from "../words/words.ts";
import { useHeading } from "./hooks.ts";
import { Icon } from "./icon.tsx";

interface BackProps {
  readonly onBack: () => void;
}

export function Back({ onBack }: BackProps) {
  return (
    <button type="button" class="icon-button" aria-label={t("phone.back")} onClick={onBack}>
      <Icon name="chevron-left" />
    </button>
  );
}

interface Props extends BackProps {
  readonly title: string;
  readonly children?: ComponentChildren;
}

export function Top({ title, onBack, children }: Props) {
  const heading = useHeading(title);
  return (
    <header class="top">
      <Back onBack={onBack} />
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </header>
  );
}
