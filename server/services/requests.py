"""Approval requests as the console reads them, and calling them off."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from server import protocol
from server.actions.device import ChangeDevice
from server.actions.sign_in import SignIn
from server.contract.message import Page
from server.contract.permission import Role
from server.contract.problem import Problem
from server.contract.request import DecidedBy, Kind, Push, Request, RequestStatus, Target
from server.domain.requests import status_at
from server.services import policy, ways
from server.services.paging import page_after
from server.services.sessions import Caller
from server.store import tables
from server.store.devices import verification_of
from server.store.endings import is_granted, leave_pending
from server.store.work import Work


@dataclass(frozen=True)
class Filters:
    """`requested_by` is a whole user name; `q` is looked for in it, in the summary and in the names of the target."""

    status: RequestStatus | None = None
    mine: bool = False
    action: str | None = None
    kind: Kind | None = None
    requested_by: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None


def shown(work: Work, row: tables.Request, now: datetime, *, secrets: bool) -> Request:
    """Return the request; code and QR text only with `secrets`, for whoever asked, while it is pending.

    There is no code where policy lets the phone do without.
    """
    details = json.loads(row.details)
    status = status_at(RequestStatus(row.status), row.expires_at, now)
    device = work.session.get(tables.Device, row.device_id) if row.device_id else None
    pending = status is RequestStatus.PENDING and secrets and device is not None
    overdue = status is RequestStatus.EXPIRED and row.decided_at is None
    return Request(
        id=row.id,
        action=row.action,
        kind=details["kind"],
        title=details["title"],
        summary=details["summary"],
        status=status,
        requested_by=details["username"],
        device_name=details["device_name"],
        application=details["application"],
        ip=details["ip"],
        notices=details["notices"],
        target=[Target(**each) for each in details["target"]],
        parameters=details["parameters"],
        consequence=details["consequence"],
        reason=details["reason"],
        code=_code(work, row) if pending and details["code_digits"] else None,
        qr=_qr(work, row, device.origin) if pending and device else None,
        created_at=row.created_at,
        expires_at=row.expires_at,
        decided_at=row.expires_at if overdue else row.decided_at,
        decided_by=DecidedBy(**row.decided_by) if row.decided_by else None,
        result=row.result,
        push=Push(sent_at=row.pushed_at, opened_at=row.opened_at),
        device=device.name if device else None,
        verification=verification_of(device) if device else None,
        methods=_methods(work, row) if status is RequestStatus.PENDING else [],
        void_reason=row.void_reason,
        now=now,
    )


def _methods(work: Work, row: tables.Request) -> list[str]:
    owner = work.session.get_one(tables.Administrator, row.administrator_id)
    return ways.of_request(work, row.action, owner, row.device_id)


def _code(work: Work, row: tables.Request) -> str | None:
    return work.keys.unseal(row.code, f"requests/{row.id}/code").decode() if row.code else None


def _qr(work: Work, row: tables.Request, origin: str) -> str | None:
    if row.qr is None:
        return None
    return protocol.confirmation_qr(origin, row.id, work.keys.unseal(row.qr, f"requests/{row.id}/qr"))


def listed(
    work: Work,
    caller: Caller,
    filters: Filters,
    limit: int,
    cursor: str | None,
    now: datetime,
) -> Page[Request]:
    """Return requests newest first: a provider sees everybody's, any other administrator its own."""
    rows = _matching(filters, now)
    if caller.key is not None:
        rows = rows.where(tables.Request.api_key_id == caller.key.id)
    elif filters.mine or caller.account.role != Role.PROVIDER:
        rows = rows.where(tables.Request.administrator_id == caller.account.id)
    found, after = page_after(work, rows, tables.Request.number, limit, cursor)
    return Page(items=[shown(work, row, now, secrets=asked(caller, row)) for row in found], next=after)


def _matching(filters: Filters, now: datetime) -> Select[tables.Request]:
    rows, request = select(tables.Request), tables.Request
    pending, overdue = request.status == RequestStatus.PENDING, request.expires_at <= now
    if filters.status is RequestStatus.PENDING:
        rows = rows.where(pending, ~overdue)
    elif filters.status is RequestStatus.EXPIRED:
        rows = rows.where((request.status == filters.status) | (pending & overdue))
    elif filters.status is not None:
        rows = rows.where(request.status == filters.status)
    if filters.action:
        rows = rows.where(request.action == filters.action)
    if filters.kind:
        rows = rows.where(request.kind == filters.kind)
    if filters.requested_by:
        rows = rows.where(request.words.startswith(f"{filters.requested_by.casefold()}\n", autoescape=True))
    if filters.since:
        rows = rows.where(request.created_at >= filters.since)
    if filters.until:
        rows = rows.where(request.created_at < filters.until)
    if filters.q:
        rows = rows.where(request.words.contains(filters.q.casefold(), autoescape=True))
    return rows


def one(work: Work, caller: Caller, request: str, now: datetime) -> tuple[Request, bool]:
    """Return the request, and whether a secret result waits to be told to this caller."""
    row = visible(work, caller, request, now)
    return shown(work, row, now, secrets=asked(caller, row)), asked(caller, row) and row.secret_result is not None


def tell_secret(work: Work, caller: Caller, request: str, now: datetime) -> Request:
    """Return the request with its secret result, which is then forgotten, unless it is sealed for whoever asked."""
    row = visible(work, caller, request, now)
    answer = shown(work, row, now, secrets=True)
    if asked(caller, row) and row.secret_result is not None:
        secret = _secret_of(work, row, row.secret_result)
        if row.result_key is None:
            row.secret_result = None
        answer = answer.model_copy(update={"result": {**(row.result or {}), **secret}})
    return answer


def _secret_of(work: Work, row: tables.Request, sealed: bytes) -> dict[str, Any]:
    try:
        secret: dict[str, Any] = json.loads(work.keys.unseal(sealed, f"requests/{row.id}/secret_result"))
    except protocol.Malformed:  # a row that others wrote
        return {}
    return secret


def cancel(work: Work, caller: Caller, request: str, now: datetime) -> Request | Problem:
    """Call a pending request off; its requester and providers may, but none whom it is about."""
    row = visible(work, caller, request, now)
    account, own = caller.account, row.administrator_id == caller.account.id
    by = {"type": "administrator", "name": account.username}
    if row.action == SignIn.name and (not own or row.console_id is not None):  # else a stolen session keeps him out
        who = "the console that signs in" if row.console_id is not None else "who signs in"
        return Problem(403, "forbidden", f"Only {who} can call that off")
    elsewhere = not asked(caller, row)
    changes = own and row.action == ChangeDevice.name  # a colleague may stop a theft
    if elsewhere and (changes or is_granted(work, row)):  # else a stolen session ends the owner's enrolling
        return Problem(403, "forbidden", "Only the session that asked can call that off")
    if not own and account.id in (each.get("id") for each in json.loads(row.details)["target"]):
        return Problem(403, "forbidden", "Only who asked can call off what is about you")
    if not own and policy.has_password_alone(work, account):
        advice = "Turn two-factor authentication on first."
        return Problem(403, "forbidden", "Only who asked can call that off", advice)
    if leave_pending(work, row, RequestStatus.CANCELLED, now, decided_by=by, cancelled_by=caller.told):
        return shown(work, row, now, secrets=False)
    return not_pending(row, now)


def not_pending(row: tables.Request, now: datetime) -> Problem:
    """Return 409 with the state by now."""
    status = status_at(RequestStatus(row.status), row.expires_at, now)
    return Problem(409, "not_pending", f"This request is {status} already", request_status=status)


def asked(caller: Caller, row: tables.Request) -> bool:
    """Whether this very session or API key asked."""
    if caller.key is not None:
        return row.api_key_id == caller.key.id
    return caller.session is not None and row.session_id == caller.session.id


def visible(work: Work, caller: Caller, request: str, now: datetime) -> tables.Request:
    """Return a request that the caller may see; raises 404."""
    row = work.session.scalar(select(tables.Request).where(tables.Request.id == request))
    if row is None or not _may_see(work, caller, row, now):
        raise Problem(404, "request_not_found", "This request does not exist")
    return row


def _may_see(work: Work, caller: Caller, row: tables.Request, now: datetime) -> bool:
    if caller.key is not None:
        return asked(caller, row)
    if row.administrator_id == caller.account.id:
        return True
    return caller.account.role == Role.PROVIDER and not policy.must_enrol(work, caller.account, now)
