"""Leaves a trace of what was refused, once what was tried is undone; what cannot be written is refused all the same."""

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

from pydantic.fields import FieldInfo
from starlette.requests import Request

from server import protocol
from server.actions import REGISTER
from server.contract.message import Id
from server.contract.problem import Problem
from server.services import refusals, sessions
from server.services.sessions import Caller
from server.store.trouble import Unavailable
from server.web.context import context_of

_LOOKS = {"GET", "HEAD"}
_OF_DECISIONS = {400, 401, 404, 409, 410}
_OF_CALLS = {403, 404, 429}
_ID = FieldInfo.from_annotation(Id).metadata


def tries(request: Request, token: str, ip: str, application: str) -> None:
    """Say that somebody calls, and by which token."""
    request.scope["tries"] = token, ip, application


def by(request: Request, caller: Caller) -> None:
    """Say who calls."""
    request.scope["caller"] = caller


def about(request: Request, action: str, parameters: dict[str, Any]) -> None:
    """Say which things the parameters of an action name."""
    fields = REGISTER[action].model_fields if action in REGISTER else {}
    ids = [name for name, field in fields.items() if field.metadata == _ID]
    given = {name: parameters.get(name) for name in ids}
    request.scope["about"] = {
        name: each for name, each in given.items() if isinstance(each, str) and protocol.is_id(each)
    }


def decides(request: Request, token: str, ip: str) -> None:
    """Say that a phone decides, and by which token."""
    request.scope["decides"] = token, ip


async def leave_trace(request: Request, problem: Problem) -> None:
    """Write the refusal of a known caller's call that changes something, or of a known phone's decision."""
    scope = request.scope
    with contextlib.suppress(Problem, Unavailable):  # of who is known no more
        if "decides" in scope and problem.status in _OF_DECISIONS:
            await _decision(request, problem.code, *scope["decides"])
        elif request.method not in _LOOKS and "tries" in scope and problem.status == 401:
            context = context_of(request)
            former = await context.store.read(partial(sessions.former, now=context.clock()), *scope["tries"])
            await _call(request, problem.code, former, shut_out=True)
        elif request.method not in _LOOKS and "caller" in scope and _is_traced(problem):
            await _call(request, problem.code, scope["caller"])


def _is_traced(problem: Problem) -> bool:
    told = problem.status in _OF_CALLS or problem.code == "own_account"
    return told and problem.code != "wrong_password"  # which has a line of its own


async def _call(request: Request, code: str, caller: Caller | None, *, shut_out: bool = False) -> None:
    route = f"{request.method} {request.scope['route'].path.removeprefix('/api/v1')}"
    if caller is None or route.endswith("/preview"):
        return
    name = request.path_params.get("name", "")
    action = name if name in REGISTER else None
    named: dict[str, str] = request.scope.get("about", {})
    token = caller.session.id if caller.session else caller.id
    what = (token, route, *_named(request), *named.values(), code)
    service = partial(refusals.write_call, caller=caller, route=route, code=code, action=action, named=named)
    who = token if shut_out else f"{caller.account.id} {route}"  # or the owner's lines would not be written
    await _write(request, who, what, service)


async def _decision(request: Request, code: str, token: str, ip: str) -> None:
    context = context_of(request)
    device = await context.store.read(refusals.phone_of, token, context.clock())
    service = partial(refusals.write_decision, device=device, ip=ip, code=code)
    await _write(request, device, (*_named(request), code), service)


async def _write(request: Request, who: str, what: tuple[str, ...], service: Callable[..., None]) -> None:
    context = context_of(request)
    now, name = context.clock(), request.path_params.get("request", "").replace("\0", "")
    if context.refused.is_due(who, what, now) and not await context.note(partial(service, request=name, now=now)):
        context.refused.forget(who, what)


def _named(request: Request) -> tuple[str, ...]:
    """Return what the path names, as far as it may have to be remembered."""
    return tuple(str(each)[:64] for each in request.path_params.values())
