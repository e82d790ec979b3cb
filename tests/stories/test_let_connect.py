"""Letting phones connect, each failure provoked: what the window says of a phone elsewhere that does not get through.

A certificate that the phone does not trust is provoked by `test_from_nothing`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Error, Page, sync_playwright

from desktop.core import reach
from server.installing import CRT
from tests.desktop.hand import Hand
from tests.desktop.letting import NAME, let_connect, port_of
from tests.desktop.test_first_run import set_up
from tests.phone import browser as chromium
from tests.phone.elsewhere import Elsewhere, elsewhere

OTHER = "nw-backup.test"
"""Another name of this computer, which the phone's network knows."""
SECONDS = 3.0
"""How long window and phone wait for what does not come."""


@pytest.mark.timeout(240)
@pytest.mark.qt_log_ignore("This plugin does not support")
def test_whatever_keeps_a_phone_out_is_said_and_the_right_way_leads_in(
    open_console: Callable[..., Hand], camera: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_INSTALL_PORT", "0")
    monkeypatch.setattr(reach, "PATIENCE", SECONDS)
    with elsewhere(tmp_path / "phone", OTHER) as there, sync_playwright() as playwright:
        hand = open_console(folder=tmp_path / "data")
        hand.click("first_run.set_up")
        set_up(hand)
        hand.click("nav.settings")
        hand.click("settings.tab.server")
        let_connect(hand)
        install_the_authority(there, hand)
        browser = chromium.launch(playwright, camera, there.program)
        a_name_that_its_network_does_not_know(there, hand, browser)
        a_port_that_a_firewall_drops(there, hand, browser)
        another_name(there, hand, browser)
        an_address(there, hand, browser)
        browser.close()


def a_name_that_its_network_does_not_know(there: Elsewhere, hand: Hand, browser: Browser) -> None:
    with phone(browser) as page:
        page.goto(hand.qr("reach.install.qr"))
        hand.click("reach.next")
        stays_out(page, app(hand), "ERR_NAME_NOT_RESOLVED")
    hand.reads("reach.firewall.title", f"Nothing arrives on port {port_of(hand)}")
    hand.reads("reach.firewall.text", "its network does not know it: give this computer that name there (router, DNS)")
    there.know(NAME, OTHER)
    comes_in(there, hand, browser)


def a_port_that_a_firewall_drops(there: Elsewhere, hand: Hand, browser: Browser) -> None:
    expect_another(hand)
    with phone(browser) as page, there.dropped(port_of(hand)):
        page.goto(hand.qr("reach.install.qr"))
        hand.click("reach.next")
        stays_out(page, app(hand), "Timeout")
    hand.reads("reach.firewall.title", f"Nothing arrives on port {port_of(hand)}")
    hand.reads("reach.firewall.text", "got the install page")
    hand.reads("reach.firewall.text", "firewall seems to block the port: allow it once")
    hand.reads("reach.firewall.rule", str(port_of(hand)))
    comes_in(there, hand, browser)


def another_name(there: Elsewhere, hand: Hand, browser: Browser) -> None:
    expect_another(hand)
    hand.click("reach.next")
    with phone(browser) as page:
        stays_out(page, app(hand).replace(NAME, OTHER), "ERR_CERT_COMMON_NAME_INVALID")
    hand.reads("reach.help.text", f"The phone called {OTHER}, which is not in the certificate, but led it here.")
    hand.reads("reach.help.text", "Choose that name with Change…")
    comes_in(there, hand, browser)


def an_address(there: Elsewhere, hand: Hand, browser: Browser) -> None:
    expect_another(hand)
    hand.click("reach.next")
    with phone(browser) as page:
        stays_out(page, app(hand).replace(NAME, there.here), "ERR_CERT_COMMON_NAME_INVALID")
    hand.reads("reach.help.text", f"called an address instead of the name in the certificate, {NAME}.")
    hand.reads("reach.help.text", f"Open https://{NAME}:{port_of(hand)} on the phone")
    comes_in(there, hand, browser)


def install_the_authority(there: Elsewhere, hand: Hand) -> None:
    file = there.home / CRT[1:]
    page = hand.qr("reach.install.qr").rstrip("/")
    file.write_bytes(requests.get(page + CRT, timeout=20).content)
    there.trust(file)


def expect_another(hand: Hand) -> None:
    """Begin again, up to the install page: whoever came before is forgotten."""
    hand.click("reach.close")
    hand.gone("reach")
    desk = hand.console.arrival.desk
    assert desk is not None
    hand.wait(lambda: desk.client.reach().install is None, "the end of the install page")
    hand.click("settings.phones.open")
    hand.click("reach.test")


@contextmanager
def phone(browser: Browser) -> Iterator[Page]:
    """Take a new phone, which keeps nothing of what another one has opened."""
    context = chromium.context(browser)
    yield context.new_page()
    context.close()


def app(hand: Hand) -> str:
    """Return where the app is."""
    return f"https://{NAME}:{port_of(hand)}/phone/"


def stays_out(page: Page, address: str, why: str) -> None:
    with pytest.raises(Error, match=why):
        page.goto(address, timeout=SECONDS * 1000 if why == "Timeout" else None)


def comes_in(there: Elsewhere, hand: Hand, browser: Browser) -> None:
    with phone(browser) as page:
        page.goto(app(hand))
        page.get_by_role("heading", name="Connect this phone").wait_for()
    hand.reads("reach.phone.title", f"Reached from {there.there}")
