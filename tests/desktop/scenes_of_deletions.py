"""The screens about deletions: users on hold, what runs, what waits, the list, reports, and what is asked before."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from desktop.dialogs.delete_now import DeleteNow
from desktop.dialogs.deletion_report import DeletionReport
from desktop.dialogs.stop_deletion import StopDeletion
from desktop.pages.users import UsersPage
from desktop.widgets.table import Table
from server.contract.deletion import Deletion, DeletionStatus, Why
from server.contract.permission import Role
from server.contract.problem import Problem
from server.contract.request import Target
from server.contract.storage import TestResult
from server.contract.user import User, UserStatus
from tests.desktop.answers import LONG, LONG_CLAIM, LONG_MAIL, NOW, request, user
from tests.desktop.answers_of_deletions import deletion, in_short, some_deletions
from tests.desktop.answers_of_storage import GB, some_accounts
from tests.desktop.scenes import Stage, scene

PLACED: dict[str, Any] = {
    "destination": "dst_0",
    "destination_name": "Customers",
    "folder": "mia.brandt",
    "bytes": 412 * GB,
    "objects": 48_120,
    "measured_at": NOW - timedelta(hours=2),
}


def held(whole: Deletion, **more: Any) -> User:
    """Return the user of a deletion that waits or runs."""
    number = int(whole.id.removeprefix("del_"))
    values = {"status": UserStatus.HELD, "held_until": whole.due_at, "deletion": in_short(whole)}
    return user(number, **{**PLACED, **values, **more})


def some_users() -> list[User]:
    """Return users in every state, with those whose deletion is on its way first."""
    deletions = some_deletions()
    going = [held(each) for each in deletions[:5]]
    failed = user(8, **PLACED, deletion=in_short(deletions[7]))
    limits: dict[str, Any] = {"storage_limit": 500 * GB}
    rest = [
        user(20, **PLACED, **limits),
        user(21, **{**PLACED, "bytes": 612 * GB}, **limits),
        user(22, enabled=False),
        user(23, **{**PLACED, "bytes": None, "objects": None, "measured_at": None}, **limits),
        user(24, company=None, company_name=None),
    ]
    return [*going, failed, *rest, *(user(number) for number in range(30, 60))]


def page(stage: Stage, users: Sequence[User] | None = None, *, chosen: str = "") -> UsersPage:
    """Turn to the users, one of them selected."""
    stage.world.storage.accounts = some_accounts()
    stage.world.users = list(some_users() if users is None else users)
    stage.world.deletions = stage.world.deletions or some_deletions()
    stage.shell("users")
    if chosen:
        stage.find("users.table", Table).select(chosen)
        stage.settle()
    return stage.find("page.users", UsersPage)


def at_deletions(stage: Stage, chosen: str = "") -> UsersPage:
    """Turn to the list of deletions, one of them selected."""
    found = page(stage)
    found.turn_to("users.deletions")
    stage.settle()
    if chosen:
        stage.find("deletions.table", Table).select(chosen)
        stage.settle()
    return found


@scene
def users_in_every_state(stage: Stage) -> None:
    page(stage)


@scene
def users_one_on_hold(stage: Stage) -> None:
    page(stage, chosen="usr_1")


@scene
def users_one_on_hold_seen_by_a_reader(stage: Stage) -> None:
    stage.world.account = {"role": Role.SUB_ADMINISTRATOR, "permissions": [], "companies": ["cmp_1"]}
    page(stage, chosen="usr_1")


@scene
def users_one_hastened(stage: Stage) -> None:
    target = [Target(type="user", id="usr_1", name="person.0001@contoso.example")]
    stage.world.requests = [request(action="user.delete_now", title="Delete now", target=target)]
    page(stage, chosen="usr_1")


@scene
def users_one_being_deleted(stage: Stage) -> None:
    page(stage, chosen="usr_3")


@scene
def users_one_waiting_in_trouble(stage: Stage) -> None:
    page(stage, chosen="usr_4")


@scene
def users_one_not_counted_yet(stage: Stage) -> None:
    page(stage, chosen="usr_5")


@scene
def users_one_failed(stage: Stage) -> None:
    page(stage, chosen="usr_8")


@scene
def users_one_over_the_limit(stage: Stage) -> None:
    page(stage, chosen="usr_21")


@scene
def users_filtered(stage: Stage) -> None:
    made = page(stage)
    made._list.filters.state.setCurrentIndex(3)
    made._list.filters.picked.emit()


@scene
def users_none_filtered(stage: Stage) -> None:
    made = page(stage, [user(1)])
    made._list.filters.state.setCurrentIndex(3)
    made._list.filters.picked.emit()


@scene
def users_on_hold_with_long_names(stage: Stage) -> None:
    stage.world.long = True
    long = {"long": True, "destination_name": LONG, "folder": LONG_CLAIM}
    page(stage, [held(each, **long) for each in some_deletions()[:5]], chosen="usr_1")


@scene
def deletions(stage: Stage) -> None:
    at_deletions(stage)


@scene
def deletions_one_on_hold(stage: Stage) -> None:
    at_deletions(stage, "del_1")


@scene
def deletions_one_running(stage: Stage) -> None:
    at_deletions(stage, "del_3")


@scene
def deletions_one_in_trouble(stage: Stage) -> None:
    at_deletions(stage, "del_4")


@scene
def deletions_one_failed(stage: Stage) -> None:
    at_deletions(stage, "del_8")


@scene
def deletions_none_like_this(stage: Stage) -> None:
    stage.world.deletions = [deletion(1)]
    at_deletions(stage).deletions.begin("failed")


@scene
def deletions_none_yet(stage: Stage) -> None:
    at_deletions(stage)
    stage.world.deletions = []
    stage.find("page.users", UsersPage).deletions.reload()


@scene
def deletions_with_long_names(stage: Stage) -> None:
    stage.world.long = True
    long = {"username": LONG_MAIL, "asked_by": LONG_CLAIM, "storage_account_name": LONG, "folder": LONG_CLAIM}
    states = (DeletionStatus.HELD, DeletionStatus.RUNNING, DeletionStatus.FAILED)
    stage.world.deletions = [deletion(number, status, **long) for number, status in enumerate(states)]
    at_deletions(stage, "del_1")


def report(stage: Stage, number: int, **more: Any) -> DeletionReport:
    """Open the report of one of them."""
    made = at_deletions(stage)
    whole = next(each for each in stage.world.deletions if each.id == f"del_{number}").model_copy(update=more)
    made.deletions._steps.show_report(whole)
    stage.settle()
    return next(each for each in stage.window.findChildren(DeletionReport))


@scene
def deletion_report_of_one_done(stage: Stage) -> None:
    report(stage, 6)


@scene
def deletion_report_of_one_on_hold(stage: Stage) -> None:
    report(stage, 1)


@scene
def deletion_report_of_one_running(stage: Stage) -> None:
    report(stage, 3)


@scene
def deletion_report_in_trouble(stage: Stage) -> None:
    report(stage, 4)


@scene
def deletion_report_that_is_counted_once_more(stage: Stage) -> None:
    report(stage, 4, trouble=TestResult.NOTHING_FOUND)


@scene
def deletion_report_of_one_failed(stage: Stage) -> None:
    report(stage, 8)


@scene
def deletion_report_of_one_stopped(stage: Stage) -> None:
    report(stage, 9)


@scene
def deletion_report_of_nothing_found(stage: Stage) -> None:
    report(stage, 8, why=Why.NOTHING_FOUND, failures=[], left=None, deleted=0, deleted_bytes=0)


@scene
def deletion_report_without_data(stage: Stage) -> None:
    report(stage, 12)


@scene
def deletion_report_with_long_names(stage: Stage) -> None:
    names = [f"{LONG_CLAIM}/{number}/{LONG_CLAIM}.img" for number in range(20)]
    report(stage, 8, username=LONG_MAIL, storage_account_name=LONG, folder=LONG_CLAIM, failures=names)


@scene
def stop_deletion(stage: Stage) -> None:
    StopDeletion(page(stage), stage.desk, deletion(3, DeletionStatus.RUNNING), "person.0003@contoso.example").open()


@scene
def stop_deletion_too_late(stage: Stage) -> None:
    dialog = StopDeletion(page(stage), stage.desk, deletion(3, DeletionStatus.RUNNING), LONG_MAIL)
    dialog.open()
    stage.settle()
    detail = "It has ended, or has not begun yet."
    dialog._failed(Problem(409, "not_running", "This deletion does not run", detail))


@scene
def delete_now(stage: Stage) -> None:
    made = page(stage)
    DeleteNow(made, stage.desk, "usr_1", "person.0001@contoso.example", "User and all data").open()
