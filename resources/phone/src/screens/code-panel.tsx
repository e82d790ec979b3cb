// How the code gets from the console to the phone: typed, or scanned. Where enrolling ends, the scan comes first.

import type { Ref } from "preact";

import { CodeField } from "../parts/code-field.tsx";
import { Icon } from "../parts/icon.tsx";
import type { Details } from "../protocol/details.ts";
import { go } from "../route.ts";
import { t } from "../words/words.ts";

interface Props {
  readonly details: Details;
  readonly digits: string;
  /** From the QR code of the console's dialog, instead of the digits. */
  readonly scanned: string | null;
  readonly busy: boolean;
  readonly disabled: boolean;
  readonly field: Ref<HTMLInputElement>;
  readonly onDigits: (digits: string) => void;
  readonly onForget: () => void;
}

export function CodePanel({ details, digits, scanned, busy, disabled, field, onDigits, onForget }: Props) {
  const scan = () => go({ at: "scan", id: details.id });
  const first = details.action === "two_factor.enable" && scanned === null;
  return (
    <>
      {first && (
        <button type="button" class="primary" disabled={busy || disabled} onClick={scan}>
          <Icon name="scan-line" />
          {t("phone.code.scan_first")}
        </button>
      )}
      <div class="section-head">
        <label for="code" id="code-label">
          {t(first ? "phone.code.or_type" : labelOf(details))}
        </label>
        {!first && (
          <button type="button" class="link" disabled={scanned === null ? disabled : busy} onClick={scanned === null ? scan : onForget}>
            {scanned === null && <Icon name="scan-line" size={20} />}
            {t(scanned === null ? "phone.code.scan" : "phone.code.type")}
          </button>
        )}
      </div>
      {scanned === null ? (
        <CodeField digits={digits} disabled={disabled} describedBy="code-label" field={field} onDigits={onDigits} />
      ) : (
        <p class="scanned">
          <Icon name="circle-check" size={20} />
          {t("phone.code.scanned")}
        </p>
      )}
    </>
  );
}

function labelOf({ action }: Details): "phone.code.from_sign_in" | "phone.code.from_console" {
  return action === "sign_in" ? "phone.code.from_sign_in" : "phone.code.from_console";
}
