"""How requests, enrolments, devices and sessions end, and what ends with them, each by one conditional update."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm.attributes import set_committed_value

from server.contract.enrolment import EnrolmentStatus
from server.contract.request import RequestStatus
from server.contract.topic import Topic
from server.domain.audit import Event
from server.domain.requests import require_move
from server.store import tables
from server.store.audit_log import NOWHERE, Source, record
from server.store.work import Work

IDLE = timedelta(minutes=60)
_REQUESTS = tables.Table.metadata.tables["requests"]
_DESTROYED = {"answer_key": None, "code": None, "qr": None, "kept": None}
_IN_TIME = _REQUESTS.c.expires_at > bindparam("now")
_LEAVE = {
    overdue: update(_REQUESTS)
    .where(
        _REQUESTS.c.id == bindparam("request"),
        _REQUESTS.c.status == RequestStatus.PENDING,
        ~_IN_TIME if overdue else _IN_TIME,
    )
    .values(**{name: bindparam(name) for name in ("status", "decided_at", "decided_by", "void_reason")}, **_DESTROYED)
    .returning(_REQUESTS.c.number)
    for overdue in (False, True)
}
OPEN_ENROLMENT = (EnrolmentStatus.PENDING, EnrolmentStatus.CLAIMED, EnrolmentStatus.CONFIRMED)


def leave_pending(
    work: Work,
    request: tables.Request,
    to: RequestStatus,
    now: datetime,
    *,
    decided_by: dict[str, Any] | None = None,
    void_reason: str | None = None,
    reason: str | None = None,
    **audit: Any,  # noqa: ANN401 - JSON values of the audit event
) -> bool:
    """Move a pending request to `to`, or to expired where its time is over; false where it had left pending already.

    Its secrets are destroyed, the audit event is written, and an enrolment that hangs on it ends too.
    """
    overdue = request.expires_at <= now
    to = RequestStatus.EXPIRED if overdue else to
    require_move(RequestStatus.PENDING, to)
    changed = {"status": str(to), "decided_at": now, "decided_by": decided_by, "void_reason": void_reason}
    given = {**changed, "request": request.id, "now": now}
    if work.connection.execute(_LEAVE[overdue], given).one_or_none() is None:
        work.session.refresh(request)
        return False
    work.committed.append(partial(work.over.add, request.id, request.expires_at, now))
    for name, value in {**changed, **_DESTROYED}.items():
        set_committed_value(request, name, value)
    if overdue:
        record_request(work, request, Event.REQUEST_EXPIRED, now)
    else:
        record_request(work, request, Event.of(to), now, reason=reason, void_reason=void_reason, **audit)
    if to is not RequestStatus.APPROVED:
        _void_enrolment_of(work, request, now)
    return not overdue


def record_request(
    work: Work,
    request: tables.Request,
    event: Event,
    now: datetime,
    *,
    reason: str | None = None,
    **more: Any,  # noqa: ANN401 - JSON values
) -> None:
    """Write an audit event of a request with everything that it shows, and tell the consoles."""
    details = json.loads(request.details)
    device = work.session.get(tables.Device, request.device_id) if request.device_id else None
    record(
        work,
        event,
        now,
        username=details["username"],
        source=Source.of(details),
        action=request.action,
        kind=request.kind,
        request=request.id,
        target=details["target"],
        parameters=details["parameters"],
        reason=details["reason"] if reason is None else reason,
        device=device,
        company=request.company,
        **{name: value for name, value in more.items() if value is not None},
    )
    work.publish(Topic.REQUESTS, subject=request.id, owner=request.administrator_id)


def pending_requests(work: Work, *where: ColumnElement[bool]) -> Sequence[tables.Request]:
    """Return those that wait, by the columns alone: some may be overdue."""
    waiting = select(tables.Request).where(tables.Request.status == RequestStatus.PENDING, *where)
    return work.session.scalars(waiting.order_by(tables.Request.number)).all()


def expire(work: Work, now: datetime) -> int:
    """End every request, enrolment and session whose time is over; returns how many of the first two ended."""
    late = pending_requests(work, tables.Request.expires_at <= now)
    for request in late:
        leave_pending(work, request, RequestStatus.EXPIRED, now)
    unconfirmed = select(tables.Enrolment).where(
        tables.Enrolment.status.in_((EnrolmentStatus.PENDING, EnrolmentStatus.CLAIMED)),
        tables.Enrolment.expires_at <= now,
    )
    stale = work.session.scalars(unconfirmed).all()
    for enrolment in stale:
        end_enrolment(work, enrolment, EnrolmentStatus.EXPIRED, now)
    over = tables.Session.expires_at <= now
    waits = select(tables.Request.id).where(
        tables.Request.session_id == tables.Session.id, tables.Request.status == RequestStatus.PENDING
    )
    idle = (tables.Session.last_used_at <= now - IDLE) & ~waits.exists()
    _end_sessions(work, now, over | idle)
    return len(late) + len(stale)


def open_enrolments(work: Work, administrator: str) -> Sequence[tables.Enrolment]:
    """Return those of an account that are on their way."""
    mine = tables.Enrolment.administrator_id == administrator
    return work.session.scalars(select(tables.Enrolment).where(mine, tables.Enrolment.status.in_(OPEN_ENROLMENT))).all()


def end_enrolment(work: Work, enrolment: tables.Enrolment, to: EnrolmentStatus, now: datetime, **audit: Any) -> bool:  # noqa: ANN401 - JSON values
    """Void, stop or expire an open enrolment: its keys are destroyed, its device is revoked, its request is void."""
    ended = (
        update(tables.Enrolment)
        .where(tables.Enrolment.id == enrolment.id, tables.Enrolment.status.in_(OPEN_ENROLMENT))
        .values(status=to, ehk=None, mac_key=None, share=None, sas=None)
        .returning(tables.Enrolment.id)
    )
    if work.session.execute(ended).one_or_none() is None:
        return False
    owner = work.session.get_one(tables.Administrator, enrolment.administrator_id)
    event = Event.ENROLMENT_EXPIRED if to is EnrolmentStatus.EXPIRED else Event.ENROLMENT_VOID
    device = work.session.get(tables.Device, enrolment.device_id) if enrolment.device_id else None
    record(work, event, now, username=owner.username, device=device, enrolment=enrolment.id, **audit)
    work.publish(Topic.ENROLMENTS, subject=enrolment.id, owner=owner.id)
    asked = tables.Request.id == enrolment.request_id
    if to is EnrolmentStatus.STOPPED:
        _void_requests(work, now, "phone_stopped", asked)
    if device:
        revoke_device(work, device, now)
    _void_requests(work, now, "target_changed", asked)  # a change waits for the old phone
    return True


def _void_requests(work: Work, now: datetime, why: str, where: ColumnElement[bool]) -> None:
    for request in pending_requests(work, where):
        leave_pending(work, request, RequestStatus.VOID, now, void_reason=why)


def _void_enrolment_of(work: Work, request: tables.Request, now: datetime) -> None:
    hanging = select(tables.Enrolment).where(tables.Enrolment.request_id == request.id)
    for enrolment in work.session.scalars(hanging).all():
        end_enrolment(work, enrolment, EnrolmentStatus.VOID, now)


def revoke_device(work: Work, device: tables.Device, now: datetime, *, wake: bool = False) -> bool:
    """Cut a phone off for good: its sessions end, what waits for it is void.

    With `wake` it is pushed to once more, for the news of just this: its owner hears nowhere else of it.
    """
    revoked = (
        update(tables.Device)
        .where(tables.Device.id == device.id, tables.Device.status != "revoked")
        .values(status="revoked", **({} if wake else {"push": None}))
        .returning(tables.Device.id)
    )
    if work.session.execute(revoked).one_or_none() is None:
        return False
    end_phone_sessions(work, now, tables.Device.id == device.id)
    _void_requests(work, now, "device_revoked", tables.Request.device_id == device.id)
    owner = work.session.get_one(tables.Administrator, device.administrator_id)
    record(
        work,
        Event.DEVICE_REVOKED,
        now,
        username=owner.username,
        target=[{"type": "device", "id": device.id, "name": device.name}],
        device=device,
    )
    work.keep_ended("device", device.id)
    work.publish(Topic.TWO_FACTOR, subject=device.id, owner=owner.id)
    return True


def end_phone_sessions(work: Work, now: datetime, *where: ColumnElement[bool]) -> None:
    """End the sessions of these phones: each signs in again, if it may; for a while one is known by its token."""
    theirs = tables.PhoneSession.device_id.in_(select(tables.Device.id).where(*where))
    living = theirs, tables.PhoneSession.expires_at > now
    work.session.execute(update(tables.PhoneSession).where(*living).values(expires_at=now))


def end_session(
    work: Work,
    session: tables.Session,
    now: datetime,
    *,
    ended_by: dict[str, str | None] | None = None,
    why: str | None = None,
) -> bool:
    """End a console session, by somebody or by time; what it asked for and still waits is cancelled."""
    ended = (
        update(tables.Session)
        .where(tables.Session.id == session.id, tables.Session.ended_at.is_(None))
        .values(ended_at=now)
        .returning(tables.Session.id)
    )
    if work.session.execute(ended).one_or_none() is None:
        return False
    for request in pending_requests(work, tables.Request.session_id == session.id):
        leave_pending(work, request, RequestStatus.CANCELLED, now, why="the session that asked has ended")
    _forget_secrets(work, tables.Request.session_id == session.id)
    codes = update(tables.RecoverySet).where(tables.RecoverySet.session_id == session.id)
    work.session.execute(codes.values(codes=None))
    owner = work.session.get_one(tables.Administrator, session.administrator_id)
    source = Source(session.device_name, session.application, session.ip)
    told: dict[str, Any] = {name: each for name, each in (("ended_by", ended_by), ("why", why)) if each}
    record(work, Event.SESSION_ENDED, now, username=owner.username, source=source, session=session.id, **told)
    work.publish(Topic.SESSIONS, subject=session.id, owner=owner.id)
    return True


def _forget_secrets(work: Work, asked: ColumnElement[bool]) -> None:
    """Forget what was to be told, sealed or not, to who asked and is gone: nobody else is."""
    kept = tables.Request.secret_result.is_not(None)
    work.session.execute(update(tables.Request).where(asked, kept).values(secret_result=None))


def sets_up_with_grant() -> ColumnElement[bool]:
    """Say of a session that a phone or an authenticator app is being set up there with a grant."""
    phone, app = tables.Enrolment, tables.TotpSetup
    phones = select(phone.session_id).where(phone.status.in_(OPEN_ENROLMENT), phone.grant_hash.is_not(None))
    apps = select(app.session_id).where(app.ended_at.is_(None), app.grant_hash.is_not(None))
    return tables.Session.id.in_(phones) | tables.Session.id.in_(apps)


def is_granted(work: Work, request: tables.Request) -> bool:
    """Whether it turns two-factor on with a phone that was set up with a grant."""
    of = select(tables.Enrolment.id).where(
        tables.Enrolment.request_id == request.id, tables.Enrolment.grant_hash.is_not(None)
    )
    return work.session.scalar(of) is not None


def end_other_sessions(
    work: Work, administrator: str, now: datetime, keep: str | None = None, *, consoles: bool = True
) -> None:
    """End all of an account's sessions, waiting sign-ins and known consoles, but for this session and its console.

    Without `consoles` these stay known: what they are spared, the owner may need who comes back through one of them.
    """
    mine, kept = tables.Session.administrator_id == administrator, [] if keep is None else [keep]
    _end_sessions(work, now, mine, tables.Session.id.not_in(kept))
    _end_sign_ins(work, now, tables.Request.administrator_id == administrator)
    if not consoles:
        return
    theirs = select(tables.Session.console_id).where(
        tables.Session.id.in_(kept), tables.Session.console_id.is_not(None)
    )
    others = tables.Console.id.not_in(theirs)
    known = (tables.Console.administrator_id == administrator, tables.Console.ended_at.is_(None), others)
    work.session.execute(update(tables.Console).where(*known).values(ended_at=now))


def end_console(work: Work, console: str, now: datetime, *, but: str) -> None:
    """End what one console has: its sessions, its sign-ins, approved ones too, and that it is known.

    The request `but` was rejected already: a sign-in that is, is still good to report the phone as lost.
    """
    _end_sessions(work, now, tables.Session.console_id == console)
    _end_sign_ins(work, now, (tables.Request.console_id == console) & (tables.Request.id != but))
    known = (tables.Console.id == console, tables.Console.ended_at.is_(None))
    work.session.execute(update(tables.Console).where(*known).values(ended_at=now))


def _end_sessions(work: Work, now: datetime, *where: ColumnElement[bool]) -> None:
    living = select(tables.Session).where(tables.Session.ended_at.is_(None), *where)
    for session in work.session.scalars(living).all():
        end_session(work, session, now)


def _end_sign_ins(work: Work, now: datetime, which: ColumnElement[bool]) -> None:
    sign_ins = (which, tables.Request.wait_hash.is_not(None))
    for request in pending_requests(work, *sign_ins):
        leave_pending(work, request, RequestStatus.CANCELLED, now, why="the console was ended")
    unredeemed = update(tables.Request).where(*sign_ins, tables.Request.redeemed_at.is_(None))
    work.session.execute(unredeemed.values(redeemed_at=now))


def end_api_key(
    work: Work, key: tables.ApiKey, now: datetime, *, username: str | None = None, source: Source = NOWHERE
) -> bool:
    """End an API key for good, by `username`; what it asked for and still waits is cancelled."""
    ended = (
        update(tables.ApiKey)
        .where(tables.ApiKey.id == key.id, tables.ApiKey.ended_at.is_(None))
        .values(ended_at=now)
        .returning(tables.ApiKey.id)
    )
    if work.session.execute(ended).one_or_none() is None:
        return False
    for request in pending_requests(work, tables.Request.api_key_id == key.id):
        leave_pending(work, request, RequestStatus.CANCELLED, now, why="the API key that asked has ended")
    _forget_secrets(work, tables.Request.api_key_id == key.id)
    owner = work.session.get_one(tables.Administrator, key.administrator_id)
    subject = [{"type": "api_key", "id": key.id, "name": key.name}]
    record(work, Event.API_KEY_ENDED, now, username=username or owner.username, source=source, target=subject)
    work.keep_ended("api_key", key.id)
    work.publish(Topic.API_KEYS, subject=key.id, owner=owner.id)
    return True
