"""Users on hold, the list of deletions and all that is asked about them, against a server that answers from memory."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.banners import Banners
from desktop.core import deletion_concerns, limits, moments
from desktop.core.deletions import left_until, names_of, story_of
from desktop.dialogs.confirmation import Confirmation, outcome_of
from desktop.dialogs.deletion_report import DeletionReport
from desktop.models.table import MARK_ROLE
from desktop.style.theme import theme
from desktop.widgets.chip import Chip
from desktop.widgets.facts import Facts
from desktop.widgets.share_bar import ShareBar
from desktop.widgets.table import Table
from desktop.widgets.text import Text
from server.contract.deletion import DeletionMode, DeletionStatus, Why
from server.contract.permission import Role
from server.contract.problem import Problem
from server.contract.request import RequestStatus
from server.contract.storage import TestResult
from server.contract.user import EditUser, NewUser, User
from tests.desktop.answers import NOW, request, user
from tests.desktop.answers_of_deletions import deletion, some_deletions
from tests.desktop.answers_of_storage import GB
from tests.desktop.scenes import SMALLEST, Stage
from tests.desktop.scenes_of_deletions import PLACED, at_deletions, held, page, report
from tests.desktop.scenes_of_storage import NO_ENGINE
from tests.desktop.scenes_of_users import at_companies, deleting, editing


def calls(stage: Stage, name: str) -> list[Any]:
    return [what for called, what in stage.world.storage.calls if called == name]


def text(stage: Stage, name: str) -> str:
    return stage.find(name, QLabel).text()


def seen(stage: Stage, name: str) -> bool:
    return any(each.isVisible() for each in stage.window.findChildren(QWidget, name))


def click(stage: Stage, name: str) -> None:
    stage.find(name, QPushButton).click()
    stage.settle()


def marks(stage: Stage, table: str, column: int) -> list[str]:
    model = stage.find(table, Table).model()
    return [model.index(row, column).data(MARK_ROLE).text for row in range(model.rowCount())]


def offered(stage: Stage, bar: str) -> set[str]:
    names = ("edit", "report", "restore", "delete", "delete_now", "stop", "show_request")
    return {name for name in names if seen(stage, f"{bar}.{name}")}


def test_each_user_tells_what_becomes_of_him(stage: Stage) -> None:
    page(stage)
    told = marks(stage, "users.table", 3)
    assert told[0].startswith("Deleted in 71 h 5")
    assert told[1].startswith("Data gone in 5")
    assert told[2:11] == [
        "Deleting, 41 %",
        "Waits: wrong key",
        "Deleting… · late",
        "Deletion failed",
        "Active",
        "Active",
        "Disabled",
        "Active",
        "Active",
    ]
    model = stage.find("users.table", Table).model()
    used = [model.index(row, 5).data() for row in range(11)]
    assert used[6:10] == ["412 GB of 500 GB", "612 GB of 500 GB", "", "Limit 500 GB"]


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        ("usr_1", {"edit", "restore", "delete_now"}),
        ("usr_3", {"report", "stop"}),
        ("usr_8", {"edit", "report", "delete"}),
        ("usr_20", {"edit", "delete"}),
    ],
)
def test_only_what_fits_is_offered(stage: Stage, chosen: str, wanted: set[str]) -> None:
    page(stage, chosen=chosen)
    assert offered(stage, "users") == wanted


def test_who_may_nothing_is_offered_nothing(stage: Stage) -> None:
    stage.world.account = {"role": Role.SUB_ADMINISTRATOR, "permissions": [], "companies": ["cmp_1"]}
    page(stage, chosen="usr_1")
    assert offered(stage, "users") == set()
    assert "Until then it can be called off" in text(stage, "users.story")


def test_one_click_restores_and_says_so(stage: Stage) -> None:
    page(stage, chosen="usr_1")
    click(stage, "users.restore")
    assert calls(stage, "restore_user") == ["usr_1"]
    assert text(stage, "toast.text") == "Person 0001 is active again. Nothing was deleted."
    assert marks(stage, "users.table", 3)[0] == "Active"
    assert offered(stage, "users") == {"edit", "delete"}


def test_too_late_to_restore_it_is_said_why(stage: Stage) -> None:
    page(stage, chosen="usr_1")
    why = Problem(409, "not_held", "This user is not on hold", "It was restored, or its deletion has begun.")
    stage.world.storage.refuses = {"restore_user": why}
    click(stage, "users.restore")
    assert "its deletion has begun" in text(stage, "toast.text")
    assert stage.find("users.restore", QPushButton).isEnabled()


def test_stopping_is_asked_once_and_ends_with_the_report(stage: Stage) -> None:
    page(stage, chosen="usr_3")
    assert text(stage, "users.story") == "20,210 of 48,120 objects deleted."
    assert 0.41 < stage.find("users.share", ShareBar).share < 0.43
    click(stage, "users.stop")
    assert stage.find("stop_deletion.stay", QPushButton).isDefault()
    assert not calls(stage, "stop_deletion")
    click(stage, "stop_deletion.submit")
    assert calls(stage, "stop_deletion") == ["del_3"]
    assert stage.find("deletion.status", Chip).text() == "Stopped"
    assert "What is gone stays gone" in text(stage, "deletion.story.text")


def test_the_clock_goes_on_without_a_call(stage: Stage) -> None:
    made = page(stage, [held(deletion(1, due_at=NOW + timedelta(hours=2)))], chosen="usr_1")._list
    before = text(stage, "users.story")
    made._bar._user = held(deletion(1, due_at=NOW + timedelta(minutes=30)))
    made._tick()
    assert text(stage, "users.story") != before
    assert left_until(NOW + timedelta(hours=71, minutes=59), NOW) == "71 h 59 min"
    assert left_until(NOW + timedelta(minutes=59, seconds=59), NOW) == "59 min"
    assert left_until(NOW + timedelta(seconds=59), NOW) == "under a minute"
    assert not left_until(NOW, NOW)


def test_filters_are_the_servers(stage: Stage) -> None:
    made = page(stage)
    made._list.filters.state.setCurrentIndex(3)
    made._list.filters.picked.emit()
    stage.settle()
    assert made._list._model.query == {"sort": "created_at", "order": "desc", "status": "held"}
    assert len(marks(stage, "users.table", 3)) == 5
    made._list.filters.state.setCurrentIndex(2)
    made._list.filters.picked.emit()
    stage.settle()
    assert marks(stage, "users.table", 3) == ["Disabled"]
    words = [made._list.filters.destination.itemText(place) for place in range(3)]
    assert words == ["All", "Archive (Wasabi Frankfurt)", "Customers (Wasabi Frankfurt)"]


def test_what_the_filters_let_through_is_exported(stage: Stage, tmp_path: Path) -> None:
    made = page(stage)
    made._list.filters.state.setCurrentIndex(1)
    made._list.filters.picked.emit()
    stage.settle()
    click(stage, "users.export")
    dialog = stage.window.findChild(QFileDialog, "users.export_dialog")
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "users.csv"))
    dialog.close()
    stage.settle()
    assert calls(stage, "export_users") == [{"status": "active", "enabled": "true"}]
    assert "users.csv" in text(stage, "toast.text")
    assert (tmp_path / "users.csv").exists()


def test_a_companys_users_are_shown_by_the_filter(stage: Stage) -> None:
    at_companies(stage, "cmp_1")
    click(stage, "companies.users")
    assert stage.find("users.company", QComboBox).currentText() == "Contoso"
    assert not stage.find("users.search", QLineEdit).text()


def test_data_alone_cannot_be_deleted_where_there_is_none(stage: Stage) -> None:
    dialog = deleting(stage, DeletionMode.USER_AND_DATA, destination=None, destination_name=None, folder=None)
    way = dialog.findChild(QRadioButton, "delete_user.way.data_only")
    assert way is not None
    assert not way.isEnabled()
    assert "no destination" in way.accessibleDescription()


def test_without_an_engine_it_is_said_that_data_stays(stage: Stage) -> None:
    stage.world.health = NO_ENGINE
    deleting(stage, DeletionMode.USER_ONLY)
    assert not seen(stage, "delete_user.data_waits"), "the user alone goes at once"
    stage.find("delete_user.way.user_and_data", QRadioButton).click()
    stage.settle()
    assert "stays where it is" in text(stage, "delete_user.data_waits.text")
    assert not stage.find("delete_user.data.measure", QPushButton).isEnabled()
    click(stage, "delete_user.cancel")
    page(stage, chosen="usr_1")
    click(stage, "users.delete_now")
    assert "stays where it is" in text(stage, "delete_now.data_waits.text")


def test_nothing_can_be_asked_for_until_it_is_known_what_it_does(stage: Stage) -> None:
    dialog = deleting(stage, DeletionMode.USER_ONLY)
    go, happens = dialog._go, dialog._happens
    assert dialog.parameters() == {"user": "usr_20", "mode": "user_only"}
    way = dialog.findChild(QRadioButton, "delete_user.way.data_only")
    assert way is not None
    way.click()
    assert not go.isEnabled()
    stage.settle()
    assert go.isEnabled()
    assert go.text() == "Delete data of Person 0020"
    assert "The user stays." in happens.text()
    assert dialog.parameters() == {"user": "usr_20", "mode": "data_only"}


def test_it_is_measured_before_it_is_asked_for(stage: Stage, qtbot: QtBot) -> None:
    known = {**PLACED, "bytes": None, "objects": None, "measured_at": None}
    dialog = deleting(stage, DeletionMode.USER_AND_DATA, **known)
    much = dialog.findChild(QLabel, "delete_user.data.much")
    measure = dialog.findChild(QPushButton, "delete_user.data.measure")
    assert much is not None
    assert measure is not None
    assert "never measured" in much.text()
    measure.click()
    stage.settle()
    assert calls(stage, "measure_storage") == ["sto_1"]
    assert not measure.isEnabled()
    stage.world.users = [user(20, **PLACED)]
    stage.world.storage.accounts[0] = stage.world.storage.accounts[0].model_copy(update={"measuring": None})
    qtbot.waitUntil(lambda: "412 GB · 48,120 objects" in much.text())
    assert measure.isEnabled()


def test_the_list_tells_each_deletions_state(stage: Stage) -> None:
    at_deletions(stage)
    assert marks(stage, "deletions.table", 2)[2:] == [
        "Deleting, 41 %",
        "Waits: wrong key",
        "Deleting… · late",
        "Done",
        "Done · late",
        "Failed",
        "Stopped",
        "Called off",
        "Failed",
        "Done",
    ]


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        ("del_1", {"report", "restore", "delete_now"}),
        ("del_3", {"report", "stop"}),
        ("del_6", {"report"}),
        ("del_8", {"report"}),
    ],
)
def test_of_a_deletion_only_what_fits_is_offered(stage: Stage, chosen: str, wanted: set[str]) -> None:
    at_deletions(stage, chosen)
    assert offered(stage, "deletions") == wanted


def test_a_status_is_filtered_by_the_server(stage: Stage) -> None:
    at_deletions(stage)
    stage.window.findChild(QWidget, "shell").go("users.deletions#failed")  # type: ignore[union-attr]
    stage.settle()
    assert marks(stage, "deletions.table", 2) == ["Failed", "Failed"]


def test_the_report_names_what_stayed_and_leads_to_the_request(stage: Stage) -> None:
    made = report(stage, 8)
    assert isinstance(made, DeletionReport)
    told = made.findChild(Facts, "deletion.facts")
    assert told is not None
    for part in ("Asked by: amelia.hart", "northwind-backups/person.0008", "Left: 3 objects", "48,117 objects"):
        assert part in told.text()
    assert "disk-2.img" in text(stage, "deletion.failures")
    assert text(stage, "deletion.failures.heading") == "Could not be deleted", "all three are named"
    assert "object lock" in text(stage, "deletion.story.text")
    asked: list[str] = []
    made.request_asked.connect(asked.append)
    made._ask_request()
    assert asked == ["req_1"]


@pytest.mark.parametrize("action", ["user.delete", "user.delete_now", "storage_account.delete"])
def test_what_deletes_is_asked_for_in_red(stage: Stage, action: str) -> None:
    asked = request(action=action, consequence="It is gone then.")
    made = Confirmation(page(stage), stage.desk, asked)
    made.show()
    stage.settle()
    happens = made.findChild(QLabel, "confirmation.consequence")
    ground = happens.parentWidget() if happens is not None else None
    assert ground is not None
    assert ground.property("look") == "bad"
    made.close()


@pytest.mark.usefixtures("qtbot")
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_what_is_chosen_is_shown_or_told_whole(tmp_path: Path, scale: float) -> None:
    stage = Stage(tmp_path, scale=scale)
    try:
        made = page(stage)
        choice = made._list.filters.destination
        choice.addItem("Archive (Wasabi Frankfurt)", "dst_9")
        assert choice.shown[0].startswith("Dest")
        choice.setCurrentIndex(choice.count() - 1)
        assert choice.shown[1].startswith("Arch")
        assert "Destination Archive (Wasabi Frankfurt)" in choice.toolTip()
        choice.setMaximumWidth(2000)
        choice.resize(2000, choice.height())
        assert choice.shown == ("Destination ", "Archive (Wasabi Frankfurt)")
        assert not choice.toolTip()
    finally:
        stage.close()


@pytest.mark.usefixtures("qtbot")
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_list_of_deletions_cuts_no_day_short(tmp_path: Path, scale: float) -> None:
    stage = Stage(tmp_path, scale=scale)
    try:
        metrics = theme().metrics(13, 400)
        days = [datetime(2027, 1, 1, 12, tzinfo=UTC) + timedelta(days=each) for each in range(365)]
        widest = max(days, key=lambda day: metrics.horizontalAdvance(moments.date(day)))
        stage.world.deletions = [*some_deletions(), deletion(13, due_at=widest)]
        table = at_deletions(stage).deletions.table
        model = table.model()
        shown = [column for column in range(model.columnCount()) if not table.isColumnHidden(column)]
        assert any(model.headerData(column, Qt.Orientation.Horizontal) == "When" for column in shown)
        for column in shown[1:]:
            room = table.columnWidth(column) - theme().px(16)
            for row in range(model.rowCount()):
                words = str(model.index(row, column).data())
                if model.index(row, column).data(MARK_ROLE) is None:
                    assert metrics.horizontalAdvance(words) <= room, words
    finally:
        stage.close()


@pytest.mark.parametrize(("hours", "offered"), [(1, True), (-1, False)])
def test_what_is_due_is_not_offered_to_be_deleted_now(stage: Stage, hours: int, *, offered: bool) -> None:
    stage.world.deletions = [deletion(1, due_at=NOW + timedelta(hours=hours))]
    at_deletions(stage, chosen="del_1")
    shown = [each.objectName() for each in stage.window.findChildren(QPushButton) if each.isVisible()]
    assert "deletions.restore" in shown
    assert ("deletions.delete_now" in shown) is offered
    assert ("as soon as nothing else" in text(stage, "deletions.story")) is not offered


@pytest.mark.usefixtures("qtbot")
@pytest.mark.parametrize("tab", ["users", "deletions"])
def test_two_rows_are_seen_whatever_stands_around_them(tmp_path: Path, tab: str) -> None:
    stage = Stage(tmp_path, scale=2.0, height=SMALLEST)
    try:
        made = page(stage, chosen="usr_1") if tab == "users" else at_deletions(stage, chosen="del_1")
        made.window().findChild(Banners).say_away("The server does not answer. " * 4)  # type: ignore[union-attr]
        stage.settle()
        table, bar = stage.find(f"{tab}.table", Table), stage.find(f"{tab}.bar", QWidget)
        assert table.viewport().height() >= 2 * table.rowHeight(0)
        assert stage.window.height() == SMALLEST
        assert not table.horizontalScrollBar().maximum(), "nothing is to be looked for at the side"
        scroll = made.findChild(QScrollArea)
        assert scroll is not None
        scroll.ensureWidgetVisible(bar)
        assert scroll.viewport().rect().contains(QRect(bar.mapTo(scroll.viewport(), QPoint()), bar.size()))
    finally:
        stage.close()


def test_a_user_over_the_limit_is_told_before_what_may_be_cut_off(stage: Stage) -> None:
    page(stage, chosen="usr_21")
    assert text(stage, "users.selected.facts").startswith("612 GB of 500 GB · over the limit · ")
    at_companies(stage, "cmp_1")
    assert "612 GB of 500 GB · over the limit" in text(stage, "companies.selected.facts")


@pytest.mark.parametrize(("why", "told"), [(Why.NOT_DELETED, "Found: 412 GB"), (Why.NOTHING_FOUND, "Expected: 412 GB")])
def test_the_report_says_what_was_found_and_what_only_was_expected(stage: Stage, why: Why, told: str) -> None:
    facts = report(stage, 8, why=why).findChild(Facts, "deletion.facts")
    assert facts is not None
    assert told in facts.text()


def test_the_report_says_where_more_has_stayed_than_it_names(stage: Stage) -> None:
    report(stage, 8, left=250)
    assert "among others" in text(stage, "deletion.failures.heading")


@pytest.mark.parametrize(("left", "told"), [(2, "Left"), (250, "Left, among others")])
def test_what_a_stopped_deletion_left_is_not_said_to_have_failed(stage: Stage, left: int, told: str) -> None:
    report(stage, 9, failures=["disk-1.img", "disk-2.img"], left=left)
    assert text(stage, "deletion.failures.heading") == told


@pytest.mark.parametrize(("minutes", "told"), [(0, "this is tried for an hour"), (61, "it could not be counted")])
def test_the_report_says_where_nobody_has_counted_what_is_left(stage: Stage, minutes: int, told: str) -> None:
    ended_at = datetime.now(UTC) - timedelta(minutes=minutes)
    facts = report(stage, 9, left=None, failures=[], ended_at=ended_at).findChild(Facts, "deletion.facts")
    assert facts is not None
    assert told in facts.text()
    assert " at least" in facts.text()


def test_the_report_follows_the_deletion(stage: Stage) -> None:
    report(stage, 3)
    assert stage.find("deletion.status", Chip).text() == "Deleting, 41 %"
    stage.world.deletions = [deletion(3, DeletionStatus.DONE)]
    stage.find("deletion", DeletionReport)._reread()
    stage.settle()
    assert stage.find("deletion.status", Chip).text() == "Done"
    assert not seen(stage, "deletion.share")


def test_a_name_passes_for_no_other() -> None:
    names = ["two\nlines", "turned\u202eround", "Müller.pdf"]
    assert names_of(deletion(8, DeletionStatus.FAILED, failures=names)) == [
        "two\\nlines",
        "turned\\u202eround",
        "Müller.pdf",
    ]


def test_every_trouble_and_every_reason_has_its_own_words() -> None:
    troubles = {story_of(deletion(1, DeletionStatus.RUNNING, trouble=each), NOW) for each in TestResult}
    reasons = {story_of(deletion(1, DeletionStatus.FAILED, why=each), NOW) for each in Why}
    assert len(troubles) == len(TestResult)
    assert len(reasons) == len(Why)


def saved(stage: Stage, one: User | None, **typed: str) -> Any:
    """Type into the form and send it; return what the server is sent."""
    sent: list[Any] = []
    form = editing(stage, one)
    client: Any = stage.desk.client

    def take(*call: Any) -> User:
        sent.append(call[-1])
        return one or user(1)

    client.edit_user = client.add_user = take
    for name, words in typed.items():
        if name in ("destination", "company"):
            combo = form._fields[name].editor
            assert isinstance(combo, QComboBox)
            combo.setCurrentIndex(combo.findData(words))
            combo.activated.emit(combo.currentIndex())
        else:
            form._fields[name].edit.setText(words)
    form._submit()
    stage.settle()
    return sent[0]


def test_a_new_user_gets_a_place_and_a_limit(stage: Stage) -> None:
    form = {"username": "mia@contoso.example", "company": "cmp_1", "destination": "dst_0", "storage_limit": "1,5"}
    sent = saved(stage, None, **form)
    assert isinstance(sent, NewUser)
    assert sent.model_dump(exclude_unset=True) == {
        "username": "mia@contoso.example",
        "company": "cmp_1",
        "enabled": True,
        "destination": "dst_0",
        "storage_limit": 1_500_000_000,
    }


def test_only_what_is_different_is_sent(stage: Stage) -> None:
    one = user(20, **PLACED, storage_limit=500 * GB)
    assert isinstance(sent := saved(stage, one, storage_limit=""), EditUser)
    assert sent.model_dump(exclude_unset=True) == {"storage_limit": None}
    sent = saved(stage, one, folder="")
    assert sent.model_dump(exclude_unset=True) == {"destination": "dst_0", "folder": "usr_20"}
    sent = saved(stage, one, destination="")
    assert sent.model_dump(exclude_unset=True) == {"destination": None}


def test_a_held_users_place_cannot_be_edited(stage: Stage) -> None:
    form = editing(stage, held(deletion(1)))
    assert "Restore the user" in text(stage, "user_form.held.text")
    for name in ("company", "destination", "folder"):
        assert not form._fields[name].editor.isEnabled()


def test_a_company_without_destinations_says_where_they_are_given(stage: Stage) -> None:
    form = editing(stage, user(20, company="cmp_5"))
    assert "at Storage" in text(stage, "user_form.destination.fault")
    assert not form._fields["folder"].editor.isEnabled()


@pytest.mark.parametrize(
    ("error", "field", "words"),
    [
        (Problem(409, "folder_taken", "Not free", "It is mia’s.", fields={"folder": "is not free"}), "folder", "mia’s"),
        (Problem(422, "invalid", "No", "", fields={"folder": "is too long"}), "folder", "The folder is too long."),
        (Problem(404, "destination_not_found", "Gone", "Choose one."), "destination", "Choose one."),
        (Problem(409, "username_taken", "Taken", "Use another."), "username", "Use another."),
    ],
)
def test_what_the_server_refuses_stands_beside_its_field(stage: Stage, error: Problem, field: str, words: str) -> None:
    form = editing(stage, user(20, **PLACED))
    form._failed(error)
    assert words in form._fields[field].fault()


def test_a_limit_is_read_as_it_is_written() -> None:
    for count in (1, 1500, 500 * GB, 1_500 * GB, 2_000_000 * GB, 123_456_789_012_345):
        assert limits.parsed(*limits.written(count)) == count
    assert limits.parsed(" ", "gb") is None
    assert limits.written(1500 * GB) == ("1.5", "tb")
    for wrong in ("much", "-3", "0", "1e30", "nan"):
        with pytest.raises(ValueError, match=wrong):
            limits.parsed(wrong, "gb")


def test_the_first_page_tells_of_each_users_last_deletion_alone() -> None:
    told = list(deletion_concerns.told_of(some_deletions(), datetime.now(UTC)))
    assert [title for _, _, title, _, _ in told] == [
        "2 deletions have failed",
        "1 deletion cannot go on",
        "2 deletions are on hold",
    ]
    assert [place for *_, place in told] == [f"users.deletions#{each}" for each in ("failed", "running", "held")]
    assert "59 min: person.0002" in told[2][3]
    again = [deletion(8, DeletionStatus.DONE), deletion(8, DeletionStatus.FAILED)]
    assert not list(deletion_concerns.told_of(again, datetime.now(UTC)))
    assert not list(
        deletion_concerns.told_of([deletion(8, DeletionStatus.FAILED)], datetime.now(UTC) + timedelta(days=8))
    )


def test_the_first_page_misses_none_that_waits_behind_a_hundred_that_have_ended(stage: Stage) -> None:
    waiting = [deletion(200, DeletionStatus.RUNNING), deletion(201, DeletionStatus.HELD)]
    stage.world.deletions = [*(deletion(number, DeletionStatus.DONE) for number in range(100)), *waiting]
    found = deletion_concerns.looked_at(stage.desk.client)
    assert [each.id for each in found[100:]] == [each.id for each in waiting]
    assert len(found) == 102


def test_deletions_are_searched_for_by_the_users_name(stage: Stage) -> None:
    at_deletions(stage)
    stage.find("deletions.search", QLineEdit).setText("person.0002")
    stage.find("deletions.search", QLineEdit).returnPressed.emit()
    stage.settle()
    assert len(marks(stage, "deletions.table", 2)) == 1
    stage.find("deletions.search", QLineEdit).setText("nobody like this")
    stage.find("deletions.search", QLineEdit).returnPressed.emit()
    stage.settle()
    empty = stage.find("deletions.empty", QWidget)
    assert any("Search for something else" in label.text() for label in empty.findChildren(QLabel))


def test_what_is_held_is_said_to_be_due_and_not_done(stage: Stage) -> None:
    made = request(RequestStatus.EXECUTED, result={"user": "usr_1", "due_at": "2099-11-24T12:01:00+00:00"})
    shell = stage.shell("users")
    shell._tell(made)
    stage.settle()
    told = stage.find("toast.text", Text).text()
    assert "It is carried out on 24 Nov 2099" in told
    assert "until then nothing is deleted" in told
    window = Confirmation(shell, stage.desk, made)
    window._result.tell(made)
    assert window._result._text.text() == outcome_of(made)
    assert "nothing is deleted" in outcome_of(made)
    begun = request(RequestStatus.EXECUTED, result={"user": "usr_1", "due_at": NOW.isoformat()})
    hastened = request(RequestStatus.EXECUTED, action="user.delete_now", result={"user": "usr_1"})
    for each in (begun, hastened):
        assert outcome_of(each).endswith("Deleting has begun. Its report is under Users > Deletions.")
    assert "Deleting" not in outcome_of(request(action="user.delete_now"))
    assert outcome_of(request(RequestStatus.EXECUTED)).endswith("It has been carried out.")
