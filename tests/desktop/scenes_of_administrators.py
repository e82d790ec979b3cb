"""The screens about administrators and the own account, and the forms that ask the phone."""

from datetime import timedelta
from typing import Any

from desktop.core.told import Secret
from desktop.dialogs.administrator_form import AdministratorForm
from desktop.dialogs.administrator_rights import CREATE, SET, ChangeRights, Invite
from desktop.dialogs.administrator_step import DELETE, DISABLE, ENABLE, RESET, AdministratorStep
from desktop.dialogs.change_password import ChangePassword
from desktop.dialogs.disable_two_factor import DisableTwoFactor
from desktop.dialogs.must_enrol import MustEnrol
from desktop.dialogs.protected import Protected
from desktop.dialogs.told import Told
from desktop.pages.administrators import AdministratorsPage
from desktop.widgets.table import Table
from server.contract.administrator import Administrator
from server.contract.permission import Permission, Role
from server.contract.problem import Problem
from server.contract.request import Target
from tests.desktop.answers import LONG, LONG_CLAIM, LONG_MAIL, NOW, REASON, request
from tests.desktop.answers_of_administrators import action, session
from tests.desktop.answers_of_governing import administrator, company, policy
from tests.desktop.scenes import Stage, scene

JONAS = administrator(
    "jonas.keller", "Jonas Keller", permissions=[Permission.USERS_EDIT, Permission.USERS_DELETE], companies=["cmp_1"]
)
PRIYA = administrator("priya.nair", "Priya Nair", role=Role.PROVIDER, permissions=list(Permission), phone_away=True)
TOM = administrator(
    "tom.ives", "Tom Ives", two_factor=False, companies=["cmp_1", "cmp_2", "cmp_3"], permissions=[Permission.AUDIT_VIEW]
)
MARTA = administrator("marta.silva", "Marta Silva", two_factor=False, invited=NOW + timedelta(days=4, hours=21))
LEFT = administrator("ben.osei", "Ben Osei", enabled=False)
LAPSED = administrator("ada.lind", "Ada Lindqvist", two_factor=False, invited=NOW - timedelta(days=1))
LONG_ONE = administrator(LONG_CLAIM, LONG, id="adm_long", email=LONG_MAIL, companies=["cmp_1"])
PASSWORD = "four-Unrelated-lantern-words"


def _page(stage: Stage, *colleagues: Administrator, chosen: str = "") -> AdministratorsPage:
    stage.world.colleagues = list(colleagues or (JONAS, PRIYA, TOM, MARTA, LEFT, LAPSED))
    stage.shell("administrators")
    page = stage.find("page.administrators", AdministratorsPage)
    if chosen:
        stage.find("administrators.table", Table).select(chosen)
        stage.settle()
    return page


@scene
def administrators(stage: Stage) -> None:
    _page(stage)


@scene
def administrators_one_selected(stage: Stage) -> None:
    _page(stage, chosen=JONAS.id)


@scene
def administrators_one_invited(stage: Stage) -> None:
    _page(stage, chosen=MARTA.id)


@scene
def administrators_one_disabled(stage: Stage) -> None:
    _page(stage, chosen=LEFT.id)


@scene
def administrators_oneself(stage: Stage) -> None:
    _page(stage, chosen="adm_1")


@scene
def administrators_beyond_oneself(stage: Stage) -> None:
    held = [Permission.ADMINISTRATORS_EDIT, Permission.USERS_EDIT]
    stage.world.account = {"role": Role.SUB_ADMINISTRATOR, "permissions": held, "companies": ["cmp_1"]}
    _page(stage, JONAS, chosen=JONAS.id)


@scene
def administrators_one_pending(stage: Stage) -> None:
    target = [Target(type="administrator", id=TOM.id, name=TOM.username)]
    stage.world.requests = [request(action=DISABLE, target=target, parameters={"administrator": TOM.id})]
    _page(stage, chosen=TOM.id)


@scene
def administrators_none_found(stage: Stage) -> None:
    page = _page(stage)
    page._search.setText("nobody")
    page._ask()


@scene
def administrators_with_long_names(stage: Stage) -> None:
    stage.world.companies = [company(1, LONG)]
    _page(stage, LONG_ONE, chosen=LONG_ONE.id)


def _invite(stage: Stage, again: Administrator | None = None, *, parts: dict[str, Any] | None = None) -> Invite:
    page = _page(stage)
    form = Invite(page, stage.desk, action(CREATE, protected=True).schema_, stage.world.companies, again)
    form.open()
    for key, value in (parts or {}).items():
        form.form._parts[key].show_value(value)  # type: ignore[attr-defined]
        form.form._parts[key].changed.emit()  # type: ignore[attr-defined]
    stage.settle()
    form.preview._ask()
    stage.settle()
    return form


@scene
def invite(stage: Stage) -> None:
    _invite(stage)


@scene
def invite_filled_in(stage: Stage) -> None:
    parts = {"username": "marta.silva", "email": "marta@northwind.example", "companies": ["cmp_1", "cmp_2"]}
    _invite(stage, parts=parts | {"permissions": ["users.edit", "users.delete"]})


@scene
def invite_a_provider(stage: Stage) -> None:
    _invite(stage, parts={"username": "marta.silva", "email": "marta@northwind.example", "role": Role.PROVIDER})


@scene
def invite_again(stage: Stage) -> None:
    _invite(stage, MARTA)


@scene
def invite_with_faults(stage: Stage) -> None:
    stage.world.policy = policy(reason_required=True)
    form = _invite(stage)
    form._submit()
    form._failed(Problem(429, "too_many_requests", "5 of your requests already wait for the phone.", "Answer one."))
    form._submit()


@scene
def invite_within_ones_own_rights(stage: Stage) -> None:
    held = [Permission.ADMINISTRATORS_EDIT, Permission.USERS_EDIT]
    stage.world.account = {"role": Role.SUB_ADMINISTRATOR, "permissions": held, "companies": ["cmp_1", "cmp_2"]}
    stage.world.companies = [company(1), company(2)]
    _invite(stage)


@scene
def invite_without_a_phone(stage: Stage) -> None:
    stage.world.account = {"two_factor": False, "grant_required": True}
    stage.world.refuses = Problem(403, "two_factor_required", "This needs two-factor authentication")
    _invite(stage)


@scene
def rights(stage: Stage) -> None:
    page = _page(stage)
    form = ChangeRights(page, stage.desk, action(SET, protected=True).schema_, stage.world.companies, TOM)
    form.open()


def _step(stage: Stage, step: str, who: Administrator) -> Protected:
    form = AdministratorStep(_page(stage), stage.desk, step, who)
    form.open()
    stage.settle()
    return form


@scene
def administrator_disable(stage: Stage) -> None:
    _step(stage, DISABLE, JONAS)


@scene
def administrator_enable(stage: Stage) -> None:
    _step(stage, ENABLE, LEFT)


@scene
def administrator_delete(stage: Stage) -> None:
    form = _step(stage, DELETE, JONAS)
    form.form._reason.edit.setText(REASON)  # type: ignore[attr-defined]
    form.preview._ask()


@scene
def administrator_delete_without_a_reason(stage: Stage) -> None:
    stage.world.policy = policy(reason_required=True)
    _step(stage, DELETE, JONAS)


@scene
def administrator_delete_refused(stage: Stage) -> None:
    stage.world.refuses = Problem(409, "last_provider", "The last provider stays", "Make somebody else one first.")
    _step(stage, DELETE, PRIYA)


@scene
def administrator_reset(stage: Stage) -> None:
    _step(stage, RESET, JONAS)


@scene
def administrator_reset_with_long_names(stage: Stage) -> None:
    stage.world.colleagues = [LONG_ONE]
    AdministratorStep(stage.shell(), stage.desk, RESET, LONG_ONE).open()


@scene
def administrator_edit(stage: Stage) -> None:
    AdministratorForm(_page(stage), stage.desk, JONAS).open()


@scene
def told_invitation(stage: Stage) -> None:
    page = _page(stage)
    dialog = Told(page, stage.desk, [Secret("invitation", "marta.silva", "Zk3v" * 10 + "x9Q", MARTA.id)])
    dialog.open()


@scene
def told_not_copied(stage: Stage) -> None:
    dialog = Told(_page(stage), stage.desk, [Secret("grant", "jonas.keller", "Zk3v" * 10 + "x9Q")])
    dialog.open()
    dialog.reject()


@scene
def told_token(stage: Stage) -> None:
    Told(_page(stage), stage.desk, [Secret("token", "Nightly import", "csk_" + "Zk3v" * 10 + "x9Q")]).open()


@scene
def account(stage: Stage) -> None:
    stage.shell().show_page("account")


@scene
def account_of_a_sub_administrator(stage: Stage) -> None:
    stage.world.account = {
        "role": Role.SUB_ADMINISTRATOR,
        "permissions": [Permission.USERS_EDIT, Permission.USERS_DELETE, Permission.AUDIT_VIEW],
        "companies": ["cmp_1", "cmp_3"],
        "two_factor": False,
    }
    stage.shell().show_page("account")


@scene
def account_with_long_names(stage: Stage) -> None:
    stage.world.long = True
    stage.world.account = {"email": LONG_MAIL}
    stage.world.sessions = [session(number, device_name=LONG_CLAIM, application=LONG_CLAIM) for number in range(6)]
    stage.shell().show_page("account")


def _password(stage: Stage) -> ChangePassword:
    shell = stage.shell()
    shell.show_page("account")
    form = ChangePassword(shell, stage.desk)
    form.open()
    stage.settle()
    return form


@scene
def change_password(stage: Stage) -> None:
    _password(stage)


@scene
def change_password_filled_in(stage: Stage) -> None:
    form = _password(stage).form
    form._current.edit.setText(PASSWORD)  # type: ignore[attr-defined]
    for edit in form._new.edits:  # type: ignore[attr-defined]
        edit.setText(PASSWORD + "-and-more")
    form._settled()  # type: ignore[attr-defined]
    stage.settle()
    form.window().preview._ask()  # type: ignore[attr-defined]


@scene
def change_password_with_faults(stage: Stage) -> None:
    form = _password(stage)
    form._submit()


@scene
def disable_two_factor(stage: Stage) -> None:
    DisableTwoFactor(stage.shell("settings"), stage.desk).open()


@scene
def must_enrol(stage: Stage) -> None:
    by = NOW + timedelta(days=6)
    stage.world.account = {"two_factor": False, "grant_required": True, "must_enrol_by": by}
    MustEnrol(stage.shell(), by).open()


@scene
def must_enrol_banner(stage: Stage) -> None:
    stage.world.account = {"two_factor": False, "grant_required": True, "must_enrol_by": NOW + timedelta(days=6)}
    stage.shell()


@scene
def must_enrol_now(stage: Stage) -> None:
    stage.world.protected = False
    stage.world.account = {"grant_required": True, "must_enrol_by": NOW - timedelta(days=1)}
    stage.shell("settings")
