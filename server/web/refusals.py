"""Leaves a trace of what was refused, once what was tried is undone; what cannot be written is refused all the same."""

import contextlib
from collections.abc import Callable
from functools import partial

from starlette.requests import Request

from server.actions import REGISTER
from server.contract.problem import Problem
from server.services import refusals
from server.services.sessions import Caller
from server.store.trouble import Unavailable
from server.web.context import context_of

_LOOKS = {"GET", "HEAD"}
_OF_DECISIONS = {400, 404, 409, 410}


def by(request: Request, caller: Caller) -> None:
    """Say who calls."""
    request.scope["caller"] = caller


def decides(request: Request, token: str, ip: str) -> None:
    """Say that a phone decides, and by which token."""
    request.scope["decides"] = token, ip


async def leave_trace(request: Request, problem: Problem) -> None:
    """Write the refusal of a known caller's call that changes something, or of a known phone's decision."""
    scope = request.scope
    with contextlib.suppress(Problem, Unavailable):  # of who is known no more
        if "decides" in scope and problem.status in _OF_DECISIONS:
            await _decision(request, problem.code, *scope["decides"])
        elif "caller" in scope and _is_traced(problem) and request.method not in _LOOKS:
            await _call(request, problem.code, scope["caller"])


def _is_traced(problem: Problem) -> bool:
    of_rights = problem.status == 403 or problem.code == "own_account"
    return of_rights and problem.code != "wrong_password"  # which has a line of its own


async def _call(request: Request, code: str, caller: Caller) -> None:
    route = f"{request.method} {request.scope['route'].path.removeprefix('/api/v1')}"
    if route.endswith("/preview"):
        return
    name = request.path_params.get("name", "")
    action = name if name in REGISTER else None
    what = (caller.session.id if caller.session else caller.id, route, *_named(request), code)
    service = partial(refusals.write_call, caller=caller, route=route, code=code, action=action)
    await _write(request, f"{caller.account.id} {route}", what, service)


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
