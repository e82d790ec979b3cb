"""Confirming by code in the console: at sign-in, in a request's window, and how it is marked afterwards."""

import os
import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.demo.phone import SoftwarePhone
from desktop.dialogs.confirmation import outcome_of
from desktop.dialogs.sign_in_code import command_to_reset
from desktop.widgets.audit_details import facts_of
from desktop.widgets.countdown import Countdown
from desktop.widgets.notice import Banner
from desktop.widgets.request_card import confirmed_by, weaker_mark
from server.contract.audit import AuditEvent
from server.contract.problem import Problem
from server.contract.request import DecidedBy, Request, RequestStatus
from tests.desktop.answers import event, request
from tests.desktop.hand import Hand
from tests.desktop.scenes import SCENES, Stage
from tests.living import CLAIMS, PASSWORD, USERNAME, LivingServer, TestConsole

Open = Callable[..., Hand]
STEP = timedelta(seconds=30)


def with_codes(server: LivingServer) -> tuple[TestConsole, SoftwarePhone, list[str]]:
    console, phone = server.protected()
    return console, phone, console.call("GET", "/recovery-codes")["codes"]


def with_authenticator(server: LivingServer) -> tuple[TestConsole, pyotp.TOTP]:
    """Set up with an authenticator app whose clock is half a minute behind, so that the code of now still counts."""
    console = server.set_up()
    begun = console.call("POST", "/two-factor/totp", {"password": PASSWORD})
    app = pyotp.TOTP(begun["secret"])
    parameters = {
        "method": "totp",
        "enrolment": begun["id"],
        "code": app.at(datetime.fromisoformat(begun["now"]) - STEP),
    }
    console.call("POST", "/actions/two_factor.enable", {"parameters": parameters})
    return console, app


def test_an_authenticators_code_signs_in_once_and_a_wrong_one_is_counted(
    server: LivingServer, open_console: Open
) -> None:
    _, app = with_authenticator(server)
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.type("waiting.totp", "000000" if app.now() != "000000" else "111111")
    hand.reads("waiting.totp.fault", "2 attempts left")
    hand.type("waiting.totp", app.now())
    hand.see("page.overview")
    assert not hand.seen("enrolment.continue")


def test_the_third_wrong_code_ends_it_and_the_way_to_begin_again_has_the_focus(
    server: LivingServer, open_console: Open
) -> None:
    with_codes(server)
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("waiting.use_recovery")
    for left in ("2 attempts left", "1 attempt left"):
        hand.type("waiting.recovery", "0000-0000-0000-0000")
        hand.click("waiting.recovery.submit")
        hand.reads("waiting.recovery.fault", left)
    hand.click("waiting.recovery.submit")
    hand.see("waiting.result.title")
    hand.wait(lambda: hand.see("waiting.again").hasFocus(), "the focus")
    hand.press(Qt.Key.Key_Return, "waiting.again")
    hand.see("sign_in.password")


def test_escape_leads_back_to_the_phone_and_then_out(server: LivingServer, open_console: Open) -> None:
    with_codes(server)
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("waiting.lost")
    hand.see("waiting.lost.happens")
    hand.press(Qt.Key.Key_Escape, "waiting.lost_code")
    hand.see("waiting.code")
    hand.press(Qt.Key.Key_Escape, "waiting.cancel")
    hand.see("sign_in.password")


@pytest.mark.parametrize("lost", [True, False])
def test_that_no_second_code_is_needed_is_said_for_as_long_as_it_is_so(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, lost: bool
) -> None:
    monkeypatch.setattr("desktop.core.session.FREE_FOR", 0.6)
    stage = Stage(tmp_path)
    stage.world.lost = lost
    SCENES["recovered"](stage)
    banner = stage.find("banner.recovered", Banner)
    assert "no second code" in banner.text.text()
    qtbot.waitUntil(lambda: "no second code" not in banner.text.text(), timeout=5000)
    assert "Set up your new phone" in banner.text.text()
    stage.close()


def ended_by_a_thief(server: LivingServer, phone: SoftwarePhone, how: str) -> None:
    """End the sign-in that waits: on the phone, or by one's own with the same password from the same computer."""
    if how == "rejected":
        phone.reject(phone.pending()[0].id)
    else:
        server.console().call("POST", "/sessions", {"username": USERNAME, "password": PASSWORD} | CLAIMS)


@pytest.mark.parametrize("how", ["rejected", "cancelled"])
def test_whoever_ends_the_sign_in_takes_no_half_typed_report_of_a_lost_phone(
    server: LivingServer, open_console: Open, how: str
) -> None:
    _, phone, codes = with_codes(server)
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("waiting.lost")
    hand.type("waiting.lost_code", codes[0][:9])
    ended_by_a_thief(server, phone, how)
    hand.reads("waiting.lost_code.outlasts.text", "still works")
    assert how in hand.text("waiting.lost_code.outlasts.text")
    assert hand.text("waiting.lost_code") == codes[0][:9]
    hand.click("waiting.lost_code.submit")
    hand.see("waiting.lost_code.fault")
    assert "left" not in hand.fault("waiting.lost_code"), "they are counted anew each time"
    hand.type("waiting.lost_code", codes[0])
    hand.click("waiting.lost_code.submit")
    hand.see("enrolment.continue")


def test_a_sign_in_that_was_rejected_still_offers_to_report_the_phone(server: LivingServer, open_console: Open) -> None:
    _, phone, codes = with_codes(server)
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.see("waiting.code")
    phone.reject(phone.pending()[0].id)
    hand.reads("waiting.result.title", "rejected")
    assert not hand.seen("waiting.use_recovery")
    hand.click("waiting.lost")
    hand.gone("waiting.result.title")
    hand.press(Qt.Key.Key_Escape, "waiting.lost_code")
    hand.reads("waiting.result.title", "rejected")
    hand.click("waiting.lost")
    hand.type("waiting.lost_code", codes[0])
    hand.click("waiting.lost_code.submit")
    hand.see("enrolment.continue")


def test_a_reset_is_noticed_also_after_the_sign_in_was_rejected(
    server: LivingServer, open_console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.dialogs.sign_in_waiting.LATE_MS", 200)
    _, phone, _ = with_codes(server)
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("waiting.lost")
    phone.reject(phone.pending()[0].id)
    hand.see("waiting.lost_code.outlasts")
    assert server.run("admin", "reset-two-factor", USERNAME).returncode == 0
    hand.see("enrolment.grant")


def test_the_report_ends_with_the_time_of_the_sign_in_that_was_rejected(qtbot: QtBot, tmp_path: Path) -> None:
    del qtbot
    stage = Stage(tmp_path)
    SCENES["waiting_with_a_lost_phone_rejected"](stage)
    assert stage.find("waiting.lost_code").isVisible()
    stage.find("waiting.lost_code.countdown", Countdown).ended.emit()
    assert stage.find("waiting.result.title").isVisible()
    assert not [each for each in stage.window.findChildren(QWidget, "waiting.lost") if each.isVisible()]
    stage.close()


def test_the_new_phone_can_be_set_up_later_and_the_way_back_stays_in_sight(
    server: LivingServer, open_console: Open
) -> None:
    _, _, codes = with_codes(server)
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("waiting.lost")
    hand.type("waiting.lost_code", codes[0])
    hand.click("waiting.lost_code.submit")
    hand.see("enrolment.continue")
    hand.reads("enrolment.lead", "cut off already")
    assert not hand.seen("enrolment.password"), "the password is not asked for again"
    hand.click("enrolment.cancel")
    hand.reads("banner.recovered.text", "No phone is set up")
    assert "15 minutes" in hand.text("banner.recovered.text")
    hand.click("nav.users")
    hand.click("banner.recovered.go")
    hand.type("enrolment.password", PASSWORD)
    hand.click("enrolment.continue")
    phone = SoftwarePhone(None, "Pixel 10")
    hand.type("enrolment.digits", phone.enrol(hand.qr("enrolment.qr"), USERNAME, PASSWORD))
    hand.see("enrolment.ended.title")
    hand.gone("banner.recovered")


@pytest.mark.skipif(os.name == "nt", reason="a shell's quotes")
def test_the_command_for_the_servers_computer_names_its_data_folder(tmp_path: Path) -> None:
    folder = tmp_path / "Amelia's data"
    assert shlex.split(command_to_reset("amelia.hart", folder))[-2:] == ["--data", str(folder)]
    assert command_to_reset("amelia.hart", None).endswith("amelia.hart --data DIR")


@pytest.mark.parametrize("here", [True, False])
def test_what_dir_stands_for_is_said_where_the_folder_is_not_known(
    server: LivingServer, open_console: Open, *, here: bool
) -> None:
    with_codes(server)
    hand = open_console(folder=server.data) if here else open_console(url=server.url)
    hand.sign_in()
    hand.click("waiting.use_recovery")
    hand.reads("waiting.recovery.command", f"--data {shlex.quote(str(server.data.resolve())) if here else 'DIR'}")
    assert hand.seen("waiting.recovery.data") is not here


def test_a_request_of_an_account_with_an_authenticator_takes_its_code(server: LivingServer, open_console: Open) -> None:
    _, app = with_authenticator(server)
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.type("waiting.totp", app.now())
    hand.see("page.overview")
    desk = hand.console.arrival.desk
    assert desk is not None
    asked = desk.client.ask("recovery_codes.reset", {})
    assert isinstance(asked, Request)
    desk.approvals.add(asked)
    desk.asked.emit(asked)
    hand.type("confirmation.by_code", "12")
    hand.click("confirmation.by_code.submit")
    hand.reads("confirmation.by_code.fault", "2 attempts left")
    hand.type("confirmation.by_code", app.at(datetime.now(UTC) + STEP))  # the one of now has signed in
    hand.click("confirmation.by_code.submit")
    hand.reads("confirmation.weaker", "")
    hand.reads("confirmation.outcome", "weaker than the phone")


def test_what_a_phone_with_a_pin_confirmed_is_marked() -> None:
    by = DecidedBy(type="device", name="Phone")
    for status, marked in ((RequestStatus.EXECUTED, True), (RequestStatus.REJECTED, False)):
        made = request(status, decided_by=by, device="Phone", verification="PIN")
        assert "Phone (PIN)" in outcome_of(made)
        assert (weaker_mark(confirmed_by(made)).text == "With a PIN") is marked
    assert not weaker_mark(confirmed_by(request(RequestStatus.EXECUTED, verification="webauthn"))).text


@pytest.mark.parametrize("how", ["totp", "recovery_code"])
def test_what_a_code_confirmed_is_marked_weaker(how: str) -> None:
    by = DecidedBy(type=how, name="A code")
    assert "weaker than the phone" in outcome_of(request(RequestStatus.EXECUTED, decided_by=by))
    assert weaker_mark(how).text
    assert not weaker_mark("device").text
    written = AuditEvent.model_validate(event(0).model_dump() | {"verification": how})
    assert any("weaker than the phone" in value for _, value in facts_of(written))


REFUSALS = [
    (Problem(403, "phone_required", "This needs the phone app", "Set it up in Settings > General."), "phone app"),
    (Problem(403, "no_device", "No phone is set up for this account", "Set one up."), "new phone"),
    (Problem(403, "probation", "This phone is new", "Later.", until="2026-11-30T12:00:00.000Z"), ""),
]


@pytest.mark.parametrize(("refusal", "way_out"), REFUSALS, ids=[each.code for each, _ in REFUSALS])
def test_what_is_shut_says_so_once_with_the_way_out(
    qtbot: QtBot, tmp_path: Path, refusal: Problem, way_out: str
) -> None:
    del qtbot
    stage = Stage(tmp_path)
    stage.world.refuses = refusal
    SCENES["delete_user"](stage)
    stage.settle()
    how = stage.find("delete_user.how", Banner).text.text()
    assert refusal.title in how
    assert way_out or "30 Nov 2026" in how
    assert not stage.find("delete_user.submit").isEnabled()
    said = [each.text() for each in stage.window.findChildren(QLabel) if each.isVisible()]
    assert len([text for text in said if refusal.title in text]) == 1, "it stands there once"
    assert "Asking the server…" not in said
    found = [each for each in stage.window.findChildren(QPushButton, "delete_user.enrol") if each.isVisible()]
    assert [way_out in each.text() for each in found] == ([True] if way_out else [])
    asked: list[bool] = []
    stage.desk.enrol_asked.connect(lambda: asked.append(True))
    for each in found:
        each.click()
    assert len(asked) == len(found)
    stage.close()


def test_a_form_of_an_account_without_a_phone_foretells_nothing_any_more(qtbot: QtBot, tmp_path: Path) -> None:
    del qtbot
    stage = Stage(tmp_path)
    stage.world.refuses = Problem(403, "no_device", "No phone is set up for this account", "Set one up.")
    SCENES["administrator_delete"](stage)
    stage.settle()
    said = [each.text() for each in stage.window.findChildren(QLabel) if each.isVisible()]
    assert len([text for text in said if "No phone is set up" in text]) == 1
    assert "Asking the server…" not in said
    stage.close()


def test_a_change_of_phone_is_confirmed_by_a_recovery_code_instead(qtbot: QtBot, tmp_path: Path) -> None:
    del qtbot
    stage = Stage(tmp_path)
    SCENES["confirmation_by_a_recovery_code"](stage)
    stage.settle()
    assert stage.find("confirmation.by_code").hasFocus()
    stage.find("confirmation.other_way").click()
    stage.settle()
    assert stage.find("confirmation.code").isVisible()
    stage.close()


def test_a_lost_authenticator_is_not_shown_as_one_that_confirms(server: LivingServer, open_console: Open) -> None:
    script, app = with_authenticator(server)
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.type("waiting.totp", app.now())
    hand.click("nav.settings")
    hand.see("settings.app")
    hand.click("settings.lost")
    hand.type("lost_phone.password", PASSWORD)
    hand.type("lost_phone.code", script.call("GET", "/recovery-codes")["codes"][0])
    hand.click("lost_phone.submit")
    hand.see("settings.gone")
    hand.gone("settings.app")
    hand.see("banner.recovered")
