// A browser that keeps nothing, as in private windows, cannot keep keys either.

import { useHeading } from "../parts/hooks.ts";
import { Notice } from "../parts/notice.tsx";
import { t } from "../words/words.ts";

export function NoStorageScreen({ onRetry }: { readonly onRetry: () => void }) {
  const heading = useHeading("no-storage");
  return (
    <div class="screen">
      <main>
        <h1 ref={heading} tabIndex={-1}>
          {t("phone.no_storage.title")}
        </h1>
        <Notice tone="bad" icon="circle-alert" alert>
          <p>{t("phone.no_storage.means")}</p>
        </Notice>
      </main>
      <footer class="bottom">
        <button type="button" class="primary" onClick={onRetry}>
          {t("phone.retry")}
        </button>
      </footer>
    </div>
  );
}
