// The two places of the app, within the thumb's reach.

import { go } from "../route.ts";
import { counted, t } from "../words/words.ts";
import { Icon } from "./icon.tsx";

interface Props {
  readonly at: "home" | "settings";
  readonly pending: number;
}

export function Tabs({ at, pending }: Props) {
  return (
    <nav class="tabs" aria-label={t("phone.tabs.label")}>
      <button type="button" aria-current={at === "home" ? "page" : undefined} onClick={() => go({ at: "home" })}>
        <span class="tab-icon">
          <Icon name="shield-check" />
          {pending > 0 && (
            <span class="badge" aria-hidden="true">
              {pending}
            </span>
          )}
        </span>
        {t("phone.tabs.requests")}
        {pending > 0 && <span class="unseen">{counted("phone.home.n_waiting", pending)}</span>}
      </button>
      <button
        type="button"
        aria-current={at === "settings" ? "page" : undefined}
        onClick={() => go({ at: "settings" })}
      >
        <span class="tab-icon">
          <Icon name="settings" />
        </span>
        {t("phone.tabs.settings")}
      </button>
    </nav>
  );
}
