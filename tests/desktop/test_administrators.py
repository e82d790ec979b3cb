"""The administrators page against the real server: invited, re-permitted, disabled, deleted, reset, always by phone."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from desktop.demo.phone import SoftwarePhone
from desktop.widgets.preview import Preview
from tests.desktop.hand import Hand
from tests.living import LivingServer, TestConsole
from tests.server.reaching import COLLEAGUES_PASSWORD, invited

Open = Callable[..., Hand]
Guarded = tuple[Hand, SoftwarePhone, TestConsole]
WORDS = "six-Quiet-otters-and-lamps"


def at_administrators(
    server: LivingServer, open_console: Open, phone: SoftwarePhone, username: str = "", password: str = ""
) -> Hand:
    """Open a console, sign in with the phone, and turn to the page."""
    hand = open_console(url=server.url)
    hand.sign_in(*filter(None, (username, password)))
    code = hand.text("waiting.code")
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    hand.click("nav.administrators")
    return hand


@pytest.fixture
def guarded(server: LivingServer, open_console: Open) -> Guarded:
    """A provider's console at the page, the provider's phone, and the same provider as a script."""
    script, phone = server.protected()
    return at_administrators(server, open_console, phone), phone, script


def answer(hand: Hand, phone: SoftwarePhone) -> None:
    """Type the code that the console shows into the phone, and close the window that waited for it."""
    code = hand.text("confirmation.code")
    request = next(each for each in phone.pending() if each.details["action"] != "sign_in")
    assert phone.approve(request.id, code) == "executed"
    hand.click("confirmation.close")


def states(hand: Hand) -> dict[str, str]:
    """Return the state of each account by its user name."""
    return dict(zip(hand.column("administrators.table", 1), hand.column("administrators.table", 5), strict=False))


def ask(hand: Hand, step: str) -> None:
    """Press a button of the bar, and ask for it in the form that opens."""
    hand.click(f"administrators.{step}")
    hand.click("administrator_step.submit")


def test_an_invitation_is_told_once_and_leads_straight_to_the_phone(
    server: LivingServer, open_console: Open, guarded: Guarded
) -> None:
    hand, phone, script = guarded
    company = script.call("POST", "/companies", {"name": "Contoso"})["id"]
    hand.click("administrators.invite")
    hand.reads("invite.preview.state", "complete")
    hand.type("invite.username", "jonas.keller")
    hand.type("invite.email", "jonas@northwind.example")
    hand.click("invite.permissions.users.edit")
    preview: Preview = hand.see("invite.preview")
    hand.wait(lambda: "jonas.keller" in preview.text and "users.edit" in preview.text, "the preview")
    hand.type("invite.reason", "New colleague")
    hand.wait(lambda: "New colleague" in preview.text, "the reason in the preview")
    foretold = preview.text
    hand.click("invite.submit")
    code = hand.text("confirmation.code")
    [request] = phone.pending()
    for told in (request.details["summary"], request.details["consequence"], request.details["reason"]):
        assert told in foretold
    assert request.details["parameters"]["permissions"] == ["users.edit"]
    assert request.details["parameters"]["companies"] is None
    assert phone.approve(request.id, code) == "executed"
    invitation = hand.text("told.0")
    hand.reads("told.until", "until")
    hand.click("told.close")
    hand.reads("told.copied", "Not copied")
    hand.click("told.copy")
    message = QGuiApplication.clipboard().text()
    assert all(each in message for each in (server.url, "jonas.keller", invitation))
    hand.click("told.close")
    hand.gone("told")
    hand.click("confirmation.close")
    hand.wait(lambda: states(hand).get("jonas.keller") == "Invited", "the invited one")
    assert company

    other = open_console(url=server.url)
    other.click("sign_in.invitation")
    other.see("invitation.code").setText(message)
    other.type("invitation.password", WORDS)
    other.type("invitation.password_again", WORDS)
    other.click("invitation.submit")
    other.see("enrolment")
    assert not other.seen("enrolment.grant"), "it is carried along unseen"
    other.click("enrolment.cancel")
    other.reads("banner.unprotected.text", "before you close this console")
    other.click("settings.two_factor")
    other.type("enrolment.password", WORDS)
    other.click("enrolment.continue")
    mine = SoftwarePhone(None, "iPhone 16", "ios")
    other.type("enrolment.digits", mine.enrol(other.qr("enrolment.qr"), "jonas.keller", WORDS))
    code = other.text("enrolment.code")
    assert mine.approve(mine.pending()[0].id, code) == "executed"
    other.reads("enrolment.ended.title", "is on")
    hand.wait(lambda: states(hand).get("jonas.keller") == "Enabled", "the colleague who came")


def test_a_thief_who_reads_first_cannot_read_the_invitation_that_the_console_shows(
    server: LivingServer, guarded: Guarded
) -> None:
    hand, phone, _ = guarded
    thief, desk = server.console(), hand.console.arrival.desk
    assert desk is not None
    thief.token = desk.client.token or ""
    hand.click("administrators.invite")
    hand.type("invite.username", "jonas.keller")
    hand.type("invite.email", "jonas@northwind.example")
    hand.click("invite.submit")
    code = hand.text("confirmation.code")
    [request] = phone.pending()
    assert phone.approve(request.id, code) == "executed"
    assert set(thief.request(request.id)["result"]) == {"administrator", "sealed"}
    body = {"invitation": hand.text("told.0"), "password": COLLEAGUES_PASSWORD}
    assert server.console().call("POST", "/invitations", body)["administrator"]["username"] == "jonas.keller"
    hand.click("told.copy")
    hand.click("told.close")
    hand.click("confirmation.close")


def test_rights_are_changed_within_a_form_that_begins_with_what_is_held(
    server: LivingServer, open_console: Open
) -> None:
    script, phone = server.protected()
    company = script.call("POST", "/companies", {"name": "Contoso"})["id"]
    hand = at_administrators(server, open_console, phone)
    colleague, _ = invited(script, phone, "jonas", role="sub_administrator", permissions=["users.edit"])
    hand.select("administrators.table", "jonas", 1)
    hand.click("administrators.rights")
    assert hand.see("rights.permissions.users.edit").isChecked()
    assert hand.see("rights.companies.all").isChecked()
    hand.click("rights.permissions.audit.view")
    hand.click("rights.companies.some")
    hand.click("rights.submit")
    assert "company" in hand.text("rights.companies.fault")
    listed = hand.see("rights.companies.list")
    listed.setFocus()
    listed.setCurrentRow(0)
    hand.press(Qt.Key.Key_Space, "rights.companies.list")
    hand.click("rights.submit")
    answer(hand, phone)
    me = colleague.call("GET", "/me")
    assert (sorted(me["permissions"]), me["companies"]) == (["audit.view", "users.edit"], [company])
    hand.wait(lambda: "Contoso" in hand.column("administrators.table", 3), "the new scope")
    hand.click("administrators.rights")
    hand.click("rights.role.provider")
    assert not hand.seen("rights.permissions.users.edit"), "a provider has nothing to choose"
    hand.click("rights.submit")
    answer(hand, phone)
    assert colleague.call("GET", "/me")["role"] == "provider"


def test_a_colleague_is_disabled_enabled_reset_and_deleted(guarded: Guarded) -> None:
    hand, phone, script = guarded
    invited(script, phone, "jonas", permissions=[])
    hand.select("administrators.table", "jonas", 1)
    ask(hand, "disable")
    hand.click("confirmation.put_aside")
    hand.wait(lambda: states(hand)["jonas"] == "Pending", "the chip")
    assert not hand.seen("administrators.delete")
    hand.click("administrators.show_request")
    answer(hand, phone)
    hand.wait(lambda: states(hand)["jonas"] == "Disabled", "the chip")
    ask(hand, "enable")
    answer(hand, phone)
    hand.wait(lambda: states(hand)["jonas"] == "Enabled", "the chip")
    hand.click("administrators.reset")
    hand.reads("administrator_step.consequence", "")
    hand.click("administrator_step.submit")
    code = hand.text("confirmation.code")
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    assert len(hand.text("told.0")) == 43
    desk = hand.console.arrival.desk
    assert desk is not None
    assert not desk.session.grants, "it is the colleague's, not for an enrolment here"
    hand.click("told.copy")
    message = QGuiApplication.clipboard().text()
    assert desk.client.url in message
    assert "as jonas," in message
    assert message.endswith(f"\n{hand.text('told.0')}")
    hand.click("told.close")
    hand.click("confirmation.close")
    hand.click("administrators.delete")
    hand.type("administrator_step.reason", "Has left")
    hand.click("administrator_step.submit")
    answer(hand, phone)
    hand.wait(lambda: "jonas" not in states(hand), "the row to go")


def test_name_and_address_are_edited_without_the_phone(guarded: Guarded) -> None:
    hand, phone, script = guarded
    invited(script, phone, "jonas")
    hand.select("administrators.table", "jonas", 1)
    hand.click("administrators.edit")
    hand.type("administrator_form.email", "nobody")
    hand.click("administrator_form.save")
    assert "name@example.com" in hand.fault("administrator_form.email")
    hand.type("administrator_form.email", "jk@northwind.example")
    hand.type("administrator_form.name", "Jonas Keller")
    hand.click("administrator_form.save")
    hand.wait(lambda: "Jonas Keller" in hand.column("administrators.table"), "the new name")
    assert "jk@northwind.example" in hand.text("administrators.scope")


def test_a_user_name_that_is_taken_is_said_beside_the_field(guarded: Guarded) -> None:
    hand, phone, script = guarded
    invited(script, phone, "jonas")
    hand.click("administrators.invite")
    hand.type("invite.username", "jonas")
    hand.type("invite.email", "not an address")
    hand.click("invite.submit")
    hand.wait(lambda: "name@example.com" in hand.fault("invite.email"), "the fault")
    hand.type("invite.email", "j@northwind.example")
    hand.reads("invite.preview.state", "taken")
    hand.click("invite.submit")
    hand.wait(lambda: "taken" in hand.fault("invite.username"), "the fault")
    assert not phone.pending()


def test_nobody_is_offered_to_give_more_than_he_holds(
    server: LivingServer, open_console: Open, guarded: Guarded
) -> None:
    _, phone, script = guarded
    here = script.call("POST", "/companies", {"name": "Contoso"})["id"]
    rights = ["administrators.edit", "users.edit"]
    sub: dict[str, Any] = {"role": "sub_administrator", "companies": [here]}
    priya, grant = invited(script, phone, "priya", permissions=rights, **sub)
    theirs = priya.protect("priya", COLLEAGUES_PASSWORD, grant)
    invited(script, phone, "above", permissions=["audit.view"], **sub)
    invited(script, phone, "below", permissions=["users.edit"], **sub)
    hand = at_administrators(server, open_console, theirs, "priya", COLLEAGUES_PASSWORD)
    hand.wait(lambda: set(states(hand)) == {"priya", "above", "below"}, "those in the same company")
    hand.select("administrators.table", "above", 1)
    hand.reads("administrators.why", "more than you")
    assert not hand.seen("administrators.delete")
    hand.select("administrators.table", "priya", 1)
    hand.reads("administrators.why", "This is you")
    assert not hand.seen("administrators.rights")
    hand.select("administrators.table", "below", 1)
    hand.click("administrators.rights")
    assert not hand.see("rights.role.provider").isEnabled()
    assert not hand.see("rights.permissions.audit.view").isEnabled()
    assert hand.see("rights.permissions.users.edit").isEnabled()
    assert "do not hold" in hand.text("rights.permissions.fault")
    assert not hand.seen("rights.companies.all")


def test_without_a_phone_the_form_says_so_and_leads_to_one(
    server: LivingServer, open_console: Open, guarded: Guarded
) -> None:
    _, phone, script = guarded
    invited(script, phone, "jonas")
    hand = open_console(url=server.url)
    hand.sign_in("jonas", COLLEAGUES_PASSWORD)
    hand.click("nav.administrators")
    hand.click("administrators.invite")
    hand.reads("invite.how.text", "your account has none")
    assert not hand.see("invite.submit").isEnabled()
    hand.click("invite.enrol")
    hand.see("enrolment")


def test_on_a_fresh_server_the_invitation_is_told_at_once(server: LivingServer, open_console: Open) -> None:
    server.set_up()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("nav.administrators")
    hand.click("administrators.invite")
    hand.reads("invite.how.text", "at once")
    hand.type("invite.username", "jonas")
    hand.type("invite.email", "j@northwind.example")
    hand.click("invite.role.provider")
    hand.click("invite.submit")
    assert len(hand.text("told.0")) == 43
    hand.wait(lambda: states(hand).get("jonas") == "Invited", "the invited one")


def test_who_has_not_accepted_is_invited_again_with_other_rights(guarded: Guarded) -> None:
    hand, phone, script = guarded
    body = {"username": "zed", "email": "z@northwind.example", "role": "sub_administrator"}
    request = script.ask("administrator.create", **body)
    assert phone.approve(request["id"], request["code"]) == "executed"
    hand.select("administrators.table", "zed", 1)
    assert "invite again" in hand.text("administrators.why")
    assert not hand.seen("administrators.rights")
    assert hand.see("administrators.again").isEnabled()
