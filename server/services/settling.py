"""What a decision comes to, whoever made it: checked again, then state, audit event and effect in one transaction."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.orm.attributes import InstrumentedAttribute, set_committed_value

from server import protocol
from server.actions import REGISTER, Execution, ProtectedAction
from server.actions.actor import Actor
from server.contract.problem import Problem
from server.contract.request import RequestStatus
from server.domain.audit import Event
from server.domain.requests import WRONG_CODES, require_move, status_at
from server.services import administrators
from server.services.sessions import is_living
from server.store import tables
from server.store.audit_log import Source
from server.store.endings import end_session, leave_pending, record_request
from server.store.names import has_its_name
from server.store.work import Work

_ENDS = [Event.of(status) for status in RequestStatus if status is not RequestStatus.PENDING]
_OVER = select(exists().where(tables.AuditEvent.request == bindparam("request"), tables.AuditEvent.event.in_(_ENDS)))
_REQUESTS = tables.Table.metadata.tables["requests"]
_EXECUTED = (
    update(_REQUESTS)
    .where(_REQUESTS.c.id == bindparam("request"))
    .values(**{name: bindparam(name) for name in ("status", "redeem_proof", "result", "secret_result")})
)


def require_pending(row: tables.Request, now: datetime) -> None:
    """Raise 410 where its time is over, 409 where it is decided."""
    status = status_at(RequestStatus(row.status), row.expires_at, now)
    if status is RequestStatus.EXPIRED:
        raise Problem(410, "expired", "This request has expired", "Ask for it again.", request_status=status)
    if status is not RequestStatus.PENDING:
        raise Problem(409, "not_pending", f"This request is {status} already", request_status=status)


def ended_before(
    work: Work, row: tables.Request, owner: tables.Administrator, now: datetime
) -> RequestStatus | Problem | None:
    """End a request that is no longer what it was: its session is over, or its row was changed; null where neither."""
    session = work.session.get(tables.Session, row.session_id) if row.session_id else None
    if session is not None and session.expires_at <= now:
        end_session(work, session, now)
        return Problem(409, "not_pending", "The session that asked has ended", request_status=RequestStatus.CANCELLED)
    why = _changed(work, row, owner)
    return None if why is None else void(work, row, now, why)


def void_reason(
    work: Work, row: tables.Request, owner: tables.Administrator, action: ProtectedAction, now: datetime
) -> str | None:
    """Say what changed since it was asked: account, API key, permission or target; null where nothing did."""
    key = key_of(work, row)
    if not has_its_name(work, owner):
        return "account_changed"
    if not administrators.is_enabled(work, owner):
        return "account_disabled"
    if key is not None and not is_living(work, key, now):
        return "api_key_ended"
    by = Actor.of(owner, key)
    if not by.rights.may(action.permission):
        return "permission_changed"
    try:
        same = asked_proof(work, row, action.frozen(work, by)) == row.frozen
        same = same and action.target(work, by) == json.loads(row.details)["target"]
    except Problem:
        if row.company is not None and not by.rights.sees(row.company):
            return "permission_changed"
        same = False
    return None if same else "target_changed"


def void(work: Work, row: tables.Request, now: datetime, why: str, **written: Any) -> RequestStatus:  # noqa: ANN401
    """Void it, and say why."""
    move(work, row, RequestStatus.VOID, now, void_reason=why, **written)
    return RequestStatus.VOID


def move(
    work: Work,
    row: tables.Request,
    to: RequestStatus,
    now: datetime,
    **written: Any,  # noqa: ANN401 - as leave_pending
) -> None:
    """Move it out of *pending*; raises where something else did meanwhile."""
    if not leave_pending(work, row, to, now, **written):
        require_pending(row, now)


def approve(
    work: Work,
    row: tables.Request,
    owner: tables.Administrator,
    action: ProtectedAction,
    now: datetime,
    decided_by: dict[str, str],
    **audit: Any,  # noqa: ANN401 - as leave_pending
) -> RequestStatus:
    """Approve it, and do it: *executed* in this transaction."""
    kept = work.keys.unseal(row.kept, f"requests/{row.id}/kept").decode() if row.kept else None
    move(work, row, RequestStatus.APPROVED, now, decided_by=decided_by, **audit)
    by, source = Actor.of(owner, key_of(work, row)), Source.of(json.loads(row.details))
    execution = Execution(by, now, row.id, row.session_id, source, decided_by["type"], kept, row.result_key)
    result = action.execute(work, execution)
    require_move(RequestStatus(row.status), RequestStatus.EXECUTED)
    told = _for_the_asker(row, {name: value for name, value in (result or {}).items() if name in action.secrets})
    open_to_all = {name: value for name, value in (result or {}).items() if name not in action.secrets} or None
    secret = work.keys.seal(protocol.canonical(told), f"requests/{row.id}/secret_result") if told else None
    changed = {
        "status": str(RequestStatus.EXECUTED),
        "redeem_proof": redeem_proof(work, row) if row.wait_hash is not None else None,
        "result": open_to_all,
        "secret_result": secret,
    }
    work.connection.execute(_EXECUTED, {**changed, "request": row.id})
    for name, value in changed.items():
        set_committed_value(row, name, value)
    record_request(work, row, Event.REQUEST_EXECUTED, now)
    return RequestStatus.EXECUTED


def _for_the_asker(row: tables.Request, secrets: dict[str, Any]) -> dict[str, Any]:
    """Return what only whoever asked is told: sealed where a key came with the request, since a token may be stolen."""
    if not secrets or row.result_key is None:
        return secrets
    key, info = protocol.public_key(row.result_key), protocol.result_info(row.id)
    return {"sealed": protocol.b64u(protocol.seal(key, info, protocol.canonical(secrets)))}


def count_wrong(
    work: Work,
    row: tables.Request,
    which: InstrumentedAttribute[int],
    now: datetime,
    **audit: Any,  # noqa: ANN401 - JSON values
) -> int:
    """Count a wrong code, of the phone (`attempts`) or of another way (`guesses`); return how many are left.

    The third one, whatever ways they came by, voids the request.
    """
    counted = (
        update(tables.Request)
        .where(tables.Request.id == row.id, tables.Request.status == RequestStatus.PENDING)
        .values({which: which + 1})
        .returning(tables.Request.attempts + tables.Request.guesses)
    )
    left = max(0, WRONG_CODES - work.session.execute(counted).scalar_one())
    record_request(work, row, Event.REQUEST_WRONG_CODE, now, attempts_left=left, **audit)
    if left == 0:
        move(work, row, RequestStatus.VOID, now, void_reason="wrong_code")
    return left


def asked_proof(work: Work, row: tables.Request, frozen: bytes) -> bytes:
    """Return what shows that this was asked here, on this state of what is acted on, and by whom it says.

    Who asked is who is told the secrets of the result, sealed for the key that he gave, if he gave one.
    """
    by = (row.session_id or "", row.api_key_id or "", row.console_id or "")
    return work.keys.mac("asked", row.id, protocol.b64u(frozen), *by, protocol.b64u(row.result_key or b""))


def redeem_proof(work: Work, row: tables.Request) -> bytes:
    """Return what shows that a sign-in was approved here, and not by a row written into the database."""
    return work.keys.mac("redeem", row.id, protocol.b64u(row.wait_hash or b""))


def key_of(work: Work, row: tables.Request) -> tables.ApiKey | None:
    """Return the API key that asked; null where a session did."""
    return work.session.get_one(tables.ApiKey, row.api_key_id) if row.api_key_id else None


def _changed(work: Work, row: tables.Request, owner: tables.Administrator) -> str | None:
    """Say why the stored request is not what the server signed for this account, or was decided before."""
    info = protocol.request_info(row.device_id or "", row.id)
    if not protocol.verify(work.keys.ssk, row.server_signature, info + row.details):
        return "request_changed"
    details = json.loads(row.details)
    if details["username"] != owner.username:
        return "account_changed"
    stored = (row.id, row.action, row.kind, row.parameters, int(row.expires_at.timestamp()))
    signed = (*(details[name] for name in ("id", "action", "kind", "parameters", "expires_at")),)
    if stored != signed or row.id in work.over or work.connection.scalar(_OVER, {"request": row.id}):
        return "request_changed"
    try:
        sealed = ("code", "qr", "answer_key") if row.device_id else ()
        for name in (*sealed, *(("kept",) if row.kept is not None else ())):
            work.keys.unseal(getattr(row, name) or b"", f"requests/{row.id}/{name}")
        if row.result_key is not None:
            protocol.public_key(row.result_key)
        REGISTER[row.action].model_validate(row.parameters)
    except ValueError:
        return "request_changed"
    return None
