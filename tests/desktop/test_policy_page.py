"""The security policy against the real server: changed only by phone, shown as it is in force."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QDate

from desktop.demo.phone import SoftwarePhone
from desktop.widgets.preview import Preview
from tests.desktop.hand import Hand
from tests.living import LivingServer, TestConsole

Open = Callable[..., Hand]
Guarded = tuple[Hand, SoftwarePhone, TestConsole]


@pytest.fixture
def guarded(server: LivingServer, open_console: Open) -> Guarded:
    """A console at the policy, its phone, and the same provider as a script."""
    script, phone = server.protected()
    hand = open_console(url=server.url)
    hand.sign_in()
    code = hand.text("waiting.code")
    phone.approve(phone.pending()[0].id, code)
    hand.click("nav.settings")
    hand.click("settings.tab.security_policy")
    hand.see("policy.code.user.delete")
    return hand, phone, script


def answer(hand: Hand, phone: SoftwarePhone) -> None:
    """Type the code that the console shows into the phone, and close the window that waited for it."""
    code = hand.text("confirmation.code")
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    hand.click("confirmation.close")


def test_a_change_is_foreseen_asked_for_and_in_force_once_the_phone_has_said_so(guarded: Guarded) -> None:
    hand, phone, script = guarded
    hand.click("policy.reason.box")
    hand.click("policy.code.user.delete")
    hand.reads("policy.changes", "2 rules")
    hand.click("policy.change")
    preview: Preview = hand.see("change_policy.preview")
    hand.wait(lambda: "must say why" in preview.text and "“Delete user”" in preview.text, "what will happen")
    foretold = preview.text
    hand.click("change_policy.submit")
    hand.see("confirmation")
    [request] = phone.pending()
    assert request.details["consequence"] in foretold
    assert request.details["parameters"] == {"reason_required": True, "without_code": ["user.delete"]}
    reason = hand.see("policy.reason.box")
    hand.wait(lambda: not reason.isChecked(), "what is in force")
    assert hand.see("policy.banner")
    answer(hand, phone)
    hand.wait(reason.isChecked, "what is in force now")
    assert not hand.see("policy.code.user.delete").isChecked()
    assert not hand.seen("policy.bar")
    assert script.call("GET", "/policy")["without_code"] == ["user.delete"]


def test_what_an_authenticator_app_may_confirm_is_chosen_by_action(guarded: Guarded) -> None:
    hand, phone, script = guarded
    box = hand.see("policy.by_totp.user.delete")
    assert not box.isChecked()
    hand.click("policy.by_totp.user.delete")
    hand.reads("policy.changes", "1 rule")
    hand.click("policy.change")
    hand.click("change_policy.submit")
    answer(hand, phone)
    hand.wait(lambda: script.call("GET", "/policy")["by_totp"] == ["user.delete"], "the rule")
    hand.wait(box.isChecked, "what is in force")
    assert "user.delete" in script.call("GET", "/two-factor")["totp_confirms"]


def test_discarding_and_another_s_change(guarded: Guarded) -> None:
    hand, phone, script = guarded
    hand.click("policy.qr_alone.box")
    hand.click("policy.discard")
    assert not hand.see("policy.qr_alone.box").isChecked()
    request = script.ask("policy.change", request_lifetime=45)
    phone.approve(request["id"], request["code"])
    hand.wait(lambda: hand.see("policy.lifetime.choice").currentText() == "45 seconds", "the new time")


def test_two_factor_is_forced_from_a_day_on(guarded: Guarded) -> None:
    hand, phone, script = guarded
    hand.click("policy.two_factor.box")
    day = hand.see("policy.two_factor.from")
    wanted = QDate.currentDate().addDays(20)
    day.choose(wanted)
    day.picked.emit(wanted)
    hand.click("policy.change")
    hand.click("change_policy.submit")
    answer(hand, phone)
    hand.wait(lambda: script.call("GET", "/policy")["two_factor_from"], "the day")
    hand.wait(hand.see("policy.two_factor.box").isChecked, "what is in force")
    assert hand.see("policy.two_factor.from").day == wanted
    assert not hand.seen("policy.bar")
    hand.click("policy.two_factor.box")
    hand.click("policy.change")
    hand.click("change_policy.submit")
    answer(hand, phone)
    hand.wait(lambda: script.call("GET", "/policy")["two_factor_from"] is None, "the end of it")


def test_nobody_locks_himself_out(server: LivingServer, open_console: Open) -> None:
    server.set_up()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("nav.settings")
    hand.click("settings.tab.security_policy")
    hand.reads("policy.two_factor.hint", "your own")
    assert not hand.see("policy.two_factor.box").isEnabled()
    hand.click("policy.reason.box")
    hand.click("policy.change")
    hand.reads("change_policy.how.text", "at once")
    hand.click("change_policy.submit")
    hand.reads("toast.text", "changed")
    hand.wait(hand.see("policy.reason.box").isChecked, "what is in force")
