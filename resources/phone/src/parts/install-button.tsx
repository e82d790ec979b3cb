// Offers to install the app, where the browser does.

import { useEffect, useState } from "preact/hooks";

import { installing } from "../device/installing.ts";
import { t } from "../words/words.ts";
import { Icon } from "./icon.tsx";

export function InstallButton() {
  const [possible, setPossible] = useState(installing.possible);
  useEffect(() => installing.watch(() => setPossible(installing.possible)), []);
  if (!possible) return null;
  return (
    <button type="button" class="plain" onClick={() => void installing.install()}>
      <Icon name="download" size={20} />
      {t("phone.install.install")}
    </button>
  );
}
