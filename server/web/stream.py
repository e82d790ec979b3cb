"""Server-sent events for consoles and phones: which topics changed, never data."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import StreamingResponse

from server.contract.permission import Permission, Role
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.services import live, phones, policy, sessions
from server.services.sessions import Caller, SessionCaller
from server.store import tables
from server.store.trouble import Unavailable
from server.store.work import Published
from server.web.context import Context, context_of
from server.web.guard import bearer, ip_of, note_move
from server.web.hub import HINT, Listener, Stream

Who = TypeVar("Who")

HEARTBEAT = 15.0  # seconds
STILL_HERE = ": still here\n\n"
_OWN = {Topic.ENROLMENTS, Topic.TWO_FACTOR, Topic.SESSIONS, Topic.NOTICES}
_CHANGES_CONSOLES = {Topic.SESSIONS, Topic.TWO_FACTOR, Topic.ADMINISTRATORS, Topic.ALL}
_ENDS_PHONES = {Topic.TWO_FACTOR, Topic.ALL}
_CHANGES_REQUESTS = {Topic.REQUESTS, Topic.ENROLMENTS, Topic.TWO_FACTOR}


async def console(request: Request) -> StreamingResponse:
    """Stream to a console until its session ends; `Last-Event-ID` resumes."""
    context = context_of(request)
    token, address = bearer(request), ip_of(request, context)

    async def caller() -> SessionCaller:
        return await context.store.read(sessions.authenticate, token, address, context.clock())

    first = await caller()
    await note_move(context, first, context.clock())
    return _answer(_console_events(context, first, caller, request.headers.get("last-event-id")))


async def _console_events(
    context: Context, caller: SessionCaller, again: Callable[[], Awaitable[SessionCaller]], since: str | None
) -> AsyncIterator[str]:
    async with context.hub.stream(Listener(caller.session.id, caller.account.id)) as stream:
        last = await context.store.read(live.newest)
        yield f": connected\nid: {last}\n\n"
        for event in await _missed(context, since, last) if since is not None else []:
            yield await _written(context, event, caller)
        async for following in _events(stream):
            if following is None:
                yield STILL_HERE
            elif following.number > last or following.number == HINT:
                yield await _written(context, following, caller)
            if following is None or _CHANGES_CONSOLES & set(following.topics):
                still = await _goes_on(again, caller)
                if still is None:
                    return
                caller = still


async def _missed(context: Context, since: str, newest: int) -> list[Published]:
    number = int(since) if since.isascii() and since.isdigit() and len(since) < 18 else -1
    missed = await context.store.read(live.since, number) if number >= 0 else None
    return [live.everything(newest)] if missed is None else missed


async def _written(context: Context, event: Published, caller: Caller) -> str:
    readable = _may_read(event, caller.account) and not await _is_shut_out(context, event, caller.account)
    data = {"topics": event.topics, "subject": event.subject if readable else None}
    number = "" if event.number == HINT else f"id: {event.number}\n"
    return f"{number}event: changed\ndata: {json.dumps(data)}\n\n"


def _may_read(event: Published, account: tables.Administrator) -> bool:
    """Whether the subject of an event may be told: what may be read by its id may be."""
    topics, held = set(event.topics), account.rights
    if event.owner == account.id:
        return True
    if topics & _OWN:
        return False
    if topics & {Topic.REQUESTS, Topic.API_KEYS}:
        return account.role == Role.PROVIDER
    if Topic.ADMINISTRATORS in topics:
        return held.may(Permission.ADMINISTRATORS_EDIT) and held.companies is None
    return held.companies is None  # who sees some only reads the list again


async def _is_shut_out(context: Context, event: Published, account: tables.Administrator) -> bool:
    """Whether an account can do nothing but turn two-factor authentication on, and the event is about others."""
    if event.owner == account.id or account.method is not None:
        return False
    try:
        return await context.store.read(policy.must_enrol, account, context.clock())
    except Unavailable:
        return True


async def phone(request: Request) -> StreamingResponse:
    """Stream to a phone: its requests or its notices changed, read them again."""
    context = context_of(request)
    token = bearer(request)

    async def device() -> tables.Device:
        return await context.store.read(phones.authenticate, token, context.clock())

    return _answer(_phone_events(context, await device(), device))


async def _phone_events(
    context: Context, device: tables.Device, again: Callable[[], Awaitable[tables.Device]]
) -> AsyncIterator[str]:
    async with context.hub.stream(Listener(device.id, device.administrator_id)) as stream:
        yield ": connected\n\n"
        async for event in _events(stream):
            mine = event is not None and event.owner == device.administrator_id
            if event is None:
                yield STILL_HERE
            elif mine and (topics := _topics_of_phones(event)):
                yield f"event: changed\ndata: {json.dumps({'topics': topics})}\n\n"
            ends = event is None or (mine and _ENDS_PHONES & set(event.topics))
            if ends and await _goes_on(again, device) is None:
                return


def _topics_of_phones(event: Published) -> list[Topic]:
    requests, topics = [Topic.REQUESTS], set(event.topics)
    return (requests if topics & _CHANGES_REQUESTS else []) + ([Topic.NOTICES] if Topic.NOTICES in topics else [])


async def _events(stream: Stream) -> AsyncIterator[Published | None]:
    """Give each event as it comes, and null every 15 s, however many events came between; ends with the stream."""
    beat = time.monotonic() + HEARTBEAT
    while True:
        try:
            async with asyncio.timeout(max(0.0, beat - time.monotonic())):
                event = await stream.get()
        except TimeoutError:
            beat = time.monotonic() + HEARTBEAT
            yield None
            continue
        if event is None:
            return
        yield event
        if time.monotonic() >= beat:
            beat = time.monotonic() + HEARTBEAT
            yield None


async def _goes_on(again: Callable[[], Awaitable[Who]], before: Who) -> Who | None:
    """Return who listens, null where that has ended; while the database does not answer, as before."""
    try:
        return await again()
    except Unavailable:
        return before
    except Problem:
        return None


def _answer(events: AsyncIterator[str]) -> StreamingResponse:
    """Stream, and let the connection go with it."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Connection": "close"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)
