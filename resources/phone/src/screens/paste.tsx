// Adding an account without a camera: the link that the QR code carries, pasted.

import { useState } from "preact/hooks";

import { useInView } from "../parts/hooks.ts";
import { otherServer } from "../parts/other-server.ts";
import { Top } from "../parts/top.tsx";
import { ProtocolError } from "../protocol/fault.ts";
import { type AppCode, type EnrolmentCode, parseCode } from "../protocol/qr.ts";
import { goInstead } from "../route.ts";
import { t } from "../words/words.ts";

interface Props {
  /** A link was opened that does not parse. */
  readonly broken: boolean;
  readonly onCode: (code: EnrolmentCode) => void;
}

/** The console shows this one first, so it is what many scan: no fault of theirs, the next step has the other. */
export function opensOnly(code: AppCode): string {
  return code.origin === location.origin ? t("phone.app_code.adding") : otherServer(code);
}

export function PasteScreen({ broken, onCode }: Props) {
  const [link, setLink] = useState("");
  const [wrong, setWrong] = useState<string | null>(broken ? t("phone.paste.broken") : null);
  const problem = useInView<HTMLParagraphElement>(wrong);

  function take(): void {
    try {
      const code = parseCode(link.trim());
      // A confirmation is taken from the camera alone: a pasted one could come from whoever sent it.
      if (code.kind === "enrolment") onCode(code);
      else if (code.kind === "app") setWrong(opensOnly(code));
      else setWrong(t("phone.paste.not_enrolment"));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      setWrong(t(`phone.fault.${error.fault}`));
    }
  }

  return (
    <div class="screen">
      <Top title={t("phone.paste.title")} onBack={broken ? () => goInstead({ at: "home" }) : () => history.back()} />
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          take();
        }}
      >
        <main>
          <label for="link">{t("phone.paste.label")}</label>
          <textarea
            id="link"
            rows={5}
            value={link}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            aria-describedby="link-help"
            onInput={({ currentTarget }) => setLink(currentTarget.value)}
          />
          <p id="link-help" class="muted">
            {t("phone.paste.help")}
          </p>
          {wrong !== null && (
            <p class="problem" role="alert" ref={problem}>
              {wrong}
            </p>
          )}
        </main>
        <footer class="bottom">
          <button type="submit" class="primary" disabled={link.trim() === ""}>
            {t("phone.continue")}
          </button>
        </footer>
      </form>
    </div>
  );
}
