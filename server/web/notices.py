"""Handlers of the phone's API for push, notices, and what its owner chose about them."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server import protocol
from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.services import notices, phones, pushing
from server.web.phone import message_of, signed_in
from server.web.problems import plain

MOST_IDS = 50
_IDS = "an array of 1 to 64 letters, digits, - and _ each, at most 50"


async def set_push(request: Request) -> Response:
    """Keep or forget the phone's push subscription."""
    context, token = signed_in(request)
    await context.store.read(phones.authenticate, token, context.clock())
    try:
        subscription = json.loads(await request.body(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise plain(400, "Send JSON.") from error
    await context.store.write(phones.as_device, token, context.clock(), pushing.subscribe, subscription)
    return Response(status_code=204)


def _no_number(name: str) -> None:
    message = f"{name} is no JSON"
    raise ValueError(message)


async def opened_test(request: Request) -> Response:
    """Take that the owner opened the test notification."""
    context, token = signed_in(request)
    await context.store.read(phones.authenticate, token, context.clock())
    test = (await message_of(request, {"id"}))["id"]
    await context.store.write(phones.as_device, token, context.clock(), pushing.open_test, str(test))
    return Response(status_code=204)


async def settings(request: Request) -> Response:
    """Tell what the owner chose."""
    context, token = signed_in(request)
    return JSONResponse(await context.store.read(phones.as_device, token, context.clock(), notices.settings))


async def choose(request: Request) -> Response:
    """Keep what the owner chooses."""
    context, token = signed_in(request)
    await context.store.read(phones.authenticate, token, context.clock())
    message = await message_of(request, {"show_titles", "quiet"})
    show_titles, quiet = message["show_titles"], message["quiet"]
    if not isinstance(show_titles, bool):
        raise _invalid("show_titles", "true or false")
    kinds = [str(kind) for kind in NoticeKind]
    if not isinstance(quiet, list) or any(kind not in kinds for kind in quiet):
        raise _invalid("quiet", f"an array of {', '.join(kinds)}")
    await context.store.write(phones.as_device, token, context.clock(), notices.choose, quiet, show_titles)
    return Response(status_code=204)


async def listed(request: Request) -> Response:
    """List the account's notices."""
    context, token = signed_in(request)
    before = request.query_params.get("before")
    return JSONResponse(await context.store.read(phones.as_device, token, context.clock(), notices.listed, before))


async def read(request: Request) -> Response:
    """Mark some of them as read."""
    context, token = signed_in(request)
    await context.store.read(phones.authenticate, token, context.clock())
    ids = (await message_of(request, {"ids"}))["ids"]
    if not isinstance(ids, list) or len(ids) > MOST_IDS or not all(_is_id(each) for each in ids):
        raise _invalid("ids", _IDS)
    await context.store.write(phones.as_device, token, context.clock(), notices.read, ids)
    return Response(status_code=204)


def _is_id(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, str) and protocol.is_id(value)


def _invalid(member: str, takes: str) -> Problem:
    told = f"takes {takes}"
    return Problem(422, "invalid", "Something in this does not fit", f"{member}: {told}", fields={member: told})
