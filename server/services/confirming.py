"""Confirming a request by a code, of an authenticator app or a recovery code: never on the phone, and marked weaker."""

from dataclasses import dataclass
from datetime import datetime

from server.actions import REGISTER
from server.actions.device import ChangeDevice
from server.actions.sign_in import SignIn
from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.contract.request import Request, RequestStatus
from server.services import limits, requests, settling, ways
from server.services.sessions import SessionCaller
from server.store import tables
from server.store.audit_log import Source
from server.store.notices import tell_widely
from server.store.recovery import burn_code
from server.store.totp import Wrong, accept
from server.store.work import Work

NAMES = {ways.TOTP: "Authenticator app", ways.RECOVERY_CODE: "Recovery code"}


@dataclass(frozen=True)
class Typed:
    """A code that was typed, by which way it is to count, and by whom: a session, a known console, or a stranger."""

    way: str
    code: str
    by: limits.Known
    source: Source
    wrong_status: int = 422


def confirm(work: Work, caller: SessionCaller, request: str, way: str, code: str, now: datetime) -> Request | Problem:
    """Confirm one's own request; raises 403 `phone_required` for what this way does not confirm."""
    row = requests.visible(work, caller, request, now)
    own = row.administrator_id == caller.account.id and row.wait_hash is None  # a sign-in has a token of its own
    if not own or (row.action == ChangeDevice.name and not requests.asked(caller, row)):  # or a thief's codes void it
        raise Problem(403, "forbidden", "Only who asked may confirm this")
    done = take(
        work, row, caller.account, Typed(way, code, limits.Known(session=caller.session.id), caller.source), now
    )
    return done if isinstance(done, Problem) else requests.shown(work, row, now, secrets=False)


def take(
    work: Work, row: tables.Request, owner: tables.Administrator, typed: Typed, now: datetime
) -> RequestStatus | Problem:
    """Take a code once; what comes after the end counts nothing, the third wrong one voids the request."""
    settling.require_pending(row, now)
    if typed.way not in ways.of_request(work, row.action, owner, row.device_id):
        raise Problem(403, "phone_required", "This is confirmed on the phone", "No code of this kind confirms it.")
    if (refused := limits.too_many_codes(work, owner, typed.by, now)) is not None:
        return refused
    if (ended := settling.ended_before(work, row, owner, now)) is not None:
        return ended
    if (wrong := _wrong(work, owner, typed, now)) is not None:
        return _refused(work, row, owner, typed, wrong, now)
    if typed.way == ways.RECOVERY_CODE:
        tell_widely(work, owner, NoticeKind.RECOVERY_CODE_USED, now, source=typed.source)
    return approve(work, row, owner, typed.way, now)


def approve(
    work: Work, row: tables.Request, owner: tables.Administrator, way: str, now: datetime
) -> RequestStatus | Problem:
    """Approve it by a code that was found right; void where something changed since it was asked."""
    action = REGISTER[row.action].model_validate(row.parameters)
    if (why := settling.void_reason(work, row, owner, action, now)) is not None:
        return settling.void(work, row, now, why, verification=way)
    by = {"type": way, "name": NAMES[way]}
    return settling.approve(work, row, owner, action, now, by, verification=way)


def _wrong(work: Work, owner: tables.Administrator, typed: Typed, now: datetime) -> Wrong | None:
    """Use the code up where it is right; say how it is wrong where it is not."""
    if typed.way == ways.TOTP:
        taken = accept(work, owner.id, typed.code.replace(" ", ""), now)
        return taken if isinstance(taken, Wrong) else None
    return None if burn_code(work, owner.id, typed.code, now) else Wrong()


def _refused(
    work: Work, row: tables.Request, owner: tables.Administrator, typed: Typed, wrong: Wrong, now: datetime
) -> Problem:
    limits.count_code(work, owner, typed.by, typed.source, now)
    left = settling.count_wrong(work, row, tables.Request.guesses, now, verification=typed.way)
    advice = _clock(wrong.drift) if wrong.drift is not None else ""
    again = "Sign in again." if row.action == SignIn.name else "Ask for it again."
    advice += "Each code counts once." if left else f"It is void now. {again}"
    title = "This code is wrong, or was used"
    return Problem(typed.wrong_status, "wrong_code", title, advice, attempts_left=left, clock_ahead=wrong.drift)


def _clock(ahead: int) -> str:
    minutes, where = max(1, round(abs(ahead) / 60)), "ahead" if ahead > 0 else "behind"
    unit = "minute" if minutes == 1 else "minutes"
    return f"Your phone’s clock seems {minutes} {unit} {where}: let it set the time by itself. "
