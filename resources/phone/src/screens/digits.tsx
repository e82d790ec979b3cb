// After the claim: the digits for the console, and what is still to come.

import type { DeviceStatus } from "../model/member.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useHeading, useInView } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import { Notice } from "../parts/notice.tsx";
import { Said } from "../parts/said.tsx";
import type { Account, Binding } from "../device/account.ts";
import { type Key, t } from "../words/words.ts";

interface Props {
  readonly account: Account;
  readonly binding: Binding;
  readonly state: DeviceStatus;
  readonly isAway: boolean;
  readonly onStop: () => void;
}

export function Digits({ account, binding, state, isAway, onStop }: Props) {
  const compared = state !== "claimed";
  const heading = useHeading("digits");
  const digits = useInView<HTMLElement>(compared);
  return (
    <>
      <main>
        <section class="card account">
          <Avatar name={account.name || account.username} />
          <p class="lines">
            <strong>
              <Said text={account.company} />
            </strong>
            <span class="muted">
              <Said text={account.username} />
            </span>
          </p>
        </section>
        <p class="muted host">{new URL(account.origin).host}</p>
        {isAway && (
          <Notice tone="waiting" icon="wifi-off" alert>
            <p>{t("phone.digits.away")}</p>
          </Notice>
        )}
        {state !== "active" && (
          <section class="card digits" ref={digits}>
            <h2 ref={heading} tabIndex={-1} aria-describedby="sas">
              {t(compared ? "phone.digits.same" : "phone.digits.type")}
            </h2>
            <p id="sas" class="sas" aria-label={[...binding.sas].join(" ")}>
              <span>{binding.sas.slice(0, 3)}</span>
              <span>{binding.sas.slice(3)}</span>
            </p>
            {!compared && <p class="muted">{t("phone.digits.where")}</p>}
          </section>
        )}
        <ol class="steps" aria-live="polite">
          <Step state="done" title="phone.steps.scanned" text="phone.steps.scanned_means" />
          <Step state="done" title="phone.steps.accepted" text={account.passkey === null ? "phone.steps.accepted_pin" : "phone.steps.accepted_means"} />
          <Step
            state={compared ? "done" : "now"}
            title="phone.steps.compare"
            text={compared ? "phone.steps.compared" : "phone.steps.comparing"}
          />
          <Step
            state={compared ? "now" : "later"}
            title="phone.steps.confirm"
            text={compared ? "phone.steps.confirming" : "phone.steps.confirm_means"}
          />
        </ol>
      </main>
      <footer class="bottom">
        <p class="muted">{t("phone.digits.whose")}</p>
        <button type="button" class="plain" onClick={onStop}>
          {t("phone.digits.stop")}
        </button>
      </footer>
    </>
  );
}

interface StepProps {
  readonly state: "done" | "now" | "later";
  readonly title: Key;
  readonly text: Key;
}

const PICTURES = { done: "circle-check", now: "circle-dot", later: "circle" } as const;

function Step({ state, title, text }: StepProps) {
  return (
    <li class={`step ${state}`} aria-current={state === "now" ? "step" : undefined}>
      <Icon name={PICTURES[state]} />
      <p class="lines">
        <strong>
          {t(title)}
          {state === "done" && <span class="unseen"> {t("phone.steps.done")}</span>}
        </strong>
        <span class="muted">{t(text)}</span>
      </p>
    </li>
  );
}
