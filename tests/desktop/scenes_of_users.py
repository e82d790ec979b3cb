"""The screens about users and companies with destinations and limits, and what is asked before a user is deleted."""

from typing import Any

from PySide6.QtWidgets import QPushButton, QRadioButton

from desktop.dialogs.company_form import CompanyForm
from desktop.dialogs.delete_user import DeleteUser
from desktop.dialogs.user_form import UserForm
from desktop.pages.companies import CompaniesPage
from desktop.widgets.table import Table
from server.contract.company import Company, CompanyDestination
from server.contract.deletion import DeletionMode
from server.contract.permission import Permission, Role
from server.contract.problem import Problem
from server.contract.user import User
from tests.desktop.answers import LONG, reach, user
from tests.desktop.answers_of_deletions import deletion, some_deletions
from tests.desktop.answers_of_governing import company
from tests.desktop.answers_of_storage import GB, some_accounts
from tests.desktop.scenes import Stage, scene
from tests.desktop.scenes_of_deletions import PLACED, held, page


def deleting(stage: Stage, mode: DeletionMode, **more: Any) -> DeleteUser:
    """Open the dialog, a way chosen."""
    dialog = DeleteUser(page(stage), stage.desk, user(20, **{**PLACED, **more}))
    dialog.open()
    stage.settle()
    way = dialog.findChild(QRadioButton, f"delete_user.way.{mode}")
    assert way is not None
    way.click()
    stage.settle()
    return dialog


@scene
def delete_user_with_data(stage: Stage) -> None:
    deleting(stage, DeletionMode.USER_AND_DATA)


@scene
def delete_data_alone(stage: Stage) -> None:
    deleting(stage, DeletionMode.DATA_ONLY, name=LONG[:60])


@scene
def delete_user_never_measured(stage: Stage) -> None:
    deleting(stage, DeletionMode.USER_AND_DATA, bytes=None, objects=None, measured_at=None)


@scene
def delete_user_measuring(stage: Stage) -> None:
    dialog = deleting(stage, DeletionMode.USER_AND_DATA)
    measure = dialog.findChild(QPushButton, "delete_user.data.measure")
    assert measure is not None
    measure.click()


@scene
def delete_user_without_a_destination(stage: Stage) -> None:
    DeleteUser(page(stage), stage.desk, user(24)).open()


@scene
def delete_user_held_meanwhile(stage: Stage) -> None:
    stage.world.refuses = Problem(409, "held", "This user is being deleted", "Restore the user first.")
    deleting(stage, DeletionMode.USER_ONLY)


@scene
def delete_user_of_one_who_may_not_measure(stage: Stage) -> None:
    stage.world.account = {
        "role": Role.SUB_ADMINISTRATOR,
        "permissions": [Permission.USERS_DELETE],
        "companies": ["cmp_1"],
    }
    deleting(stage, DeletionMode.USER_AND_DATA)


def editing(stage: Stage, one: User | None) -> UserForm:
    """Open the form."""
    form = UserForm(page(stage), stage.desk, one)
    form.open()
    stage.settle()
    return form


@scene
def user_form_with_a_destination(stage: Stage) -> None:
    editing(stage, user(20, **PLACED, storage_limit=500 * GB))


@scene
def user_form_moving(stage: Stage) -> None:
    form = editing(stage, user(20, **PLACED))
    form._fields["folder"].edit.setText("contoso/mia")
    form._fields["folder"].edit.textEdited.emit("contoso/mia")


@scene
def user_form_of_a_held_user(stage: Stage) -> None:
    editing(stage, held(deletion(1)))


@scene
def user_form_without_destinations(stage: Stage) -> None:
    editing(stage, user(20, company="cmp_5"))


@scene
def user_form_refused(stage: Stage) -> None:
    form = editing(stage, user(20, **PLACED))
    form._fields["storage_limit"].edit.setText("much")
    form._submit()
    form._failed(Problem(409, "folder_taken", "This folder is not free", "It is, holds or lies in that of another."))


def some_companies() -> list[Company]:
    """Return some with and without a limit, destinations and a measurement."""
    at = {"storage_account": "sto_1", "storage_account_name": "Wasabi Frankfurt"}
    usable = [
        CompanyDestination(id="dst_0", name="Customers", **at),
        CompanyDestination(id="dst_1", name="Archive", **at),
    ]
    return [
        company(0, bytes=612 * GB, storage_limit=2000 * GB, destinations=usable),
        company(1, bytes=612 * GB, storage_limit=500 * GB, destinations=usable[:1]),
        company(2, storage_limit=500 * GB),
        company(3, bytes=12 * GB),
        company(4),
    ]


def at_companies(stage: Stage, chosen: str) -> CompaniesPage:
    """Turn to the companies, one of them selected."""
    stage.world.storage.accounts = some_accounts()
    stage.world.companies = some_companies()
    stage.shell("companies")
    stage.find("companies.table", Table).select(chosen)
    stage.settle()
    return stage.find("page.companies", CompaniesPage)


@scene
def companies_with_limits(stage: Stage) -> None:
    at_companies(stage, "cmp_1")


@scene
def company_form_with_destinations(stage: Stage) -> None:
    at_companies(stage, "cmp_0")._edit()


@scene
def company_form_without_destinations(stage: Stage) -> None:
    at_companies(stage, "cmp_4")._edit()


@scene
def company_form_with_a_wrong_limit(stage: Stage) -> None:
    at_companies(stage, "cmp_1")._edit()
    stage.settle()
    form = next(iter(stage.window.findChildren(CompanyForm)))
    form._limit.edit.setText("-3")
    form._submit()


@scene
def overview_with_deletions(stage: Stage) -> None:
    stage.world.deletions = some_deletions()
    stage.world.reach = reach(on=True)
    stage.shell("overview")
