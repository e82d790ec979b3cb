"""Turning two-factor authentication on and off, with a phone on the other side of the QR code."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea
from typing_extensions import override

from desktop.core.told import Secret
from desktop.demo.phone import SoftwarePhone
from desktop.dialogs import enrolment
from desktop.dialogs.enrolment import EnrolmentDialog
from desktop.dialogs.told import Told
from desktop.widgets.notice import Banner
from desktop.widgets.qr import QrCode
from desktop.widgets.text import Text
from server.contract.permission import Role
from server.contract.reach import Reach
from tests.desktop.answers import reach
from tests.desktop.hand import Hand
from tests.desktop.scenes import SCENES, Stage
from tests.living import PASSWORD, USERNAME, LivingServer

Open = Callable[..., Hand]
Start = Callable[..., LivingServer]


def at_settings(server: LivingServer, open_console: Open) -> Hand:
    server.set_up()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("nav.settings")
    hand.reads("settings.two_factor.state", "Off")
    return hand


def start(hand: Hand, password: str = PASSWORD) -> None:
    hand.click("settings.two_factor")
    hand.type("enrolment.password", password)
    hand.click("enrolment.continue")


def enrol(hand: Hand) -> tuple[SoftwarePhone, str]:
    """Read the QR code from the screen, as a phone does."""
    start(hand)
    phone = SoftwarePhone(None, "Pixel 9", "android")
    return phone, phone.enrol(hand.qr("enrolment.qr"), USERNAME, PASSWORD)


def turn_on(hand: Hand) -> SoftwarePhone:
    phone, digits = enrol(hand)
    hand.type("enrolment.digits", digits)
    code = hand.text("enrolment.code")
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    hand.reads("enrolment.ended.title", "is on")
    hand.keep_codes()
    hand.reads("settings.two_factor.state", "On")
    return phone


def test_a_phone_is_enrolled_from_the_picture_on_the_screen(server: LivingServer, open_console: Open) -> None:
    hand = at_settings(server, open_console)
    box = hand.see("settings.two_factor")
    phone, digits = enrol(hand)
    assert phone.account == {"company": "Northwind Managed Services", "name": "Amelia Hart", "username": USERNAME}
    hand.reads("enrolment.device", "Pixel 9")
    assert not box.isChecked()
    hand.type("enrolment.digits", digits)
    code = hand.text("enrolment.code")
    assert not box.isChecked()
    request = phone.pending()[0]
    assert request.details["action"] == "two_factor.enable"
    assert phone.approve(request.id, code) == "executed"
    hand.reads("enrolment.ended.title", "is on")
    hand.wait(box.isChecked, "the check box")
    hand.keep_codes()
    hand.reads("settings.device.name", "Pixel 9")
    assert hand.text("settings.two_factor.state") == "On"
    hand.click("nav.users")
    hand.gone("banner.unprotected")


def test_the_link_can_be_copied_and_says_where_it_works(server: LivingServer, open_console: Open) -> None:
    hand = at_settings(server, open_console)
    start(hand)
    hand.reads("enrolment.unreachable.text", "browser")
    hand.click("enrolment.copy_link")
    assert QGuiApplication.clipboard().text() == hand.qr("enrolment.qr")
    hand.reads("enrolment.left", "left")


def test_a_new_code_makes_the_old_one_worthless(server: LivingServer, open_console: Open) -> None:
    from server.contract.problem import Problem

    hand = at_settings(server, open_console)
    start(hand)
    old = hand.qr("enrolment.qr")
    hand.click("enrolment.new_code")
    hand.wait(lambda: hand.see("enrolment.qr").text() != old, "another code")
    try:
        SoftwarePhone(None, "Old").enrol(old, USERNAME, PASSWORD)
    except Problem as problem:
        assert problem.status == 410
    else:
        raise AssertionError
    assert SoftwarePhone(None, "Pixel 9").enrol(hand.qr("enrolment.qr"), USERNAME, PASSWORD)
    hand.reads("enrolment.device", "Pixel 9")


def test_a_wrong_password_is_said_beside_the_field(server: LivingServer, open_console: Open) -> None:
    hand = at_settings(server, open_console)
    start(hand, "certainly not the password")
    hand.wait(lambda: hand.seen("enrolment.password.fault"), "the fault")
    hand.type("enrolment.password", PASSWORD)
    hand.click("enrolment.continue")
    hand.see("enrolment.qr")


def test_wrong_digits_say_how_many_attempts_are_left(server: LivingServer, open_console: Open) -> None:
    hand = at_settings(server, open_console)
    _, digits = enrol(hand)
    wrong = "123456" if digits != "123456" else "654321"
    hand.see("enrolment.digits")
    hand.type("enrolment.digits", wrong)
    hand.reads("enrolment.digits.fault", "2 attempts")
    hand.type("enrolment.digits", wrong)
    hand.reads("enrolment.digits.fault", "1 attempt ")
    hand.type("enrolment.digits", wrong)
    hand.reads("enrolment.ended.text", "void")
    hand.click("enrolment.again")
    hand.see("enrolment.password")


def test_rejected_on_the_phone_it_stays_off(server: LivingServer, open_console: Open) -> None:
    hand = at_settings(server, open_console)
    phone, digits = enrol(hand)
    hand.type("enrolment.digits", digits)
    hand.see("enrolment.code")
    phone.reject(phone.pending()[0].id)
    hand.reads("enrolment.ended.text", "rejected")
    hand.click("enrolment.cancel")
    assert not hand.see("settings.two_factor").isChecked()


@pytest.mark.parametrize("compared", [False, True], ids=["claimed", "confirmed"])
def test_stopped_on_the_phone_the_console_says_so(server: LivingServer, open_console: Open, *, compared: bool) -> None:
    hand = at_settings(server, open_console)
    phone, digits = enrol(hand)
    hand.see("enrolment.digits")
    if compared:
        hand.type("enrolment.digits", digits)
        hand.see("enrolment.code")
    phone.stop()
    hand.reads("enrolment.ended.text", "“Stop, this is not mine” was tapped there")
    hand.click("enrolment.again")
    hand.see("enrolment.password")


def test_closing_the_dialog_stops_the_enrolment(server: LivingServer, open_console: Open) -> None:
    from server.contract.problem import Problem

    hand = at_settings(server, open_console)
    start(hand)
    text = hand.qr("enrolment.qr")
    hand.click("enrolment.cancel")
    hand.gone("enrolment")
    hand.wait(lambda: hand.console.tasks.idle, "the last call")
    try:
        SoftwarePhone(None, "Late").enrol(text, USERNAME, PASSWORD)
    except Problem as problem:
        assert problem.status == 410
    else:
        raise AssertionError


def test_turning_it_off_waits_for_the_phone_and_on_again_needs_no_typed_grant(
    server: LivingServer, open_console: Open
) -> None:
    hand = at_settings(server, open_console)
    phone = turn_on(hand)
    box = hand.see("settings.two_factor")
    hand.click("settings.two_factor")
    hand.click("disable.submit")
    code = hand.text("confirmation.code")
    assert box.isChecked()
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    hand.wait(lambda: not box.isChecked(), "the check box")
    hand.click("confirmation.close")
    hand.gone("settings.device")
    turn_on(hand)
    hand.reads("settings.two_factor.state", "On")


def test_an_invited_administrator_sets_a_password_and_enrols_with_the_grant(
    server: LivingServer, open_console: Open
) -> None:
    script, phone = server.protected()
    request = script.ask(
        "administrator.create", username="jonas.keller", email="jonas@northwind.example", role="provider"
    )
    phone.approve(request["id"], request["code"])
    invitation = script.request(request["id"])["result"]["invitation"]
    hand = open_console(url=server.url)
    hand.click("sign_in.invitation")
    words = "six-Quiet-otters-and-lamps"
    hand.type("invitation.code", "no such invitation")
    hand.type("invitation.password", words)
    hand.type("invitation.password_again", words)
    hand.click("invitation.submit")
    hand.reads("invitation.code.fault", "does not exist")
    hand.type("invitation.code", invitation)
    hand.click("invitation.submit")
    hand.see("enrolment.continue")
    assert not hand.seen("enrolment.password"), "it was typed a moment ago"
    hand.click("enrolment.cancel")
    hand.click("nav.users")
    hand.reads("banner.unprotected.text", "before you close this console")
    hand.click("banner.unprotected.go")
    hand.see("enrolment.password")
    assert not hand.seen("enrolment.grant")
    hand.type("enrolment.password", words)
    hand.click("enrolment.continue")
    mine = SoftwarePhone(None, "iPhone 16", "ios")
    hand.type("enrolment.digits", mine.enrol(hand.qr("enrolment.qr"), "jonas.keller", words))
    code = hand.text("enrolment.code")
    assert mine.approve(mine.pending()[0].id, code) == "executed"
    hand.reads("enrolment.ended.title", "is on")
    hand.keep_codes()
    hand.reads("settings.device.name", "iPhone 16")


def test_a_request_that_nobody_answers_is_shown_as_expired(start_server: Start, open_console: Open) -> None:
    server = start_server(request_lifetime=10)
    hand = at_settings(server, open_console)
    _, digits = enrol(hand)
    hand.type("enrolment.digits", digits)
    hand.see("enrolment.code")
    hand.reads("enrolment.ended.text", "in time")


class Frame(NamedTuple):
    """What one frame of the enrolment dialog has: the app's QR code, whole or not, and what is cut off below."""

    qr: bool
    whole: bool
    cut: int


class Frames(QObject):
    """Keeps what each frame had as it was painted."""

    def __init__(self, dialog: EnrolmentDialog) -> None:
        super().__init__(dialog)
        self.seen: list[Frame] = []
        self._qr = next(each for each in dialog.findChildren(QrCode) if each.objectName() == "enrolment.app_qr")
        self._bar = dialog.findChildren(QScrollArea)[0].verticalScrollBar()
        dialog.installEventFilter(self)
        self._qr.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if event.type() == QEvent.Type.Paint:
            whole = self._qr.size() == self._qr.sizeHint()
            self.seen.append(Frame(self._qr.isVisible(), whole, self._bar.maximum()))
        return False


@pytest.mark.parametrize("late", [False, True])
def test_no_frame_of_the_dialog_has_part_of_a_qr_code(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, late: bool
) -> None:
    monkeypatch.setattr(enrolment, "OPENS_WITHIN", 0 if late else 60_000)
    stage, told = Stage(tmp_path), threading.Event()
    client = stage.desk.client

    def slowly() -> Reach:
        assert told.wait(20)
        return reach(on=True)

    try:
        stage.world.protected = False
        shell = stage.shell("settings")
        monkeypatch.setattr(type(client), "reach", lambda _: slowly())
        dialog = EnrolmentDialog(shell, stage.desk)
        frames = Frames(dialog)
        dialog.open()
        while late and not frames.seen:
            qapp.processEvents()
        assert dialog.isVisible() is late
        told.set()
        stage.settle()
        assert frames.seen
        assert frames.seen[0].qr is not late, "it opens with the code, unless that comes very late"
        assert all(frame.whole and not frame.cut for frame in frames.seen if frame.qr), frames.seen
    finally:
        told.set()
        stage.close()


@pytest.mark.parametrize("here", [False, True])
@pytest.mark.usefixtures("qapp")
def test_the_first_step_says_that_no_phone_can_get_the_app_yet(tmp_path: Path, *, here: bool) -> None:
    stage = Stage(tmp_path)
    try:
        stage.world.protected = False
        dialog = EnrolmentDialog(stage.shell("settings"), stage.desk, here=here)
        dialog.open()
        stage.settle()
        said = stage.find("enrolment.alone", Banner).text.text()
        assert "no new phone can open the app yet" in said
        assert ("phones connect first" in said, "in a browser here" in said) == (True, here)
    finally:
        stage.close()


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("own", [False, True])
def test_who_is_no_provider_is_shown_where_the_app_is_all_the_same(tmp_path: Path, *, own: bool) -> None:
    stage = Stage(tmp_path)
    try:
        stage.world.account = {"role": Role.SUB_ADMINISTRATOR, "origin": "https://nw-server.local:8443"}
        stage.world.reach = reach(on=own)
        EnrolmentDialog(stage.shell("settings"), stage.desk, here=True).open()
        stage.settle()
        assert stage.find("enrolment.app_qr", QrCode).text() == "https://nw-server.local:8443/phone/"
        banners = [each for each in stage.window.findChildren(Banner, "enrolment.own_authority") if each.isVisible()]
        assert ["ask a provider to let it in first" in each.text.text() for each in banners] == [True] * own
        assert not stage.window.findChildren(QPushButton, "enrolment.let_in"), "which is not his to open"
    finally:
        stage.close()


@pytest.mark.usefixtures("qapp")
def test_who_is_no_provider_is_sent_to_one_where_no_phone_gets_in_yet(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        stage.world.account = {"role": Role.SUB_ADMINISTRATOR}
        stage.world.protected = False
        EnrolmentDialog(stage.shell("settings"), stage.desk, here=True).open()
        stage.settle()
        assert "Ask a provider" in stage.find("enrolment.alone", Banner).text.text()
        assert not stage.window.findChildren(QPushButton, "enrolment.reach")
    finally:
        stage.close()


@pytest.mark.parametrize(
    ("app", "said"),
    [
        ("https://nw-server.local:8443", "unlock with its screen lock"),
        ("https://192.168.1.20:8443", "a PIN of 6 to 12 digits, which you type twice"),
        ("https://[2001:db8::7]:8443", "a PIN of 6 to 12 digits, which you type twice"),
    ],
)
@pytest.mark.usefixtures("qtbot")
def test_what_unlocks_the_phone_is_said_before_it_asks(tmp_path: Path, app: str, said: str) -> None:
    stage = Stage(tmp_path)
    try:
        stage.world.app = app
        SCENES["enrolment_scan"](stage)
        stage.settle()
        assert said in stage.find("enrolment.how.password", Text).text()
    finally:
        stage.close()


@pytest.mark.parametrize("origin", ["https://nw-server.local:8443", "http://localhost:8475"])
@pytest.mark.usefixtures("qapp")
def test_what_is_handed_on_says_where_nobody_elsewhere_can_use_it_yet(tmp_path: Path, origin: str) -> None:
    stage = Stage(tmp_path)
    try:
        stage.world.account = {"origin": origin}
        Told(stage.shell("settings"), stage.desk, [Secret("grant", "jonas", "Zk3v" * 10)]).open()
        stage.settle()
        banners = [each for each in stage.window.findChildren(Banner, "told.alone") if each.isVisible()]
        assert ["nobody can use this elsewhere yet" in each.text.text() for each in banners] == [True] * (
            "localhost" in origin
        )
    finally:
        stage.close()
