// One notice, opened: what happened, and the five facts about it.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Member } from "../model/member.ts";
import type { NoticeItem } from "../model/notices.ts";
import type { FoundNotice, Phone } from "../model/phone.ts";
import { CutOff } from "../parts/cut-off.tsx";
import { Disabled } from "../parts/disabled.tsx";
import { Claimed, Fact, Moment } from "../parts/facts.tsx";
import { useSlow } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import { Notice } from "../parts/notice.tsx";
import { kindName, noticeIcon, noticeMeaning } from "../parts/notice-kind.ts";
import { Said } from "../parts/said.tsx";
import { Top } from "../parts/top.tsx";
import { Trouble } from "../parts/trouble.tsx";
import { Unlock } from "../parts/unlock.tsx";
import type { Notice as Told } from "../protocol/notice.ts";
import { goInstead } from "../route.ts";
import { known, t } from "../words/words.ts";

interface Props {
  readonly phone: Phone;
  readonly id: string;
}

const back = () => goInstead({ at: "notices" });

export function NoticeScreen({ phone, id }: Props) {
  const found = phone.notices().find(({ item }) => item.id === id) ?? null;
  const [reading, setReading] = useState(true);
  // Also what was read before: a notification tells of an event as it happens.
  useEffect(() => {
    if (found !== null) return undefined;
    let current = true;
    setReading(true);
    void Promise.all(served(phone).map(({ notices }) => notices.reload())).then(() => current && setReading(false));
    return () => {
      current = false;
    };
  }, [phone.members.length, phone.locked.length, phone.cutOff.length]);
  useEffect(() => {
    if (found !== null) void found.member.notices.markRead([found.item]);
  }, [found?.item.id]);
  return (
    <div class="screen">
      <Top title={t("phone.notices.event")} onBack={back} />
      <main>
        <Disabled phone={phone} />
        <Unlock phone={phone} />
        {found === null ? (
          <NotHere phone={phone} reading={reading} />
        ) : (
          <Opened found={found} several={phone.members.length > 1} />
        )}
      </main>
    </div>
  );
}

function served(phone: Phone): Member[] {
  return phone.members.filter(({ isCutOff }) => !isCutOff);
}

function NotHere({ phone, reading }: { readonly phone: Phone; readonly reading: boolean }) {
  const slow = useSlow();
  const links = served(phone).map(({ notices }) => notices.link);
  if (phone.locked.length > 0 || links.includes("disabled")) return null;
  if (reading) return slow ? <div class="skeleton tall" /> : null;
  return (
    <>
      <CutOff phone={phone} />
      <Trouble phone={phone} />
      {links.length > 0 && links.every((link) => link === "ready") && (
        <Notice tone="waiting" icon="info" alert>
          <p>{t("phone.notices.unknown")}</p>
        </Notice>
      )}
    </>
  );
}

function Opened({ found: { member, item }, several }: { readonly found: FoundNotice; readonly several: boolean }) {
  const { content } = item;
  if (content.is === "refused") return <Refused fault={content.fault} />;
  const { notice } = content;
  return (
    <>
      <section class="object">
        <p class="object-name with-icon">
          <Icon name={noticeIcon(notice)} size={32} />
          {kindName(notice.kind)}
        </p>
        <p>{noticeMeaning(notice, member.account.username)}</p>
      </section>
      <Facts notice={notice} />
      {several && (
        <p class="muted">
          <Said text={member.account.company} /> · <Said text={member.account.username} />
        </p>
      )}
    </>
  );
}

function Facts({ notice }: { readonly notice: Told }) {
  const { action, username, deviceName, application, ip, phone, at } = notice;
  return (
    <dl class="card facts">
      <Fact label="phone.fact.action">{known(`action.${action}`) ?? kindName(action)}</Fact>
      <Fact label="phone.fact.username">
        <Or of={username}>
          <Said text={username} />
        </Or>
      </Fact>
      {phone !== "" && (
        <Fact label="phone.fact.phone">
          <Said text={phone} />
        </Fact>
      )}
      <Fact label="phone.fact.device_name">
        <Or of={deviceName}>
          <Claimed text={deviceName} />
        </Or>
      </Fact>
      <Fact label="phone.fact.application">
        <Or of={application}>
          <Claimed text={application} />
        </Or>
      </Fact>
      <Fact label="phone.fact.ip">
        <Or of={ip}>
          <Said text={ip} />
        </Or>
      </Fact>
      <Fact label="phone.fact.happened_at">
        <Moment at={at} />
      </Fact>
    </dl>
  );
}

/** What does not apply is said, so that nobody takes it for hidden. */
function Or({ of, children }: { readonly of: string; readonly children: ComponentChildren }) {
  return of === "" ? <span class="muted">{t("phone.value.none")}</span> : <>{children}</>;
}

function Refused({ fault }: { readonly fault: Extract<NoticeItem["content"], { is: "refused" }>["fault"] }) {
  return (
    <Notice tone="bad" icon="shield-alert" alert>
      <p>{t(`phone.fault.${fault}`)}</p>
      <p>{t("phone.notices.refused_advice")}</p>
    </Notice>
  );
}
