"""Everything can be done without a mouse: a focus that is seen, Enter and Esc, what Ctrl+K finds."""

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QDialog,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.dialogs.find import Find
from desktop.pages.users import UsersPage
from desktop.widgets.button import button
from desktop.widgets.text_line import TextLine
from tests.desktop.scenes import Stage
from tests.desktop.test_scenes import INTERACTIVE, play, reached


@pytest.mark.parametrize(
    "name",
    ["sign_in", "set_up", "connect", "first_run", "users_one_selected", "user_form", "delete_user", "confirmation",
     "enrolment_scan", "settings_off", "audit_details", "approvals", "find", "waiting", "overview_page",
     "first_run_done",
     "approvals_page_with_one_in_full", "companies_page", "security_policy_changed", "api_keys", "api_key_form"],
)  # fmt: skip
def test_the_focus_can_be_seen(stage: Stage, name: str) -> None:
    root = play(stage, name)
    root.activateWindow()
    unseen = []
    for widget in reached(root):
        if not isinstance(widget, INTERACTIVE):
            continue
        widget.clearFocus()
        QApplication.processEvents()
        before = picture(widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        assert widget.hasFocus(), widget.objectName()
        if picture(widget) == before:
            unseen.append(widget.objectName())
    assert not unseen


def picture(widget: QWidget) -> QImage:
    return widget.grab().toImage()


@pytest.mark.usefixtures("stage")
def test_enter_presses_the_button_that_has_the_focus(qtbot: QtBot) -> None:
    pressed: list[str] = []
    for home in (QWidget(), QDialog()):
        qtbot.addWidget(home)
        made = button("Do it", "it", partial(pressed.append, type(home).__name__))
        made.setParent(home)
        home.show()
        made.setFocus()
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            QTest.keyClick(made, key)
    assert pressed == ["QWidget"] * 3 + ["QDialog"] * 3


@pytest.mark.parametrize(
    ("name", "typed", "go"),
    [
        ("sign_in", {"sign_in.password": "four-Unrelated-lantern-words"}, "sign_in.submit"),
        ("connect", {"connect.address": "http://127.0.0.1:9"}, "connect.submit"),
        ("user_form", {"user_form.email": "mia.brandt@contoso.example"}, "user_form.save"),
    ],
)
def test_a_button_that_was_busy_has_the_keyboard_again(stage: Stage, name: str, typed: dict[str, str], go: str) -> None:
    root = play(stage, name)
    root.activateWindow()
    for field, text in typed.items():
        stage.find(field, QLineEdit).setText(text)
    made = stage.find(go, QAbstractButton)
    made.setFocus()
    QTest.keyClick(made, Qt.Key.Key_Space)
    assert not made.isEnabled()
    assert root.focusWidget() is None  # else a second key would press what comes next
    stage.settle()
    assert made.isEnabled()
    assert made.hasFocus()


def test_whoever_has_gone_on_meanwhile_keeps_the_keyboard(stage: Stage) -> None:
    root = play(stage, "sign_in")
    root.activateWindow()
    made, field = stage.find("sign_in.submit", QAbstractButton), stage.find("sign_in.username", QLineEdit)
    made.setFocus()
    made.setEnabled(False)
    field.setFocus()
    made.setEnabled(True)
    assert field.hasFocus()


def test_escape_puts_a_request_aside_and_changes_nothing(stage: Stage) -> None:
    dialog = play(stage, "confirmation")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    stage.settle()
    assert dialog not in stage.roots()
    assert len(stage.desk.approvals.pending) == 1
    for name in ("user_form", "delete_user", "enrolment", "find"):
        opened = play(stage, name)
        assert isinstance(opened, QDialog), name
        QTest.keyClick(opened, Qt.Key.Key_Escape)
        stage.settle()
        assert stage.roots() == [stage.window], name


def test_the_default_button_of_a_dangerous_dialog_changes_nothing(stage: Stage) -> None:
    for name, expected in {"delete_user": "delete_user.cancel", "confirmation": "confirmation.put_aside"}.items():
        root = play(stage, name)
        defaults = [each.objectName() for each in root.findChildren(QAbstractButton) if _is_default(each)]
        assert defaults == [expected]
        QTest.keyClick(root, Qt.Key.Key_Escape)
        stage.settle()


def _is_default(made: QAbstractButton) -> bool:
    return bool(made.isVisible() and made.property("default"))


def test_ctrl_k_finds_pages_and_users(stage: Stage) -> None:
    shell = stage.shell()
    QTest.keyClick(stage.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    stage.settle()
    words = stage.find("find.words", TextLine)
    words.setText("audit")
    stage.find("find", Find)._ask()
    stage.settle()
    results = stage.find("find.results", QAbstractItemView)
    assert results.model().index(0, 0).data() == "Audit log"
    QTest.keyClick(words, Qt.Key.Key_Return)
    stage.settle()
    assert stage.find("page.audit").isVisible()
    shell.open_find()
    stage.settle()
    words = stage.find("find.words", TextLine)
    words.setText("Person")
    stage.find("find", Find)._ask()
    stage.settle()
    QTest.keyClick(words, Qt.Key.Key_Down)
    QTest.keyClick(words, Qt.Key.Key_Down)
    QTest.keyClick(words, Qt.Key.Key_Return)
    stage.settle()
    chosen = stage.find("page.users", UsersPage)._list._chosen
    assert chosen is not None
    assert chosen.id == "usr_2"


def test_ctrl_k_finds_the_pages_of_the_settings(stage: Stage) -> None:
    shell = stage.shell()
    shell.open_find()
    stage.settle()
    stage.find("find.words", TextLine).setText("policy")
    stage.find("find", Find)._ask()
    stage.settle()
    assert stage.find("find.results", QAbstractItemView).model().index(0, 0).data() == "Settings: Security policy"
    QTest.keyClick(stage.find("find.words", TextLine), Qt.Key.Key_Return)
    stage.settle()
    assert stage.find("page.settings.security_policy").isVisible()


def test_escape_leads_from_the_details_back_to_the_list(tmp_path: Path, qtbot: QtBot) -> None:
    stage = Stage(tmp_path, scale=2.0, height=720)
    try:
        play(stage, "audit_details")
        back = stage.find("audit.details.back", QAbstractButton)
        assert back.hasFocus()
        QTest.keyClick(back, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: stage.find("audit.table").hasFocus())
    finally:
        stage.close()
