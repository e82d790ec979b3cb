"""The secret of an account's authenticator app, sealed under the key file, and which of its codes still count."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, update

from server import protocol
from server.contract.request import RequestStatus
from server.domain.totp import STEP, WINDOW, is_accepted, step_of, steps_with
from server.store.endings import leave_pending, pending_requests
from server.store.grants import grant_proof
from server.store.ids import new_id
from server.store.tables import Request, Session, Totp, TotpSetup
from server.store.work import Work

_STEP, _APP = "totp_step", "totp"


@dataclass(frozen=True)
class Wrong:
    """A code that does not count; `drift` is by how many seconds the app's clock is ahead, as far as that is known."""

    drift: int | None = None


def has_totp(work: Work, account: str) -> bool:
    """Whether an authenticator app is set up."""
    return _of(work, account) is not None


def begin(
    work: Work, account: str, session: str, secret: str, grant: bytes | None, now: datetime, end: datetime
) -> str:
    """Keep a secret for an app that is still to show it has it; the session's earlier ones end. Returns its id.

    Those of the account's other sessions go on, of which one may be bound to a request that waits.
    """
    over = TotpSetup.session_id.in_(select(Session.id).where(Session.ended_at.is_not(None)))
    end_setups(work, account, now, (TotpSetup.session_id == session) | over)
    setup = new_id("otp")
    work.session.add(
        TotpSetup(
            id=setup,
            administrator_id=account,
            session_id=session,
            secret=work.keys.seal(secret.encode(), setup_place(setup, account)),
            grant_hash=grant,
            grant_proof=grant_proof(work, setup, grant),
            created_at=now,
            expires_at=end,
        )
    )
    work.session.flush()
    return setup


def open_setup(work: Work, account: str, setup: str, now: datetime) -> TotpSetup | None:
    """Return a set-up of this account that an app can still show it has."""
    row = living_setup(work, account, setup)
    return row if row is not None and row.expires_at > now else None


def living_setup(work: Work, account: str, setup: str) -> TotpSetup | None:
    """Return a set-up of this account that was not used or ended, whose code was right in time."""
    row = work.session.get(TotpSetup, setup)
    return row if row is not None and row.administrator_id == account and row.ended_at is None else None


def right_step(work: Work, setup: TotpSetup, code: str, now: datetime) -> int | Wrong:
    """Return the step whose code this is, by the secret of a set-up."""
    secret = work.keys.unseal(setup.secret, setup_place(setup.id, setup.administrator_id)).decode()
    found = steps_with(secret, code, now)
    if found and is_accepted(found[0], now):
        return found[0]
    return Wrong(_drift(found[0], now) if found else None)


def activate(work: Work, setup: TotpSetup, step: int, now: datetime) -> None:
    """Make the secret of a set-up the account's; the step that proved it counts no more."""
    account = setup.administrator_id
    secret = work.keys.unseal(setup.secret, setup_place(setup.id, account))
    end_totp(work, account, now)
    app = new_id("app")
    sealed = work.keys.seal(secret, place(app, account))
    work.session.add(Totp(administrator_id=account, id=app, secret=sealed, last_step=step, created_at=now))
    work.keep_ended(_STEP, f"{account}/{step}")
    work.session.flush()


def accept(work: Work, account: str, code: str, now: datetime) -> int | Wrong:
    """Take a code, once: its step must be within the window and later than the last one that was accepted.

    A code of a clock that is off is told by how much; one that would only count later then never does.
    """
    row = _of(work, account)
    if row is None:
        return Wrong()
    try:
        secret = work.keys.unseal(row.secret, place(row.id, account)).decode()
    except protocol.Malformed:  # a row that others wrote
        return Wrong()
    found = steps_with(secret, code, now)
    for step in found:
        if is_accepted(step, now) and _take(work, account, step):
            work.keep_ended(_STEP, f"{account}/{step}")
            return step
    if not found or is_accepted(found[0], now):
        return Wrong()
    return Wrong(_drift(found[0], now) if _may_hint(work, row, found[0], now) else None)


def end_totp(work: Work, account: str, now: datetime) -> bool:
    """Forget the secret, and what was being set up; what waits for a code of it is void. Whether there was one."""
    end_setups(work, account, now)
    gone = work.session.execute(delete(Totp).where(Totp.administrator_id == account).returning(Totp.id)).one_or_none()
    if gone is None:
        return False
    work.keep_ended(_APP, gone.id)
    for request in pending_requests(work, Request.administrator_id == account, Request.device_id.is_(None)):
        leave_pending(work, request, RequestStatus.VOID, now, void_reason="device_revoked")
    return True


def end_setups(work: Work, account: str, now: datetime, *where: ColumnElement[bool]) -> None:
    """End what was being set up, and forget its secret."""
    begun = update(TotpSetup).where(TotpSetup.administrator_id == account, TotpSetup.ended_at.is_(None), *where)
    work.session.execute(begun.values(ended_at=now, secret=b""))


def _of(work: Work, account: str) -> Totp | None:
    row = work.session.scalar(select(Totp).where(Totp.administrator_id == account))
    return None if row is None or row.id in work.ledger.ended(_APP) else row


def _take(work: Work, account: str, step: int) -> bool:
    later = range(step, step + 2 * WINDOW + 1)  # none that can have been accepted by now lies beyond
    if any(f"{account}/{each}" in work.ledger.ended(_STEP) for each in later):
        return False
    fresh = or_(Totp.hinted_step.is_(None), Totp.hinted_step != step)
    taken = update(Totp).where(Totp.administrator_id == account, Totp.last_step < step, fresh)
    done = taken.values(last_step=step).returning(Totp.administrator_id)
    return work.session.execute(done).one_or_none() is not None


def _may_hint(work: Work, row: Totp, step: int, now: datetime) -> bool:
    """Whether telling gives nothing away: the step is over, or never accepted, as one future step at a time is."""
    if step < step_of(now):
        return True
    if row.hinted_step is not None and row.hinted_step + WINDOW >= step_of(now):
        return False
    row.hinted_step = step
    work.session.flush()
    return True


def _drift(step: int, now: datetime) -> int:
    return (step - step_of(now)) * STEP


def place(app: str, account: str) -> str:
    """Name where the secret of an app is kept."""
    return f"totp/{app}/{account}/secret"


def setup_place(setup: str, account: str) -> str:
    """Name where the secret of a set-up is kept."""
    return f"totp_setups/{setup}/{account}/secret"
