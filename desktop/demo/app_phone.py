"""The phone app itself in a Chromium with a phone's screen and an authenticator of its own, used as a person would.

It needs Playwright, which is there where the tests can run, and a Chromium of this computer; the demo goes without it
where either is missing.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import resources
from desktop.core.words import t
from desktop.demo import sample
from desktop.demo.driver import THEMES, Calling, Steps
from desktop.demo.phone import Sent
from desktop.demo.phones import SIZE

if TYPE_CHECKING:
    from playwright.sync_api import Page, Playwright
    from playwright.sync_api import Request as Sending

Result = TypeVar("Result")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_MS = 30_000
DONE = ("phone.done.executed", "phone.done.marked", "phone.done.deleting")
"""What the phone says of what it has approved: of a deletion of data, that it will begin or has."""
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Unavailable(Exception):
    """Chromium or its driver is not there, or does not start; says what."""


class AppPhone:
    """Playwright's objects belong to the thread that made them: all of it happens in one of our own."""

    says = "The phone is the phone app itself, in Chromium, with an authenticator in software."

    def __init__(self, url: Callable[[], str]) -> None:
        """Start the browser; `url` returns the server's address once it is known. Raises `Unavailable`."""
        self._url = url
        self.sent: dict[str, Sent] = {}
        self._thread = ThreadPoolExecutor(1, "demo phone")
        try:
            self._playwright, self._page = self._in_thread(_start)
            self._in_thread(lambda: self._page.on("request", self._record))
        except BaseException:
            self._thread.shutdown()
            raise

    def _record(self, sending: "Sending") -> None:
        *_, request, what = sending.url.split("/")
        if what == "decision":
            _, _, token = sending.headers.get("authorization", "").partition(" ")
            self.sent[request] = Sent(sending.url, token, sending.post_data_buffer or b"")

    def _in_thread(self, function: Callable[[], Result]) -> Result:
        return self._thread.submit(function).result()

    def _do(self, function: "Callable[[Page], Result]") -> Steps[Result]:
        page = self._page
        done: Result = yield Calling(lambda: self._in_thread(lambda: function(page)))
        return done

    def enrol(self, qr: str) -> Steps[str]:
        """Paste the link that the QR code holds, sign in, and return the six digits for the console."""

        def enrol(page: "Page") -> str:
            _tap(page, "phone.welcome.paste")
            page.get_by_label(t("phone.paste.label"), exact=True).fill(qr)
            _tap(page, "phone.continue")
            skip = page.get_by_role("button", name=t("phone.notify.skip"), exact=True)
            username = page.get_by_label(t("phone.claim.username"), exact=True)
            skip.or_(username).first.wait_for()
            if skip.is_visible():  # no push service is asked for the sake of a demo
                skip.click()
            username.fill(sample.USERNAME)
            page.get_by_label(t("phone.claim.device_name"), exact=True).fill("Pixel 9")
            page.get_by_label(t("phone.claim.password"), exact=True).fill(sample.PASSWORD)
            _tap(page, "phone.claim.claim")
            return "".join(page.locator(".sas").inner_text().split())

        return (yield from self._do(enrol))

    def glance(self) -> Steps[None]:
        """Show the first screen once something waits on it."""

        def glance(page: "Page") -> None:
            page.goto(f"{self._url()}/phone/#/")
            page.get_by_role("button", name=t("phone.home.review"), exact=True).wait_for()

        yield from self._do(glance)

    def look(self) -> Steps[str]:
        """Open the request that waits, and return what it says."""
        yield from self.glance()

        def look(page: "Page") -> str:
            _tap(page, "phone.home.review")
            page.get_by_label(t("phone.code.label")).first.wait_for()
            return " ".join(page.locator("section.object p").last.inner_text().split())

        return (yield from self._do(look))

    def approve(self, code: str) -> Steps[None]:
        """Type the code and approve."""

        def approve(page: "Page") -> None:
            page.get_by_label(t("phone.code.label")).first.fill(code)
            _tap(page, "phone.answer.approve")
            page.get_by_role("heading", name=re.compile("|".join(re.escape(t(each)) for each in DONE))).wait_for()

        yield from self._do(approve)

    def reject(self) -> Steps[None]:
        """Reject, as not wanted."""

        def reject(page: "Page") -> None:
            _tap(page, "phone.answer.reject")
            page.get_by_role("dialog").get_by_role("button", name=t("phone.reject.cancelled")).click()
            page.get_by_role("heading", name=t("phone.done.rejected")).wait_for()

        yield from self._do(reject)

    def picture(self, file: Path) -> Steps[None]:
        """Save what it shows as `file`-light.png and `file`-dark.png."""

        def picture(page: "Page") -> None:
            if page.url == "about:blank":  # the server is there only after the first click
                page.goto(f"{self._url()}/phone/")
                page.get_by_role("button", name=t("phone.welcome.paste"), exact=True).wait_for()
            for choice in THEMES:
                page.emulate_media(color_scheme="dark" if choice.value == "dark" else "light")
                page.screenshot(path=f"{file}-{choice.value}.png", animations="disabled")

        yield from self._do(picture)

    def close(self) -> None:
        """Put it away."""
        self._in_thread(self._playwright.stop)
        self._thread.shutdown()


def _tap(page: "Page", key: str) -> None:
    page.get_by_role("button", name=t(key), exact=True).click()


def _start() -> "tuple[Playwright, Page]":
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        message = "there is no Chromium on this computer"
        raise Unavailable(message)
    if (missing := resources.missing()) is not None:
        raise Unavailable(missing)
    try:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - a packaged demo goes without
    except ImportError as error:
        message = "Playwright is not installed"
        raise Unavailable(message) from error
    playwright = sync_playwright().start()
    try:
        return playwright, _phone(playwright, program)
    except Error as error:
        playwright.stop()
        message = f"{program} does not start: {error.message.splitlines()[0]}"
        raise Unavailable(message) from error


def _phone(playwright: "Playwright", program: str) -> "Page":
    as_root = sys.platform == "linux" and os.geteuid() == 0  # Chromium refuses to shut root in
    switches = ["--no-first-run", "--disable-background-networking", "--disable-gpu"]
    browser = playwright.chromium.launch(executable_path=program, args=[*switches, *["--no-sandbox"] * as_root])
    width, height = SIZE
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page
