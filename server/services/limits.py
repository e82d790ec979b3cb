"""Limits on wrong passwords and codes: counted before any is compared, per account and source, known ones apart."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import ColumnElement, delete, func, select

from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.domain.passwords import Turn
from server.domain.spelling import one_spelling
from server.services import administrators
from server.store import tables
from server.store.audit_log import Source
from server.store.ids import hashed, new_id
from server.store.notices import tell, tell_widely
from server.store.recovered import is_recovered
from server.store.work import Work

WINDOW = timedelta(minutes=5)
FROM_ONE_SOURCE, FROM_ALL = 10, 50
CODES = ((timedelta(minutes=5), 5), (timedelta(hours=1), 20), (timedelta(days=1), 50))
"""Wrong TOTP and recovery codes together, of a known console or of all others; a right one starts nothing anew."""

YOUNGER = 20
"""Sessions begun after it that one session may end: whoever has stolen one does not keep its owner out for ever."""

SIGN_INS = 20
"""Sign-ins of others that one source may put an end to within the window by beginning its own."""

_OF_PASSWORDS, _OF_CODES = tables.Attempt.kind == "password", tables.Attempt.kind == "code"
_STRANGERS = tables.Attempt.source.startswith("address ")


@dataclass(frozen=True)
class Known:
    """Who sends a password or a code: a console, by the secret that it keeps or its id, or a session."""

    secret: str | None = None
    session: str | None = None
    console: str | None = None


@dataclass(frozen=True)
class Reserved:
    """An attempt that was counted; `turn` is null for a stranger."""

    id: str
    turn: Turn | None


def reserve(work: Work, username: str, ip: str, by: Known, now: datetime) -> Reserved | Problem:
    """Count an attempt as wrong until it is found right; return it, or 429 where there were too many.

    A console that the account knows is its own source and does not count among all, so that a stranger who tries
    passwords cannot lock the owner out; so is a session, apart from its console, for whoever has stolen it.
    """
    account = one_spelling(username)  # all spellings share one count
    known = f"session {by.session}" if by.session else _known_console(work, account, by.secret)
    source = known or source_of(ip)
    mine = (_OF_PASSWORDS, tables.Attempt.account == account, tables.Attempt.at > now - WINDOW)
    if _count(work, *mine, tables.Attempt.source == source) >= FROM_ONE_SOURCE or (
        not known and _count(work, *mine, _STRANGERS) >= FROM_ALL
    ):
        oldest = work.session.scalar(select(func.min(tables.Attempt.at)).where(*mine)) or now
        wait = max(1, int((oldest + WINDOW - now).total_seconds()) + 1)
        return Problem(
            429,
            "too_many_attempts",
            "Too many wrong passwords",
            "Wait a few minutes; a console that has signed in before is not affected.",
            headers={"Retry-After": str(wait)},
        )
    attempt = tables.Attempt(id=new_id("try"), kind="password", account=account, source=source, at=now)
    work.session.add(attempt)
    if by.session is not None and not _is_recovered(work, by.session, now):
        return Reserved(attempt.id, turn_of(username, "sessions"))  # as one, and apart from the owner's way back
    return Reserved(attempt.id, turn_of(username, known) if known else None)


def turn_of(username: str, by: str) -> Turn:
    """Return the turn of one who sends passwords for an account."""
    return Turn(one_spelling(username), by)


def withdraw(work: Work, attempt: str) -> None:
    """Count one no more whose password was never looked at."""
    work.session.execute(delete(tables.Attempt).where(tables.Attempt.id == attempt))


def forgive(work: Work, attempt: str) -> None:
    """The password was right: this attempt and the earlier ones of its source count no more."""
    found = work.session.get(tables.Attempt, attempt)
    if found is not None:
        same = (_OF_PASSWORDS, tables.Attempt.account == found.account, tables.Attempt.source == found.source)
        work.session.execute(delete(tables.Attempt).where(*same))


def warn(work: Work, attempt: str, source: Source, now: datetime) -> None:
    """Tell the owner, once per window, that an attempt found wrong was the last one of its source, or of all."""
    found = work.session.get(tables.Attempt, attempt)
    owner = found and administrators.named(work, found.account)
    if not found or not owner:
        return
    mine = (_OF_PASSWORDS, tables.Attempt.account == found.account, tables.Attempt.at > now - WINDOW)
    reached = _count(work, *mine, tables.Attempt.source == found.source) >= FROM_ONE_SOURCE or (
        _count(work, *mine, _STRANGERS) >= FROM_ALL
    )
    told = select(tables.Notice.number).where(
        tables.Notice.administrator_id == owner.id,
        tables.Notice.kind == NoticeKind.WRONG_PASSWORD,
        tables.Notice.at > now - WINDOW,
    )
    if reached and work.session.scalar(told.limit(1)) is None:
        tell(work, owner.id, NoticeKind.WRONG_PASSWORD, now, username=owner.username, source=source)


def crowds_out(work: Work, account: tables.Administrator, ip: str, now: datetime) -> bool:
    """Count that a stranger's sign-in takes the place of one from elsewhere; true where that was too often.

    A thief of the password could keep the owner out for ever, by beginning anew before the owner has found his phone.
    """
    mine = (tables.Attempt.kind == "sign_in", tables.Attempt.account == account.username_key)
    source = source_of(ip)
    if _count(work, *mine, tables.Attempt.source == source, tables.Attempt.at > now - WINDOW) >= SIGN_INS:
        return True
    work.session.add(
        tables.Attempt(id=new_id("try"), kind="sign_in", account=account.username_key, source=source, at=now)
    )
    return False


def ends_too_many(work: Work, account: tables.Administrator, session: str, now: datetime) -> bool:
    """Count that a session ends one begun after it; true where it has ended too many."""
    source = f"session {session}"
    if _count(work, tables.Attempt.kind == "session_end", tables.Attempt.source == source) >= YOUNGER:
        return True
    row = tables.Attempt(id=new_id("try"), kind="session_end", account=account.username_key, source=source, at=now)
    work.session.add(row)
    return False


def too_many_codes(work: Work, account: tables.Administrator, by: Known, now: datetime) -> Problem | None:
    """Return 429 where the account had too many wrong codes by this one that it knows, or by all that it does not."""
    for window, most in CODES:
        mine = (*_codes_of(account, by), tables.Attempt.at > now - window)
        if _count(work, *mine) >= most:
            oldest = work.session.scalar(select(func.min(tables.Attempt.at)).where(*mine)) or now
            wait = max(1, int((oldest + window - now).total_seconds()) + 1)
            return Problem(
                429,
                "too_many_wrong_codes",
                "Too many wrong codes",
                "Wait before you try again; a console that has signed in before is counted apart.",
                headers={"Retry-After": str(wait)},
            )
    return None


def count_code(work: Work, account: tables.Administrator, by: Known, source: Source, now: datetime) -> None:
    """Count a wrong code; the one that makes its source wait is told to the owner and to all providers."""
    where = _known(by) or source_of(source.ip or "")
    work.session.add(tables.Attempt(id=new_id("try"), kind="code", account=account.username_key, source=where, at=now))
    work.session.flush()
    mine = _codes_of(account, by)
    if any(_count(work, *mine, tables.Attempt.at > now - window) == most for window, most in CODES):
        tell_widely(work, account, NoticeKind.CODES_GUESSED, now, source=source)


def source_of(ip: str) -> str:
    """Return the source that an address is; of IPv6 its /64, in which one customer has as many as he likes."""
    try:
        address = ip_address(ip)
    except ValueError:
        return f"address {ip}"
    one = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    return f"address {ip_network((one, 64), strict=False) if isinstance(one, IPv6Address) else one}"


def _known(by: Known) -> str | None:
    """Return the source that a session is, or a console by its id; null for strangers."""
    return f"session {by.session}" if by.session else f"console {by.console}" if by.console else None


def _codes_of(account: tables.Administrator, by: Known) -> tuple[ColumnElement[bool], ...]:
    source = tables.Attempt.source == _known(by) if _known(by) else _STRANGERS
    return _OF_CODES, tables.Attempt.account == account.username_key, source


def prune(work: Work, now: datetime) -> None:
    """Forget what no longer counts."""
    short = tables.Attempt.kind.in_(("password", "sign_in"))
    work.session.execute(delete(tables.Attempt).where(short, tables.Attempt.at <= now - WINDOW))
    longest, _ = CODES[-1]
    work.session.execute(delete(tables.Attempt).where(tables.Attempt.at <= now - longest))


def _count(work: Work, *where: ColumnElement[bool]) -> int:
    return work.session.scalar(select(func.count()).select_from(tables.Attempt).where(*where)) or 0


def _is_recovered(work: Work, session: str, now: datetime) -> bool:
    row = work.session.get(tables.Session, session)
    return row is not None and is_recovered(work, row, now)


def _known_console(work: Work, account: str, secret: str | None) -> str | None:
    """Return the source that a console is which the account knows, or knew when it was reset.

    Until its owner is back, strangers who guess would else keep him out with his new grant.
    """
    if not secret:
        return None
    known = (
        select(tables.Console.id)
        .join(tables.Administrator, tables.Administrator.id == tables.Console.administrator_id)
        .where(
            tables.Administrator.username_key == account,
            tables.Console.secret_hash == hashed(secret),
            tables.Console.ended_at.is_(None) | (tables.Console.ended_at >= tables.Administrator.reset_at),
        )
    )
    console = work.session.scalar(known)
    return f"console {console}" if console else None
