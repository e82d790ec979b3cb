// Who is enrolling, and under which name this phone will be known.

import { useEffect, useState } from "preact/hooks";

import { hasScreenLock, platform, suggestedName } from "../device/platform.ts";
import type { Enrolling, FormProblem } from "../model/enrolling.ts";
import { clock } from "../net/clock.ts";
import { Icon } from "../parts/icon.tsx";
import { Notice } from "../parts/notice.tsx";
import { t } from "../words/words.ts";

const LONGEST_NAME = 64;

interface Props {
  readonly enrolling: Enrolling;
  readonly problem: FormProblem | null;
  readonly busy: boolean;
}

export function ClaimForm({ enrolling, problem, busy }: Props) {
  const { passwordRequired } = enrolling.code;
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [name, setName] = useState(suggestedName);
  const [locked, setLocked] = useState(true);
  const deviceName = name.trim();

  useEffect(() => void hasScreenLock().then((has) => setLocked(has || platform() === "ios")), []);
  useEffect(() => void enrolling.prepare(deviceName), [enrolling, deviceName]);

  const complete = deviceName !== "" && (!passwordRequired || (username !== "" && password !== ""));
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void enrolling.claim(
          passwordRequired ? { username: username.trim(), password } : { username: "", password: "" },
        );
      }}
    >
      <main>
        <p>{t(passwordRequired ? "phone.claim.with_password" : "phone.claim.without_password")}</p>
        {enrolling.code.exp <= clock.now() && (
          <Notice tone="waiting" icon="clock">
            <p>{t("phone.claim.late")}</p>
          </Notice>
        )}
        {!locked && (
          <Notice tone="waiting" icon="lock">
            <p>{t("phone.passkey.no_lock")}</p>
          </Notice>
        )}
        {passwordRequired && (
          <>
            <label for="username">{t("phone.claim.username")}</label>
            <input
              id="username"
              value={username}
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              maxLength={64}
              disabled={busy}
              onInput={({ currentTarget }) => setUsername(currentTarget.value)}
            />
            <label for="password">{t("phone.claim.password")}</label>
            <input
              id="password"
              type="password"
              value={password}
              autocomplete="current-password"
              maxLength={1024}
              disabled={busy}
              onInput={({ currentTarget }) => setPassword(currentTarget.value)}
            />
          </>
        )}
        <label for="device-name">{t("phone.claim.device_name")}</label>
        <input
          id="device-name"
          value={name}
          autocomplete="off"
          maxLength={LONGEST_NAME}
          disabled={busy}
          onInput={({ currentTarget }) => setName(currentTarget.value)}
        />
        {problem !== null && (
          <p class="problem" role="alert">
            {problem.is === "passkey" ? t(`phone.passkey.${problem.reason}`) : t(`phone.claim.${problem.is}`)}
          </p>
        )}
        <p class="muted with-icon">
          <Icon name="lock" size={20} />
          {t("phone.claim.asks_lock")}
        </p>
      </main>
      <footer class="bottom">
        <button type="submit" class="primary" disabled={busy || !complete || !enrolling.isPrepared(deviceName)}>
          {t(busy ? "phone.claim.sending" : "phone.claim.claim")}
        </button>
      </footer>
    </form>
  );
}
