// What keeps the events of an account from being read, and what to do about it.

import type { Phone } from "../model/phone.ts";
import { t } from "../words/words.ts";
import { Notice } from "./notice.tsx";

export function Trouble({ phone }: { readonly phone: Phone }) {
  const links = phone.members.filter(({ isCutOff }) => !isCutOff).map(({ notices }) => notices.link);
  const offline = !navigator.onLine || links.includes("offline");
  if (!offline && links.includes("moved")) {
    return (
      <Notice tone="bad" icon="circle-alert" alert>
        <p>{t("phone.home.moved", { host: location.host })}</p>
      </Notice>
    );
  }
  if (!offline && !links.includes("failed")) return null;
  const said = offline ? (navigator.onLine ? "phone.notices.server" : "phone.notices.offline") : "phone.home.failed";
  return (
    <Notice tone="waiting" icon={offline ? "wifi-off" : "triangle-alert"} alert>
      <p>{t(said)}</p>
      <button type="button" class="link" onClick={() => phone.members.forEach(({ notices }) => void notices.reload())}>
        {t("phone.retry")}
      </button>
    </Notice>
  );
}
