// The first screen: what waits, for whom, and what was answered before.

import type { ComponentChildren } from "preact";

import { Avatar } from "../parts/avatar.tsx";
import { Band } from "../parts/band.tsx";
import { CountChip } from "../parts/chip.tsx";
import { CutOff } from "../parts/cut-off.tsx";
import { Disabled } from "../parts/disabled.tsx";
import { Countdown, CountdownBar } from "../parts/countdown.tsx";
import { useHeading, useSecondsLeft } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import type { IconName } from "../parts/icon-names.ts";
import { Notice } from "../parts/notice.tsx";
import { Said, Sentence } from "../parts/said.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { Unlock } from "../parts/unlock.tsx";
import type { Link } from "../model/inbox.ts";
import type { Member } from "../model/member.ts";
import type { Found, Phone } from "../model/phone.ts";
import { clock } from "../net/clock.ts";
import { go } from "../route.ts";
import { timeOfDay } from "../words/time.ts";
import { counted, type Key, t } from "../words/words.ts";
import { ObjectName } from "./details-view.tsx";
import { History } from "./history.tsx";

export function HomeScreen({ phone, shown }: { readonly phone: Phone; readonly shown: Member }) {
  const heading = useHeading("home");
  const waiting = phone.waiting();
  // Draws again when the first one runs out: it leaves the list by itself.
  useSecondsLeft(waiting[0]?.item.expiresAt ?? 0);
  const several = phone.members.length > 1;
  return (
    <div class="screen home">
      <header class="whose">
        <Avatar name={shown.account.name || shown.account.username} />
        <div>
          <p class="company">
            <Said text={shown.account.company} />
          </p>
          <p class="muted">
            <Said text={shown.account.username} />
            {several &&
              ` · ${t("phone.home.of_accounts", { i: phone.members.indexOf(shown) + 1, n: phone.members.length })}`}
          </p>
        </div>
        <button
          type="button"
          class="icon-button"
          aria-label={t("phone.home.scan")}
          onClick={() => go({ at: "scan", id: null })}
        >
          <Icon name="scan" />
        </button>
      </header>
      <main>
        <Unlock phone={phone} />
        <Links phone={phone} />
        <div class="section-head">
          <h1 ref={heading} tabIndex={-1}>
            {t("phone.home.waiting")}
          </h1>
          {waiting.length > 0 && <CountChip text={t("phone.home.pending", { n: waiting.length })} />}
        </div>
        <div aria-live="polite" class="stack">
          {waiting.map((found) => (
            <Waiting key={found.item.id} found={found} several={several} />
          ))}
          {waiting.length === 0 && <Nothing shown={shown} />}
        </div>
        {several && <Others phone={phone} shown={shown} />}
        <History inbox={shown.inbox} />
      </main>
      <Tabs at="home" phone={phone} />
    </div>
  );
}

/** What keeps requests from arriving comes before the list that lacks them. */
function Links({ phone }: { readonly phone: Phone }) {
  const { confirming } = phone;
  const away = !navigator.onLine || phone.members.some(({ inbox }) => inbox.link === "offline");
  const moved = phone.members.some(({ inbox }) => inbox.link === "moved");
  const finish = () => {
    phone.stopEnrolling(); // or a form that was begun since would be in the way
    go({ at: "add" });
  };
  const failed = phone.members.some(({ inbox, isCutOff }) => inbox.link === "failed" && !isCutOff);
  return (
    <>
      {away && (
        <Notice tone="waiting" icon="wifi-off" alert>
          <p>{t(navigator.onLine ? "phone.offline.server" : "phone.offline.list")}</p>
        </Notice>
      )}
      {moved && (
        <Notice tone="bad" icon="circle-alert" alert>
          <p>{t("phone.home.moved", { host: location.host })}</p>
        </Notice>
      )}
      {failed && (
        <Notice tone="waiting" icon="triangle-alert" alert>
          <p>{t("phone.home.failed")}</p>
          <button type="button" class="link" onClick={() => phone.wake()}>
            {t("phone.retry")}
          </button>
        </Notice>
      )}
      <Muted phone={phone} />
      {confirming?.state === "claimed" && confirming.stop === null && (
        <Notice tone="accent" icon="smartphone">
          <p>
            <Sentence of="phone.home.unfinished" said={{ company: confirming.member.account.company }} />
          </p>
          <button type="button" class="link" onClick={finish}>
            {t("phone.home.finish")}
          </button>
        </Notice>
      )}
      <CutOff phone={phone} />
      <Disabled phone={phone} />
    </>
  );
}

/** After *not me*, and when nobody answers: silence is told, or it would look like nothing to do. */
function Muted({ phone }: { readonly phone: Phone }) {
  const several = phone.members.length > 1;
  // To one that is cut off nothing comes, muted or not.
  const rings = phone.members.filter(({ isCutOff, isDisabled }) => !isCutOff && !isDisabled);
  const muted = rings.filter(({ standing }) => (standing?.mutedUntil ?? 0) > clock.now());
  return (
    <>
      {muted.map(({ account, standing }) => (
        <Notice key={account.device} tone="waiting" icon="bell-off">
          <p>{t("phone.home.muted", { time: timeOfDay(standing?.mutedUntil ?? 0) })}</p>
          {several && (
            <p class="muted">
              <Said text={account.company} /> · <Said text={account.username} />
            </p>
          )}
        </Notice>
      ))}
    </>
  );
}

function Waiting({ found: { member, item }, several }: { readonly found: Found; readonly several: boolean }) {
  const open = () => go({ at: "request", id: item.id });
  if (item.content.is !== "opened") {
    return (
      <Notice tone="bad" icon="shield-alert">
        <p>{t("phone.request.refused")}</p>
        <button type="button" class="link" onClick={open}>
          {t("phone.home.why")}
        </button>
      </Notice>
    );
  }
  const { details } = item.content.opened;
  return (
    <article class="card waiting-card">
      <Band details={details} {...(several ? { account: member.account } : {})}>
        <Countdown expiresAt={item.expiresAt} />
      </Band>
      <CountdownBar createdAt={details.createdAt} expiresAt={item.expiresAt} />
      <div class="card-body">
        <p class="object-name">
          <ObjectName details={details} />
        </p>
        <p class="muted">
          <Said text={details.summary} />
        </p>
        <p class="quoting">
          <Sentence of="phone.home.asked_by" said={{ username: details.username, ip: details.ip }} />
        </p>
        <button type="button" class="primary" onClick={open}>
          {t("phone.home.review")}
        </button>
      </div>
    </article>
  );
}

const LOOKS: { readonly [link in Link]?: Key } = {
  ready: "phone.home.nothing",
  loading: "phone.home.loading",
  locked: "phone.home.locked",
  moved: "phone.home.cut_off",
  disabled: "phone.home.cut_off",
  revoked: "phone.home.cut_off",
};

const ICONS: { readonly [link in Link]?: IconName } = {
  ready: "shield-check",
  locked: "lock",
  moved: "circle-alert",
  disabled: "circle-alert",
  revoked: "circle-alert",
};

/** Says no more than is known: a locked account tells nobody whether something waits. */
function Nothing({ shown }: { readonly shown: Member }) {
  const link = shown.isCutOff ? "revoked" : shown.inbox.link;
  const then = thenOf(link, shown);
  return (
    <div class={link === "ready" ? "card empty" : "card empty unknown"}>
      <Icon name={ICONS[link] ?? "clock"} size={32} />
      <Lines>
        <strong>{t(LOOKS[link] ?? "phone.home.not_known")}</strong>
        <span class="muted">{t(`phone.home.${then}`)}</span>
      </Lines>
    </div>
  );
}

function thenOf(link: Link, { standing, pushProblem }: Member) {
  if (link === "revoked" || link === "moved") return "cut_off_means";
  if (link === "disabled") return "disabled_means";
  if (link === "locked") return "locked_means";
  if (standing === null || standing.push) return "nothing_means";
  return pushProblem === null ? "only_open" : "not_arriving";
}

function Lines({ children }: { readonly children: ComponentChildren }) {
  return <p class="lines">{children}</p>;
}

function Others({ phone, shown }: { readonly phone: Phone; readonly shown: Member }) {
  const waiting = phone.waiting();
  return (
    <section class="stack" aria-label={t("phone.home.other_accounts")}>
      {phone.members
        .filter((member) => member !== shown)
        .map((member) => {
          const n = waiting.filter((found) => found.member === member).length;
          return (
            <div class="card account" key={member.account.device}>
              <Avatar name={member.account.name || member.account.username} quiet />
              <Lines>
                <Said text={member.account.company} />
                <span class="muted">
                  <Said text={member.account.username} /> ·{" "}
                  {member.isCutOff
                    ? t("phone.cut_off.mark")
                    : n > 0
                      ? counted("phone.home.n_waiting", n)
                      : member.inbox.link === "ready"
                        ? t("phone.home.none_waiting")
                        : t(LOOKS[member.inbox.link] ?? "phone.home.not_known")}
                </span>
              </Lines>
              <button type="button" class="link" onClick={() => phone.show(member)}>
                {t("phone.home.switch")}
              </button>
            </div>
          );
        })}
    </section>
  );
}
