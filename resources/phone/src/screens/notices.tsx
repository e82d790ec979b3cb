// What happened to the accounts: one list with read state. It informs; it never asks anything.

import { useEffect, useState } from "preact/hooks";

import type { FoundNotice, Phone } from "../model/phone.ts";
import { clock } from "../net/clock.ts";
import { CutOff } from "../parts/cut-off.tsx";
import { Disabled } from "../parts/disabled.tsx";
import { useHeading } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import { kindName, noticeIcon } from "../parts/notice-kind.ts";
import { Said } from "../parts/said.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { Trouble } from "../parts/trouble.tsx";
import { Unlock } from "../parts/unlock.tsx";
import { go } from "../route.ts";
import { brief } from "../words/time.ts";
import { t } from "../words/words.ts";

const PAGE = 20;

export function NoticesScreen({ phone }: { readonly phone: Phone }) {
  const heading = useHeading("notices");
  const [rows, setRows] = useState(PAGE);
  const all = phone.notices();
  const unread = all.filter(({ member, item }) => !item.read && !member.isCutOff);
  const more = phone.members.some(({ notices }) => notices.more);
  useEffect(() => loadNotices(phone), [phone, phone.members.length, phone.locked.length]);

  async function showMore(): Promise<void> {
    if (rows + PAGE > all.length) {
      const older = phone.members.filter(({ notices }) => notices.more);
      await Promise.all(older.map(({ notices }) => notices.readMore().catch(() => undefined)));
    }
    setRows(rows + PAGE);
  }

  return (
    <div class="screen notices-screen">
      <header class="top">
        <h1 ref={heading} tabIndex={-1}>
          {t("phone.notices.title")}
        </h1>
        {unread.length > 0 && (
          <button type="button" class="link" onClick={() => markAll(phone)}>
            <Icon name="check-check" size={20} />
            {t("phone.notices.read_all")}
          </button>
        )}
      </header>
      <main>
        <Unlock phone={phone} />
        <Trouble phone={phone} />
        <CutOff phone={phone} />
        <Disabled phone={phone} />
        {all.length === 0 ? (
          <Empty phone={phone} />
        ) : (
          <ul class="rows edge">
            {all.slice(0, rows).map((found) => (
              <Row key={found.item.id} found={found} several={phone.members.length > 1} />
            ))}
          </ul>
        )}
        {(rows < all.length || more) && (
          <button type="button" class="plain" onClick={() => void showMore()}>
            {t("phone.history.more")}
          </button>
        )}
      </main>
      <Tabs at="notices" phone={phone} />
    </div>
  );
}

/** Until somebody looks, only their number is known. */
function loadNotices(phone: Phone): void {
  for (const { notices, isCutOff } of phone.members) if (!notices.isLoaded && !isCutOff) void notices.reload();
}

function markAll(phone: Phone): void {
  for (const { notices } of phone.members) void notices.markRead(notices.items);
}

function Empty({ phone }: { readonly phone: Phone }) {
  const served = phone.members.filter(({ isCutOff }) => !isCutOff);
  if (served.length === 0 || !served.every(({ notices }) => notices.link === "ready")) return null;
  return (
    <div class="card empty">
      <Icon name="bell" size={32} />
      <p class="lines">
        <strong>{t("phone.notices.none")}</strong>
        <span class="muted">{t("phone.notices.none_means")}</span>
      </p>
    </div>
  );
}

function Row({ found: { member, item }, several }: { readonly found: FoundNotice; readonly several: boolean }) {
  const { id, at, read, content } = item;
  const notice = content.is === "opened" ? content.notice : null;
  return (
    <li>
      <button type="button" class={read ? "row" : "row unread"} onClick={() => go({ at: "notice", id })}>
        <span class="tile">
          <Icon name={notice === null ? "shield-alert" : noticeIcon(notice)} size={20} />
        </span>
        <span class="row-text">
          <span class="row-head">
            <span class="row-title">{notice === null ? t("phone.notices.refused") : kindName(notice.kind)}</span>
            {!read && <span class="unread-dot">{t("phone.notices.new")}</span>}
          </span>
          <span class="muted">
            {notice !== null && notice.username !== "" && (
              <>
                <Said text={notice.username} /> ·{" "}
              </>
            )}
            {several && (
              <>
                {t("phone.notices.for")} <Said text={member.account.username} />, <Said text={member.account.company} /> ·{" "}
              </>
            )}
            {brief(at, clock.now())}
          </span>
        </span>
      </button>
    </li>
  );
}
