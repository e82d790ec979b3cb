"""Setting an authenticator app up: its secret, given once, and the code that shows that it has it."""

from datetime import datetime

from server.contract.problem import Problem
from server.contract.two_factor import StartedTotp
from server.domain import totp as codes
from server.domain.audit import Event
from server.domain.requests import ends_at
from server.services import administrators, setup
from server.services.sessions import SessionCaller
from server.store.audit_log import record
from server.store.grants import required_grant
from server.store.totp import Wrong, begin, open_setup, right_step
from server.store.work import Work


def start(work: Work, caller: SessionCaller, verified: str | None, grant: str | None, now: datetime) -> StartedTotp:
    """Make a secret; for an account with a phone the phone confirms the change later."""
    account = caller.account
    if account.password_hash is None or account.password_hash != verified:
        raise administrators.wrong_password()
    if account.method == "totp":
        raise Problem(409, "already_enabled", "An authenticator app is set up already", "Turn it off first.")
    granted = required_grant(work, account, grant, now)
    secret, end = codes.new_secret(), ends_at(now, work.config.enrolment_lifetime)
    begun = begin(work, account.id, caller.session.id, secret, granted, now, end)
    record(work, Event.TOTP_STARTED, now, username=account.username, source=caller.source)
    uri = codes.uri(secret, account.username, setup.organisation(work))
    return StartedTotp(id=begun, secret=secret, uri=uri, expires_at=end, now=now)


def checked(work: Work, caller: SessionCaller, enrolment: str, code: str, now: datetime) -> int:
    """Return the step of a right code of one's own set-up; raises 422 for a wrong one, 404 where there is none."""
    found = open_setup(work, caller.account.id, enrolment, now)
    if found is None:
        raise Problem(404, "setup_not_found", "This set-up does not exist, or is over", "Begin again.")
    step = right_step(work, found, code, now)
    if isinstance(step, Wrong):
        advice = "Type the six digits that the app shows now."
        raise Problem(422, "wrong_code", "This is not the app’s code", advice, clock_ahead=step.drift)
    return step
