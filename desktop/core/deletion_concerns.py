"""Which deletions need attention: those that are on hold, those that cannot go on, and those that have failed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from desktop.core.client import Client
from desktop.core.deletions import left_until
from desktop.core.storage import problem_of
from desktop.core.words import n, t
from server.contract.deletion import Deletion, DeletionStatus
from server.contract.storage import TestResult

LOOKED_AT = 100
"""The newest of them, in one call; of those before them only what has not ended."""
REMEMBERED = timedelta(days=7)
"""How long one that failed needs attention, unless it is asked for again before."""
Told = tuple[str, str, str, str, str]
"""Icon, tone, title, text and place."""
PLACE = "users.deletions"


def looked_at(client: Client) -> list[Deletion]:
    """Read those that may count, newest first; blocks."""
    limit = {"limit": str(LOOKED_AT)}
    page = client.deletions(limit)
    if page.next is None:
        return page.items
    known = {each.id for each in page.items}
    going_on = [DeletionStatus.RUNNING, DeletionStatus.HELD]
    older = [each for status in going_on for each in client.deletions({**limit, "status": status.value}).items]
    return page.items + [each for each in older if each.id not in known]


def told_of(deletions: Sequence[Deletion], now: datetime) -> Iterator[Told]:
    """Tell of those that count, given newest first: of each user the last one."""
    last: dict[str, Deletion] = {}
    for each in deletions:
        last.setdefault(each.user, each)
    held = sorted((each for each in last.values() if each.status is DeletionStatus.HELD), key=lambda each: each.due_at)
    running = [each for each in last.values() if each.status is DeletionStatus.RUNNING]
    stuck = [each for each in running if each.trouble is not None]
    failed = [
        each
        for each in last.values()
        if each.status is DeletionStatus.FAILED and each.ended_at is not None and now - each.ended_at < REMEMBERED
    ]
    if failed:
        title = n("console.attention.deletions_failed", len(failed))
        text = t("console.attention.deletions_report", username=failed[0].username)
        yield "circle-x", "bad", title, text, f"{PLACE}#failed"
    if stuck:
        title = n("console.attention.deletions_stuck", len(stuck))
        why = problem_of(stuck[0].trouble or TestResult.FAILED)
        text = t("console.attention.deletions_why", username=stuck[0].username, why=why)
        yield "triangle-alert", "bad", title, text, f"{PLACE}#running"
    if held:
        first = held[0]
        left = left_until(first.due_at, now)
        text = t("console.attention.deletions_due", username=first.username)
        if left:
            text = t("console.attention.deletions_next", time=left, username=first.username)
        yield "hourglass", "waiting", n("console.attention.deletions_held", len(held)), text, f"{PLACE}#held"
