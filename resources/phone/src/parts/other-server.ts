// Says of a code which server it is for, where that is not the one of this app.

import { t } from "../words/words.ts";

export function otherServer({ origin }: { readonly origin: string }): string {
  return t("phone.fault.other_server", { host: new URL(origin).host, own: location.host });
}
