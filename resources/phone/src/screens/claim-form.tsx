// Who is enrolling, and under which name this phone will be known.

import { useEffect, useState } from "preact/hooks";

import { type Obstacle, passkeyObstacle, platform, suggestedName } from "../device/platform.ts";
import type { Enrolling, FormProblem } from "../model/enrolling.ts";
import { clock } from "../net/clock.ts";
import { useHeading, useInView, usePermission, useVisible } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import { Notice } from "../parts/notice.tsx";
import { refusedIn } from "../words/visible.ts";
import { counted, t } from "../words/words.ts";
import { PinChoice } from "./pin-choice.tsx";

const LONGEST_NAME = 64;
const OBSTACLES: readonly Obstacle[] = ["domain", "unsupported", "no_lock", "unsure"];

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
  const [found, setFound] = useState<Obstacle | null>(null);
  const [pin, setPin] = useState<string | null>(null);
  const [lockAgain, setLockAgain] = useState(false);
  const visible = useVisible();
  const told = useInView<HTMLParagraphElement>(problem);
  const heading = useHeading<HTMLParagraphElement>("form");
  const deviceName = name.trim();
  const wrongName = nameProblem(deviceName, problem);
  const toldOfName = useInView<HTMLParagraphElement>(wrongName);
  const obstacle = lockAgain ? null : (obstacleTold(problem) ?? found);
  const withPin = obstacle !== null && enrolling.pinAllowed;

  // Looked at anew whenever the phone's settings may have been changed.
  useEffect(() => {
    if (visible) void passkeyObstacle().then(look);
  }, [visible]);
  // The first one that is told stays: the form must not change its mind at each attempt.
  useEffect(() => setFound((before) => before ?? obstacle), [obstacle]);
  useEffect(() => {
    if (obstacleTold(problem) !== null) setLockAgain(false); // it failed again, and for that
  }, [problem]);
  useEffect(() => void enrolling.prepare(deviceName, withPin), [enrolling, deviceName, withPin]);

  function look(now: Obstacle | null): void {
    const wasSetUp = now === null && obstacle === "no_lock";
    if (wasSetUp) tryLock();
    setFound((before) => (wasSetUp ? null : before ?? now));
  }

  function tryLock(): void {
    setPin(null);
    setLockAgain(true);
  }

  const complete =
    deviceName !== "" && wrongName === null && (!passwordRequired || (username !== "" && password !== "")) && (!withPin || pin !== null);
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void enrolling.claim(
          passwordRequired ? { username: username.trim(), password } : { username: "", password: "" },
          withPin ? pin : null,
        );
      }}
    >
      <main>
        <p ref={heading} tabIndex={-1}>
          {t(passwordRequired ? "phone.claim.with_password" : "phone.claim.without_password")}
        </p>
        {enrolling.code.exp <= clock.now() && (
          <Notice tone="waiting" icon="clock">
            <p>{t("phone.claim.late")}</p>
          </Notice>
        )}
        {obstacle !== null && obstacle !== "unsure" && !withPin && (
          <Notice tone="waiting" icon="lock">
            <p>{t(`phone.passkey.${obstacle}`)}</p>
          </Notice>
        )}
        <NoPush enrolling={enrolling} />
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
          aria-invalid={wrongName !== null}
          aria-describedby={wrongName === null ? undefined : "device-name-problem"}
          onInput={({ currentTarget }) => setName(currentTarget.value)}
        />
        {wrongName !== null && (
          <p id="device-name-problem" class="problem" role="alert" ref={toldOfName}>
            {wrongName}
          </p>
        )}
        {withPin && <PinChoice why={obstacle} disabled={busy} onPin={setPin} onLock={tryLock} />}
        {problem !== null && problem.is !== "name" && !(withPin && obstacleTold(problem) !== null) && (
          <p class="problem" role="alert" ref={told}>
            {sentence(problem)}
          </p>
        )}
        {!withPin && (
          <p class="muted with-icon">
            <Icon name="lock" size={20} />
            {t("phone.claim.asks_lock")}
          </p>
        )}
      </main>
      <footer class="bottom">
        <button type="submit" class="primary" disabled={busy || !complete || !enrolling.isPrepared(deviceName, withPin)}>
          {t(busy ? "phone.claim.sending" : "phone.claim.claim")}
        </button>
      </footer>
    </form>
  );
}

function sentence(problem: FormProblem): string {
  if (problem.is === "passkey") return t(`phone.passkey.${problem.reason}`);
  if (problem.is === "credentials") return counted("phone.claim.credentials", problem.left);
  return t(`phone.claim.${problem.is}`);
}

/** Told at the field, and as long as it has that name. */
function nameProblem(name: string, problem: FormProblem | null): string | null {
  const character = refusedIn(name);
  if (character !== null) return t("phone.claim.name_character", { character });
  return problem?.is === "name" && problem.refused === name ? t("phone.claim.name") : null;
}

/** What the attempt to make a passkey said about this phone, and not about its owner's finger. */
function obstacleTold(problem: FormProblem | null): Obstacle | null {
  if (problem?.is !== "passkey") return null;
  const { reason } = problem;
  return OBSTACLES.find((each) => each === reason) ?? null;
}

/** Nothing to stop for: requests are there whenever the app is opened. */
function NoPush({ enrolling }: { readonly enrolling: Enrolling }) {
  const [permission] = usePermission("notifications");
  const { pushProblem } = enrolling;
  if (permission !== "blocked" && pushProblem === null) return null;
  return (
    <div class="muted with-icon">
      <Icon name="bell-off" size={20} />
      <div class="stack">
        <p>{t(pushProblem === null ? "phone.claim.no_push" : `phone.push.${pushProblem}`)}</p>
        {pushProblem === null && <p>{t(`phone.permission.unblock.${platform()}`)}</p>}
      </div>
    </div>
  );
}
