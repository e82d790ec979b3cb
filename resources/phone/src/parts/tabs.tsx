// The three places of the app, within the thumb's reach.

import type { Phone } from "../model/phone.ts";
import { go } from "../route.ts";
import { counted, t } from "../words/words.ts";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-names.ts";

type Place = "home" | "notices" | "settings";

interface Props {
  readonly at: Place;
  readonly phone: Phone;
}

export function Tabs({ at, phone }: Props) {
  const waiting = phone.waiting().length;
  const unread = phone.unread();
  return (
    <nav class="tabs" aria-label={t("phone.tabs.label")}>
      <Tab
        to="home"
        at={at}
        icon="shield-check"
        name={t("phone.tabs.requests")}
        count={waiting}
        said={counted("phone.home.n_waiting", waiting)}
      />
      <Tab
        to="notices"
        at={at}
        icon="bell"
        name={t("phone.tabs.notices")}
        count={unread}
        said={counted("phone.notices.n_unread", unread)}
      />
      <Tab to="settings" at={at} icon="settings" name={t("phone.tabs.settings")} count={0} said="" />
    </nav>
  );
}

interface TabProps {
  readonly to: Place;
  readonly at: Place;
  readonly icon: IconName;
  readonly name: string;
  readonly count: number;
  /** The count, as it is heard. */
  readonly said: string;
}

function Tab({ to, at, icon, name, count, said }: TabProps) {
  return (
    <button type="button" aria-current={at === to ? "page" : undefined} onClick={() => go({ at: to })}>
      <span class="tab-icon">
        <Icon name={icon} />
        {count > 0 && (
          <span class="badge" aria-hidden="true">
            {count > 99 ? "99+" : count}
          </span>
        )}
      </span>
      {name}
      {count > 0 && <span class="unseen">{said}</span>}
    </button>
  );
}
