// For each account that is disabled at its server: that it is so, and who can change that.

import type { Member } from "../model/member.ts";
import type { Phone } from "../model/phone.ts";
import { t } from "../words/words.ts";
import { Notice } from "./notice.tsx";
import { Sentence } from "./said.tsx";

export function Disabled({ phone }: { readonly phone: Phone }) {
  const disabled = phone.members.filter(({ isDisabled, isCutOff }) => isDisabled && !isCutOff);
  return (
    <>
      {disabled.map((member) => (
        <DisabledOne key={member.account.device} member={member} />
      ))}
    </>
  );
}

export function DisabledOne({ member: { account } }: { readonly member: Member }) {
  return (
    <Notice tone="bad" icon="circle-alert" alert>
      <p>
        <Sentence of="phone.disabled" said={{ username: account.username, company: account.company }} />
      </p>
      <p>{t("phone.disabled.then")}</p>
    </Notice>
  );
}
