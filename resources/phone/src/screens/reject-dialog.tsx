// The second step of a rejection: unwanted, or not asked for at all, which is an alarm.

import { t } from "../words/words.ts";
import { Dialog } from "../parts/dialog.tsx";

interface Props {
  readonly signIn: boolean;
  readonly onReject: (reason: "cancelled" | "not_me") => void;
  readonly onClose: () => void;
}

export function RejectDialog({ signIn, onReject, onClose }: Props) {
  return (
    <Dialog title={t("phone.reject.title")} onClose={onClose}>
      <button type="button" class="choice" onClick={() => onReject("cancelled")}>
        <strong>{t("phone.reject.cancelled")}</strong>
        <span>{t("phone.reject.cancelled_means")}</span>
      </button>
      <button type="button" class="choice bad" onClick={() => onReject("not_me")}>
        <strong>{t("phone.reject.not_me")}</strong>
        <span>{t(signIn ? "phone.reject.not_me_sign_in" : "phone.reject.not_me_means")}</span>
      </button>
      <p class="muted">{t("phone.reject.not_me_then")}</p>
      <button type="button" class="plain" onClick={onClose}>
        {t("phone.reject.back")}
      </button>
    </Dialog>
  );
}
