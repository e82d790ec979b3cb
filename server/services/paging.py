"""Pages of a list, newest first, continued by a cursor."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from server.contract.problem import Problem
from server.store.work import Work

Row = TypeVar("Row")


def page_after(
    work: Work, rows: Select[Row], number: InstrumentedAttribute[int], limit: int, cursor: str | None
) -> tuple[Sequence[Row], str | None]:
    """Return at most `limit` rows older than the cursor, and the cursor of the page after them."""
    if cursor is not None:
        rows = rows.where(number < read_cursor(cursor))
    found = work.session.scalars(rows.order_by(number.desc()).limit(limit + 1)).all()
    more = len(found) > limit
    kept = found[:limit]
    last: Any = kept[-1] if more else None
    return kept, str(getattr(last, number.key)) if more else None


def read_cursor(cursor: str) -> int:
    """Return the number in a cursor; raises 422."""
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise Problem(422, "invalid", "This cursor is not one of ours", fields={"cursor": "unknown"})
    return int(cursor)
