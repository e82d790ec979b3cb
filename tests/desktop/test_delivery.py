"""Whether the phone is woken: what pane, dialog and settings say of it, and what to do where it is not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.core.told import secrets_in
from desktop.core.words import t
from desktop.demo.phone import SoftwarePhone
from desktop.dialogs.confirmation import Confirmation
from desktop.dialogs.enrolment import EnrolmentDialog
from desktop.dialogs.told import Told
from desktop.widgets.text import Text
from server.contract.enrolment import Enrolment, EnrolmentStatus
from server.contract.request import Push, RequestStatus
from server.contract.two_factor import PushTest
from tests import push_service as pushing
from tests.desktop.answers import NOW, request
from tests.desktop.hand import Hand
from tests.desktop.scenes import SCENES, Stage
from tests.living import LivingServer
from tests.push_service import PushService

push_service = pushing.push_service
Open = Callable[..., Hand]
Start = Callable[..., LivingServer]


def test_a_push_and_a_test_notification_are_followed_from_sent_to_opened(
    push_service: PushService, start_server: Start, open_console: Open
) -> None:
    server, subscription = start_server(), push_service.subscription()
    script, phone = server.set_up(), SoftwarePhone(None, "Pixel 9", push=subscription.told)
    enabling = script.enrol(phone)
    assert phone.approve(enabling["id"], enabling["code"]) == "executed"
    user = script.user()
    hand = open_console(url=server.url)
    hand.sign_in()
    code = hand.text("waiting.code")
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    hand.click("nav.users")
    hand.select("users.table", "mia.brandt@contoso.example", 1)
    hand.click("users.delete")
    hand.click("delete_user.submit")
    hand.reads("confirmation.delivery", "Sent ")
    assert "opened" not in hand.text("confirmation.delivery")
    waiting = phone.pending()[0]
    assert waiting.details["target"][0]["id"] == user
    phone.request(waiting.id)
    hand.reads("confirmation.delivery", "· opened ")
    hand.reads("approvals.request.delivery", "· opened ")
    hand.click("confirmation.cancel")
    hand.click("confirmation.close")
    hand.click("nav.settings")
    hand.reads("settings.device.push", "Work, sent")
    before = len(push_service.of(subscription))
    hand.click("settings.device.test")
    hand.reads("settings.device.test_state", "Sent ")
    told = subscription.open(push_service.next_of(subscription, before))["notification"]
    phone._signed_in("POST", "/device/push/test", json={"id": told["tag"]})
    hand.reads("settings.device.test_state", "Notifications work")


def test_the_last_step_of_an_enrolment_tells_when_the_phone_was_woken_and_names_its_button(stage: Stage) -> None:
    SCENES["enrolment_confirm"](stage)
    stage.settle()
    asked = stage.find("enrolment", EnrolmentDialog)._proof.request
    assert asked is not None
    shown = stage.find("enrolment.delivery", QLabel)
    push = Push(sent_at=NOW, opened_at=NOW + timedelta(seconds=6))
    stage.world.requests = [asked.model_copy(update={"push": push})]
    stage.desk.approvals.reload()
    stage.settle()
    assert shown.text().startswith("Sent ")
    assert " · opened " in shown.text()
    scan = stage.find("enrolment.confirm_scan", QLabel)
    assert f"“{t('phone.code.scan_first')}”" in scan.text()
    confirm = stage.find("enrolment", EnrolmentDialog)._proof._confirm
    confirm.show_request(asked.model_copy(update={"action": "device.change"}))
    assert f"“{t('phone.code.scan')}”" in scan.text()


def test_a_phone_that_is_away_and_has_a_pin_keeps_its_name_and_says_what_it_is(stage: Stage) -> None:
    SCENES["settings_of_a_phone_that_is_away"](stage)
    stage.settle()
    name = stage.find("settings.device.name", QLabel)
    assert name.width() >= name.fontMetrics().horizontalAdvance("Pixel 9")
    stage.world.phone |= {"platform": "other", "name": "Pixel 9 Pro XL"}
    stage.shell("settings")
    assert stage.find("settings.device.platform", QLabel).text() == "Other system"
    for each in ("settings.device.name", "settings.device.platform"):
        assert not stage.find(each).toolTip()  # nothing of it is left out


def test_without_push_the_way_to_what_waits_is_said(stage: Stage) -> None:
    SCENES["approvals_without_push"](stage)
    stage.settle()
    assert stage.find("approvals.request.delivery", QLabel).text() == "No notifications: open the app"
    stage.world.phone = {"muted_until": datetime.now(UTC) + timedelta(minutes=10)}
    stage.desk.phone.reload()
    stage.settle()
    assert stage.find("approvals.request.delivery", QLabel).text().startswith("Push is muted until ")
    stage.world.phone = {}
    stage.desk.phone.reload()
    stage.settle()
    assert stage.find("approvals.request.delivery", QLabel).text() == "No push was sent: open the app"


def test_a_push_that_is_late_is_said_to_be_missing_by_itself(
    stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.widgets.delivery.SOON", timedelta(seconds=2))
    stage.world.requests = [request(push=Push(), now=NOW)]
    stage.shell()
    label = stage.find("approvals.request.delivery", QLabel)
    assert label.text() == "Being sent…"
    qtbot.waitUntil(lambda: label.text() == "No push was sent: open the app")


def shown_badge(stage: Stage) -> bool:
    badge = stage.window.findChild(QWidget, "account.badge")
    assert badge is not None
    return not badge.isHidden()


def test_a_phone_that_is_away_is_a_badge_and_one_with_a_pin_is_marked(stage: Stage) -> None:
    SCENES["settings_of_a_phone_that_is_away"](stage)
    stage.settle()
    account = stage.find("account", QPushButton)
    assert "has not been seen for a week" in account.accessibleName()
    assert shown_badge(stage)
    tab = stage.find("settings.tab.general", QPushButton)
    assert "has not been seen for a week" in tab.accessibleName()
    assert not tab.icon().isNull()
    assert stage.find("settings.device.pin").accessibleName() == "PIN"
    stage.world.phone = {}
    stage.desk.phone.reload()
    stage.settle()
    assert not shown_badge(stage)
    assert tab.accessibleName() == "General"
    assert tab.icon().isNull()


@pytest.mark.parametrize("verification", ["PIN", "webauthn"])
def test_a_phone_with_a_pin_is_marked_wherever_it_is_named(stage: Stage, verification: str) -> None:
    marked = verification == "PIN"

    def said(root: QWidget, words: str) -> bool:
        return any(words in label.text() for label in root.findChildren(QLabel) if label.isVisible())

    own = request(device="Pixel 9", verification=verification)
    other = request(device="Pixel 8", verification=verification, id="req_2", requested_by="kim.lee", code=None, qr=None)
    stage.world.requests = [own, other]
    shell = stage.shell()
    if not shell.pane.isVisible():
        shell._toggle_pane()
    stage.settle()
    assert said(stage.window, "Pixel 9 (PIN)") is marked
    assert said(stage.window, "waits for Pixel 8 (PIN)") is marked, "a colleague's too"
    confirmation = Confirmation(shell, stage.desk, own)
    confirmation.open()
    assert said(confirmation, "Waiting for Pixel 9 (PIN)") is marked
    confirmation.close()
    stage.world.protected = False
    dialog = EnrolmentDialog(shell, stage.desk)
    dialog.open()
    stage.settle()
    dialog._turn(dialog._scan, 1, "")
    dialog._take("", Enrolment(status=EnrolmentStatus.CLAIMED, device_name="Pixel 9", verification=verification))
    assert said(dialog, "Pixel 9 (PIN) has scanned") is marked
    dialog._compared(request(action="two_factor.enable", device="Pixel 9", verification=verification))
    assert said(dialog, "Pixel 9 (PIN)") is marked
    dialog._take("", Enrolment(status=EnrolmentStatus.ACTIVE, device_name="Pixel 9", verification=verification))
    assert said(dialog, "Pixel 9 (PIN)") is marked


@pytest.mark.parametrize(("problem", "badge"), [("gone", "no longer knows"), ("refused", "refuses"), ("off", "")])
def test_a_phone_that_push_does_not_reach_is_a_badge_unless_its_owner_chose_so(
    stage: Stage, problem: str, badge: str
) -> None:
    stage.world.phone = {"push": False, "push_problem": problem}
    stage.shell()
    stage.settle()
    account = stage.find("account", QPushButton)
    assert shown_badge(stage) is bool(badge)
    assert badge in account.accessibleName()


def test_why_no_test_can_be_sent_is_said_with_what_to_do(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.contract.problem import Problem

    def refuse() -> None:
        raise Problem(409, "no_push", "This phone takes no notifications", "Open the app and allow them.")

    stage.shell("settings")
    monkeypatch.setattr(stage.desk.client, "test_notification", refuse)
    stage.find("settings.device.test", QPushButton).click()
    stage.settle()
    assert "Open the app and allow them." in stage.find("settings.device.trouble.text", QLabel).text()
    assert stage.find("settings.device.test", QPushButton).isEnabled()


def test_that_no_push_service_is_reached_is_shown(stage: Stage) -> None:
    SCENES["server_in_trouble"](stage)
    stage.settle()
    assert "did not lead to the push service" in stage.find("settings.server.warnings.text", QLabel).text()
    assert "fcm.googleapis.com" in stage.find("settings.server.facts").text()


def test_grants_are_shown_once_the_phone_has_confirmed(stage: Stage) -> None:
    stage.shell()
    told = {"grants": [{"username": "jonas.keller", "grant": "x8Kq2v"}, {"username": "priya.nair", "grant": "y9"}]}
    ended = request(RequestStatus.EXECUTED, action="origin.retire", result=told)
    stage.desk.approvals.finished.emit(ended)
    stage.settle()
    dialog = stage.roots()[0]
    assert isinstance(dialog, Told)
    stage.find("told.copy", QPushButton).click()
    first, second = QGuiApplication.clipboard().text().split("\n\n")
    assert "as jonas.keller," in first
    assert first.endswith("\nx8Kq2v")
    assert second.endswith("\ny9")
    assert secrets_in("origin.retire", "", {"grants": "nonsense"}) == []
    assert secrets_in("origin.retire", "", None) == []


@pytest.mark.parametrize(
    ("phone", "fact", "says"),
    [
        ({}, "Work, sent", "Notifications work."),
        ({"push": False}, "Off", "when it was tested last."),
        ({"muted_until": NOW + timedelta(days=1)}, "Held back until", "when it was tested last."),
    ],
)
def test_a_test_that_arrived_says_nothing_of_a_phone_that_is_silent_by_now(
    stage: Stage, phone: dict[str, Any], fact: str, says: str
) -> None:
    test = PushTest(id="t", asked_at=NOW, sent_at=NOW, opened_at=NOW + timedelta(seconds=6))
    stage.world.phone = {"push_sent_at": NOW, "push_test": test, **phone}
    stage.shell("settings")
    assert stage.find("settings.device.push", Text).text().startswith(fact)
    assert stage.find("settings.device.test_state", Text).text().endswith(says)
