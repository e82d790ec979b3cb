// The band over a request: what kind it is, whose account, and how long it still waits, or how it ended.

import type { ComponentChildren, Ref } from "preact";

import type { Account } from "../device/account.ts";
import type { Details } from "../protocol/details.ts";
import { inSentence, t } from "../words/words.ts";
import { actionIcon, actionName } from "./action.ts";
import { Icon } from "./icon.tsx";
import { Said } from "./said.tsx";

/** Signing in is asked as a question: nobody else can know the answer. */
function bandTitle(details: Details): string {
  if (details.action === "sign_in") return t("phone.band.sign_in");
  const action = inSentence(actionName(details));
  return details.kind === "authentication"
    ? t("phone.band.account", { action })
    : t("phone.band.management", { action });
}

interface Props {
  readonly details: Details;
  readonly account?: Account;
  /** How it ended: then nothing is asked any more. */
  readonly outcome?: string;
  readonly heading?: Ref<HTMLHeadingElement>;
  readonly before?: ComponentChildren;
  readonly children?: ComponentChildren;
}

export function Band({ details, account, outcome, heading, before, children }: Props) {
  const title = outcome ?? bandTitle(details);
  return (
    <header class={`band ${outcome === undefined ? details.kind : "ended"}`}>
      {before}
      <Icon name={actionIcon(details)} />
      <div class="band-text">
        {heading ? (
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
        ) : (
          <h2>{title}</h2>
        )}
        {outcome !== undefined && <p>{actionName(details)}</p>}
        {account && (
          <p>
            <Said text={account.company} /> · <Said text={account.username} />
          </p>
        )}
      </div>
      {children}
    </header>
  );
}
