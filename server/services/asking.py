"""Asking for a protected action: the one door for console, API, command line and schedules."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import bindparam, func, insert, select

from server import protocol
from server.actions import REGISTER, Execution, ProtectedAction
from server.contract.action import ActionInfo, ActionList, Executed, Preview
from server.contract.problem import Problem, invalid
from server.contract.request import Request, RequestStatus
from server.domain.audit import Event
from server.domain.requests import MOST_TARGETS, OPEN_ACTIONS, ends_at
from server.services import administrators, requests
from server.services.sessions import Caller
from server.store import tables
from server.store.audit_log import Source, record
from server.store.devices import active_device
from server.store.endings import record_request
from server.store.ids import new_id
from server.store.work import Work

CODE_DIGITS = 6

_REQUESTS = tables.Table.metadata.tables["requests"]
_COLUMNS = [column.key for column in _REQUESTS.columns if column.key != "number"]
_INSERT = insert(_REQUESTS)
_OPEN = select(func.count()).where(
    _REQUESTS.c.administrator_id == bindparam("account"),
    _REQUESTS.c.status == RequestStatus.PENDING,
    _REQUESTS.c.expires_at > bindparam("now"),
    _REQUESTS.c.action != "sign_in",
)


@dataclass(frozen=True)
class Origin:
    """Where a request comes from, and who will be asked: shown to the phone, and kept with the request."""

    source: Source
    device: tables.Device
    notices: list[str]
    session: str | None = None
    console: str | None = None
    wait_hash: bytes | None = None


def offered(caller: Caller) -> ActionList:
    """List every action that can be asked for by name."""
    items = [
        ActionInfo(
            name=action.name,
            title=action.title,
            description=" ".join((action.__doc__ or "").split()),
            kind=action.kind,
            permission=action.permission,
            schema=action.model_json_schema(by_alias=True),
            protected=caller.account.method is not None,
        )
        for action in REGISTER.values()
        if action.offered
    ]
    return ActionList(items=sorted(items, key=lambda each: each.name))


def preview(work: Work, caller: Caller, name: str, parameters: dict[str, Any], reason: str, now: datetime) -> Preview:
    """Show what the phone would show; refuses what asking would refuse, asks nobody."""
    action = _checked(work, caller, name, parameters, now)
    lines = details(work, action, caller.account, caller.source, notices(caller), reason, now)
    return Preview(details={**lines, "id": "", "answer_key": ""})


def ask(
    work: Work,
    caller: Caller,
    name: str,
    parameters: dict[str, Any],
    reason: str,
    now: datetime,
    key: str | None = None,
) -> Executed | Request:
    """Make the request, or execute at once where nobody has two-factor authentication; repeatable by `key`."""
    body = protocol.sha(json.dumps([name, parameters, reason], sort_keys=True).encode())
    if key is not None and (before := _repeated(work, caller, key, body, now)) is not None:
        return before
    action = _checked(work, caller, name, parameters, now)
    if caller.account.method is None:
        answer = _execute_unprotected(work, caller, action, reason, now)
        told = {name: value for name, value in (answer.result or {}).items() if name not in action.secrets}
        _remember(work, caller, key, body, now, result=told)
        return answer
    device, session = phone_of(work, caller.account), caller.session
    origin = Origin(caller.source, device, notices(caller), session.id, session.console_id)
    request = create(work, action, caller.account, origin, reason, now)
    _remember(work, caller, key, body, now, request=request.id)
    return requests.shown(work, request, now, secrets=True)


def phone_of(work: Work, account: tables.Administrator) -> tables.Device:
    """Return the account's phone; raises 403 `no_device`."""
    found = active_device(work, account.id)
    if found is None:
        way_out = "Whoever runs the server can give a new start: countersign-server admin reset-two-factor."
        raise Problem(403, "no_device", "No phone is set up for this account", way_out)
    return found


def notices(caller: Caller) -> list[str]:
    """Return short facts about where a request comes from."""
    return [] if caller.ip == caller.session.ip else ["new network address"]


def _checked(work: Work, caller: Caller, name: str, parameters: dict[str, Any], now: datetime) -> ProtectedAction:
    action = REGISTER.get(name)
    if action is None or not action.offered:
        raise Problem(404, "action_not_found", "There is no such action")
    administrators.require(caller.account, action.permission)
    if caller.account.method is None:
        if action.needs_two_factor:
            raise Problem(409, "not_enabled", "Two-factor authentication is off")
        if work.marked:
            raise Problem(
                403,
                "two_factor_required",
                "This needs two-factor authentication",
                "Turn it on in Settings > General first.",
            )
    try:
        parsed = action.model_validate(parameters)
    except ValidationError as error:
        raise _invalid(error) from None
    if len(parsed.target(work, caller.account)) > MOST_TARGETS:
        raise Problem(422, "too_many_targets", f"At most {MOST_TARGETS} at once", "Ask for fewer.")
    if caller.account.method is not None:
        _require_room(work, caller.account, now)
    return parsed


def _require_room(work: Work, account: tables.Administrator, now: datetime) -> None:
    """Raise unless a phone can be asked now."""
    phone_of(work, account)
    if _open_actions(work, account, now) >= OPEN_ACTIONS:
        raise Problem(
            429,
            "too_many_requests",
            f"{OPEN_ACTIONS} of your requests already wait for the phone",
            "Answer or cancel one of them first.",
            headers={"Retry-After": str(work.config.request_lifetime)},
        )


def _invalid(error: ValidationError) -> Problem:
    return invalid(error.errors(include_url=False, include_context=False, include_input=False), ("parameters",))


def _open_actions(work: Work, account: tables.Administrator, now: datetime) -> int:
    return work.connection.scalar(_OPEN, {"account": account.id, "now": now}) or 0


def _execute_unprotected(work: Work, caller: Caller, action: ProtectedAction, reason: str, now: datetime) -> Executed:
    by = caller.account
    target = action.target(work, by)
    shown = action.parameters()
    result = action.execute(work, Execution(by, now, None, caller.session.id))
    record(
        work,
        Event.ACTION_EXECUTED,
        now,
        username=by.username,
        source=caller.source,
        action=action.name,
        kind=action.kind,
        target=target,
        parameters=shown,
        reason=reason,
        unprotected=True,
    )
    return Executed(result=result)


def details(
    work: Work,
    action: ProtectedAction,
    by: tables.Administrator,
    source: Source,
    told: list[str],
    reason: str,
    now: datetime,
) -> dict[str, Any]:
    """Return what the phone will show and sign (protocol, section 3), but for the id and the answer key."""
    return {
        "v": protocol.VERSION,
        "kind": action.kind,
        "action": action.name,
        "title": action.title,
        "summary": action.sentence(work, by),
        "username": by.username,
        "device_name": source.device_name or "",
        "application": source.application or "",
        "ip": source.ip or "",
        "notices": told,
        "target": action.target(work, by),
        "parameters": action.parameters(),
        "consequence": action.consequence(work, by),
        "reason": reason,
        "created_at": int(now.timestamp()),
        "expires_at": int(ends_at(now, work.config.request_lifetime).timestamp()),
        "code_digits": CODE_DIGITS,
    }


def create(
    work: Work, action: ProtectedAction, by: tables.Administrator, origin: Origin, reason: str, now: datetime
) -> tables.Request:
    """Freeze the details, sign and seal them once for the phone, and insert the request with its audit event.

    The row that is returned does not belong to the session.
    """
    request, answer_key = new_id("req"), protocol.new_key()
    lines = details(work, action, by, origin.source, origin.notices, reason, now)
    lines |= {"id": request, "answer_key": protocol.b64u(protocol.point(answer_key))}
    frozen = protocol.canonical(lines)
    info = protocol.request_info(origin.device.id, request)
    signature = work.keys.sign(info + frozen)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    row = tables.Request(
        id=request,
        action=action.name,
        kind=action.kind,
        status=RequestStatus.PENDING,
        administrator_id=by.id,
        device_id=origin.device.id,
        session_id=origin.session,
        console_id=origin.console,
        details=frozen,
        parameters=action.parameters(),
        frozen=action.frozen(work, by),
        server_signature=signature,
        sealed=protocol.seal_signed(protocol.public_key(origin.device.dhk), info, frozen, signature),
        answer_key=work.keys.seal(protocol.private_bytes(answer_key), f"requests/{request}/answer_key"),
        code=work.keys.seal(code.encode(), f"requests/{request}/code"),
        qr=work.keys.seal(secrets.token_bytes(16), f"requests/{request}/qr"),
        attempts=0,
        wait_hash=origin.wait_hash,
        created_at=now,
        expires_at=ends_at(now, work.config.request_lifetime),
    )
    work.connection.execute(_INSERT, {name: getattr(row, name) for name in _COLUMNS})
    record_request(work, row, Event.REQUEST_CREATED, now)
    return row


def _repeated(work: Work, caller: Caller, key: str, body: bytes, now: datetime) -> Executed | Request | None:
    found = work.session.get(tables.IdempotencyKey, (caller.account.id, key))
    if found is None or (now - found.created_at).days >= 1:
        return None
    if found.body_hash != body:
        raise Problem(
            422, "idempotency_key_reused", "This Idempotency-Key was used for something else", "Make a new one."
        )
    if found.request_id is None:
        return Executed(result=found.result)
    request = work.session.scalar(select(tables.Request).where(tables.Request.id == found.request_id))
    if request is None:
        return None
    return requests.shown(work, request, now, secrets=request.session_id == caller.session.id)


def _remember(
    work: Work,
    caller: Caller,
    key: str | None,
    body: bytes,
    now: datetime,
    *,
    request: str | None = None,
    result: dict[str, Any] | None = None,
) -> None:
    if key is not None:
        work.session.merge(
            tables.IdempotencyKey(
                caller=caller.account.id,
                key=key,
                body_hash=body,
                request_id=request,
                result=result,
                created_at=now,
            )
        )
