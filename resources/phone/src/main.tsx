// The start of the app: the only place where its parts are made and joined.

import "./style/app.css";

import { render } from "preact";

import { App } from "./app.tsx";
import { AppVersion } from "./app-version.ts";
import { installing } from "./device/installing.ts";
import { mustInstallFirst } from "./device/platform.ts";
import { Phone } from "./model/phone.ts";
import { followKeyboard } from "./parts/keyboard.ts";
import { ProtocolError } from "./protocol/fault.ts";
import { parseCode } from "./protocol/qr.ts";
import { goInstead, takeEnrolmentLink } from "./route.ts";

const phone = new Phone();
const version = new AppVersion();

/** An enrolment that was opened as a link, by the system's camera or from a message. */
function enrolFromLink(): void {
  const link = takeEnrolmentLink();
  if (link === null || mustInstallFirst()) return;
  try {
    const code = parseCode(link);
    if (code.kind === "enrolment") phone.enrol(code);
    goInstead({ at: "add" });
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    goInstead({ at: "paste", broken: true });
  }
}

const root = document.getElementById("app");
if (root === null) throw new Error("the page has no place for the app");
// First of all, so that no secret stays in the address while the rest is set up.
enrolFromLink();
installing.listen();
window.addEventListener("hashchange", enrolFromLink);
followKeyboard();
render(<App phone={phone} version={version} />, root);
await phone.start();
await version.install();
