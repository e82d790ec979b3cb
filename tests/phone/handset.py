"""The phone app in a person's hand: what can be seen on it, and what can be tapped."""

import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Locator, expect

from desktop.demo.app_phone import AUTHENTICATOR
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole

WATCH = (
    "addEventListener('securitypolicyviolation', (event) => violated(`${event.violatedDirective} ${event.blockedURI}`))"
)


class Handset:
    """One phone: a browser of its own, with a platform authenticator."""

    def __init__(self, context: BrowserContext, server: LivingServer) -> None:
        """Switch it on; nothing is opened yet."""
        self.context, self.server = context, server
        self.errors: list[str] = []
        context.expose_function("violated", lambda what: self.errors.append(f"content security policy: {what}"))
        context.add_init_script(WATCH)
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self._devtools = context.new_cdp_session(self.page)
        self._devtools.send("WebAuthn.enable")
        made = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        self._authenticator = made["authenticatorId"]
        self._browser: CDPSession | None = None

    @property
    def home(self) -> str:
        """The app's address."""
        return f"{self.server.url}/phone/"

    def unlocks(self, *, able: bool) -> None:
        """Decide whether its owner unlocks it when asked."""
        body = {"authenticatorId": self._authenticator, "isUserVerified": able}
        self._devtools.send("WebAuthn.setUserVerified", body)

    def permits(self, name: str, setting: str) -> None:
        """Decide in the phone's own settings: `granted`, `denied`, or `prompt` where nobody was asked yet."""
        assert self.context.browser is not None
        where = self._devtools.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
        body = {"permission": {"name": name}, "setting": setting, "origin": self.server.url, "browserContextId": where}
        self._browser = self._browser or self.context.browser.new_browser_cdp_session()
        self._browser.send("Browser.setPermission", body)

    def devtools(self, method: str, body: dict[str, Any] | None = None) -> Any:
        """Call the browser's own tools."""
        return self._devtools.send(method, body or {})

    def on_devtools(self, event: str, heard: Callable[[Any], None]) -> None:
        """Hear what they tell."""
        self._devtools.on(event, heard)

    def tab(self, name: str) -> None:
        """Go to one of the app's places."""
        self.page.get_by_role("navigation").get_by_role("button", name=name).click()

    def open(self, rest: str = "") -> None:
        """Open the app, or a link into it."""
        self.page.goto(self.home + rest)

    def tap(self, name: str) -> None:
        """Tap a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def fill(self, label: str, text: str) -> None:
        """Type into a field."""
        self.page.get_by_label(label, exact=True).fill(text)

    def sees(self, text: str | re.Pattern[str]) -> Locator:
        """Wait until a text is on the screen."""
        found = self.page.get_by_text(text).first
        expect(found).to_be_visible(timeout=15_000)
        return found

    def heading(self, text: str) -> None:
        """Wait for a screen, which its heading names."""
        expect(self.page.get_by_role("heading", name=text)).to_be_visible(timeout=15_000)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that is not on the screen."""
        deadline = time.monotonic() + 15
        while not condition():
            assert time.monotonic() < deadline, "it did not come true"
            self.page.wait_for_timeout(50)

    def paste(self, link: str) -> None:
        """Begin an enrolment without a camera."""
        self.open()
        self.tap("Paste the link")
        self.fill("Link from the console", link)
        self.tap("Continue")

    def sign_in(self, password: str = PASSWORD, username: str = USERNAME) -> None:
        """Fill in who enrols."""
        self.fill("User name", username)
        self.fill("Password", password)
        self.tap("Connect")

    def digits(self) -> str:
        """Read the six digits for the console."""
        shown = self.page.get_by_role("heading", name="Type these digits into the console").locator("xpath=..")
        return re.sub(r"\s", "", shown.locator(".sas").inner_text())

    def type_code(self, code: str) -> None:
        """Type the code that the console shows."""
        self.fill("Six digits from the console", code)

    def approve(self, code: str) -> None:
        """Type the code and approve."""
        self.type_code(code)
        self.tap("Approve")

    def reject(self, how: str) -> None:
        """Reject, in its two steps."""
        self.tap("Reject")
        self.page.get_by_role("dialog").get_by_role("button", name=how).click()

    def review(self) -> None:
        """Open the request that waits."""
        self.page.get_by_role("button", name="Review").click()
        expect(self.page.get_by_label("Six digits from the console")).to_be_visible()

    def confirm(self, console: TestConsole, enrolment: Any) -> Any:
        """Carry the digits to the console; the request that then comes."""
        return console.call("POST", f"/enrolments/{enrolment['id']}/confirm", {"sas": self.digits()})["request"]

    def protect(self, console: TestConsole) -> None:
        """Enrol from the first tap to the list of requests."""
        enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
        self.paste(enrolment["qr"])
        self.sign_in()
        self.approve(self.confirm(console, enrolment)["code"])
        self.heading("Approved and executed")
        self.tap("Done")
        self.sees("Nothing is waiting")

    def stored(self) -> str:
        """Return all that the app keeps, as far as a program can read it."""
        return str(self.page.evaluate(STORED))


STORED = """async () => {
  const readable = (value) => {
    if (value instanceof CryptoKey) return value.extractable ? 'EXTRACTABLE' : 'key';
    if (value instanceof Uint8Array) return [...value].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, readable(member)]));
  };
  const settled = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const found = { local: { ...localStorage }, session: { ...sessionStorage }, databases: [], cached: [] };
  found.cookie = document.cookie;
  for (const { name } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const all = await settled(database.transaction(store).objectStore(store).getAll());
      found.databases.push(...all.map(readable));
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    found.cached.push(...(await cache.keys()).map(({ url }) => url));
  }
  return JSON.stringify(found);
}"""
