"""Small manners of the screens: nothing jumps, nothing covers what is pressed next, what does not fit says so."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError
from PySide6.QtCore import QPoint, QRect
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.core.problems import faults
from desktop.core.words import _texts, t
from desktop.dialogs.enrolment import EnrolmentDialog
from desktop.dialogs.set_up import SetUpForm
from desktop.pages.page import Page
from desktop.pages.users import UsersPage
from desktop.widgets.chip import Chip
from desktop.widgets.qr import QrCode
from desktop.widgets.text import Elided, Text
from server.contract.administrator import AcceptInvitation, SetUp
from server.contract.company import NewCompany
from server.contract.permission import Role
from server.contract.request import RequestStatus
from server.contract.user import EditUser, NewUser
from tests.desktop.answers import request, user
from tests.desktop.scenes import SCENES, Stage


def test_the_account_row_has_room_for_every_role(stage: Stage) -> None:
    stage.world.account = {"role": Role.SUB_ADMINISTRATOR, "companies": ["cmp_1"]}
    stage.shell("overview")
    role = stage.find("account.role", Elided)
    assert role.fontMetrics().horizontalAdvance(role.text()) <= role.width()


def test_a_toast_covers_nothing_that_can_be_pressed(stage: Stage) -> None:
    SCENES["toast"](stage)
    stage.settle()
    toast = stage.find("toast", QFrame)
    for made in stage.window.findChildren(QPushButton):
        if made.isVisible() and not toast.isAncestorOf(made):
            corner = made.mapTo(stage.window, QPoint(0, 0))
            assert not toast.geometry().intersects(QRect(corner, made.size())), made.objectName()


def test_a_toast_gives_way_to_what_comes_after_it(stage: Stage, qtbot: QtBot) -> None:
    SCENES["toast"](stage)
    stage.settle()
    toast = stage.find("toast", QFrame)
    late = QPushButton("Test connection", toast.parentWidget())
    late.setGeometry(toast.geometry().adjusted(20, 8, -300, -8))
    late.show()
    qtbot.waitUntil(lambda: not toast.geometry().intersects(late.geometry()))


def test_nothing_moves_while_a_fault_is_mended(stage: Stage) -> None:
    stage.show(form := SetUpForm(stage.desk, "token", ""))
    form._submit()
    stage.settle()
    before = [field.mapTo(form, QPoint(0, 0)).y() for field in form._fields.values()]
    form._fields["organisation"].edit.textEdited.emit("N")
    stage.settle()
    assert not form._fields["organisation"].fault()
    assert [field.mapTo(form, QPoint(0, 0)).y() for field in form._fields.values()] == before


def test_ended_requests_stand_in_rows_of_76_pixels(stage: Stage) -> None:
    stage.world.requests = [request(RequestStatus.EXECUTED, id=f"req_{number}") for number in range(4)]
    stage.shell()
    rows = [each for each in stage.window.findChildren(QWidget, "approvals.earlier") if each.isVisible()]
    assert [each.height() for each in rows] == [76] * 4


def test_a_reload_touches_only_what_is_different(stage: Stage) -> None:
    stage.shell()
    page = stage.find("page.users", UsersPage)._list
    model, seen = page._model, list[str]()
    page.table.selectRow(7)
    chosen = page.table.key()
    model.modelReset.connect(lambda: seen.append("reset"))
    model.rowsInserted.connect(lambda _, first, last: seen.append(f"in {first} {last}"))
    model.rowsRemoved.connect(lambda _, first, last: seen.append(f"out {first} {last}"))
    model.dataChanged.connect(lambda top, bottom: seen.append(f"new {top.row()} {bottom.row()}"))
    users = stage.world.users
    renamed = users[10].model_copy(update={"name": "Renamed"})
    stage.world.users = [user(100), *users[:3], *users[4:10], renamed, *users[11:]]
    model.reload()
    stage.settle()
    assert seen == ["out 3 3", "in 0 0", "new 10 10"]
    assert [model.key_of(row) for row in range(model.rowCount())] == [each.id for each in stage.world.users]
    assert page.table.key() == chosen


@pytest.mark.parametrize(
    ("form", "values"),
    [
        (SetUp, {"organisation": " ", "username": "ä b", "email": "nobody", "password": "x", "name": "\u202eevil"}),
        (SetUp, {"organisation": "x" * 121, "username": "x" * 65, "email": "x" * 255, "password": "x" * 1025}),
        (NewUser, {"username": "a@b", "name": "", "company": "no such id!"}),
        (EditUser, {"username": "\ud800@example.com"}),
        (NewCompany, {}),
        (AcceptInvitation, {"invitation": "", "password": "x"}),
    ],
)
def test_what_does_not_fit_is_said_in_our_words(form: type[BaseModel], values: dict[str, str]) -> None:
    ours = [text.partition("{")[0] for key, text in _texts().items() if key.startswith("console.field.")]
    with pytest.raises(ValidationError) as refused:
        form.model_validate(values)
    for name, sentence in faults(refused.value).items():
        assert any(sentence.startswith(text) for text in ours), (name, sentence)


def test_what_waits_is_counted_however_narrow_the_window(stage: Stage) -> None:
    SCENES["approvals"](stage)
    stage.settle()
    for width, words in ((1280, "Approvals"), (1000, "Approvals"), (700, "3"), (1280, "Approvals")):
        stage.window.resize(width, 800)
        stage.settle()
        shown = stage.find("nav.approvals", QPushButton)
        count = stage.window.findChild(Chip, "nav.approvals.count")
        assert isinstance(count, Chip)
        assert shown.accessibleName() == "Approvals (3)"
        assert shown.text() == words
        assert words == "3" or count.text() == "3"


@pytest.mark.usefixtures("qtbot")
@pytest.mark.parametrize("height", [720, 800, 860])
def test_large_text_leaves_out_nothing_of_how_the_app_gets_onto_a_phone(tmp_path: Path, height: int) -> None:
    stage = Stage(tmp_path, scale=2.0, height=height)
    try:
        SCENES["enrolment_install"](stage)
        stage.settle()
        dialog = stage.find("enrolment", EnrolmentDialog)
        code = stage.find("enrolment.app_qr", QrCode)
        assert code.text() == "https://nw-server.local:8443/phone/"
        assert code.visibleRegion().boundingRect() == code.rect()
        read = [each.text() for each in dialog.findChildren(Text) if each.isVisible()]
        for words in ("console.enrolment.install.ios_text", "console.enrolment.install.android_text"):
            assert t(words) in read
        title = next(each for each in dialog.findChildren(Text) if each.text() == t("console.enrolment.install_title"))
        assert title.visibleRegion().boundingRect() == title.rect()
        field = stage.find("enrolment.password", QLineEdit)
        QTest.keyClicks(field, "f")  # what is typed is seen, though it had to be scrolled to
        assert field.visibleRegion().boundingRect() == field.rect()
    finally:
        stage.close()


PAGES = ("overview", "users", "users.deletions", "companies", "storage", "approvals", "audit", "administrators")


@pytest.mark.parametrize("page", PAGES)
def test_answers_of_a_session_that_has_ended_are_nobodys(stage: Stage, page: str) -> None:
    stage.world.requests = [request()]
    shell = stage.shell(page)
    known = stage.desk.approvals.pending[0].id
    stage.desk.approvals.reload()
    for each in shell.findChildren(Page):
        each.reload()
    stage.desk.session.end()
    heard: list[str] = []
    stage.desk.approvals.changed.connect(lambda: heard.append("changed"))
    stage.settle()
    assert not heard
    assert stage.desk.approvals.find(known) is None
    stage.desk.session.begin("another", stage.world.me)
    stage.desk.approvals.reload()
    stage.settle()
    assert stage.desk.approvals.find(known) is not None
