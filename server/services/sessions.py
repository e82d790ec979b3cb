"""Console sessions: opaque tokens, kept as hashes, with an idle and an absolute end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, select, update

from server.contract.message import Page
from server.contract.problem import Problem
from server.contract.request import RequestStatus
from server.contract.session import Session, SignedIn
from server.contract.topic import Topic
from server.domain.audit import Event
from server.services import administrators
from server.store import tables
from server.store.audit_log import Source, record
from server.store.endings import IDLE, end_session
from server.store.ids import hashed, new_id, new_token
from server.store.session import Finding
from server.store.work import Work

ABSOLUTE = timedelta(hours=12)
TOUCH_AFTER = timedelta(seconds=5)  # use is written at most this often

_BY_TOKEN = Finding(tables.Session, tables.Session.token_hash == bindparam("token"))


def ended() -> Problem:
    """Return the refusal."""
    return Problem(401, "session_ended", "Your session has ended", "Sign in again.")


@dataclass(frozen=True)
class Caller:
    """Who calls: the account, the console session, and the address the server sees now."""

    account: tables.Administrator
    session: tables.Session
    ip: str

    @property
    def source(self) -> Source:
        """Return what a request of this caller shows."""
        return Source(self.session.device_name, self.session.application, self.ip)


def authenticate(work: Work, token: str, ip: str, now: datetime) -> Caller:
    """Return who holds the token; raises 401 where the session has ended."""
    found = _BY_TOKEN.first(work.session, token=hashed(token))
    if found is None or found.ended_at is not None or found.expires_at <= now:
        raise ended()
    if found.last_used_at + IDLE <= now and not _waits(work, found, now):
        raise ended()
    account = work.session.get_one(tables.Administrator, found.administrator_id)
    return Caller(account, found, ip)


def _waits(work: Work, session: tables.Session, now: datetime) -> bool:
    waiting = select(tables.Request.number).where(
        tables.Request.session_id == session.id,
        tables.Request.status == RequestStatus.PENDING,
        tables.Request.expires_at > now,
    )
    return bool(work.session.scalar(select(exists(waiting))))


def renewed(work: Work, caller: Caller, now: datetime) -> Caller:
    """Return the caller as it is in this transaction; raises 401 where its session has ended since it was read."""
    session = work.session.get_one(tables.Session, caller.session.id)
    if session.ended_at is not None or session.expires_at <= now:
        raise ended()
    return Caller(work.session.get_one(tables.Administrator, session.administrator_id), session, caller.ip)


def needs_touch(caller: Caller, now: datetime) -> bool:
    """Whether this use is to be written."""
    return caller.session.last_used_at + TOUCH_AFTER <= now


def touch(work: Work, session: str, now: datetime) -> None:
    """Write that the session is in use; never moves it back."""
    used = update(tables.Session).where(tables.Session.id == session, tables.Session.last_used_at < now)
    work.session.execute(used.values(last_used_at=now))


def start(
    work: Work,
    account: tables.Administrator,
    source: Source,
    console: tables.Console | None,
    now: datetime,
) -> SignedIn:
    """Open a session; a console that was not known yet is told the secret by which it will be."""
    secret = None
    ip = source.ip or ""
    if console is None:
        secret = new_token()
        console = tables.Console(
            id=new_id("con"), administrator_id=account.id, secret_hash=hashed(secret), ip=ip, created_at=now
        )
        work.session.add(console)
        work.session.flush()
    console.ip = ip
    token = new_token()
    session = tables.Session(
        id=new_id("ses"),
        token_hash=hashed(token),
        administrator_id=account.id,
        console_id=console.id,
        device_name=source.device_name,
        application=source.application,
        ip=ip,
        created_at=now,
        last_used_at=now,
        expires_at=now + ABSOLUTE,
    )
    work.session.add(session)
    record(work, Event.SESSION_STARTED, now, username=account.username, source=source, session=session.id)
    work.publish(Topic.SESSIONS, subject=session.id, owner=account.id)
    return SignedIn(
        token=token, expires_at=session.expires_at, administrator=administrators.shown(account), console=secret
    )


def listed(work: Work, caller: Caller, now: datetime) -> Page[Session]:
    """Return the own sessions that have not ended."""
    mine = select(tables.Session).where(
        tables.Session.administrator_id == caller.account.id,
        tables.Session.ended_at.is_(None),
        tables.Session.expires_at > now,
        tables.Session.last_used_at > now - IDLE,
    )
    rows = work.session.scalars(mine.order_by(tables.Session.last_used_at.desc())).all()
    items = [
        Session(
            id=row.id,
            current=row.id == caller.session.id,
            device_name=row.device_name,
            application=row.application,
            ip=row.ip,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
        )
        for row in rows
    ]
    return Page(items=items, total=len(items))


def end(work: Work, caller: Caller, session: str, now: datetime) -> None:
    """End one of one's own sessions; 404 for any other."""
    found = work.session.get(tables.Session, caller.session.id if session == "current" else session)
    if found is None or found.administrator_id != caller.account.id or not end_session(work, found, now):
        raise Problem(404, "session_not_found", "This session does not exist, or has ended")
