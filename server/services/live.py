"""Live events for a console that comes back."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from server.contract.topic import Topic
from server.store import tables
from server.store.work import Published, Work

KEPT = timedelta(hours=24)


def since(work: Work, number: int) -> list[Published] | None:
    """Return the events after `number`, null where the gap cannot be filled."""
    newest = work.session.scalar(select(tables.LiveNumber.number)) or 0
    if number == newest:
        return []
    kept = select(tables.LiveEvent).where(tables.LiveEvent.number > number).order_by(tables.LiveEvent.number)
    rows = work.session.scalars(kept).all()
    if number > newest or not rows or rows[0].number != number + 1:
        return None
    return [Published(row.number, row.topics, row.subject, row.owner) for row in rows]


def newest(work: Work) -> int:
    """Return the number of the newest event."""
    return work.session.scalar(select(tables.LiveNumber.number)) or 0


def everything(number: int) -> Published:
    """Return the event that says: read all again."""
    return Published(number, [Topic.ALL], None, None)


def prune(work: Work, now: datetime) -> None:
    """Forget what no console can still be coming back for."""
    work.session.execute(delete(tables.LiveEvent).where(tables.LiveEvent.at < now - KEPT))
