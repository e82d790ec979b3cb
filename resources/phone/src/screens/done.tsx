// What became of an answer, as far as the server has said.

import { useState } from "preact/hooks";

import { actionName } from "../parts/action.ts";
import { useHeading } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import type { IconName } from "../parts/icon-names.ts";
import { Notice } from "../parts/notice.tsx";
import { alarmMeaning, endName, isAlarm, outcomeName } from "../parts/outcome.ts";
import { Said } from "../parts/said.tsx";
import { VoidReason } from "../parts/void-reason.tsx";
import type { Outcome } from "../model/decide.ts";
import type { Status } from "../model/item.ts";
import { clock } from "../net/clock.ts";
import type { Verdict } from "../protocol/decision.ts";
import type { Details } from "../protocol/details.ts";
import { timeOfDay } from "../words/time.ts";
import { visible } from "../words/visible.ts";
import { t } from "../words/words.ts";
import { ObjectName } from "./details-view.tsx";

interface Props {
  readonly details: Details;
  readonly verdict: Verdict;
  readonly outcome: Outcome;
  /** Unlocked by a PIN, and not by the phone. */
  readonly pin: boolean;
  readonly onDone: () => void;
}

type Tone = "good" | "waiting" | "bad" | "muted";

const PICTURES: { readonly [status in Status]: readonly [Tone, IconName] } = {
  pending: ["waiting", "clock"],
  approved: ["good", "check"],
  executing: ["waiting", "clock"],
  executed: ["good", "check"],
  failed: ["bad", "triangle-alert"],
  unknown: ["waiting", "clock"],
  rejected: ["bad", "x"],
  expired: ["muted", "clock"],
  cancelled: ["muted", "ban"],
  void: ["muted", "ban"],
};

export function Done({ details, verdict, outcome: { status, voidReason }, pin, onDone }: Props) {
  const [answeredAt] = useState(() => clock.now());
  const approved = verdict.decision === "approve";
  const heading = useHeading(details.id);
  const [tone, icon] = PICTURES[status];
  return (
    <div class="screen done">
      <main>
        <div class={`seal ${tone}`}>
          <Icon name={icon} size={40} />
        </div>
        <div role="alert">
          <h1 ref={heading} tabIndex={-1}>
            {outcomeName(status, verdict.reason, details)}
          </h1>
        </div>
        <p class="object-name">
          <ObjectName details={details} />
        </p>
        <p class="muted">{actionName(details)}</p>
        {approved ? (
          <Steps details={details} status={status} pin={pin} at={answeredAt} />
        ) : isAlarm(status, verdict.reason) ? (
          <>
            <p>{alarmMeaning(details)}</p>
            <p class="muted">{t("phone.done.not_me_silent")}</p>
          </>
        ) : (
          <p>{t("phone.done.cancelled_means")}</p>
        )}
        {approved && status === "void" && (
          <Notice tone="waiting" icon="info">
            <VoidReason of={voidReason} then="phone.done.void_then" otherwise="phone.done.void_means" />
          </Notice>
        )}
        {approved && details.consequence !== "" && status !== "void" && (
          <Notice tone="waiting" icon="info">
            <p>
              <Said text={details.consequence} />
            </p>
          </Notice>
        )}
        <dl class="receipt">
          <div>
            <dt>{t("phone.done.request")}</dt>
            <dd>
              <code>{visible(details.id)}</code>
            </dd>
          </div>
          <div>
            <dt>{t("phone.done.proof")}</dt>
            <dd>{t("phone.done.proof_in_log")}</dd>
          </div>
        </dl>
      </main>
      <footer class="bottom">
        <button type="button" class="primary" onClick={onDone}>
          {t("phone.done.done")}
        </button>
      </footer>
    </div>
  );
}

interface StepsProps {
  readonly details: Details;
  readonly status: Status;
  readonly pin: boolean;
  readonly at: number;
}

function Steps({ details, status, pin, at }: StepsProps) {
  const last = PICTURES[status];
  const good = status === "executed" || status === "approved";
  return (
    <ol class="card rows steps-done">
      <li>
        <Icon name="circle-check" size={20} />
        {t(pin ? "phone.done.signed_pin" : "phone.done.signed")}
      </li>
      <li>
        <Icon name="circle-check" size={20} />
        {t(details.codeDigits === 0 ? "phone.done.checked" : "phone.done.checked_code")}
        <time>{timeOfDay(at)}</time>
      </li>
      <li class={last[0]}>
        <Icon name={good ? "circle-check" : last[1]} size={20} />
        {t(`status.${endName(status, details) === status ? status : "approved"}`)}
        {good && <time>{timeOfDay(at)}</time>}
      </li>
    </ol>
  );
}
