// Notifications and camera: how they stand on this phone, asked for only after a tap, and the way out of a refusal.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

import type { Permission, PermissionName } from "../device/permission.ts";
import { platform } from "../device/platform.ts";
import { askForPush, type PushReason } from "../device/push.ts";
import type { Phone } from "../model/phone.ts";
import { StateChip } from "../parts/chip.tsx";
import { usePermission } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import type { IconName } from "../parts/icon-names.ts";
import { closeCamera, openCamera } from "../scan/camera.ts";
import { t } from "../words/words.ts";

export function Permissions({ phone }: { readonly phone: Phone }) {
  const [notifications, renewNotifications] = usePermission("notifications");
  const [camera, renewCamera] = usePermission("camera");
  // Changed in the phone's settings as well as by the button here.
  useEffect(() => phone.settlePush(), [notifications]);
  const problem = phone.members.find(({ pushProblem }) => pushProblem !== null)?.pushProblem ?? null;

  async function allowNotifications(): Promise<void> {
    await askForPush();
    renewNotifications();
  }

  async function allowCamera(): Promise<void> {
    await openCamera().then(closeCamera, () => undefined);
    renewCamera();
  }

  return (
    <ul class="card rows permissions">
      <Row
        name="notifications"
        icon="bell"
        state={notifications}
        onAllow={() => void allowNotifications()}
        instead={notifications === "granted" && problem !== null && <PushState phone={phone} problem={problem} />}
      />
      <Row name="camera" icon="camera" state={camera} onAllow={() => void allowCamera()} />
    </ul>
  );
}

interface RowProps {
  readonly name: PermissionName;
  readonly icon: IconName;
  readonly state: Permission;
  readonly onAllow: () => void;
  /** What is true although the state promises otherwise. */
  readonly instead?: ComponentChildren;
}

const TONES = { granted: "good", ask: "muted", blocked: "bad", unsupported: "muted" } as const;

function Row({ name, icon, state, onAllow, instead }: RowProps) {
  return (
    <li class="permission">
      <span class="tile">
        <Icon name={icon} size={20} />
      </span>
      <div class="row-text">
        <span class="row-head">
          <span class="row-title">{t(`phone.permission.${name}`)}</span>
          <StateChip tone={TONES[state]} text={t(`phone.permission.state.${state}`)} />
        </span>
        {instead || <p class="muted">{t(`phone.permission.${name}_${state}`)}</p>}
        {state === "blocked" && <p class="muted">{t(`phone.permission.unblock.${platform()}`)}</p>}
        {state === "ask" && (
          <button type="button" class="link" onClick={onAllow}>
            {t(`phone.permission.${name}_allow`)}
          </button>
        )}
      </div>
    </li>
  );
}

/** Allowed is not yet reachable: a push service has to take part, and the server has to take it. */
function PushState({ phone, problem }: { readonly phone: Phone; readonly problem: PushReason }) {
  return (
    <>
      <p class="problem" role="status">
        {t(`phone.push.${problem}`)}
      </p>
      <button type="button" class="link" onClick={() => phone.settlePush()}>
        {t("phone.retry")}
      </button>
    </>
  );
}
