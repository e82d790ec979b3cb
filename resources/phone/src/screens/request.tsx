// One approval request: pending, to be answered; or ended, to be read again.

import { useEffect, useState } from "preact/hooks";

import { Band } from "../parts/band.tsx";
import { CutOff } from "../parts/cut-off.tsx";
import { Disabled } from "../parts/disabled.tsx";
import { Countdown, CountdownBar } from "../parts/countdown.tsx";
import { useHeading, useSecondsLeft, useSlow } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import { Notice } from "../parts/notice.tsx";
import { alarmMeaning, endName, isAlarm, outcomeName } from "../parts/outcome.ts";
import { Back, Top } from "../parts/top.tsx";
import { Unlock } from "../parts/unlock.tsx";
import { VoidReason } from "../parts/void-reason.tsx";
import { linkAfter } from "../model/inbox.ts";
import type { Item, Opened, Status } from "../model/item.ts";
import type { Member } from "../model/member.ts";
import type { Phone } from "../model/phone.ts";
import type { Details } from "../protocol/details.ts";
import { goInstead } from "../route.ts";
import { t } from "../words/words.ts";
import { Answer, type Answered } from "./answer.tsx";
import { DetailsView } from "./details-view.tsx";
import { Done } from "./done.tsx";

interface Props {
  readonly phone: Phone;
  readonly id: string;
  readonly scanned: string | null;
  readonly onForget: () => void;
}

type Reading = "read" | "unknown" | "failed" | "disabled" | "revoked";

const WHY = {
  read: "unknown",
  unknown: "unknown",
  failed: "offline",
  disabled: "disabled",
  revoked: "revoked",
} as const;

const back = () => goInstead({ at: "home" });

export function RequestScreen({ phone, id, scanned, onForget }: Props) {
  const [reading, setReading] = useState<"reading" | Reading>("reading");
  const [answered, setAnswered] = useState<Answered | null>(null);
  const read = () => {
    void readAgain(phone, id).then(setReading);
  };
  const found = phone.find(id);
  const linked = found?.member.inbox.link === "ready";
  // Again once the server can be reached again, or a PIN has opened an account.
  useEffect(read, [id, linked, phone.locked.length]);

  if (answered !== null) return <Outcome answered={answered} now={found?.item.status} />;
  if (phone.locked.length > 0 && (found === null || phone.locked.includes(found.member))) return <Closed phone={phone} />;
  if (found === null) return reading === "reading" ? <Loading /> : <NotThere phone={phone} why={WHY[reading]} onRetry={read} />;
  const { member, item } = found;
  if (member.isCutOff) return <NotThere phone={phone} why="revoked" onRetry={read} />;
  if (member.isDisabled) return <NotThere phone={phone} why="disabled" onRetry={read} />;
  if (item.content.is === "refused") return <Refused fault={t(`phone.fault.${item.content.fault}`)} />;
  if (item.content.is === "sealed") {
    return reading === "reading" ? <Loading /> : <NotThere phone={phone} why="offline" onRetry={read} />;
  }
  return (
    <Open
      key={id}
      member={member}
      item={item}
      opened={item.content.opened}
      fresh={reading === "read" && linked}
      scanned={scanned}
      onForget={onForget}
      onOver={read}
      onAnswered={(answer) => {
        setAnswered(answer);
        member.inbox.settle(id, answer.outcome.status, answer.verdict.reason);
        member.heard();
      }}
    />
  );
}

/** What was answered stays on the screen, also where the answer ended this phone's registration. */
function Outcome({ answered, now }: { readonly answered: Answered; readonly now: Status | undefined }) {
  const { details, verdict, outcome, pin } = answered;
  // A list that was asked for before the answer may still say that it waits.
  const latest = now === undefined || now === "pending" ? outcome.status : now;
  return <Done details={details} verdict={verdict} outcome={{ ...outcome, status: latest }} pin={pin} onDone={back} />;
}

async function readAgain(phone: Phone, id: string): Promise<Reading> {
  const found = phone.find(id);
  const asked = found === null ? phone.members : [found.member];
  let outcome: Reading = "unknown";
  for (const member of asked) {
    const item = await member.inbox.read(id).catch((error: unknown) => {
      const link = linkAfter(error);
      outcome = link === "revoked" || link === "disabled" ? link : "failed";
      return null;
    });
    if (item !== null) return "read";
  }
  return outcome;
}

interface OpenProps {
  readonly member: Member;
  readonly item: Item;
  readonly opened: Opened;
  readonly fresh: boolean;
  readonly scanned: string | null;
  readonly onForget: () => void;
  readonly onAnswered: (answered: Answered) => void;
  readonly onOver: () => void;
}

function Open({ member, item, opened, fresh, scanned, onForget, onAnswered, onOver }: OpenProps) {
  const { details } = opened;
  const heading = useHeading(item.id);
  const inTime = useSecondsLeft(item.expiresAt) > 0;
  const pending = item.status === "pending" && inTime;
  const ended = pending ? {} : { outcome: outcomeName(endOf(item), item.rejectReason, details) };
  return (
    <div class="screen request">
      <Band details={details} account={member.account} heading={heading} before={<Back onBack={back} />} {...ended}>
        {pending && <Countdown expiresAt={item.expiresAt} />}
      </Band>
      {pending && <CountdownBar createdAt={details.createdAt} expiresAt={item.expiresAt} />}
      <main>
        {!pending && <Ended item={item} details={details} />}
        <DetailsView details={details} pending={pending} item={item} />
        {pending && details.action === "sign_in" && <p class="muted">{t("phone.sign_in.not_you")}</p>}
        {pending && (member.takesPins || member.account.passkey !== null) && (
          <p class="muted with-icon">
            <Icon name="lock" size={20} />
            {t(member.account.passkey === null ? "phone.answer.asks_pin" : "phone.answer.asks_lock")}
          </p>
        )}
      </main>
      {pending && (
        <Answer
          by={member}
          takesPins={member.takesPins}
          opened={opened}
          fresh={fresh}
          link={member.inbox.link}
          scanned={scanned}
          onForget={onForget}
          onAnswered={onAnswered}
          onOver={onOver}
        />
      )}
    </div>
  );
}

/** The server enforces the end when it is asked; here it is over when the time is. */
function endOf({ status }: Item): Exclude<Status, "pending"> {
  return status === "pending" ? "expired" : status;
}

/** Normal faces, not errors: somebody answered elsewhere, or nobody did. The heading has said how it ended. */
function Ended({ item, details }: { readonly item: Item; readonly details: Details }) {
  const status = endOf(item);
  return (
    <Notice tone="accent" icon="info" alert>
      {status === "void" ? (
        <VoidReason of={item.voidReason} then="phone.ended.nothing" otherwise="phone.ended.void" />
      ) : (
        <p>{isAlarm(status, item.rejectReason) ? alarmMeaning(details) : t(`phone.ended.${endName(status, details)}`)}</p>
      )}
    </Notice>
  );
}

function Closed({ phone }: { readonly phone: Phone }) {
  return (
    <div class="screen">
      <Top title={t("phone.request.title")} onBack={back} />
      <main>
        <Unlock phone={phone} />
      </main>
    </div>
  );
}

function Loading() {
  const slow = useSlow();
  return (
    <div class="screen">
      <Top title={t("phone.request.title")} onBack={back} />
      <main aria-busy="true">
        {slow && (
          <>
            <div class="skeleton tall" />
            <div class="skeleton" />
            <div class="skeleton" />
          </>
        )}
      </main>
    </div>
  );
}

interface NotThereProps {
  readonly phone: Phone;
  readonly why: "unknown" | "offline" | "disabled" | "revoked";
  readonly onRetry: () => void;
}

function NotThere({ phone, why: told, onRetry }: NotThereProps) {
  const isOver = told === "disabled" && !phone.members.some(({ isDisabled }) => isDisabled);
  const why = isOver ? "offline" : told;
  return (
    <div class="screen">
      <Top title={t("phone.request.title")} onBack={back} />
      <main>
        {why === "revoked" && phone.cutOff.length > 0 ? (
          <CutOff phone={phone} />
        ) : why === "disabled" ? (
          <Disabled phone={phone} />
        ) : (
          <Notice tone="waiting" icon={why === "offline" ? "wifi-off" : "info"} alert>
            <p>{t(`phone.request.${why}`)}</p>
          </Notice>
        )}
      </main>
      <footer class="bottom">
        {why === "offline" && (
          <button type="button" class="plain" onClick={onRetry}>
            {t("phone.retry")}
          </button>
        )}
        <button type="button" class="primary" onClick={back}>
          {t("phone.request.home")}
        </button>
      </footer>
    </div>
  );
}

/** What cannot be verified is not shown, since whoever altered it chose what it says. */
function Refused({ fault }: { readonly fault: string }) {
  return (
    <div class="screen">
      <Top title={t("phone.request.refused")} onBack={back} />
      <main>
        <Notice tone="bad" icon="shield-alert" alert>
          <p>{fault}</p>
          <p>{t("phone.request.refused_advice")}</p>
        </Notice>
      </main>
    </div>
  );
}
