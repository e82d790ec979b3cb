"""The whole first story on real parts: the console's windows, the bundled server, and the phone app in Chromium."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.desktop.hand import Hand, photograph
from tests.living import PASSWORD, USERNAME, LivingServer
from tests.phone import browser as chromium
from tests.phone.handset import Handset

SET_UP = {
    "organisation": "Northwind Managed Services",
    "name": "Amelia Hart",
    "username": USERNAME,
    "email": "amelia.hart@northwind.example",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


@pytest.mark.timeout(180)
@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_user_is_deleted_by_a_phone_that_scanned_the_screen(  # noqa: PLR0915 - a story is told in one go
    open_console: Callable[..., Hand], handset_for: Callable[[LivingServer], Handset], camera: Path, tmp_path: Path
) -> None:
    hand = open_console(folder=tmp_path / "data")
    hand.click("first_run.set_up")
    for field, text in SET_UP.items():
        hand.type(f"set_up.{field}", text)
    hand.click("set_up.submit")
    add_user(hand, "Mia Brandt", "mia.brandt@contoso.example")
    add_user(hand, "Kofi Mensah", "kofi.mensah@litware.example")
    phone = handset_for(bundled_server(hand, tmp_path / "data"))

    hand.click("nav.settings")
    hand.click("settings.two_factor")
    hand.type("enrolment.password", PASSWORD)
    hand.click("enrolment.continue")
    hand.see("enrolment.qr")
    chromium.film(camera, photograph(hand.see("enrolment")))
    phone.open()
    phone.tap("Scan the QR code")
    phone.sign_in()
    hand.type("enrolment.digits", phone.digits())
    assert not hand.see("settings.two_factor").isChecked()
    phone.approve(hand.text("enrolment.code"))
    phone.heading("Approved and executed")
    hand.reads("enrolment.ended.title", "is on")
    hand.keep_codes()
    hand.wait(hand.see("settings.two_factor").isChecked, "the check box")
    phone.tap("Done")

    hand.click("nav.users")
    hand.select("users.table", "Mia Brandt")
    hand.click("users.delete")
    hand.type("delete_user.reason", "Contract ended, ticket 4471")
    hand.click("delete_user.submit")
    code = hand.text("confirmation.code")
    assert "Mia Brandt" in hand.column("users.table")
    phone.review()
    for shown in ("mia.brandt@contoso.example", "Contract ended, ticket 4471", "127.0.0.1", "amelia.hart"):
        phone.sees(shown)
    phone.approve(code)
    phone.heading("Approved and executed")
    hand.wait(lambda: hand.column("users.table") == ["Kofi Mensah"], "the user to go")
    hand.reads("confirmation.status", "Approved")
    hand.click("confirmation.close")
    phone.tap("Done")

    hand.click("account")
    hand.trigger("account.sign_out")
    hand.sign_in()
    hand.click("waiting.scan")
    chromium.film(camera, photograph(hand.window))
    hand.see("waiting.qr")
    phone.review()
    phone.sees("Somebody with your password wants to sign in as")
    phone.tap("Scan instead")
    phone.sees("Code scanned")
    phone.tap("Approve")
    phone.heading("Approved and executed")
    hand.see("nav.users")


def add_user(hand: Hand, name: str, email: str) -> None:
    hand.click("nav.users")
    hand.click("users.add")
    hand.type("user_form.email", email)
    hand.type("user_form.name", name)
    hand.click("user_form.save")
    hand.wait(lambda: name in hand.column("users.table"), f"{name} in the table")


def bundled_server(hand: Hand, folder: Path) -> LivingServer:
    """Return the server that the console started, as far as a phone must know it."""
    desk = hand.console.arrival.desk
    assert desk is not None
    server = LivingServer(folder)
    server.url = desk.client.url
    return server
