// Which screen is shown: the one that the address names, as far as the phone is ready for it.

import { useEffect, useState } from "preact/hooks";

import type { AppVersion } from "./app-version.ts";
import { mustInstallFirst } from "./device/platform.ts";
import { isPending } from "./model/item.ts";
import type { Phone } from "./model/phone.ts";
import { clock } from "./net/clock.ts";
import { usePhone, useRoute } from "./parts/hooks.ts";
import { otherServer } from "./parts/other-server.ts";
import { b64u } from "./protocol/bytes.ts";
import type { Code, ConfirmationCode, EnrolmentCode } from "./protocol/qr.ts";
import { goInstead } from "./route.ts";
import { AddScreen } from "./screens/add.tsx";
import { HomeScreen } from "./screens/home.tsx";
import { InstallScreen } from "./screens/install.tsx";
import { NoStorageScreen } from "./screens/no-storage.tsx";
import { NoticeScreen } from "./screens/notice.tsx";
import { NoticesScreen } from "./screens/notices.tsx";
import { opensOnly, PasteScreen } from "./screens/paste.tsx";
import { RequestScreen } from "./screens/request.tsx";
import { ScanScreen } from "./screens/scan.tsx";
import { SettingsScreen } from "./screens/settings.tsx";
import { TestScreen } from "./screens/test.tsx";
import { WelcomeScreen } from "./screens/welcome.tsx";
import { t } from "./words/words.ts";

interface Props {
  readonly phone: Phone;
  readonly version: AppVersion;
}

interface Scanned {
  readonly id: string;
  readonly code: string;
}

export function App({ phone, version }: Props) {
  const route = useRoute();
  const [scanned, setScanned] = useState<Scanned | null>(null);
  usePhone(phone);
  useEffect(() => {
    version.settle();
    if (route.at === "home") setScanned(null);
  }, [route.at]);

  function enrol(code: EnrolmentCode): null {
    phone.enrol(code);
    goInstead({ at: "add" });
    return null;
  }

  /** The secret comes from this app's own camera, is for this server, and for a request that waits in its list. */
  function confirm(code: ConfirmationCode, expected: string | null): string | null {
    if (code.origin !== location.origin) return otherServer(code);
    if (expected !== null && code.id !== expected) return t("phone.scan.other_request");
    const found = phone.find(code.id);
    if (found === null || !isPending(found.item, clock.now())) return t("phone.scan.not_waiting");
    setScanned({ id: code.id, code: b64u(code.secret) });
    goInstead({ at: "request", id: code.id });
    return null;
  }

  /** What is wrong with a code that the camera saw, or null where it is taken; `id` is the request to be confirmed. */
  function take(code: Code, id: string | null): string | null {
    if (code.kind === "confirmation") return confirm(code, id);
    if (code.kind === "app") return id === null ? opensOnly(code) : t("phone.app_code.confirming");
    return id === null ? enrol(code) : t("phone.scan.enrolment");
  }

  if (!phone.ready) return null;
  if (phone.broken) return <NoStorageScreen onRetry={() => void phone.read()} />;
  if (mustInstallFirst() && phone.members.length === 0) return <InstallScreen />;
  switch (route.at) {
    case "request":
      return (
        <RequestScreen
          key={route.id}
          phone={phone}
          id={route.id}
          scanned={scanned?.id === route.id ? scanned.code : null}
          onForget={() => setScanned(null)}
        />
      );
    case "scan":
      return <ScanScreen confirming={route.id !== null} onCode={(code) => take(code, route.id)} />;
    case "paste":
      return <PasteScreen broken={route.broken} onCode={enrol} />;
    case "add":
      return <AddScreen phone={phone} />;
    case "notices":
      return <NoticesScreen phone={phone} />;
    case "notice":
      return <NoticeScreen key={route.id} phone={phone} id={route.id} />;
    case "test":
      return <TestScreen key={route.id} phone={phone} id={route.id} />;
    case "settings":
      return <SettingsScreen phone={phone} />;
    case "home":
      return phone.shown === null ? <WelcomeScreen /> : <HomeScreen phone={phone} shown={phone.shown} />;
  }
}
