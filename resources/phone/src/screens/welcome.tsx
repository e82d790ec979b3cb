// The app before it has an account: two ways to give it one.

import { useHeading } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import { go } from "../route.ts";
import { InstallButton } from "../parts/install-button.tsx";
import { t } from "../words/words.ts";

export function WelcomeScreen() {
  const heading = useHeading("welcome");
  return (
    <div class="screen welcome">
      <main>
        <div class="seal accent">
          <Icon name="shield-check" size={40} />
        </div>
        <h1 ref={heading} tabIndex={-1}>
          {t("phone.welcome.title")}
        </h1>
        <p>{t("phone.welcome.means")}</p>
        <p class="muted host">{t("phone.welcome.server", { host: location.host })}</p>
        <ol class="card numbered">
          <li>{t("phone.welcome.step_console")}</li>
          <li>{t("phone.welcome.step_scan")}</li>
          <li>{t("phone.welcome.step_digits")}</li>
        </ol>
      </main>
      <footer class="bottom">
        <InstallButton />
        <button type="button" class="primary" onClick={() => go({ at: "scan", id: null })}>
          <Icon name="scan" />
          {t("phone.welcome.scan")}
        </button>
        <button type="button" class="plain" onClick={() => go({ at: "paste", broken: false })}>
          {t("phone.welcome.paste")}
        </button>
      </footer>
    </div>
  );
}
