// One account on this phone: whose, of which server, and what it is told about.

import { useEffect, useState } from "preact/hooks";

import type { Member } from "../model/member.ts";
import { Choosing, NEVER_QUIET, type Preferences, readPreferences } from "../model/preferences.ts";
import { clock } from "../net/clock.ts";
import { Avatar } from "../parts/avatar.tsx";
import { StateChip } from "../parts/chip.tsx";
import { CutOffOne, Unremoved } from "../parts/cut-off.tsx";
import { DisabledOne } from "../parts/disabled.tsx";
import { Fact } from "../parts/facts.tsx";
import { Icon } from "../parts/icon.tsx";
import { kindName } from "../parts/notice-kind.ts";
import { Said } from "../parts/said.tsx";
import { Notice } from "../parts/notice.tsx";
import { Switch } from "../parts/switch.tsx";
import { b64u } from "../protocol/bytes.ts";
import { sha } from "../protocol/digest.ts";
import { moment } from "../words/time.ts";
import { t } from "../words/words.ts";

interface Props {
  readonly member: Member;
  readonly onRemove: () => void;
}

export function AccountCard({ member, onRemove }: Props) {
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
        {member.isCutOff && <StateChip tone="bad" text={t("phone.cut_off.mark")} />}
        {account.passkey === null && <StateChip tone="waiting" text={t("phone.pin.mark")} />}
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
        <Fact label="phone.settings.unlocking">
          {t(account.passkey === null ? "phone.settings.by_pin" : "phone.settings.by_lock")}
        </Fact>
      </dl>
      {member.isCutOff && <CutOffOne member={member} />}
      {!member.isCutOff && member.isDisabled && <DisabledOne member={member} />}
      {!member.isCutOff && <Probation until={member.standing?.probationUntil ?? null} />}
      {!member.isCutOff && member.standing?.status === "active" && <Told member={member} />}
      <Unremoved member={member} />
      <button type="button" class="link bad-text" onClick={onRemove}>
        {t("phone.settings.remove")}
      </button>
    </section>
  );
}

/** A phone that an authenticator app's code set up says until when it has to wait with what concerns others. */
function Probation({ until }: { readonly until: number | null }) {
  if (until === null || until <= clock.now()) return null;
  return (
    <Notice tone="waiting" icon="clock">
      <p>
        <strong>{t("phone.probation.title", { time: moment(until) })}</strong>
      </p>
      <p>{t("phone.probation.means")}</p>
    </Notice>
  );
}

/** Which kinds of notices come by push: all of them are in the list anyway. */
function Told({ member: { session } }: { readonly member: Member }) {
  const [open, setOpen] = useState(false);
  const [kept, setKept] = useState<Preferences | null>(null);
  const [failed, setFailed] = useState(false);

  const [choosing, setChoosing] = useState<Choosing | null>(null);

  const show = (shown: Preferences, notSaved: boolean) => {
    setKept(shown);
    setFailed(notSaved);
  };
  const read = () => {
    setFailed(false);
    void readPreferences(session).then(
      (taken) => {
        setChoosing(new Choosing(session, taken, show));
        setKept(taken);
      },
      () => setFailed(true),
    );
  };
  useEffect(() => {
    if (open && kept === null) read(); // later than that, only what is chosen here changes it
  }, [open]);

  return (
    <details class="told" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        {t("phone.told.title")}
        <Icon name="chevron-right" size={20} />
      </summary>
      {failed && (
        <p class="problem" role="alert">
          {t(kept === null ? "phone.told.not_read" : "phone.told.not_saved")}
        </p>
      )}
      {failed && kept === null && (
        <button type="button" class="link" onClick={read}>
          {t("phone.retry")}
        </button>
      )}
      {kept !== null && <Choices kept={kept} onChange={(wanted) => choosing?.choose(wanted)} />}
    </details>
  );
}

interface ChoicesProps {
  readonly kept: Preferences;
  readonly onChange: (wanted: Preferences) => void;
}

function Choices({ kept, onChange }: ChoicesProps) {
  const { showTitles, quiet, kinds } = kept;
  return (
    <>
      <Switch
        on={showTitles}
        text={t("phone.told.show_titles")}
        means={t("phone.told.show_titles_means")}
        onChange={(on) => onChange({ ...kept, showTitles: on })}
      />
      <p class="told-head">{t("phone.told.kinds")}</p>
      {kinds.map((kind) => {
        const fixed = NEVER_QUIET.includes(kind);
        return (
          <Switch
            key={kind}
            on={fixed || !quiet.includes(kind)}
            disabled={fixed}
            text={kindName(kind)}
            means={fixed ? t("phone.told.always") : ""}
            onChange={(on) =>
              onChange({ ...kept, quiet: on ? quiet.filter((other) => other !== kind) : [...quiet, kind] })
            }
          />
        );
      })}
      <p class="muted">{t("phone.told.listed")}</p>
    </>
  );
}
