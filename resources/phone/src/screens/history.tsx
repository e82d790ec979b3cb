// What was answered, or not, newest first. The list comes without details: they are read for the rows that are shown.

import { useEffect, useState } from "preact/hooks";

import { actionIcon, actionName } from "../parts/action.ts";
import { Chip, StateChip } from "../parts/chip.tsx";
import { Icon } from "../parts/icon.tsx";
import { isAlarm } from "../parts/outcome.ts";
import type { Inbox } from "../model/inbox.ts";
import { isPending, type Item } from "../model/item.ts";
import { clock } from "../net/clock.ts";
import { go } from "../route.ts";
import { brief } from "../words/time.ts";
import { t } from "../words/words.ts";
import { ObjectName } from "./details-view.tsx";

const PAGE = 10;

export function History({ inbox }: { readonly inbox: Inbox }) {
  const [rows, setRows] = useState(PAGE);
  const ended = inbox.items.filter((item) => !isPending(item, clock.now()));
  const shown = ended.slice(0, rows);
  const sealed = shown.find(({ content }) => content.is === "sealed")?.id;

  // One after another: each answer draws this list again, which asks for the next.
  useEffect(() => {
    if (sealed !== undefined) void inbox.read(sealed).catch(() => undefined);
  }, [inbox, inbox.link, sealed]);

  async function more(): Promise<void> {
    if (rows + PAGE > ended.length && inbox.more) await inbox.readMore().catch(() => undefined);
    setRows(rows + PAGE);
  }

  if (ended.length === 0) return null;
  return (
    <section class="history">
      <h2>{t("phone.history.title")}</h2>
      <ul class="rows edge">
        {shown.map((item) => (
          <Row key={item.id} item={item} />
        ))}
      </ul>
      {(rows < ended.length || inbox.more) && (
        <button type="button" class="plain" onClick={() => void more()}>
          {t("phone.history.more")}
        </button>
      )}
    </section>
  );
}

function Row({ item: { id, status, rejectReason, expiresAt, content } }: { readonly item: Item }) {
  const details = content.is === "opened" ? content.opened.details : null;
  return (
    <li>
      <button type="button" class="row" onClick={() => go({ at: "request", id })}>
        <span class="tile">
          <Icon name={details === null ? "clock" : actionIcon(details)} size={20} />
        </span>
        <span class="row-text">
          <span class="row-head">
            <span class="row-title">{details === null ? t("phone.request.title") : actionName(details)}</span>
            {isAlarm(status, rejectReason) ? (
              <StateChip tone="bad" text={t("phone.done.not_me")} />
            ) : (
              <Chip status={status === "pending" ? "expired" : status} />
            )}
          </span>
          <span class="muted">
            {details !== null && (
              <>
                <ObjectName details={details} /> ·{" "}
              </>
            )}
            {brief(details?.createdAt ?? expiresAt, clock.now())}
          </span>
        </span>
      </button>
    </li>
  );
}
