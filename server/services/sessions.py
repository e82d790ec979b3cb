"""Who calls: by a console session, with an idle and an absolute end, or by an API key; tokens are kept as hashes."""

import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, select, update

from server.actions.actor import Actor
from server.contract.message import Page
from server.contract.problem import Problem
from server.contract.request import RequestStatus
from server.contract.session import Session, SignedIn
from server.contract.topic import Topic
from server.domain.audit import Event
from server.domain.permissions import Rights
from server.services import administrators, limits, policy
from server.store import tables
from server.store.audit_log import Source, record
from server.store.endings import IDLE, end_session, sets_up_with_grant
from server.store.ids import API_KEY, hashed, new_id, new_token
from server.store.recovered import set_recovered
from server.store.session import Finding
from server.store.work import Work

ABSOLUTE = timedelta(hours=12)
MOST = 100  # of one account
CROWD = 10  # sessions from one source that are too many, once there are too many in all
_TOLD_OF = timedelta(days=1)  # after its end: whoever holds what ended long ago fills no log
TOUCH_AFTER = timedelta(seconds=5)  # use is written at most this often

_BY_TOKEN = Finding(tables.Session, tables.Session.token_hash == bindparam("token"))
_KEY_BY_TOKEN = Finding(tables.ApiKey, tables.ApiKey.token_hash == bindparam("token"))


def ended(**members: Any) -> Problem:  # noqa: ANN401 - JSON values
    """Return the refusal."""
    return Problem(401, "session_ended", "Your session has ended", "Sign in again.", **members)


def key_ended() -> Problem:
    """Return the refusal of an API key."""
    return Problem(401, "api_key_ended", "This API key does not exist, or has ended", "Make a new one in the console.")


@dataclass(frozen=True)
class Caller:
    """Who calls: the account, by a session or an API key, and the address the server sees now.

    `application` is what the holder of a key says of itself.
    """

    account: tables.Administrator
    session: tables.Session | None
    ip: str
    key: tables.ApiKey | None = None
    application: str = ""

    @property
    def id(self) -> str:
        """Return by what repeated calls are known as the same caller's."""
        return self.key.id if self.key else self.account.id

    @property
    def actor(self) -> Actor:
        """Return on whose behalf it is, with which rights."""
        return Actor.of(self.account, self.key)

    @property
    def rights(self) -> Rights:
        """Return what this caller may do."""
        return self.actor.rights

    @property
    def source(self) -> Source:
        """Return what a request of this caller shows."""
        if self.session is not None:
            return Source(self.session.device_name, self.session.application, self.ip)
        return Source(self.key.name if self.key else None, self.application, self.ip)

    @property
    def told(self) -> dict[str, str | None]:
        """Return who did it and from where, for an audit line whose other members are about somebody else's call."""
        return {"username": self.account.username, **vars(self.source)}


@dataclass(frozen=True)
class SessionCaller(Caller):
    """Who calls by a session."""

    session: tables.Session


def authenticate(work: Work, token: str, ip: str, now: datetime) -> SessionCaller:
    """Return who holds the token; raises 401 where the session has ended."""
    found = _BY_TOKEN.first(work.session, token=hashed(token))
    if found is not None and found.ended_at is not None:
        raise _ended(work, found)
    if found is None or found.expires_at <= now:
        raise ended()
    if found.last_used_at + IDLE <= now and not _waits(work, found, now):
        raise ended()
    return SessionCaller(_enabled(work, found.administrator_id, ended()), found, ip)


def authenticate_any(work: Work, token: str, ip: str, application: str, now: datetime) -> Caller:
    """Return who holds the token, of a session or of an API key; raises 401."""
    if not token.startswith(API_KEY):
        return authenticate(work, token, ip, now)
    found = _KEY_BY_TOKEN.first(work.session, token=hashed(token))
    if found is None or not is_living(work, found, now):
        raise key_ended()
    return Caller(_enabled(work, found.administrator_id, key_ended()), None, ip, found, application)


def former(work: Work, token: str, ip: str, application: str, now: datetime) -> Caller | None:
    """Return who calls by a token that lets nobody in, for the log: by a session that was ended, or by an API key.

    Null a day after its end, and for a session that its time ended: its owner comes back to it.
    """
    key = _KEY_BY_TOKEN.first(work.session, token=hashed(token))
    if key is not None:
        ends = [end for end in (key.ended_at, key.expires_at) if end is not None]
        if ends and min(ends) + _TOLD_OF <= now:
            return None
        return Caller(work.session.get_one(tables.Administrator, key.administrator_id), None, ip, key, application)
    session = _BY_TOKEN.first(work.session, token=hashed(token))
    if session is None or session.ended_at is None or session.ended_at + _TOLD_OF <= now:
        return None
    if session.ended_at >= min(session.expires_at, session.last_used_at + IDLE):
        return None
    return SessionCaller(work.session.get_one(tables.Administrator, session.administrator_id), session, ip)


def is_living(work: Work, key: tables.ApiKey, now: datetime) -> bool:
    """Whether the key has neither been ended, by its row or by the ledger, nor expired."""
    ended_before = key.ended_at is not None or key.id in work.ledger.ended("api_key")
    return not ended_before and (key.expires_at is None or key.expires_at > now)


def _enabled(work: Work, account: str, refusal: Problem) -> tables.Administrator:
    found = work.session.get_one(tables.Administrator, account)
    if not administrators.is_enabled(work, found):
        raise refusal
    return found


def _ended(work: Work, session: tables.Session) -> Problem:
    """Return the refusal of a session that is over, with `why` where *not me* was answered to what it asked for."""
    denied = select(tables.Request.number).where(
        tables.Request.session_id == session.id, tables.Request.reject_reason == "not_me"
    )
    return ended(why="not_me") if work.session.scalar(select(exists(denied))) else ended()


def _waits(work: Work, session: tables.Session, now: datetime) -> bool:
    waiting = select(tables.Request.number).where(
        tables.Request.session_id == session.id,
        tables.Request.status == RequestStatus.PENDING,
        tables.Request.expires_at > now,
    )
    return bool(work.session.scalar(select(exists(waiting))))


def renewed(work: Work, caller: Caller, now: datetime) -> Caller:
    """Return the caller as it is in this transaction; raises 401 where what it calls by has ended since it was read."""
    if caller.session is not None:
        session = work.session.get_one(tables.Session, caller.session.id)
        if session.ended_at is not None or session.expires_at <= now:
            raise _ended(work, session)
        return SessionCaller(_enabled(work, session.administrator_id, ended()), session, caller.ip)
    key = work.session.get(tables.ApiKey, caller.key.id) if caller.key else None
    if key is None or not is_living(work, key, now):
        raise key_ended()
    return replace(caller, account=_enabled(work, key.administrator_id, key_ended()), key=key)


def needs_touch(caller: Caller, now: datetime) -> bool:
    """Whether this use is to be written."""
    used = caller.session or caller.key
    return used is not None and (used.last_used_at is None or used.last_used_at + TOUCH_AFTER <= now)


def touch(work: Work, caller: Caller, now: datetime) -> None:
    """Write that the session or API key is in use; never moves it back."""
    if caller.session is not None:
        session = tables.Session.id == caller.session.id, tables.Session.last_used_at < now
        work.session.execute(update(tables.Session).where(*session).values(last_used_at=now))
    if caller.key is not None:
        work.session.execute(update(tables.ApiKey).where(tables.ApiKey.id == caller.key.id).values(last_used_at=now))


def moved(work: Work, caller: SessionCaller, now: datetime) -> None:
    """Write that a session is used from another address than the one where it began: it moves, or was stolen."""
    session = work.session.get_one(tables.Session, caller.session.id)
    session.last_ip = caller.ip
    told = Source(session.device_name, session.application, caller.ip)
    record(work, Event.SESSION_MOVED, now, username=caller.account.username, source=told, session=session.id)
    work.publish(Topic.SESSIONS, subject=session.id, owner=caller.account.id)


def start(
    work: Work,
    account: tables.Administrator,
    source: Source,
    console: tables.Console | None,
    now: datetime,
    *,
    recovered: bool = False,
) -> SignedIn:
    """Open a session; a console that was not known yet is told the secret by which it will be.

    `recovered` is whether a recovery code opened it.
    """
    _make_room(work, account, source, now)
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
    if recovered:
        set_recovered(work, session, now)
    work.session.add(session)
    record(work, Event.SESSION_STARTED, now, username=account.username, source=source, session=session.id)
    work.publish(Topic.SESSIONS, subject=session.id, owner=account.id)
    return SignedIn(
        token=token,
        expires_at=session.expires_at,
        administrator=administrators.shown(work, account, now),
        console=secret,
    )


def _make_room(work: Work, account: tables.Administrator, source: Source, now: datetime) -> None:
    """End what is one too many, for a sign-in from this source: what was used longest ago, of the largest crowd first.

    Who has the password alone would end the owner's session else, by signing in again and again.
    """
    by = {"username": account.username, **vars(source)}
    living = select(tables.Session).where(
        tables.Session.administrator_id == account.id,
        tables.Session.ended_at.is_(None),
        tables.Session.expires_at > now,
        ~sets_up_with_grant(),  # or who has the password alone would end the owner's enrolling
    )
    rows = list(work.session.scalars(living.order_by(tables.Session.last_used_at)))
    came = {row.id: limits.source_of(row.ip) for row in rows}
    crowds = Counter([*came.values(), limits.source_of(source.ip or "")])
    while len(rows) >= MOST:
        sizes = [crowds[came[each.id]] for each in rows]
        row = rows[sizes.index(max(sizes)) if max(sizes) > CROWD else 0]
        rows.remove(row)
        crowds[came[row.id]] -= 1
        end_session(work, row, now, ended_by=by, why="a newer session took its place")


def listed(work: Work, caller: SessionCaller, now: datetime) -> Page[Session]:
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
            last_ip=row.last_ip,
        )
        for row in rows
    ]
    return Page(items=items, total=len(items))


def end(work: Work, caller: SessionCaller, session: str, now: datetime) -> None:
    """End one of one's own sessions; 404 for any other."""
    found = work.session.get(tables.Session, caller.session.id if session == "current" else session)
    if found is None or found.administrator_id != caller.account.id:
        raise _not_there()
    if found.id != caller.session.id:
        policy.require_enrolled(work, caller.account, now)  # or who has the password would end the owner's enrolling
        if policy.has_password_alone(work, caller.account):  # likewise, before he has begun
            advice = "That ends all others; it needs the one-time code that comes with an invitation or a reset."
            raise Problem(403, "two_factor_required", "Turn two-factor authentication on first", advice)
        _require_few_younger(work, caller, found, now)
    if not end_session(work, found, now, ended_by=caller.told):
        raise _not_there()


def _require_few_younger(work: Work, caller: SessionCaller, found: tables.Session, now: datetime) -> None:
    """Raise where a session would end one begun after it by a recovery code, or has ended too many younger ones.

    Who has stolen one could burn all codes of its owner with it, and keep him out for good.
    """
    if found.ended_at is not None or found.created_at < caller.session.created_at:
        return
    if found.recovered is not None:
        raise Problem(403, "forbidden", "That one was begun later, with a recovery code", "Sign in again to end it.")
    if limits.ends_too_many(work, caller.account, caller.session.id, now):
        raise Problem(
            429,
            "too_many_ended",
            "This session has ended several newer ones",
            "Sign in again: the newest session may end all others.",
            headers={"Retry-After": str(math.ceil((caller.session.expires_at - now).total_seconds()))},
        )


def _not_there() -> Problem:
    return Problem(404, "session_not_found", "This session does not exist, or has ended")
