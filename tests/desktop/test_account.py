"""The own account: password, sessions, name; accepting what the organisation asks for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop.core.rights import must_enrol_now
from desktop.demo.phone import SoftwarePhone
from desktop.widgets.notice import Banner
from desktop.widgets.preview import Preview
from server.contract.problem import Problem
from server.contract.topic import LiveEvent, Topic
from tests.desktop.hand import Hand
from tests.desktop.scenes import Stage
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.server.reaching import COLLEAGUES_PASSWORD, invited

Open = Callable[..., Hand]
Guarded = tuple[Hand, SoftwarePhone, TestConsole]
NEW = "nine-Slow-herons-by-the-canal"


@pytest.fixture
def guarded(server: LivingServer, open_console: Open) -> Guarded:
    """A provider's console at the account page, the phone, and the same provider as a script on another computer."""
    script, phone = server.protected()
    hand = open_console(url=server.url)
    hand.sign_in()
    code = hand.text("waiting.code")
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    to_account(hand)
    return hand, phone, script


def to_account(hand: Hand) -> None:
    """Go to the page as one does: by the account's row."""
    hand.click("account")
    hand.trigger("account.open")
    hand.see("page.account")


def fill(hand: Hand, current: str, new: str, again: str = "") -> None:
    """Type the passwords."""
    hand.type("password.current", current)
    hand.type("password.password", new)
    hand.type("password.password_again", again or new)


def force(script: TestConsole, phone: SoftwarePhone, moment: datetime) -> None:
    """Let the policy force two-factor authentication from then on."""
    request = script.ask("policy.change", two_factor_from=moment.isoformat())
    assert phone.approve(request["id"], request["code"]) == "executed"


def test_a_new_password_waits_for_the_phone_and_ends_other_sessions(server: LivingServer, guarded: Guarded) -> None:
    hand, phone, script = guarded
    hand.click("account.password")
    hand.reads("password.rules", "15 characters")
    fill(hand, PASSWORD, "short")
    hand.click("password.submit")
    assert "15 characters" in hand.fault("password.password")
    fill(hand, PASSWORD, NEW, NEW + "x")
    hand.click("password.submit")
    assert "differ" in hand.fault("password.password_again")
    fill(hand, PASSWORD, PASSWORD)
    hand.click("password.submit")
    assert "already" in hand.fault("password.password")
    fill(hand, "not my password at all", NEW)
    hand.click("password.submit")
    hand.wait(lambda: "not your password" in hand.fault("password.current"), "the fault")
    assert not phone.pending()
    fill(hand, PASSWORD, NEW)
    hand.see("password.current").setFocus()
    preview: Preview = hand.see("password.preview")
    hand.wait(lambda: "other sessions end" in preview.text, "the preview")
    foretold = preview.text
    assert NEW not in foretold
    hand.click("password.submit")
    code = hand.text("confirmation.code")
    [request] = phone.pending()
    assert request.details["summary"] in foretold
    assert request.details["parameters"]["new_password"] == "set"
    assert phone.approve(request.id, code) == "executed"
    hand.reads("confirmation.status", "Approved")
    hand.click("confirmation.close")
    with pytest.raises(Problem) as refused:
        script.call("GET", "/me")
    assert refused.value.status == 401
    other = server.console()
    with pytest.raises(Problem):
        other.begin_sign_in(USERNAME, PASSWORD)
    assert "wait_token" in other.begin_sign_in(USERNAME, NEW)
    assert hand.seen("page.account"), "the session that asked goes on"


def test_sessions_are_listed_and_another_one_is_ended(guarded: Guarded) -> None:
    hand, _, script = guarded
    [mine] = [each["id"] for each in script.call("GET", "/sessions")["items"] if each["current"]]
    hand.click(f"account.end.{mine}")
    hand.reads("toast.text", "has ended")
    hand.gone(f"account.end.{mine}")
    with pytest.raises(Problem) as refused:
        script.call("GET", "/me")
    assert refused.value.status == 401


def test_the_own_name_is_edited_where_it_is_shown(guarded: Guarded) -> None:
    hand, _, _ = guarded
    hand.click("account.edit")
    hand.type("administrator_form.name", "Amelia Hart-Larsen")
    hand.click("administrator_form.save")
    hand.reads("account.page.name", "Amelia Hart-Larsen")
    hand.reads("account.name", "Amelia Hart-Larsen")


def test_turning_two_factor_off_shows_first_what_the_phone_will_show(guarded: Guarded) -> None:
    hand, phone, _ = guarded
    hand.click("nav.settings")
    hand.click("settings.two_factor")
    hand.reads("disable.consequence", "Pixel 9")
    assert hand.see("disable.cancel").isDefault()
    assert "Pixel 9" in hand.see("disable.preview").text
    hand.click("disable.submit")
    code = hand.text("confirmation.code")
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    hand.reads("settings.two_factor.state", "Off")


def test_who_must_enrol_is_told_at_sign_in_and_may_do_nothing_else_once_it_is_time(
    server: LivingServer, open_console: Open, guarded: Guarded
) -> None:
    _, phone, script = guarded
    _, grant = invited(script, phone, "jonas")
    force(script, phone, datetime.now(UTC) + timedelta(days=6))
    hand = open_console(url=server.url)
    hand.sign_in("jonas", COLLEAGUES_PASSWORD)
    hand.reads("must_enrol.text", "by ")
    hand.click("must_enrol.later")
    hand.click("nav.users")
    hand.reads("banner.unprotected.text", "nothing but turn it on")
    force(script, phone, datetime.now(UTC) + timedelta(seconds=2))
    hand.gone("nav.users")
    hand.reads("banner.unprotected.text", "nothing else")
    assert not hand.seen("nav.find")
    hand.click("banner.unprotected.go")
    hand.type("enrolment.password", COLLEAGUES_PASSWORD)
    hand.type("enrolment.grant", grant)
    hand.click("enrolment.continue")
    mine = SoftwarePhone(None, "iPhone 16", "ios")
    hand.type("enrolment.digits", mine.enrol(hand.qr("enrolment.qr"), "jonas", COLLEAGUES_PASSWORD))
    code = hand.text("enrolment.code")
    assert mine.approve(mine.pending()[0].id, code) == "executed"
    hand.reads("enrolment.ended.title", "is on")
    hand.keep_codes()
    hand.see("nav.users")


def test_a_rejected_enrolment_is_said_where_requests_cannot_be_read(
    server: LivingServer, open_console: Open, guarded: Guarded
) -> None:
    _, phone, script = guarded
    _, grant = invited(script, phone, "jonas")
    force(script, phone, datetime.now(UTC) + timedelta(seconds=1))
    hand = open_console(url=server.url)
    hand.wait(lambda: datetime.now(UTC) > must_be_over(script), "the time to be over")
    hand.sign_in("jonas", COLLEAGUES_PASSWORD)
    hand.type("enrolment.grant", grant)
    hand.click("enrolment.continue")
    mine = SoftwarePhone(None, "iPhone 16", "ios")
    hand.type("enrolment.digits", mine.enrol(hand.qr("enrolment.qr"), "jonas", COLLEAGUES_PASSWORD))
    hand.see("enrolment.code")
    mine.reject(mine.pending()[0].id)
    hand.reads("enrolment.ended.title", "not enrolled")


def test_who_turns_it_off_though_it_is_forced_sees_how_it_ended_and_can_only_enrol(guarded: Guarded) -> None:
    hand, phone, script = guarded
    force(script, phone, datetime.now(UTC) + timedelta(seconds=1))
    hand.wait(lambda: datetime.now(UTC) > must_be_over(script), "the time to be over")
    hand.click("nav.settings")
    hand.click("settings.two_factor")
    hand.click("disable.submit")
    code = hand.text("confirmation.code")
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    hand.reads("confirmation.status", "Approved")
    assert not hand.seen("confirmation.countdown")
    desk = hand.console.arrival.desk
    assert desk is not None
    assert not desk.approvals.pending
    assert desk.session.grants[USERNAME]
    hand.click("confirmation.close")
    hand.gone("nav.users")
    hand.reads("settings.two_factor.state", "Off")
    assert not hand.seen("settings.show_request")
    hand.click("banner.unprotected.go")
    hand.type("enrolment.password", PASSWORD)
    assert not hand.seen("enrolment.grant"), "it is carried along unseen"
    hand.click("enrolment.continue")
    new = SoftwarePhone(None, "Pixel 10", "android")
    hand.type("enrolment.digits", new.enrol(hand.qr("enrolment.qr"), USERNAME, PASSWORD))
    code = hand.text("enrolment.code")
    assert new.approve(new.pending()[0].id, code) == "executed"
    hand.keep_codes()
    hand.see("nav.users")


def test_an_open_console_hears_of_what_policy_forces_though_nothing_else_happens(qtbot: QtBot, stage: Stage) -> None:
    stage.world.account = {"two_factor": False}
    shell = stage.shell("users")
    heard = LiveEvent(topics=[Topic.POLICY])
    stage.world.account["must_enrol_by"] = datetime.now(UTC) + timedelta(days=6)
    stage.desk.live.changed.emit(heard)
    banner = stage.window.findChild(Banner, "banner.unprotected")
    assert banner is not None
    qtbot.waitUntil(lambda: "nothing but turn it on" in banner.text.text(), timeout=5000)
    with qtbot.waitSignal(shell.reshaped, timeout=10_000):
        stage.world.account["must_enrol_by"] = datetime.now(UTC) + timedelta(seconds=1.5)
        stage.desk.live.changed.emit(heard)


def must_be_over(script: TestConsole) -> datetime:
    """Return from when on it is forced."""
    policy: Any = script.call("GET", "/policy")
    return datetime.fromisoformat(policy["two_factor_from"])


def test_an_account_with_a_phone_is_never_shut_out() -> None:
    from tests.desktop.answers import World

    world, over = World(), datetime.now(UTC) - timedelta(days=1)
    world.account = {"must_enrol_by": over}
    assert not must_enrol_now(world.me)
    world.account = {"must_enrol_by": over, "two_factor": False}
    assert must_enrol_now(world.me)
    world.account = {"must_enrol_by": over + timedelta(days=2), "two_factor": False}
    assert not must_enrol_now(world.me)
