"""What comes with turning two-factor authentication on, by either method: the mark, and the recovery codes."""

from sqlalchemy import select

from server.actions.registry import Execution
from server.contract.enrolment import EnrolmentStatus
from server.store.endings import OPEN_ENROLMENT, end_enrolment
from server.store.grants import end_grants
from server.store.recovery import make_codes
from server.store.tables import Enrolment, TotpSetup
from server.store.totp import end_setups
from server.store.work import Work


def for_others(work: Work) -> str:
    """Say what it means for everybody else, where this is the first account to have it; else nothing."""
    return (
        "" if work.marked else " Colleagues without it do nothing protected from then on, and need a grant to set up."
    )


def turn_on(work: Work, execution: Execution) -> None:
    """Use the grants up, set the organisation's mark, and make recovery codes for the session that asked."""
    account, now = execution.by.id, execution.now
    end_grants(work, account, now)
    if not work.marked:
        work.mark(on=True)
        _void_ungranted(work, account, execution)
    make_codes(work, account, execution.session, now, execution.result_key)


def _void_ungranted(work: Work, but: str, execution: Execution) -> None:
    """End what others had begun without a grant: from now on they need one."""
    ungranted = select(Enrolment).where(
        Enrolment.administrator_id != but, Enrolment.grant_hash.is_(None), Enrolment.status.in_(OPEN_ENROLMENT)
    )
    for enrolment in work.session.scalars(ungranted).all():
        end_enrolment(work, enrolment, EnrolmentStatus.VOID, execution.now)
    setups = select(TotpSetup.administrator_id).where(
        TotpSetup.administrator_id != but, TotpSetup.grant_hash.is_(None), TotpSetup.ended_at.is_(None)
    )
    for account in work.session.scalars(setups).all():
        end_setups(work, account, execution.now, TotpSetup.grant_hash.is_(None))
