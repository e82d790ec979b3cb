// What this phone allows the app, the accounts on it, and what the app can and cannot promise.

import { useState } from "preact/hooks";

import type { Member } from "../model/member.ts";
import type { Phone } from "../model/phone.ts";
import { Dialog } from "../parts/dialog.tsx";
import { useHeading } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import { InstallButton } from "../parts/install-button.tsx";
import { Sentence } from "../parts/said.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { Unlock } from "../parts/unlock.tsx";
import { go } from "../route.ts";
import { t } from "../words/words.ts";
import { AccountCard } from "./settings-account.tsx";
import { Permissions } from "./settings-permissions.tsx";

export function SettingsScreen({ phone }: { readonly phone: Phone }) {
  const heading = useHeading("settings");
  const [leaving, setLeaving] = useState<Member | null>(null);
  const add = () => {
    if (phone.confirming?.state === "active") phone.leaveConfirming(); // or the last one would be told of again
    go({ at: "add" });
  };
  return (
    <div class="screen settings">
      <header class="top">
        <h1 ref={heading} tabIndex={-1}>
          {t("phone.settings.title")}
        </h1>
      </header>
      <main>
        <h2>{t("phone.settings.this_phone")}</h2>
        <Permissions phone={phone} />
        <InstallButton />
        <h2>{t("phone.settings.accounts")}</h2>
        <Unlock phone={phone} />
        {phone.members.map((member) => (
          <AccountCard key={member.account.device} member={member} onRemove={() => setLeaving(member)} />
        ))}
        <button type="button" class="plain" onClick={add}>
          <Icon name="plus" size={20} />
          {t("phone.settings.add")}
        </button>
        <h2>{t("phone.settings.about")}</h2>
        <div class="card about">
          <p>{t("phone.settings.about_keys")}</p>
          <p>{t("phone.settings.about_server")}</p>
          <p class="muted">{t("phone.settings.version", { version: VERSION })}</p>
        </div>
      </main>
      <Tabs at="settings" phone={phone} />
      {leaving !== null && (
        <Dialog title={t("phone.remove.title")} onClose={() => setLeaving(null)}>
          <p>
            <Sentence
              of={leaving.isCutOff ? "phone.remove.cut_off" : "phone.remove.means"}
              said={{ username: leaving.account.username, company: leaving.account.company }}
            />
          </p>
          <button
            type="button"
            class="big bad"
            onClick={() => {
              setLeaving(null);
              void phone.remove(leaving);
            }}
          >
            {t("phone.remove.remove")}
          </button>
          <button type="button" class="plain" onClick={() => setLeaving(null)}>
            {t("phone.remove.keep")}
          </button>
        </Dialog>
      )}
    </div>
  );
}
