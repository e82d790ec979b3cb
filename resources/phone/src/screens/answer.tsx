// The panel under a pending request: the code, and the two answers.

import { useEffect, useRef, useState } from "preact/hooks";

import { useInView } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import { PinField } from "../parts/pin-field.tsx";
import { pinSentence } from "../parts/unlock.tsx";
import { approve, type Decider, type Outcome, prepare, type Prepared, reject } from "../model/decide.ts";
import type { Link } from "../model/inbox.ts";
import type { Opened } from "../model/item.ts";
import { type Refusal, refusalOf } from "../model/refusal.ts";
import type { Verdict } from "../protocol/decision.ts";
import type { Details } from "../protocol/details.ts";
import { SHORTEST } from "../protocol/pin.ts";
import { counted, t } from "../words/words.ts";
import { CodePanel } from "./code-panel.tsx";
import { RejectDialog } from "./reject-dialog.tsx";

export interface Answered {
  readonly details: Details;
  readonly verdict: Verdict;
  readonly outcome: Outcome;
  readonly pin: boolean;
}

interface Props {
  readonly by: Decider;
  readonly takesPins: boolean;
  readonly opened: Opened;
  /** Read again since it was opened: only then can it be answered. */
  readonly fresh: boolean;
  /** How the list was read last: where it could not be, an answer hardly gets through. */
  readonly link: Link;
  /** From the QR code of the console's dialog, instead of the digits. */
  readonly scanned: string | null;
  readonly onForget: () => void;
  readonly onAnswered: (answered: Answered) => void;
  readonly onOver: () => void;
}

type Phase = "ready" | "rejecting" | "unlocking" | "sending";

export function Answer({ by, takesPins, opened, fresh, link, scanned, onForget, onAnswered, onOver }: Props) {
  const { details } = opened;
  const [digits, setDigits] = useState("");
  const [pin, setPin] = useState("");
  const [prepared, setPrepared] = useState<Prepared | null>(null);
  const [phase, setPhase] = useState<Phase>("ready");
  const field = useRef<HTMLInputElement>(null);
  const pinField = useRef<HTMLInputElement>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const problem = useInView<HTMLParagraphElement>(refusal);

  const needsCode = details.codeDigits > 0;
  const code = needsCode ? (scanned ?? digits) : "";
  const complete = !needsCode || scanned !== null || digits.length === details.codeDigits;
  const withPin = by.account.passkey === null;
  const barred = withPin && (!takesPins || refusal?.is === "pin_not_allowed");
  const offline = !navigator.onLine || link === "offline";
  const unanswered = offline || link === "failed" || link === "moved";
  const busy = phase === "unlocking" || phase === "sending";

  // The challenge is made before the tap, since some browsers take a tap as spent once anything was waited for.
  useEffect(() => {
    setPrepared(null);
    if (!complete) return;
    let current = true;
    void prepare(opened, { decision: "approve", code, reason: "" }).then((made) => current && setPrepared(made));
    return () => {
      current = false;
    };
  }, [opened, code, complete]);

  useEffect(() => {
    if (refusal?.is === "wrong_code") field.current?.focus();
    if (refusal?.is === "pin") pinField.current?.focus();
  }, [refusal]);

  async function decided(verdict: Verdict, decide: () => Promise<Outcome>): Promise<void> {
    setRefusal(null);
    try {
      onAnswered({ details, verdict, outcome: await decide(), pin: withPin });
    } catch (error) {
      const refused = refusalOf(error);
      setPhase("ready");
      setRefusal(refused);
      setPin("");
      if (refused.is === "wrong_code") {
        setDigits("");
        onForget();
      }
      if (refused.is === "over" || refused.is === "offline" || isCutOff(refused)) onOver();
    }
  }

  function onApprove(): void {
    if (prepared === null) return;
    setPhase("unlocking");
    void decided(prepared.verdict, () => approve(by, opened, prepared, pin, () => setPhase("sending")));
  }

  function onReject(reason: "cancelled" | "not_me"): void {
    setPhase("sending");
    void decided({ decision: "reject", code: "", reason }, () => reject(by, opened, reason));
  }

  return (
    <>
      <section class="panel" aria-label={t("phone.answer.panel")}>
        {needsCode && !barred && (
          <CodePanel
            details={details}
            digits={digits}
            scanned={scanned}
            busy={busy}
            disabled={busy || offline}
            field={field}
            onDigits={setDigits}
            onForget={onForget}
          />
        )}
        {barred && (
          <p class="problem" role="status">
            {t("phone.answer.pin_not_allowed")}
          </p>
        )}
        {withPin && !barred && (
          <PinField
            id="pin"
            label={t("phone.pin.label")}
            pin={pin}
            disabled={busy || offline}
            field={pinField}
            onPin={setPin}
          />
        )}
        {refusal && !(barred && refusal.is === "pin_not_allowed") && (
          <p class="problem" role="alert" ref={problem}>
            {sentence(refusal)}
          </p>
        )}
        {unanswered && (
          <p class="problem" role="status">
            {t(navigator.onLine ? "phone.offline.server_answer" : "phone.offline.answer")}
          </p>
        )}
      </section>
      <footer class="answer-bar">
        <div class="answers">
          <button type="button" class="big bad" disabled={busy || offline} onClick={() => setPhase("rejecting")}>
            <Icon name="x" />
            {t("phone.answer.reject")}
          </button>
          <button
            type="button"
            class="big good"
            disabled={busy || offline || !fresh || prepared === null || (withPin && pin.length < SHORTEST)}
            onClick={onApprove}
          >
            <Icon name="check" />
            {t(
              phase === "unlocking"
                ? withPin
                  ? "phone.pin.checking"
                  : "phone.answer.unlocking"
                : phase === "sending"
                  ? "phone.answer.sending"
                  : "phone.answer.approve",
            )}
          </button>
        </div>
      </footer>
      {phase === "rejecting" && (
        <RejectDialog
          signIn={details.action === "sign_in"}
          onReject={onReject}
          onClose={() => setPhase((now) => (now === "rejecting" ? "ready" : now))}
        />
      )}
    </>
  );
}

function sentence(refusal: Refusal): string {
  if (refusal.is === "pin") return pinSentence(refusal.error);
  // Some phones report a passkey that is gone as a screen lock that was not confirmed.
  if (refusal.is === "passkey" && refusal.reason === "cancelled") return t("phone.answer.not_unlocked");
  if (refusal.is === "passkey") return t(`phone.passkey.${refusal.reason}`);
  if (refusal.is === "wrong_code") return counted("phone.answer.wrong_code", refusal.left);
  return t(`phone.answer.${refusal.is}`);
}

function isCutOff(refusal: Refusal): boolean {
  return refusal.is === "revoked" || (refusal.is === "pin" && refusal.error.reason === "revoked");
}
