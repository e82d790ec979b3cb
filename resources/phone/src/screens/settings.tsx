// The accounts on this phone, and what the app can and cannot promise.

import { useEffect, useState } from "preact/hooks";

import { Avatar } from "../parts/avatar.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Fact } from "../parts/facts.tsx";
import { useHeading } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import { Said, Sentence } from "../parts/said.tsx";
import { Tabs } from "../parts/tabs.tsx";
import type { Member } from "../model/member.ts";
import type { Phone } from "../model/phone.ts";
import { b64u } from "../protocol/bytes.ts";
import { sha } from "../protocol/digest.ts";
import { go } from "../route.ts";
import { t } from "../words/words.ts";

export function SettingsScreen({ phone }: { readonly phone: Phone }) {
  const heading = useHeading("settings");
  const [leaving, setLeaving] = useState<Member | null>(null);
  return (
    <div class="screen settings">
      <header class="top">
        <h1 ref={heading} tabIndex={-1}>
          {t("phone.settings.title")}
        </h1>
      </header>
      <main>
        <h2>{t("phone.settings.accounts")}</h2>
        {phone.members.map((member) => (
          <AccountCard key={member.account.device} member={member} onRemove={() => setLeaving(member)} />
        ))}
        <button type="button" class="plain" onClick={() => go({ at: "add" })}>
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
      <Tabs at="settings" pending={phone.waiting().length} />
      {leaving !== null && (
        <Dialog title={t("phone.remove.title")} onClose={() => setLeaving(null)}>
          <p>
            <Sentence
              of="phone.remove.means"
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

function AccountCard({ member, onRemove }: { readonly member: Member; readonly onRemove: () => void }) {
  const { account } = member;
  const [fingerprint, setFingerprint] = useState("");
  useEffect(() => void sha(account.ssk).then((digest) => setFingerprint(b64u(digest))), [account.ssk]);
  return (
    <section class="card account-card">
      <div class="account">
        <Avatar name={account.name || account.username} />
        <p class="lines">
          <strong>
            <Said text={account.company} />
          </strong>
          <span class="muted">
            <Said text={account.username} />
          </span>
        </p>
      </div>
      <dl class="facts">
        <Fact label="phone.settings.device_name">
          <Said text={account.deviceName} />
        </Fact>
        <Fact label="phone.settings.server">
          <Said text={new URL(account.origin).host} />
        </Fact>
        <Fact label="phone.settings.server_key">
          <code>{fingerprint}</code>
        </Fact>
      </dl>
      <button type="button" class="link bad-text" onClick={onRemove}>
        {t("phone.settings.remove")}
      </button>
    </section>
  );
}
