// In a tab of Safari: the way to the home screen, since keys made in a tab would be lost to the installed app.

import { useHeading } from "../parts/hooks.ts";
import { Icon } from "../parts/icon.tsx";
import { t } from "../words/words.ts";

export function InstallScreen() {
  const heading = useHeading("install");
  return (
    <div class="screen welcome">
      <main>
        <div class="seal accent">
          <Icon name="square-plus" size={40} />
        </div>
        <h1 ref={heading} tabIndex={-1}>
          {t("phone.install.title")}
        </h1>
        <p>{t("phone.install.means")}</p>
        <p class="muted host">{t("phone.welcome.server", { host: location.host })}</p>
        <ol class="card numbered">
          <li>
            {t("phone.install.share")} <Icon name="share" size={20} />
          </li>
          <li>
            {t("phone.install.add")} <Icon name="square-plus" size={20} />
          </li>
          <li>{t("phone.install.open")}</li>
          <li>{t("phone.install.scan")}</li>
        </ol>
      </main>
    </div>
  );
}
