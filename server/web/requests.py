"""Handlers of approval requests: the list, one of them, calling it off, and its evidence."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from server import protocol
from server.contract.message import Page
from server.contract.request import Kind, Request, RequestAnswer, RequestStatus
from server.services import evidence, requests
from server.web.console import Cursor, Limit, Text, or_raise, write
from server.web.context import Server
from server.web.guard import Called, Signed


async def _filters(
    status: RequestStatus | None = None,
    *,
    mine: bool = False,
    action: Text = None,
    kind: Kind | None = None,
    requested_by: Text = None,
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    q: Text = None,
) -> requests.Filters:
    return requests.Filters(status, mine, action, kind, requested_by, since, until, q)


Filtered = Annotated[requests.Filters, Depends(_filters)]


async def list_requests(
    caller: Called, context: Server, filters: Filtered, limit: Limit = 50, cursor: Cursor = None
) -> Page[Request]:
    """Approval requests, newest first."""
    return await context.store.read(requests.listed, caller, filters, limit, cursor, context.clock())


async def one_request(request: str, caller: Called, context: Server) -> Request:
    """One of them; tells a secret result: once, or sealed."""
    found, secret = await context.store.read(requests.one, caller, request, context.clock())
    return await write(context, caller, requests.tell_secret, request, context.clock()) if secret else found


async def cancel_request(request: str, caller: Called, context: Server) -> RequestAnswer:
    """Call one off."""
    return RequestAnswer(request=or_raise(await write(context, caller, requests.cancel, request, context.clock())))


async def export_evidence(request: str, caller: Signed, context: Server) -> Response:
    """Export what proves to an outsider how one was decided; itself audited."""
    told = await write(context, caller, evidence.exported, request, context.clock())
    name = f"countersign-evidence-{request}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(protocol.canonical(told), media_type="application/json", headers=headers)
