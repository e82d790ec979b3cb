// The owner opened the test notification: that it arrived is told to the console, which waits for it. The address alone
// proves nothing, since anybody can make such a link: it arrived where the server knows the test.

import { useEffect, useState } from "preact/hooks";

import { Locked } from "../model/lock.ts";
import type { Phone } from "../model/phone.ts";
import { Problem } from "../net/call.ts";
import { Revoked } from "../net/session.ts";
import { CutOff } from "../parts/cut-off.tsx";
import { Disabled } from "../parts/disabled.tsx";
import { useHeading } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import { Unlock } from "../parts/unlock.tsx";
import { goInstead } from "../route.ts";
import { t } from "../words/words.ts";

type Told = "telling" | "told" | "unknown" | "locked" | "offline" | "disabled" | "cut_off";

interface Props {
  readonly phone: Phone;
  readonly id: string;
}

export function TestScreen({ phone, id }: Props) {
  const heading = useHeading("test");
  const [told, setTold] = useState<Told>("telling");
  const open = phone.members.filter(({ lock }) => lock.isOpen).length;
  const tell = () => {
    setTold("telling");
    void tellAll(phone, id).then(setTold);
  };
  useEffect(tell, [id, open]);
  return (
    <div class="screen done">
      <main>
        <div class={told === "told" ? "seal good" : "seal muted"}>
          <Icon name="bell" size={40} />
        </div>
        <h1 ref={heading} tabIndex={-1}>
          {t(told === "told" ? "phone.test.arrived" : "phone.test.title")}
        </h1>
        <p role="status">{t(`phone.test.${told}`)}</p>
        <CutOff phone={phone} />
        <Disabled phone={phone} />
        <Unlock phone={phone} />
      </main>
      <footer class="bottom">
        {(told === "offline" || told === "disabled") && (
          <button type="button" class="plain" onClick={tell}>
            {t("phone.retry")}
          </button>
        )}
        <button type="button" class="primary" onClick={() => goInstead({ at: "home" })}>
          {t("phone.done.done")}
        </button>
      </footer>
    </div>
  );
}

/** Whose test it is, the server knows. */
async function tellAll(phone: Phone, id: string): Promise<Told> {
  let outcome: Told = "unknown";
  for (const { session } of phone.members) {
    try {
      await session.call("POST", "/device/push/test", { json: { id } });
      return "told";
    } catch (error) {
      if (error instanceof Locked) outcome = "locked";
      else if (error instanceof Revoked) outcome = outcome === "offline" ? outcome : "cut_off";
      else if (!(error instanceof Problem)) outcome = "offline";
      else if (error.code === "account_disabled") outcome = "disabled";
    }
  }
  return outcome;
}
