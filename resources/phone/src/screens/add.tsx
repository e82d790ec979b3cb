// Adding an account: one screen for the way from the QR code to the confirmed phone.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

import type { Enrolling } from "../model/enrolling.ts";
import type { Confirming } from "../model/confirming.ts";
import { isPending } from "../model/item.ts";
import type { Phone } from "../model/phone.ts";
import { clock } from "../net/clock.ts";
import { Countdown } from "../parts/countdown.tsx";
import { Icon } from "../parts/icon.tsx";
import { Notice } from "../parts/notice.tsx";
import { otherServer } from "../parts/other-server.ts";
import { Top } from "../parts/top.tsx";
import { Unlock } from "../parts/unlock.tsx";
import { go, goInstead } from "../route.ts";
import { t } from "../words/words.ts";
import { ClaimForm } from "./claim-form.tsx";
import { Digits } from "./digits.tsx";
import { NotifyStep } from "./notify-step.tsx";

export function AddScreen({ phone }: { readonly phone: Phone }) {
  const { enrolling, confirming } = phone;
  const leave = (stop: () => unknown) => () => {
    stop();
    goInstead({ at: "home" });
  };
  const expiresAt = enrolling?.isOver
    ? undefined
    : enrolling?.code.exp ?? (confirming?.state === "claimed" && confirming.stop === null ? confirming.member.account.binding?.expiresAt : undefined);
  return (
    <div class="screen add">
      <Top title={t("phone.add.title")} onBack={leave(() => leaveWhatIsOver(phone))}>
        {expiresAt !== undefined && (
          <span class="top-time muted">
            <Icon name="clock" size={20} />
            <Countdown expiresAt={expiresAt} />
          </span>
        )}
      </Top>
      {enrolling !== null ? (
        <Claim enrolling={enrolling} onLeave={leave(() => phone.stopEnrolling())} />
      ) : confirming !== null ? (
        <Confirmation phone={phone} confirming={confirming} onLeave={leave(() => phone.leaveConfirming())} />
      ) : (
        <Choice />
      )}
    </div>
  );
}

/** What goes on is found again; what came to nothing would be in the way of the next code. */
function leaveWhatIsOver(phone: Phone): void {
  if (phone.enrolling?.isOver) phone.stopEnrolling();
  else if (phone.confirming?.stop) phone.leaveConfirming();
}

function Choice() {
  return (
    <main>
      <p>{t("phone.add.means")}</p>
      <button type="button" class="choice" onClick={() => go({ at: "scan", id: null })}>
        <strong>{t("phone.welcome.scan")}</strong>
        <span>{t("phone.welcome.step_scan")}</span>
      </button>
      <button type="button" class="choice" onClick={() => go({ at: "paste", broken: false })}>
        <strong>{t("phone.welcome.paste")}</strong>
        <span>{t("phone.add.paste_means")}</span>
      </button>
    </main>
  );
}

function Claim({ enrolling, onLeave }: { readonly enrolling: Enrolling; readonly onLeave: () => void }) {
  const { step } = enrolling;
  switch (step.at) {
    case "form":
    case "sending":
      return (
        <ClaimForm
          enrolling={enrolling}
          problem={step.at === "form" ? step.problem : null}
          busy={step.at === "sending"}
        />
      );
    case "notify":
      return <NotifyStep enrolling={enrolling} busy={step.busy} />;
    case "checking":
      return (
        <main aria-busy="true">
          <p class="muted">{t("phone.add.checking")}</p>
        </main>
      );
    case "offline":
      return (
        <Over text={t("phone.add.offline")} onLeave={onLeave}>
          <button type="button" class="primary" onClick={() => void enrolling.check()}>
            {t("phone.retry")}
          </button>
        </Over>
      );
    case "stopped":
      return <Over text={t(`phone.stopped.${step.why}`)} onLeave={onLeave} />;
    case "refused":
      return (
        <Over
          text={step.fault === "other_server" ? otherServer(enrolling.code) : t(`phone.fault.${step.fault}`)}
          onLeave={onLeave}
        />
      );
  }
}

interface ConfirmationProps {
  readonly phone: Phone;
  readonly confirming: Confirming;
  readonly onLeave: () => void;
}

function Confirmation({ phone, confirming, onLeave }: ConfirmationProps) {
  const { member, state, stop } = confirming;
  const { account, inbox } = member;
  const first = inbox.items.find((item) => isPending(item, clock.now()))?.id;

  // The first request turns two-factor on: it is what the person is waiting for.
  useEffect(() => {
    if (state === "confirmed" && first !== undefined && stop === null) goInstead({ at: "request", id: first });
  }, [state, first, stop]);

  if (stop === "stopping") {
    return (
      <main aria-busy="true">
        <p class="muted">{t("phone.stop.stopping")}</p>
      </main>
    );
  }
  const end = () => void phone.stopConfirming(confirming);
  if (stop !== null) {
    return (
      <Over text={t(`phone.stop.${stop}`)} onLeave={onLeave}>
        {stop === "unsure" && (
          <button type="button" class="primary" onClick={end}>
            {t("phone.retry")}
          </button>
        )}
      </Over>
    );
  }
  if (phone.locked.includes(member)) {
    return (
      <main>
        <Unlock phone={phone} />
      </main>
    );
  }
  if (state === "over") return <Over text={t("phone.stopped.over")} onLeave={onLeave} />;
  if (state === "active" || account.binding === null) {
    return (
      <>
        <main>
          <Notice tone="good" icon="circle-check" alert>
            <p>{t("phone.add.active")}</p>
          </Notice>
        </main>
        <footer class="bottom">
          <button type="button" class="primary" onClick={onLeave}>
            {t("phone.done.done")}
          </button>
        </footer>
      </>
    );
  }
  return <Digits account={account} binding={account.binding} state={state} isAway={confirming.isAway} onStop={end} />;
}

interface OverProps {
  readonly text: string;
  readonly onLeave: () => void;
  readonly children?: ComponentChildren;
}

function Over({ text, onLeave, children }: OverProps) {
  return (
    <>
      <main>
        <Notice tone="bad" icon="circle-alert" alert>
          <p>{text}</p>
        </Notice>
      </main>
      <footer class="bottom">
        {children}
        <button type="button" class="plain" onClick={onLeave}>
          {t("phone.add.leave")}
        </button>
      </footer>
    </>
  );
}
