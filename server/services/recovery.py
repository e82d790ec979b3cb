"""Recovery codes as the console reads them: told once, and said to be kept."""

from datetime import datetime

from server.contract.problem import Problem
from server.contract.topic import Topic
from server.contract.two_factor import RecoveryCodes
from server.domain.audit import Event
from server.services.sessions import SessionCaller
from server.store.audit_log import record
from server.store.recovery import last_set, tell_codes
from server.store.work import Work


def told(work: Work, caller: SessionCaller) -> RecoveryCodes:
    """Tell the codes to the session whose action made them; 410 once they were told plainly, 404 for others."""
    account, made = caller.account, last_set(work, caller.account.id)
    if made is None or made.session_id != caller.session.id:
        raise Problem(404, "no_recovery_codes", "There are no recovery codes to be told here")
    codes = tell_codes(work, account.id, caller.session.id)
    if codes is None:
        advice = "Make new ones if you do not have them."
        raise Problem(410, "recovery_codes_told", "These recovery codes were told already", advice)
    return RecoveryCodes(codes=codes) if isinstance(codes, list) else RecoveryCodes(codes=[], **codes)


def saved(work: Work, caller: SessionCaller, now: datetime) -> None:
    """Keep that the person said to have them; 404 in a session that was never told them."""
    made = last_set(work, caller.account.id)
    if made is None or made.session_id != caller.session.id:
        raise Problem(404, "no_recovery_codes", "There are no recovery codes that were told here")
    if made.saved_at is None:
        made.saved_at = now
        record(work, Event.RECOVERY_CODES_SAVED, now, username=caller.account.username, source=caller.source)
        work.publish(Topic.TWO_FACTOR, subject=caller.account.id, owner=caller.account.id)
