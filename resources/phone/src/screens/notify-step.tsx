// Before the claim: whether this phone may tell its owner when something waits. It can be left out.

import { useEffect } from "preact/hooks";

import type { Enrolling } from "../model/enrolling.ts";
import { useHeading, usePermission } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import { t } from "../words/words.ts";

export function NotifyStep({ enrolling, busy }: { readonly enrolling: Enrolling; readonly busy: boolean }) {
  const heading = useHeading("notify");
  const [permission] = usePermission("notifications");
  // Answered elsewhere meanwhile: there is nothing left to ask. While the phone asks, its answer goes its own way.
  useEffect(() => {
    if (permission !== "ask" && !busy) enrolling.skipPush();
  }, [enrolling, permission, busy]);
  return (
    <>
      <main class="centred">
        <div class="seal accent">
          <Icon name="bell" size={40} />
        </div>
        <h2 ref={heading} tabIndex={-1}>
          {t("phone.notify.title")}
        </h2>
        <p>{t("phone.notify.means")}</p>
        <p class="muted">{t("phone.notify.content")}</p>
        <p class="muted">{t("phone.notify.without")}</p>
      </main>
      <footer class="bottom">
        <button type="button" class="primary" disabled={busy} onClick={() => void enrolling.allowPush()}>
          {t(busy ? "phone.notify.waiting" : "phone.notify.allow")}
        </button>
        <button type="button" class="plain" onClick={() => enrolling.skipPush()}>
          {t("phone.notify.skip")}
        </button>
      </footer>
    </>
  );
}
