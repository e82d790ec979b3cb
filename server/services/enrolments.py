"""Enrolments on the console's side: start, watch, confirm by the six digits, stop."""

import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import update

from server import protocol
from server.actions.device import ChangeDevice
from server.actions.two_factor import EnableTwoFactor
from server.contract.enrolment import Enrolment, EnrolmentStatus, StartedEnrolment
from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.contract.request import Request
from server.contract.topic import Topic
from server.domain.audit import Event
from server.domain.requests import ends_at
from server.services import administrators, asking, confirming, requests, setup, ways
from server.services.sessions import SessionCaller
from server.store import policy, tables
from server.store.audit_log import record
from server.store.devices import active_device, verification_of
from server.store.endings import end_enrolment, open_enrolments, pending_requests
from server.store.grants import grant_proof, require_still_granted, required_grant
from server.store.notices import tell_widely, told_since
from server.store.recovered import is_recovered, spend_recovered
from server.store.work import Work

WRONG_DIGITS = 3
TOLD, TOLD_WITHIN = 3, timedelta(minutes=10)  # who begins again and again does not make phones ring for ever


def start(
    work: Work, caller: SessionCaller, verified: str | None, grant: str | None, now: datetime
) -> StartedEnrolment:
    """Make the enrolment and its QR text, given once; the account's earlier ones are void."""
    account = caller.account
    if account.password_hash is None or account.password_hash != verified:
        raise administrators.wrong_password()
    granted = required_grant(work, account, grant, now)
    _require_own(work, caller, now)
    lately = told_since(work, account, NoticeKind.DEVICE_CHANGING, now - TOLD_WITHIN)
    if account.method is not None and lately < TOLD:  # a code may confirm it: phone and providers hear of it before
        tell_widely(work, account, NoticeKind.DEVICE_CHANGING, now, source=caller.source)
    for earlier in open_enrolments(work, account.id):
        end_enrolment(work, earlier, EnrolmentStatus.VOID, now)
    eid, secret, share, ehk = (
        secrets.token_bytes(16),
        secrets.token_bytes(32),
        secrets.token_bytes(32),
        protocol.new_key(),
    )
    enrolment, expires_at = protocol.b64u(eid), ends_at(now, work.config.enrolment_lifetime)
    keys, origin, asks_password = work.keys, work.origin, not policy.current(work).qr_alone
    work.session.add(
        tables.Enrolment(
            id=enrolment,
            administrator_id=account.id,
            session_id=caller.session.id,
            status=EnrolmentStatus.PENDING,
            origin=origin,
            ehk=keys.seal(protocol.private_bytes(ehk), place(enrolment, account.id, "ehk")),
            ehk_point=protocol.point(ehk),
            mac_key=keys.seal(protocol.mac_key(secret, eid), place(enrolment, account.id, "mac_key")),
            share=keys.seal(share, place(enrolment, account.id, "share")),
            wrong_passwords=0,
            wrong_digits=0,
            asks_password=asks_password,
            grant_hash=granted,
            grant_proof=grant_proof(work, enrolment, granted),
            created_at=now,
            expires_at=expires_at,
        )
    )
    shown = {"company": setup.organisation(work), "name": account.name, "username": account.username}
    qr = protocol.EnrolmentQR(
        origin=origin,
        flags=protocol.ASKS_FOR_PASSWORD if asks_password else 0,
        eid=eid,
        secret=secret,
        fp=protocol.fingerprint(keys.ssk_point + protocol.point(ehk)),
        exp=int(expires_at.timestamp()),
        box=protocol.close_box(shown, origin=origin, eid=eid, secret=secret, share=share),
    )
    record(work, Event.ENROLMENT_STARTED, now, username=account.username, source=caller.source, enrolment=enrolment)
    work.publish(Topic.ENROLMENTS, subject=enrolment, owner=account.id)
    return StartedEnrolment(
        id=enrolment,
        qr=qr.text(),
        expires_at=expires_at,
        reachable=not work.config.loopback or bool(work.config.public_url),
        now=now,
    )


def _require_own(work: Work, caller: SessionCaller, now: datetime) -> None:
    """Raise 403 while another session sets a phone up: the password alone does not end that.

    So it is where a recovery code opened that one, or as long as what it has asked for waits to be confirmed.
    """
    if is_recovered(work, caller.session, now):
        return
    for row in open_enrolments(work, caller.account.id):
        session = work.session.get(tables.Session, row.session_id)
        if session is None or session.id == caller.session.id or session.ended_at is not None:
            continue
        if is_recovered(work, session, now) or _waits(work, row, session, now):
            advice = "Go on there, cancel what waits there or end that session if you may, or wait until that is over."
            raise Problem(403, "begun_elsewhere", "A phone is being set up in another session", advice)


def _waits(work: Work, row: tables.Enrolment, session: tables.Session, now: datetime) -> bool:
    """Whether it is confirmed, and its request still waits: that ends with the session, or with its time."""
    asked = tables.Request.id == row.request_id, tables.Request.expires_at > now
    return session.expires_at > now and bool(pending_requests(work, *asked))


def place(enrolment: str, account: str, column: str) -> str:
    """Name where a secret of an enrolment is kept: bound to its account, so that a row cannot be given to another."""
    return f"enrolments/{enrolment}/{account}/{column}"


def shown(work: Work, caller: SessionCaller, enrolment: str, now: datetime) -> Enrolment:
    """Return how far it has come; expiry is computed when read."""
    row = _own(work, caller, enrolment)
    device = work.session.get(tables.Device, row.device_id) if row.device_id else None
    return Enrolment(
        status=status_of(row, now),
        device_name=device.name if device else None,
        verification=verification_of(device) if device else None,
        request=row.request_id,
    )


def status_of(row: tables.Enrolment, now: datetime) -> EnrolmentStatus:
    """Return the status as it is now."""
    status = EnrolmentStatus(row.status)
    waits = status in (EnrolmentStatus.PENDING, EnrolmentStatus.CLAIMED)
    return EnrolmentStatus.EXPIRED if waits and row.expires_at <= now else status


def _own(work: Work, caller: SessionCaller, enrolment: str) -> tables.Enrolment:
    row = work.session.get(tables.Enrolment, enrolment)
    if row is None or row.administrator_id != caller.account.id:
        raise Problem(404, "enrolment_not_found", "This enrolment does not exist")
    return row


def _mine(work: Work, caller: SessionCaller, enrolment: str) -> tables.Enrolment:
    """Return one that may be gone on with, or ended, here: in the session that began it; another may be stolen."""
    row = _own(work, caller, enrolment)
    if row.session_id != caller.session.id:
        raise Problem(403, "begun_elsewhere", "This was begun in another session", "Go on there, or begin anew here.")
    return row


def confirm(
    work: Work, caller: SessionCaller, enrolment: str, sas: str, now: datetime, result_key: str | None = None
) -> Request | Problem:
    """Compare the digits that the phone shows; then ask that phone, or the one before it where there is one.

    The recovery codes that come of it are sealed for `result_key`.
    In a session that a recovery code opened a short while ago, that sign-in confirms the change.
    """
    row = _mine(work, caller, enrolment)
    if status_of(row, now) is not EnrolmentStatus.CLAIMED or row.device_id is None or row.sas is None:
        raise Problem(409, "not_claimed", "No phone waits for these digits", "Scan a new code with the phone.")
    expected = work.keys.unseal(row.sas, place(row.id, row.administrator_id, "sas"))
    if not hmac.compare_digest(sas.encode(), expected):
        return _count_wrong_digits(work, row, now)
    require_still_granted(work, caller.account, row.id, row.grant_hash, row.grant_proof)
    moved = (
        update(tables.Enrolment)
        .where(tables.Enrolment.id == row.id, tables.Enrolment.status == EnrolmentStatus.CLAIMED)
        .values(status=EnrolmentStatus.CONFIRMED, session_id=caller.session.id)
        .returning(tables.Enrolment.id)
    )
    work.session.execute(moved).one()
    work.session.refresh(row)
    device = work.session.get_one(tables.Device, row.device_id)
    device.status = "confirmed"
    record(
        work,
        Event.ENROLMENT_CONFIRMED,
        now,
        username=caller.account.username,
        source=caller.source,
        device=device,
        enrolment=row.id,
    )
    account, session = caller.account, caller.session
    changes = account.method is not None
    action = (ChangeDevice if changes else EnableTwoFactor).of(row, device, sas)
    asked = active_device(work, account.id) if changes else device
    origin = asking.Origin(caller.source, asked, asking.notices(caller), session.id, session.console_id)
    sealed_for = protocol.unb64u(result_key) if result_key is not None else None
    request = asking.create(work, action, caller.actor, origin, "", now, result_key=sealed_for)
    row.request_id = request.id
    work.session.flush()
    if changes and is_recovered(work, session, now):
        spend_recovered(work, session)
        confirming.approve(work, request, account, ways.RECOVERY_CODE, now)
    work.publish(Topic.ENROLMENTS, subject=row.id, owner=account.id)
    return requests.shown(work, request, now, secrets=True)


def _count_wrong_digits(work: Work, row: tables.Enrolment, now: datetime) -> Problem:
    counted = (
        update(tables.Enrolment)
        .where(tables.Enrolment.id == row.id)
        .values(wrong_digits=tables.Enrolment.wrong_digits + 1)
        .returning(tables.Enrolment.wrong_digits)
    )
    left = WRONG_DIGITS - work.session.execute(counted).scalar_one()
    owner = work.session.get_one(tables.Administrator, row.administrator_id)
    record(work, Event.ENROLMENT_REFUSED, now, username=owner.username, enrolment=row.id, why="wrong digits")
    if left <= 0:
        end_enrolment(work, row, EnrolmentStatus.VOID, now)
    advice = "Look at the phone again." if left > 0 else "This phone was cut off; start again with a new code."
    return Problem(422, "wrong_digits", "These are not the digits on the phone", advice, attempts_left=max(left, 0))


def stop(work: Work, caller: SessionCaller, enrolment: str, now: datetime) -> None:
    """Stop it; 409 where it is over already."""
    row = _mine(work, caller, enrolment)
    if not end_enrolment(work, row, EnrolmentStatus.VOID, now):
        raise Problem(409, "enrolment_over", f"This enrolment is {status_of(row, now)} already")
