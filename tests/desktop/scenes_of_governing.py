"""The screens of whoever governs: the overview, approvals, companies, the security policy and API keys."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QCheckBox

from desktop.dialogs.api_example import ApiExample
from desktop.dialogs.api_key_form import ApiKeyForm
from desktop.dialogs.change_policy import ChangePolicy
from desktop.dialogs.company_form import CompanyForm
from desktop.dialogs.end_api_key import EndApiKey
from desktop.dialogs.evidence import EvidenceWritten
from desktop.pages.approvals import ApprovalsPage
from desktop.widgets.table import Table
from server.actions.api_keys import CreateApiKey
from server.contract.audit import AuditEvent, Outcome
from server.contract.request import BY_API_KEY, RequestStatus
from tests.desktop.answers import LONG, LONG_CLAIM, NOW, event, reach, request
from tests.desktop.answers_of_governing import administrator, api_key, company, policy
from tests.desktop.scenes import Stage, scene, some_requests


def not_me() -> AuditEvent:
    """Return a rejection by somebody who had not asked."""
    more = {
        "id": "evt_not_me",
        "event": "request:rejected",
        "outcome": Outcome.DENIED,
        "username": "priya.nair",
        "action": "sign_in",
        "ip": "203.0.113.77",
        "reason": "not_me",
        "request": "req_not_me",
    }
    return event(3).model_copy(update=more)


@scene
def overview_page(stage: Stage) -> None:
    stage.world.requests = some_requests()
    stage.world.events = [not_me()]
    stage.world.reach = reach(on=True)
    stage.world.colleagues = [
        administrator("jonas.keller", "Jonas Keller", phone_away=True),
        administrator("tom.ives", "Tom Ives", two_factor=False),
        administrator("marta.silva", "Marta Silva", two_factor=False, invited=NOW + timedelta(days=4, hours=21)),
    ]
    stage.shell("overview")


@scene
def users_while_somebody_answers_not_me(stage: Stage) -> None:
    stage.shell()
    stage.desk.alarms.unseen = [not_me()]
    stage.desk.alarms.changed.emit()


@scene
def overview_while_an_api_key_asks(stage: Stage) -> None:
    more: dict[str, Any] = {"device_name": "Nightly import", "notices": [BY_API_KEY], "code": None, "qr": None}
    stage.world.requests = [request(**more), request(own=False, **more)]
    stage.shell("overview")


@scene
def approvals_page(stage: Stage) -> None:
    stage.world.requests = some_requests()
    stage.shell("approvals")


@scene
def approvals_page_of_nothing(stage: Stage) -> None:
    stage.shell("approvals")


@scene
def approvals_page_with_one_in_full(stage: Stage) -> None:
    stage.world.requests = some_requests()
    show_request(stage, RequestStatus.EXECUTED)


@scene
def approvals_page_with_one_in_full_and_long_names(stage: Stage) -> None:
    stage.world.requests = some_requests()
    show_request(stage, RequestStatus.REJECTED, place=1)


def show_request(stage: Stage, status: RequestStatus, place: int = 0) -> None:
    """Turn to the approvals and open a request of this state."""
    stage.shell("approvals")
    rows = [row for row, each in enumerate(stage.world.requests) if each.status is status]
    asked = stage.world.requests[rows[place]].id
    stage.world.events = [event(number).model_copy(update={"request": asked}) for number in (3, 0)]
    stage.find("approvals.table", Table).selectRow(rows[place])
    stage.settle()
    stage.find("page.approvals", ApprovalsPage)._open()


@scene
def evidence_written(stage: Stage) -> None:
    parent = stage.shell("approvals")
    EvidenceWritten(parent, Path("/home/amelia/countersign-evidence-req_oxwGvUY.json"), "k" * 43).open()


@scene
def companies_page(stage: Stage) -> None:
    stage.shell("companies")
    stage.find("companies.table", Table).selectRow(1)


@scene
def companies_page_with_long_names(stage: Stage) -> None:
    stage.world.companies = [company(number, LONG) for number in range(3)]
    stage.shell("companies")
    stage.find("companies.table", Table).selectRow(1)


@scene
def companies_page_of_nothing(stage: Stage) -> None:
    stage.world.companies = []
    stage.shell("companies")


@scene
def company_form(stage: Stage) -> None:
    form = CompanyForm(stage.shell("companies"), stage.desk, company(1))
    form.open()
    form._name.edit.clear()
    form._submit()


@scene
def security_policy(stage: Stage) -> None:
    stage.shell("settings.security_policy")


@scene
def security_policy_changed(stage: Stage) -> None:
    stage.world.policy = policy(without_code=["user.delete"], two_factor_from=NOW + timedelta(days=20))
    stage.shell("settings.security_policy")
    stage.find("policy.reason.box", QCheckBox).click()
    stage.find("policy.code.user.delete", QCheckBox).click()


@scene
def security_policy_waiting(stage: Stage) -> None:
    stage.world.policy = policy(reason_required=True, request_lifetime=45)
    stage.world.requests = [request(action="policy.change", target=[], kind="management")]
    stage.shell("settings.security_policy")


@scene
def security_policy_of_somebody_without_a_phone(stage: Stage) -> None:
    stage.world.protected = False
    stage.shell("settings.security_policy")


@scene
def change_policy(stage: Stage) -> None:
    changes = {"reason_required": True, "two_factor_from": "2026-12-08T00:00:00Z"}
    ChangePolicy(stage.shell("settings.security_policy"), stage.desk, changes).open()


@scene
def api_keys(stage: Stage) -> None:
    stage.world.api_keys = [api_key(number, name) for number, name in enumerate(("Nightly import", "Billing", "PSA"))]
    stage.shell("settings.api_keys")
    stage.find("api_keys.table", Table).selectRow(1)


@scene
def api_keys_with_long_names(stage: Stage) -> None:
    stage.world.api_keys = [api_key(number, LONG_CLAIM) for number in range(3)]
    stage.shell("settings.api_keys")
    stage.find("api_keys.table", Table).selectRow(1)


@scene
def api_keys_of_nobody(stage: Stage) -> None:
    stage.shell("settings.api_keys")


@scene
def api_key_form(stage: Stage) -> None:
    schema = CreateApiKey.model_json_schema(by_alias=True)
    ApiKeyForm(stage.shell("settings.api_keys"), stage.desk, schema, stage.world.companies).open()


@scene
def end_api_key(stage: Stage) -> None:
    EndApiKey(stage.shell("settings.api_keys"), stage.desk, api_key(1)).open()


@scene
def api_example(stage: Stage) -> None:
    ApiExample(stage.shell("settings.api_keys"), "https://nw-server.local:8443", "PEM").open()
