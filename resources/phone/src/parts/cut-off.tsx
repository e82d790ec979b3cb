// For each account that this phone is no longer registered for: that it is so, and what to do.

import type { ComponentChildren } from "preact";

import type { Member } from "../model/member.ts";
import type { Phone } from "../model/phone.ts";
import { t } from "../words/words.ts";
import { Notice } from "./notice.tsx";
import { Sentence } from "./said.tsx";

export function CutOff({ phone }: { readonly phone: Phone }) {
  return (
    <>
      {phone.cutOff.map((member) => (
        <CutOffOne key={member.account.device} member={member}>
          <Unremoved member={member} />
          <button type="button" class="link" onClick={() => void phone.remove(member)}>
            {t("phone.cut_off.remove")}
          </button>
        </CutOffOne>
      ))}
    </>
  );
}

/** The phone's storage failed where the account was to go. */
export function Unremoved({ member }: { readonly member: Member }) {
  if (!member.unremoved) return null;
  return (
    <p class="problem" role="alert">
      {t("phone.remove.failed")}
    </p>
  );
}

interface Props {
  readonly member: Member;
  readonly children?: ComponentChildren;
}

export function CutOffOne({ member: { account }, children }: Props) {
  return (
    <Notice tone="bad" icon="circle-alert" alert>
      <p>
        <Sentence of="phone.cut_off" said={{ username: account.username, company: account.company }} />
      </p>
      <p>{t("phone.cut_off.then")}</p>
      {children}
    </Notice>
  );
}
