"""Asking for a protected action: the one door for console, API, command line and schedules."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import bindparam, func, insert, select

from server import protocol
from server.actions import REGISTER, Execution, ProtectedAction
from server.actions.actor import Actor
from server.contract.action import ActionInfo, ActionList, Executed, Preview
from server.contract.problem import Problem, invalid
from server.contract.request import BY_API_KEY, Kind, Request, RequestStatus
from server.domain.audit import Event
from server.domain.requests import MOST_TARGETS, OPEN_ACTIONS, ends_at, words
from server.services import administrators, repeating, requests, ways, wrong_codes
from server.services.sessions import Caller
from server.services.settling import asked_proof
from server.store import policy, tables
from server.store.audit_log import Source, record
from server.store.enabled import keep_on
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
    """Where a request comes from, and which phone is asked, if any: shown to it, and kept with the request."""

    source: Source
    device: tables.Device | None
    notices: list[str]
    session: str | None = None
    console: str | None = None
    key: str | None = None
    wait_hash: bytes | None = None


@dataclass(frozen=True)
class Prepared:
    """Parameters that were made of what was asked, where that may not be kept, and what is kept beside them.

    `password_hash` is the one that the password was found to match, null where none was asked for.
    """

    parameters: dict[str, Any]
    kept: str
    password_hash: str | None


def offered(caller: Caller) -> ActionList:
    """List every action that can be asked for by name."""
    items = [
        ActionInfo(
            name=action.name,
            title=action.title,
            description=" ".join((action.__doc__ or "").split()),
            kind=action.kind,
            permission=action.permission,
            schema=(action.asked or action).model_json_schema(by_alias=True),
            protected=caller.account.method is not None and not action.needs_none,
        )
        for action in (each.by_name or each for each in REGISTER.values())
        if action.offered
    ]
    return ActionList(items=sorted(items, key=lambda each: each.name))


def preview(
    work: Work,
    caller: Caller,
    name: str,
    parameters: dict[str, Any],
    reason: str,
    now: datetime,
    prepared: Prepared | None = None,
) -> Preview:
    """Show what the phone would show; refuses what asking would refuse, asks nobody."""
    action = _checked(work, caller, name, parameters, now, prepared)
    _require_reason(work, action, reason)
    digits = code_digits(work, action, caller.key.id if caller.key else None)
    lines = details(work, action, caller.actor, caller.source, notices(caller), reason, digits, now)
    return Preview(details={**lines, "id": "", "answer_key": ""})


def ask(
    work: Work,
    caller: Caller,
    name: str,
    parameters: dict[str, Any],
    reason: str,
    now: datetime,
    key: str | None = None,
    prepared: Prepared | None = None,
    result_key: str | None = None,
) -> Executed | Request:
    """Make the request, or execute at once where nobody has two-factor authentication; repeatable by `key`.

    What is done at once tells its secrets to this very call; only recovery codes, read later, are sealed then.
    """
    given = (name, parameters, reason, result_key)
    if key is not None and (before := repeating.before(work, caller, key, given, now)) is not None:
        return before
    action = _checked(work, caller, name, parameters, now, prepared)
    _require_reason(work, action, reason)
    kept = prepared.kept if prepared else None
    sealed_for = protocol.unb64u(result_key) if result_key is not None else None
    if caller.account.method is None:
        answer = _execute_unprotected(work, caller, action, reason, now, kept, sealed_for)
        told = {name: value for name, value in (answer.result or {}).items() if name not in action.secrets}
        if key is not None:
            repeating.remember(work, caller, key, given, now, result=told)
        return answer
    keep_on(work, caller.account)
    origin = origin_of(work, caller, type(action), now)
    request = create(work, action, caller.actor, origin, reason, now, kept, sealed_for)
    if key is not None:
        repeating.remember(work, caller, key, given, now, request=request.id)
    return requests.shown(work, request, now, secrets=True)


def origin_of(work: Work, caller: Caller, action: type[ProtectedAction], now: datetime) -> Origin:
    """Return where a request of this caller comes from, and who confirms it; raises as `ways.phone_for`."""
    source, told, session = caller.source, notices(caller), caller.session
    device = ways.phone_for(work, caller.account, action, now)
    if session is not None:
        return Origin(source, device, told, session.id, session.console_id)
    return Origin(source, device, told, key=caller.key.id if caller.key else None)


def notices(caller: Caller) -> list[str]:
    """Return short facts about where a request comes from."""
    if caller.session is None:
        return [BY_API_KEY]
    return [] if caller.ip == caller.session.ip else ["new network address"]


def permitted(work: Work, caller: Caller, name: str) -> type[ProtectedAction]:
    """Return the action; raises where this caller may not ask for it, whatever its parameters are."""
    action = REGISTER.get(name)
    if action is None or not action.offered:
        raise Problem(404, "action_not_found", "There is no such action")
    if caller.session is None and action.kind is not Kind.MANAGEMENT:
        raise Problem(403, "session_required", "No API key may ask for this", "Sign in to the console and ask there.")
    administrators.require(caller.rights, action.permission)
    action = action.by_name or action
    if caller.account.method is not None and action.needs_none:
        raise Problem(409, "already_enabled", "Two-factor authentication is on already", "Turn it off first.")
    if caller.account.method is None:
        if action.needs_two_factor:
            raise Problem(409, "not_enabled", "Two-factor authentication is off")
        if work.marked and not action.needs_none:
            raise Problem(
                403,
                "two_factor_required",
                "This needs two-factor authentication",
                "Turn it on in Settings > General first.",
            )
    return action


def _checked(
    work: Work, caller: Caller, name: str, parameters: dict[str, Any], now: datetime, prepared: Prepared | None
) -> ProtectedAction:
    action = permitted(work, caller, name)
    matched = prepared.password_hash if prepared else None
    if matched is not None and matched != caller.account.password_hash:
        raise administrators.wrong_password()
    try:
        parsed = action.model_validate(prepared.parameters if prepared else parameters)
    except ValidationError as error:
        raise unfit(error) from None
    parsed = parsed.resolved(work, caller.actor)
    if len(parsed.target(work, caller.actor)) > MOST_TARGETS:
        raise Problem(422, "too_many_targets", f"At most {MOST_TARGETS} at once", "Ask for fewer.")
    if caller.account.method is not None:
        ways.phone_for(work, caller.account, action, now)
        _require_room(work, caller.account, now)
    return parsed


def _require_room(work: Work, account: tables.Administrator, now: datetime) -> None:
    """Raise unless something more can be asked now."""
    wrong_codes.require_few(work, account, now)
    if _open_actions(work, account, now) >= OPEN_ACTIONS:
        raise Problem(
            429,
            "too_many_requests",
            f"{OPEN_ACTIONS} of your requests already wait for the phone",
            "Answer or cancel one of them first.",
            headers={"Retry-After": str(policy.current(work).request_lifetime)},
        )


def _require_reason(work: Work, action: ProtectedAction, reason: str) -> None:
    if action.kind is Kind.MANAGEMENT and not reason.strip() and policy.current(work).reason_required:
        why = "Say why this is asked for."
        raise Problem(422, "reason_required", "Your organisation wants a reason", why, fields={"reason": why})


def code_digits(work: Work, action: ProtectedAction, key: str | None) -> int:
    """Return how many digits are to be typed: none where policy says so and may, and no API key asks."""
    allowed = key is None and protocol.code_allowed(0, action.kind, action.name)
    return 0 if allowed and action.name in policy.current(work).without_code else CODE_DIGITS


def unfit(error: ValidationError) -> Problem:
    """Return 422 for parameters that are not the action's."""
    return invalid(error.errors(include_url=False, include_context=False, include_input=False), ("parameters",))


def _open_actions(work: Work, account: tables.Administrator, now: datetime) -> int:
    return work.connection.scalar(_OPEN, {"account": account.id, "now": now}) or 0


def _execute_unprotected(
    work: Work,
    caller: Caller,
    action: ProtectedAction,
    reason: str,
    now: datetime,
    kept: str | None,
    result_key: bytes | None,
) -> Executed:
    by, session = caller.actor, caller.session
    target, company = action.target(work, by), action.company(work, by)
    shown = action.parameters()
    asked_in = session.id if session else None
    execution = Execution(by, now, None, asked_in, caller.source, kept=kept, result_key=result_key)
    result = action.execute(work, execution)
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
        company=company,
        unprotected=True,
    )
    return Executed(result=result)


def details(
    work: Work,
    action: ProtectedAction,
    by: Actor,
    source: Source,
    told: list[str],
    reason: str,
    digits: int,
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
        "expires_at": int(ends_at(now, policy.current(work).request_lifetime).timestamp()),
        "code_digits": digits,
    }


def create(
    work: Work,
    action: ProtectedAction,
    by: Actor,
    origin: Origin,
    reason: str,
    now: datetime,
    kept: str | None = None,
    result_key: bytes | None = None,
) -> tables.Request:
    """Freeze the details, sign and seal them once for the phone, and insert the request with its audit event.

    What no phone is asked has no code, and nothing of it is sealed. The row that is returned does not
    belong to the session.
    """
    if origin.device is not None:
        wrong_codes.require_few(work, by.account, now)
    request, answer_key = new_id("req"), protocol.new_key()
    digits = code_digits(work, action, origin.key)
    lines = details(work, action, by, origin.source, origin.notices, reason, digits, now)
    lines |= {"id": request, "answer_key": protocol.b64u(protocol.point(answer_key))}
    frozen = protocol.canonical(lines)
    device = origin.device
    info = protocol.request_info(device.id if device else "", request)
    signature = work.keys.sign(info + frozen)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"

    def sealed(secret: bytes, column: str) -> bytes | None:
        return work.keys.seal(secret, f"requests/{request}/{column}") if device else None

    row = tables.Request(
        id=request,
        action=action.name,
        kind=action.kind,
        status=RequestStatus.PENDING,
        administrator_id=by.id,
        device_id=device.id if device else None,
        session_id=origin.session,
        console_id=origin.console,
        api_key_id=origin.key,
        details=frozen,
        parameters=action.parameters(),
        frozen=b"",
        server_signature=signature,
        sealed=protocol.seal_signed(protocol.public_key(device.dhk), info, frozen, signature) if device else b"",
        answer_key=sealed(protocol.private_bytes(answer_key), "answer_key"),
        code=sealed(code.encode(), "code"),
        qr=sealed(secrets.token_bytes(16), "qr"),
        kept=work.keys.seal(kept.encode(), f"requests/{request}/kept") if kept else None,
        result_key=result_key,
        attempts=0,
        guesses=0,
        wait_hash=origin.wait_hash,
        created_at=now,
        expires_at=ends_at(now, policy.current(work).request_lifetime),
        words=words(lines),
        company=action.company(work, by),
    )
    row.frozen = asked_proof(work, row, action.frozen(work, by))
    work.connection.execute(_INSERT, {name: getattr(row, name) for name in _COLUMNS})
    record_request(work, row, Event.REQUEST_CREATED, now)
    return row
