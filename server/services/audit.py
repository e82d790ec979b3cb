"""The audit log as it is read: filtered, paged, exported."""

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from server.contract.audit import AuditEvent, Outcome
from server.contract.message import Page
from server.contract.permission import Permission
from server.domain import tabular
from server.domain.audit import Event
from server.services import administrators
from server.services.paging import page_after
from server.services.sessions import Caller
from server.store import tables
from server.store.audit_log import record
from server.store.work import Work

CSV_MEMBERS = list(AuditEvent.model_fields)


@dataclass(frozen=True)
class Filters:
    """`event` is a whole name, or a subject such as `request`; `subject` an id or name that was acted on."""

    actor: str | None = None
    event: str | None = None
    subject: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None

    def told(self) -> dict[str, str]:
        """Return those that are set, as texts."""
        return {each.name: str(value) for each in fields(self) if (value := getattr(self, each.name)) is not None}


def _matching(filters: Filters) -> Select[tables.AuditEvent]:
    rows, line = select(tables.AuditEvent), tables.AuditEvent
    if filters.actor:
        rows = rows.where(line.actor == filters.actor.lower())
    if filters.event:
        whole = ":" in filters.event
        rows = rows.where(
            line.event == filters.event if whole else line.event.startswith(f"{filters.event}:", autoescape=True)
        )
    if filters.subject:
        rows = rows.where(line.subjects.contains(f"\n{filters.subject}\n", autoescape=True))
    if filters.outcome:
        rows = rows.where(line.outcome == filters.outcome)
    if filters.since:
        rows = rows.where(line.at >= filters.since)
    if filters.until:
        rows = rows.where(line.at < filters.until)
    if filters.q:
        rows = rows.where(line.words.contains(filters.q.casefold(), autoescape=True))
    return rows


def _readable(caller: Caller, filters: Filters) -> Select[tables.AuditEvent]:
    """Return the lines that match; of them, whoever sees some companies only reads what lies in these, or is his own.

    His own is what his account did since it was made: its user name may have been another's before. An API key reads no
    more than what lies in its companies: its account may see others.
    """
    rows, line, scope = _matching(filters), tables.AuditEvent, caller.rights.companies
    if scope is None:
        return rows
    if caller.key is not None:
        return rows.where(line.company.in_(scope))
    own = (line.actor == caller.account.username.lower()) & (line.at >= caller.account.created_at)
    return rows.where(line.company.in_(scope) | own)


def listed(work: Work, caller: Caller, filters: Filters, limit: int, cursor: str | None) -> Page[AuditEvent]:
    """Return a page, newest first."""
    administrators.require(caller.rights, Permission.AUDIT_VIEW)
    rows = _readable(caller, filters)
    total = work.session.scalar(select(func.count()).select_from(rows.subquery())) if cursor is None else None
    found, after = page_after(work, rows, tables.AuditEvent.number, limit, cursor)
    items = [AuditEvent.model_validate_json(row.body) for row in found]
    return Page(items=items, next=after, total=total)


def begin_export(work: Work, caller: Caller, kind: str, filters: Filters, now: datetime) -> int:
    """Write that it is exported, and return the number of the newest line that belongs to it."""
    administrators.require(caller.rights, Permission.AUDIT_VIEW)
    newest = work.session.scalar(select(func.max(tables.AuditEvent.number))) or 0
    record(
        work,
        Event.AUDIT_EXPORTED,
        now,
        username=caller.account.username,
        source=caller.source,
        parameters={"format": kind, **filters.told()},
    )
    return newest


def export_part(
    work: Work, caller: Caller, kind: str, filters: Filters, before: int, limit: int
) -> tuple[str, int | None]:
    """Return the next lines, newest first, and the number to go on before; null at the end."""
    rows = _readable(caller, filters).where(tables.AuditEvent.number < before)
    found = work.session.scalars(rows.order_by(tables.AuditEvent.number.desc()).limit(limit)).all()
    text = _lines(kind, [json.loads(row.body) for row in found])
    return text, found[-1].number if len(found) == limit else None


def head(kind: str) -> str:
    """Return what an export begins with."""
    return tabular.lines([CSV_MEMBERS]) if kind == "csv" else ""


def _lines(kind: str, events: list[dict[str, Any]]) -> str:
    if kind == "jsonl":
        return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
    return tabular.lines([event.get(member) for member in CSV_MEMBERS] for event in events)
