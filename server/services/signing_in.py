"""Signing in to the console: password first, then the phone."""

import hmac
import json
from datetime import datetime

from sqlalchemy import select, update

from server.actions.actor import Actor
from server.actions.sign_in import SignIn
from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.contract.request import Request, RequestStatus
from server.contract.session import SignedIn, Waiting
from server.contract.session import SignIn as Call
from server.domain.audit import Event
from server.domain.requests import REDEEM_FOR, status_at
from server.services import administrators, asking, confirming, limits, losing, requests, sessions, ways, wrong_codes
from server.services.settling import redeem_proof
from server.store import tables
from server.store.audit_log import Source, record
from server.store.devices import active_device
from server.store.enabled import keep_on
from server.store.endings import leave_pending, pending_requests
from server.store.ids import hashed, new_token
from server.store.notices import tell
from server.store.recovery import living_codes
from server.store.work import Work

UNKNOWN_CONSOLE = "first sign-in from this computer"
NEW_ADDRESS = "new network address"


def begin(work: Work, call: Call, ip: str, verified: str | None, now: datetime) -> SignedIn | Waiting | Problem:
    """Open a session, or ask the phone; `verified` is the encoded hash that the password was found to match."""
    source = Source(call.device_name, call.application, ip)
    account = administrators.named(work, call.username)
    usable = account is not None and account.password_hash is not None and administrators.is_enabled(work, account)
    if account is None or not usable or account.password_hash != verified:
        known = account.username if account else None
        record(work, Event.SESSION_REFUSED, now, username=known, source=source)
        return Problem(
            401, "wrong_credentials", "User name or password is wrong", "Check both; the password is case-sensitive."
        )
    console = _known(work, account, call.console)
    if account.method is None:
        return sessions.start(work, account, source, console, now)
    keep_on(work, account)
    refusal = wrong_codes.too_many(work, account, now)  # of the phone, which a thief may have
    if refusal is not None and not living_codes(work, account.id):
        why = "too many wrong codes"
        record(work, Event.SESSION_REFUSED, now, username=account.username, source=source, why=why)
        return refusal
    crowded = not _free_slot(work, account, console, ip, now)
    token = new_token()
    told = [UNKNOWN_CONSOLE] if console is None else [NEW_ADDRESS] if console.ip != ip else []
    device = active_device(work, account.id) if account.method == ways.PHONE and refusal is None else None
    origin = asking.Origin(source, device, told, console=console.id if console else None, wait_hash=hashed(token))
    row = asking.create(work, SignIn(), Actor.of(account), origin, "", now)
    if crowded:
        leave_pending(work, row, RequestStatus.CANCELLED, now, why="one from elsewhere waits, and too many came before")
    shown = requests.shown(work, row, now, secrets=True)
    return Waiting(request=shown, wait_token=token, methods=shown.methods)


def by_code(work: Work, token: str, way: str, code: str, ip: str, now: datetime) -> SignedIn | Problem:
    """Sign in with a code of an authenticator app or a recovery code."""
    row = _waiting(work, token)
    owner = work.session.get_one(tables.Administrator, row.administrator_id)
    typed = confirming.Typed(way, code, limits.Known(console=row.console_id), _source(row, ip), wrong_status=401)
    done = confirming.take(work, row, owner, typed, now)
    if isinstance(done, Problem):
        return done
    if done is not RequestStatus.EXECUTED:
        return Problem(403, "not_confirmed", f"This sign-in is {done}", "Sign in again.", request_status=done)
    return _redeem(work, row, now, recovered=way == ways.RECOVERY_CODE)


def without_phone(work: Work, token: str, code: str, ip: str, now: datetime) -> SignedIn | Problem:
    """Sign in with a recovery code, and cut the lost phone off; whoever has it, or a session, ends no such sign-in."""
    row = _waiting(work, token)
    owner = work.session.get_one(tables.Administrator, row.administrator_id)
    ended = RequestStatus(row.status) in (RequestStatus.REJECTED, RequestStatus.CANCELLED)
    if ended and row.redeemed_at is None and now < row.expires_at:
        if (refused := limits.too_many_codes(work, owner, limits.Known(console=row.console_id), now)) is not None:
            return refused
        token, row = _again(work, row, owner, now)
    signed_in = by_code(work, token, ways.RECOVERY_CODE, code, ip, now)
    if ended and isinstance(signed_in, Problem):
        leave_pending(work, row, RequestStatus.CANCELLED, now, why="the code was wrong")
    if isinstance(signed_in, SignedIn):
        session = sessions.authenticate(work, signed_in.token, ip, now).session
        losing.cut_off(work, owner, _source(row, ip), session, now)
    return signed_in


def _again(work: Work, row: tables.Request, owner: tables.Administrator, now: datetime) -> tuple[str, tables.Request]:
    """Begin a sign-in in the place of one that was ended, asking no phone; return its token and request."""
    token = new_token()
    details = json.loads(row.details)
    origin = asking.Origin(
        Source.of(details), None, details["notices"], console=row.console_id, wait_hash=hashed(token)
    )
    asking.create(work, SignIn(), Actor.of(owner), origin, "", now)
    return token, _waiting(work, token)


def _source(row: tables.Request, ip: str) -> Source:
    details = json.loads(row.details)
    return Source(details["device_name"], details["application"], ip)


def _known(work: Work, account: tables.Administrator, secret: str | None) -> tables.Console | None:
    if not secret:
        return None
    known = select(tables.Console).where(
        tables.Console.secret_hash == hashed(secret),
        tables.Console.administrator_id == account.id,
        tables.Console.ended_at.is_(None),
    )
    return work.session.scalar(known)


def _free_slot(
    work: Work, account: tables.Administrator, console: tables.Console | None, ip: str, now: datetime
) -> bool:
    """Cancel what waits in the slot of a console, or in the one of all strangers; false where that stays."""
    same = tables.Request.console_id == console.id if console else tables.Request.console_id.is_(None)
    mine = tables.Request.administrator_id == account.id
    for older in pending_requests(work, mine, tables.Request.action == SignIn.name, same):
        elsewhere = console is None and json.loads(older.details)["ip"] != ip
        if elsewhere and limits.crowds_out(work, account, ip, now):
            return False
        leave_pending(work, older, RequestStatus.CANCELLED, now, why="a newer sign-in took its place")
    return True


def complete(work: Work, token: str, now: datetime) -> SignedIn | Request:
    """Redeem an approved wait token, once; returns the request while it waits."""
    row = _waiting(work, token)
    status = status_at(RequestStatus(row.status), row.expires_at, now)
    off = work.session.get_one(tables.Administrator, row.administrator_id).method is None
    match status:
        case RequestStatus.PENDING:
            return requests.shown(work, row, now, secrets=True)
        case RequestStatus.EXPIRED:
            raise Problem(
                410, "expired", "Nobody confirmed in time", "Sign in again.", request_status=status, reset=off
            )
        case RequestStatus.EXECUTED:
            return _redeem(work, row, now)
        case _:
            title = f"This sign-in is {status}"
            raise Problem(403, "not_confirmed", title, "Sign in again.", request_status=status, reset=off)


def _redeem(work: Work, row: tables.Request, now: datetime, *, recovered: bool = False) -> SignedIn:
    redeemed = (
        update(tables.Request)
        .where(tables.Request.id == row.id, tables.Request.redeemed_at.is_(None))
        .values(redeemed_at=now)
        .returning(tables.Request.number)
    )
    approved = row.redeem_proof is not None and hmac.compare_digest(row.redeem_proof, redeem_proof(work, row))
    if not approved or now >= row.expires_at + REDEEM_FOR or work.session.execute(redeemed).one_or_none() is None:
        raise ended()
    account = work.session.get_one(tables.Administrator, row.administrator_id)
    console = work.session.get(tables.Console, row.console_id) if row.console_id else None
    if console is not None and console.ended_at is not None:
        console = None
    shown = requests.shown(work, row, now, secrets=False)
    source = Source(shown.device_name, shown.application, shown.ip)
    if console is None:
        tell(work, account.id, NoticeKind.NEW_COMPUTER, now, username=account.username, source=source)
    return sessions.start(work, account, source, console, now, recovered=recovered)


def cancel(work: Work, token: str, now: datetime) -> Request | Problem:
    """Call a waiting sign-in off."""
    row = _waiting(work, token)
    owner = work.session.get_one(tables.Administrator, row.administrator_id)
    by = {"type": "administrator", "name": owner.username}
    if leave_pending(work, row, RequestStatus.CANCELLED, now, decided_by=by):
        return requests.shown(work, row, now, secrets=False)
    return requests.not_pending(row, now)


def _waiting(work: Work, token: str) -> tables.Request:
    row = work.session.scalar(select(tables.Request).where(tables.Request.wait_hash == hashed(token)))
    if row is None:
        raise ended()
    return row


def ended() -> Problem:
    """Return the refusal of a wait token that is unknown, redeemed or ended."""
    return Problem(401, "wait_token_ended", "This sign-in is over", "Sign in again.")
