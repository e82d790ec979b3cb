"""Settings > General against the real server: recovery codes, another phone, an authenticator app, a lost phone."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.core.recovery_codes import trouble_of
from desktop.demo.phone import SoftwarePhone
from desktop.dialogs.codes_paper import Paper, keep
from desktop.dialogs.keep_codes import KeepCodes
from desktop.dialogs.recovery_codes import RecoveryCodes
from desktop.dialogs.totp_steps import clock_hint, grouped
from desktop.widgets.coverage_card import coverage_of
from desktop.widgets.notice import Banner
from server.contract.problem import Problem
from server.contract.request import RequestStatus
from tests.desktop.answers import CODES, EMPTY, NOW, Answers, request
from tests.desktop.hand import Hand
from tests.desktop.scenes import SCENES, Stage
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole

Open = Callable[..., Hand]
Guarded = tuple[Hand, SoftwarePhone, TestConsole]
STEP = 30


@pytest.fixture
def guarded(server: LivingServer, open_console: Open) -> Guarded:
    """A console at Settings > General, its phone, and the same account as a script."""
    script, phone = server.protected()
    hand = open_console(url=server.url)
    hand.sign_in()
    code = hand.text("waiting.code")
    phone.approve(phone.pending()[0].id, code)
    hand.click("nav.settings")
    hand.see("settings.device")
    return hand, phone, script


def answer(hand: Hand, phone: SoftwarePhone) -> None:
    """Type the code that the console shows into the phone, and close the window that waited for it."""
    code = hand.text("confirmation.code")
    assert phone.approve(phone.pending()[0].id, code) == "executed"


def scan(hand: Hand, new: SoftwarePhone) -> None:
    """Begin to enrol another phone, up to its digits."""
    hand.type("enrolment.password", PASSWORD)
    hand.click("enrolment.continue")
    hand.type("enrolment.digits", new.enrol(hand.qr("enrolment.qr"), USERNAME, PASSWORD))


def refused(call: Callable[[], object]) -> int:
    with pytest.raises(Problem) as caught:
        call()
    return caught.value.status


def test_codes_that_nobody_kept_leave_a_banner_until_new_ones_are_kept(guarded: Guarded) -> None:
    hand, phone, script = guarded
    hand.reads("banner.codes.text", "not shown again")
    hand.click("banner.codes.go")
    hand.reads("reset_codes.consequence", "10 old codes are void")
    hand.click("reset_codes.submit")
    answer(hand, phone)
    hand.see("codes.list")
    assert not hand.seen("banner.codes")  # they are just being kept
    shown = [hand.text(f"codes.list.{place}") for place in range(10)]
    assert not hand.see("codes.done").isEnabled()
    hand.see("recovery_codes").close()
    hand.reads("codes.unsaved.text", "never shown again")
    hand.see("recovery_codes").close()
    hand.gone("recovery_codes")
    assert hand.seen("banner.codes")
    assert script is not None
    hand.click("confirmation.close")
    hand.click("settings.codes.reset")
    hand.click("reset_codes.submit")
    answer(hand, phone)
    kept = hand.keep_codes()
    assert len(set(kept)) == 10
    assert not set(kept) & set(shown)
    hand.gone("banner.codes")
    hand.reads("settings.codes.left", "10 of 10")
    hand.reads("settings.codes.text", "Saved on")


def test_another_phone_is_approved_by_the_old_one_which_is_cut_off(guarded: Guarded) -> None:
    hand, old, _ = guarded
    hand.click("settings.device.change")
    new = SoftwarePhone(None, "Pixel 10", "android")
    scan(hand, new)
    hand.reads("enrolment.confirm_title", "Pixel 9")
    code = hand.text("enrolment.code")
    assert old.approve(old.pending()[0].id, code) == "executed"
    hand.reads("enrolment.ended.title", "Pixel 10 is your phone now")
    hand.click("enrolment.cancel")
    hand.reads("settings.device.name", "Pixel 10")
    assert refused(old.state) == 401
    assert new.state()["status"] == "active"


def test_rejected_by_the_old_phone_everything_is_as_before(guarded: Guarded) -> None:
    hand, old, _ = guarded
    hand.click("settings.device.change")
    scan(hand, SoftwarePhone(None, "Pixel 10", "android"))
    hand.see("enrolment.code")
    old.reject(old.pending()[0].id)
    hand.reads("enrolment.ended.text", "as before")
    hand.click("enrolment.cancel")
    hand.reads("settings.device.name", "Pixel 9")


def test_a_lost_phone_is_cut_off_and_a_recovery_code_sets_up_the_next(guarded: Guarded) -> None:
    hand, old, script = guarded
    codes = script.call("GET", "/recovery-codes")["codes"]
    hand.click("settings.lost")
    assert hand.see("lost_phone.cancel").isDefault()
    hand.type("lost_phone.password", "certainly not the password")
    hand.click("lost_phone.submit")
    hand.reads("lost_phone.code.fault", "needed")
    hand.type("lost_phone.code", "0000-0000-0000-0000")
    hand.click("lost_phone.submit")
    hand.wait(lambda: hand.seen("lost_phone.password.fault"), "the fault")
    hand.type("lost_phone.password", PASSWORD)
    hand.click("lost_phone.submit")
    hand.reads("lost_phone.code.fault", "wrong")
    hand.type("lost_phone.code", codes[0])
    hand.click("lost_phone.submit")
    hand.gone("lost_phone")
    hand.see("settings.gone.go")
    assert refused(old.state) == 401
    assert refused(lambda: script.call("GET", "/me")) == 401
    hand.click("settings.gone.go")
    new = SoftwarePhone(None, "Pixel 10", "android")
    scan(hand, new)
    hand.type("enrolment.recovery_code", "0000-0000-0000-0000")
    hand.click("enrolment.by_code.go")
    hand.reads("enrolment.recovery_code.fault", "wrong")
    hand.type("enrolment.recovery_code", codes[3].lower())
    hand.click("enrolment.by_code.go")
    hand.reads("enrolment.ended.title", "Pixel 10 is your phone now")
    hand.click("enrolment.cancel")
    hand.reads("settings.device.name", "Pixel 10")
    hand.reads("settings.codes.left", "8 of 10")


def test_without_a_code_the_ways_that_are_left_are_said(qtbot: QtBot, tmp_path: Path) -> None:
    del qtbot
    stage = Stage(tmp_path)
    SCENES["lost_phone_without_a_code"](stage)
    stage.settle()
    assert "admin reset-two-factor" in stage.find("lost_phone.ways.text", QLabel).text()
    seen = {each.objectName() for each in stage.window.findChildren(QWidget) if each.isVisible()}
    assert not seen & {"lost_phone.submit", "lost_phone.password", "lost_phone.code"}
    stage.close()


def test_who_does_not_have_the_old_phone_any_more_confirms_with_a_recovery_code(guarded: Guarded) -> None:
    hand, old, script = guarded
    codes = script.call("GET", "/recovery-codes")["codes"]
    hand.click("settings.device.change")
    scan(hand, SoftwarePhone(None, "Pixel 10", "android"))
    hand.click("enrolment.no_phone")
    hand.see("enrolment.recovery_code")
    hand.click("enrolment.other_way")
    hand.see("enrolment.code")
    hand.click("enrolment.no_phone")
    hand.type("enrolment.recovery_code", codes[0])
    hand.click("enrolment.by_code.go")
    hand.reads("enrolment.ended.title", "Pixel 10 is your phone now")
    assert refused(old.state) == 401


def test_an_authenticator_app_is_set_up_with_one_right_code_and_gives_way_to_a_phone(
    server: LivingServer, open_console: Open
) -> None:
    server.set_up()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("nav.settings")
    hand.reads("settings.two_factor.state", "Off")
    method = hand.see("settings.method")
    method.setCurrentIndex(1)
    method.activated.emit(1)
    hand.reads("settings.method.note", "less")
    hand.click("settings.two_factor")
    hand.type("totp.password", PASSWORD)
    hand.click("totp.continue")
    uri = hand.qr("totp.qr")
    app = pyotp.parse_uri(uri)
    assert isinstance(app, pyotp.TOTP)
    assert hand.text("totp.secret").replace(" ", "") == app.secret
    hand.type("totp.digits", app.at(int(time.time()) + 8 * STEP))
    hand.reads("totp.digits.fault", "4 minutes ahead")
    hand.wait(hand.see("totp.digits").isEnabled, "the digits")
    hand.type("totp.digits", app.at(int(time.time()) - STEP))
    hand.keep_codes()
    hand.reads("settings.two_factor.state", "On")
    hand.reads("settings.app.name", "Authenticator app")
    hand.click("settings.app.change")
    scan(hand, SoftwarePhone(None, "Pixel 10", "android"))
    hand.type("enrolment.totp", app.now())
    hand.reads("enrolment.ended.text", "concerns your own account")
    hand.click("enrolment.cancel")
    hand.wait(lambda: hand.seen("settings.device.probation"), "until when it is new")


def test_a_phone_confirms_its_own_replacement_by_an_authenticator_app(guarded: Guarded) -> None:
    hand, phone, _ = guarded
    method = hand.see("settings.method")
    method.setCurrentIndex(1)
    method.activated.emit(1)
    hand.reads("totp.change", "Pixel 9")
    assert method.currentIndex() == 0, "it shows what is in force"
    hand.type("totp.password", PASSWORD)
    hand.click("totp.continue")
    app = pyotp.parse_uri(hand.qr("totp.qr"))
    assert isinstance(app, pyotp.TOTP)
    typed = app.now()
    hand.type("totp.digits", typed)
    hand.reads("totp.preview.consequence", "The phone “Pixel 9” is cut off")
    assert typed not in hand.see("totp.preview").text
    assert phone.pending() == []  # nobody is asked by what it shows
    hand.click("totp.continue")
    answer(hand, phone)
    hand.click("confirmation.close")
    hand.reads("settings.app.name", "Authenticator app")
    assert refused(phone.state) == 401


@pytest.mark.usefixtures("qapp")
def test_codes_that_are_on_the_screen_are_missed_only_once_they_were_closed_unsaved(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        SCENES["settings_with_recovery_codes_that_nobody_kept"](stage)
        banner = stage.find("banner.codes", QWidget)
        asked = request(action="recovery_codes.reset", kind="authentication", target=[], consequence="")
        stage.world.requests = [asked]
        stage.desk.approvals.add(asked)
        stage.settle()
        assert not banner.isVisible()  # new ones are under way
        stage.world.requests = [asked.model_copy(update={"status": RequestStatus.EXECUTED})]
        stage.desk.phone.reload()
        stage.desk.approvals.reload()
        stage.settle()
        dialog = stage.find("recovery_codes", RecoveryCodes)
        assert not banner.isVisible()
        dialog.close()
        dialog.close()
        assert banner.isVisible()
        stage.world.requests = [rejected := request(action="recovery_codes.reset", target=[], id="req_later")]
        stage.desk.approvals.add(rejected)
        stage.settle()
        assert not banner.isVisible()
        stage.world.requests = [rejected.model_copy(update={"status": RequestStatus.REJECTED})]
        stage.desk.approvals.reload()
        stage.settle()
        assert banner.isVisible()
    finally:
        stage.close()


def test_who_never_had_recovery_codes_is_asked_at_sign_in(tmp_path: Path, qapp: object) -> None:
    stage = Stage(tmp_path)
    try:
        stage.world.codes = EMPTY
        shell = stage.shell()
        shell.new_codes.ask()
        stage.settle()
        assert stage.find("reset_codes").isVisible()
        assert stage.find("banner.codes").isVisible()
    finally:
        stage.close()
    assert qapp


@pytest.mark.usefixtures("qapp")
def test_they_are_copied_saved_and_printed_with_whose_they_are(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        dialog = RecoveryCodes(stage.shell("settings"), stage.desk)
        dialog.open()
        dialog.tell()
        stage.settle()
        pages = dialog.findChildren(KeepCodes)
        stage.find("codes.copy", QPushButton).click()
        copied = QGuiApplication.clipboard().text()
        assert all(code in copied for code in CODES)
        assert "amelia.hart" in copied
        text, paper = tmp_path / "codes.txt", tmp_path / "codes.pdf"
        text.write_text("what others could read")
        text.chmod(0o644)
        pages[0].write(text, "txt")
        pages[0].write(paper, "pdf")
        stage.settle()
        assert text.read_text("utf-8") == copied
        assert text.stat().st_mode & 0o077 == 0
        assert paper.read_bytes().startswith(b"%PDF")
        assert paper.stat().st_mode & 0o077 == 0
        pages[0].write(tmp_path / "nowhere" / "codes.txt", "txt")
        stage.settle()
        assert stage.find("codes.banner").isVisible()
    finally:
        stage.close()


def test_what_an_app_covers_and_does_not(tmp_path: Path, qapp: object) -> None:
    stage = Stage(tmp_path)
    try:
        client = Answers(stage.world)
        covered, others = coverage_of(client.two_factor(), client.actions())
        assert covered[0] == "sign_in"
        assert "user.delete" in others
        assert not set(covered) & set(others)
    finally:
        stage.close()
    assert qapp


@pytest.mark.parametrize(
    ("left", "words"), [(10, ""), (4, ""), (3, "Only 3"), (1, "Only 1 recovery code is"), (0, "No")]
)
@pytest.mark.usefixtures("qapp")
def test_few_codes_are_said(tmp_path: Path, left: int, words: str) -> None:
    stage = Stage(tmp_path)
    try:
        stage.world.codes = {"recovery_codes_left": left}
        told = trouble_of(Answers(stage.world).two_factor())
        assert bool(told) == bool(words)
        assert told.startswith(words)
    finally:
        stage.close()


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize(("method", "words"), [("phone", "takes the place of the one"), ("totp", "authenticator app")])
@pytest.mark.usefixtures("qapp")
def test_what_a_new_phone_means_is_said_before(tmp_path: Path, method: str, words: str, *, lost: bool) -> None:
    stage = Stage(tmp_path)
    try:
        stage.world.method, stage.world.lost = method, lost
        SCENES["change_of_phone_install"](stage)
        stage.settle()
        lead = stage.find("enrolment.lead", QLabel).text()
        assert ("cut off already" if lost else words) in lead
        assert ("At first" in lead) is (method == "totp")
        titles = [each.text() for each in stage.window.findChildren(QLabel) if each.isVisible()]
        assert ("Put the app on your new phone" in titles) is (method == "phone")
    finally:
        stage.close()


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ({"recovery_codes_left": 0}, "colleague"),
        ({"recovery_codes_left": 10, "recovery_codes_saved_at": None}, "new phone is set up"),
        ({"recovery_codes_left": 2}, "Only 2"),
        ({"recovery_codes_left": 9}, ""),
    ],
)
@pytest.mark.usefixtures("qapp")
def test_new_codes_are_not_offered_where_nothing_could_confirm_them(
    tmp_path: Path, codes: dict[str, Any], words: str
) -> None:
    stage = Stage(tmp_path)
    try:
        stage.world.lost, stage.world.codes = True, codes
        stage.shell("settings")
        shown = [each for each in stage.window.findChildren(QPushButton, "settings.codes.reset") if each.isVisible()]
        assert not shown
        told = trouble_of(Answers(stage.world).two_factor())
        assert words in told
        assert bool(told) == bool(words)
        assert "Make new ones" not in told
        assert not told or stage.find("settings.codes.warning", Banner).text.text() == told
    finally:
        stage.close()


@pytest.mark.usefixtures("qapp")
def test_who_can_only_enrol_is_not_told_that_he_can_edit(tmp_path: Path) -> None:
    over = datetime.now(UTC) - timedelta(days=1)
    for shut in (True, False):
        stage = Stage(tmp_path)
        try:
            stage.world.protected = False
            stage.world.account = {"grant_required": True} | ({"must_enrol_by": over} if shut else {})
            stage.shell("settings.general")
            said = " ".join(each.text() for each in stage.window.findChildren(QLabel) if each.isVisible())
            assert ("look and edit" in said) is not shut
            assert ("nothing else than enrol" in said) is shut
        finally:
            stage.close()


def test_words_about_clocks_and_secrets() -> None:
    assert "1 minute ahead" in clock_hint(35)
    assert "4 minutes behind" in clock_hint(-240)
    assert grouped("ABCDEFGHIJ") == "ABCD EFGH IJ"


def test_a_file_name_has_nothing_of_a_path_in_it(tmp_path: Path) -> None:
    paper = Paper(CODES, "../amelia/hart", "Northwind", "https://nw", NOW)
    assert paper.file("txt").name == "countersign-recovery-codes-.._amelia_hart.txt"
    assert keep(tmp_path / "new", b"x").stat().st_mode & 0o077 == 0
