"""Handlers of the audit log: read page by page, exported as a stream."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import AwareDatetime
from starlette.responses import StreamingResponse

from server.contract.audit import AuditEvent, Outcome
from server.contract.message import Page
from server.services import audit
from server.web.console import Cursor, Limit, Text, write
from server.web.context import Server
from server.web.guard import Called, Signed

EXPORT_AT_ONCE = 500


async def _filters(
    actor: Text = None,
    event: Text = None,
    subject: Text = None,
    outcome: Outcome | None = None,
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    q: Text = None,
) -> audit.Filters:
    return audit.Filters(actor, event, subject, outcome, since, until, q)


Filtered = Annotated[audit.Filters, Depends(_filters)]


async def list_audit(
    caller: Called, context: Server, filters: Filtered, limit: Limit = 100, cursor: Cursor = None
) -> Page[AuditEvent]:
    """Audit events, newest first."""
    return await context.store.read(audit.listed, caller, filters, limit, cursor)


async def export_audit(
    caller: Signed, context: Server, filters: Filtered, kind: Annotated[Literal["csv", "jsonl"], Query(alias="format")]
) -> StreamingResponse:
    """Stream the audit log; itself audited."""
    now: datetime = context.clock()
    newest = await write(context, caller, audit.begin_export, kind, filters, now)

    async def parts() -> AsyncIterator[str]:
        yield audit.head(kind)
        before: int | None = newest + 1
        while before is not None:
            text, before = await context.store.read(audit.export_part, caller, kind, filters, before, EXPORT_AT_ONCE)
            yield text

    media = "text/csv" if kind == "csv" else "application/x-ndjson"
    name = f"countersign-audit-{now:%Y%m%d-%H%M%S}.{kind}"
    return StreamingResponse(
        parts(), media_type=f"{media}; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
