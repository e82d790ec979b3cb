"""From nothing installed to the first approval by push: a phone elsewhere does what console and pages say."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Error, Playwright, sync_playwright

from tests.desktop.hand import Hand
from tests.desktop.letting import insist
from tests.desktop.test_first_run import set_up
from tests.living import PASSWORD, LivingServer
from tests.phone import browser as chromium
from tests.phone.elsewhere import Elsewhere, elsewhere
from tests.phone.handset import Handset
from tests.phone.pushed import Pushed
from tests.push_service import PushService, push_service

__all__ = ["push_service"]  # a fixture

NAME = "nw-server.test"


@pytest.mark.timeout(240)
@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_new_phone_comes_to_its_first_approval_by_push(
    open_console: Callable[..., Hand],
    camera: Path,
    tmp_path: Path,
    push_service: PushService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COUNTERSIGN_INSTALL_PORT", "0")
    with elsewhere(tmp_path / "phone", NAME) as there, sync_playwright() as playwright:
        hand = open_console(folder=tmp_path / "data")
        hand.click("first_run.set_up")
        set_up(hand)
        hand.click("nav.settings")
        hand.click("settings.tab.server")
        hand.click("settings.phones.open")
        hand.see("reach.name.other").click()
        hand.type("reach.other_name", NAME)
        insist(hand)
        install_the_authority(playwright, there, hand, camera)
        enrol_and_approve(playwright, there, hand, camera, push_service)


def install_the_authority(playwright: Playwright, there: Elsewhere, hand: Hand, camera: Path) -> None:
    """Scan the console's code, compare, and install; before that the phone's browser refuses the server."""
    address = hand.qr("reach.install.qr")
    with there.chromium(playwright, camera) as context:
        page = context.new_page()
        page.goto(address)
        shown = re.sub("[^0-9A-F]", "", page.locator("code").first.inner_text())
        assert shown == re.sub("[^0-9A-F]", "", hand.text("reach.install.fingerprint"))
        app = page.locator("a[href^=https]").get_attribute("href") or ""
        hand.click("reach.next")
        hand.reads("reach.phone.title", "Waiting")
        hand.wait(lambda: f"page ok: By {there.there}" in hand.see("reach.checks").text(), "the step of the page")
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            context.new_page().goto(app)
        hand.reads("reach.help.text", "Certificate Trust Settings")
        with page.expect_download() as download:
            page.locator("a[href$='.crt']").click()
        file = there.home / "countersign-ca.crt"
        download.value.save_as(file)
    there.trust(file)
    hand.click("reach.again")
    with there.chromium(playwright, camera) as context:
        page = context.new_page()
        page.goto(app)
        page.get_by_role("heading", name="Connect this phone").wait_for()
        hand.reads("reach.phone.title", f"Reached from {there.there}")


def enrol_and_approve(
    playwright: Playwright, there: Elsewhere, hand: Hand, camera: Path, push_service: PushService
) -> None:
    """Go on in the console to the enrolment; the phone scans, compares, and hears of the first request by push."""
    hand.click("reach.enrol")
    app = hand.qr("enrolment.app_qr")
    hand.type("enrolment.password", PASSWORD)
    hand.click("enrolment.continue")
    chromium.show(camera, hand.qr("enrolment.qr"))
    with there.chromium(playwright, camera) as context:
        server = LivingServer(Path())
        server.url = app.removesuffix("/phone/")
        context.grant_permissions(["camera", "notifications"], origin=server.url)
        phone = Handset(context, server)
        pushed = Pushed(phone, push_service.subscription())
        phone.open()
        phone.tap("Scan the QR code")
        phone.sign_in()
        digits = phone.digits()
        pushed.put_away()
        hand.type("enrolment.digits", digits)
        message = push_service.next_of(pushed.subscription)
        pushed.deliver(json.dumps(pushed.subscription.open(message)))
        phone.until(lambda: len(pushed.shown()) == 1)
        pushed.tap()
        phone.until(lambda: len(pushed.windows()) == 1)
        phone.page.goto(pushed.windows()[0])
        phone.approve(hand.text("enrolment.code"))
        phone.heading("Approved and executed")
        hand.reads("enrolment.ended.title", "is on")
        assert phone.errors == []
