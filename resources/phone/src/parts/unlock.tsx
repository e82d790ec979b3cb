// Asks for the PIN of accounts that have no passkey: without it not even their requests can be read.

import { useRef, useState } from "preact/hooks";

import { PinError } from "../model/lock.ts";
import type { Member } from "../model/member.ts";
import type { Phone } from "../model/phone.ts";
import { SHORTEST } from "../protocol/pin.ts";
import { counted, t } from "../words/words.ts";
import { useInView } from "./hooks.ts";
import { PinField } from "./pin-field.tsx";
import { Sentence } from "./said.tsx";

export function Unlock({ phone }: { readonly phone: Phone }) {
  return (
    <>
      {phone.locked.map((member) => (
        <UnlockOne key={member.account.device} member={member} changed={phone.changed} />
      ))}
    </>
  );
}

export function pinSentence({ reason, left }: PinError): string {
  return reason === "wrong" ? counted("phone.pin.wrong", left) : t(`phone.pin.${reason}`);
}

function UnlockOne({ member, changed }: { readonly member: Member; readonly changed: () => void }) {
  const { device, username, company } = member.account;
  const [pin, setPin] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<PinError | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const told = useInView<HTMLParagraphElement>(problem);

  async function unlock(): Promise<void> {
    setBusy(true);
    setProblem(null);
    try {
      await member.unlock(pin);
    } catch (error) {
      setProblem(error instanceof PinError ? error : new PinError("failed"));
      setPin("");
      setBusy(false);
      field.current?.focus();
    }
    changed();
  }

  return (
    <form
      class="card unlock"
      onSubmit={(event) => {
        event.preventDefault();
        void unlock();
      }}
    >
      <p>
        <Sentence of="phone.pin.unlock_means" said={{ username, company }} />
      </p>
      <PinField
        id={`pin-${device}`}
        label={t("phone.pin.label")}
        pin={pin}
        disabled={busy}
        field={field}
        onPin={setPin}
      />
      {problem !== null && (
        <p class="problem" role="alert" ref={told}>
          {pinSentence(problem)}
        </p>
      )}
      <button type="submit" class="primary" disabled={busy || pin.length < SHORTEST}>
        {t(busy ? "phone.pin.checking" : "phone.pin.unlock")}
      </button>
    </form>
  );
}
