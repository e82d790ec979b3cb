"""Server-sent events for consoles and phones: which topics changed, never data."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request
from starlette.responses import StreamingResponse

from server.contract.permission import Role
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.services import live, phones, sessions
from server.services.sessions import Caller
from server.store.work import Published
from server.web.context import Context, context_of
from server.web.guard import bearer, ip_of

HEARTBEAT = 15.0  # seconds
_SESSIONS_MAY_HAVE_ENDED = {Topic.SESSIONS, Topic.ALL}
_DEVICES_MAY_HAVE_ENDED = {Topic.TWO_FACTOR, Topic.ALL}


async def console(request: Request) -> StreamingResponse:
    """Stream to a console until its session ends; `Last-Event-ID` resumes."""
    context = context_of(request)
    token, address = bearer(request), ip_of(request, context)

    async def caller() -> Caller:
        return await context.store.read(sessions.authenticate, token, address, context.clock())

    first = await caller()
    since = request.headers.get("last-event-id")

    def written(event: Published) -> str:
        readable = event.owner in (None, first.account.id) or first.account.role == Role.PROVIDER
        data = {"topics": event.topics, "subject": event.subject if readable else None}
        return f"id: {event.number}\nevent: changed\ndata: {json.dumps(data)}\n\n"

    return _answer(_console_events(context, caller, since, written))


async def _console_events(
    context: Context,
    caller: Callable[[], Awaitable[Caller]],
    since: str | None,
    written: Callable[[Published], str],
) -> AsyncIterator[str]:
    async with context.hub.stream() as events:
        last = await context.store.read(live.newest)
        yield f": connected\nid: {last}\n\n"
        if since is not None:
            for event in await _missed(context, since, last):
                yield written(event)
                last = max(last, event.number)
        while True:
            try:
                event_or_end = await asyncio.wait_for(events.get(), HEARTBEAT)
            except TimeoutError:
                if not await _goes_on(caller):
                    return
                yield ": still here\n\n"
                continue
            if event_or_end is None:
                return
            if event_or_end.number > last:
                yield written(event_or_end)
            if _SESSIONS_MAY_HAVE_ENDED & set(event_or_end.topics) and not await _goes_on(caller):
                return


async def _missed(context: Context, since: str, newest: int) -> list[Published]:
    number = int(since) if since.isascii() and since.isdigit() and len(since) < 18 else -1
    missed = await context.store.read(live.since, number) if number >= 0 else None
    return [live.everything(newest)] if missed is None else missed


async def _goes_on(caller: Callable[[], Awaitable[object]]) -> bool:
    try:
        await caller()
    except Problem:
        return False
    return True


async def phone(request: Request) -> StreamingResponse:
    """Stream to a phone: its requests changed, read them again."""
    context = context_of(request)
    token = bearer(request)

    async def device() -> str:
        return (await context.store.read(phones.authenticate, token, context.clock())).administrator_id

    owner = await device()
    return _answer(_phone_events(context, device, owner))


async def _phone_events(context: Context, device: Callable[[], Awaitable[str]], owner: str) -> AsyncIterator[str]:
    changed = f"event: changed\ndata: {json.dumps({'topics': [Topic.REQUESTS]})}\n\n"
    watched = {Topic.REQUESTS, Topic.ENROLMENTS, Topic.TWO_FACTOR}
    async with context.hub.stream() as events:
        yield ": connected\n\n"
        while True:
            try:
                event = await asyncio.wait_for(events.get(), HEARTBEAT)
            except TimeoutError:
                if not await _goes_on(device):
                    return
                yield ": still here\n\n"
                continue
            if event is None:
                return
            if event.owner == owner and watched & set(event.topics):
                yield changed
            if event.owner == owner and _DEVICES_MAY_HAVE_ENDED & set(event.topics) and not await _goes_on(device):
                return


def _answer(events: AsyncIterator[str]) -> StreamingResponse:
    return StreamingResponse(
        events, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
