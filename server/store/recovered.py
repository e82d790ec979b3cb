"""Sessions that a recovery code opened: that sign-in confirms one change of the phone, for a quarter of an hour."""

from datetime import UTC, datetime, timedelta

from server import protocol
from server.store.tables import Session
from server.store.work import Work

LASTS = timedelta(minutes=15)
_SPENT = "recovered"


def set_recovered(work: Work, session: Session, now: datetime) -> None:
    """Keep that a recovery code opened this session; sealed, so that no row written by others says so."""
    session.recovered = work.keys.seal(str(int(now.timestamp())).encode(), place(session))


def is_recovered(work: Work, session: Session, now: datetime) -> bool:
    """Whether a recovery code opened it a short while ago, and has confirmed nothing yet."""
    if session.recovered is None or session.id in work.ledger.ended(_SPENT):
        return False
    try:
        at = datetime.fromtimestamp(int(work.keys.unseal(session.recovered, place(session))), UTC)
    except protocol.Malformed:
        return False
    return now < at + LASTS


def spend_recovered(work: Work, session: Session) -> None:
    """It confirms nothing more."""
    session.recovered = None
    work.keep_ended(_SPENT, session.id)


def place(session: Session) -> str:
    """Name where it is kept."""
    token = protocol.b64u(session.token_hash)  # whoever puts his own token there does not take this along
    return f"sessions/{session.id}/{session.administrator_id}/{token}/recovered"
