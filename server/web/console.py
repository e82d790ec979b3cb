"""Handlers of the console's API: parse, one service, answer."""

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Query
from pydantic import BaseModel
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from server import __version__
from server.contract.administrator import AcceptInvitation, InvitationAccepted, Me, SetUp, SetUpDone
from server.contract.health import Health, HealthWarning, PushHealth
from server.contract.message import Page
from server.contract.problem import Problem
from server.contract.request import RequestAnswer
from server.contract.session import Session, SignedIn, SignIn, SignInByCode, WaitToken
from server.domain.passwords import weakness
from server.services import (
    administrators,
    invitations,
    limits,
    pins,
    policy,
    sessions,
    setup,
    signing_in,
    ways,
)
from server.services.sessions import Caller, SessionCaller
from server.store.audit_log import Source
from server.store.trouble import Unavailable
from server.store.work import Work
from server.web import guard
from server.web.context import Context, Server
from server.web.guard import Address, Signed

LATELY = timedelta(hours=1)

Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=1000)]
Text = Annotated[str | None, Query(max_length=200)]
Result = TypeVar("Result")


def answer(status: int, body: BaseModel) -> Response:
    """Return a body with a status of its own."""
    return Response(body.model_dump_json(by_alias=True), status, media_type="application/json")


async def write(context: Context, caller: Caller, service: Callable[..., Result], *args: object) -> Result:
    """Run a service for a caller who still is one when the transaction is open."""
    return await context.store.write(_as_caller, caller, context.clock(), service, args)


def _as_caller(
    work: Work, caller: Caller, now: datetime, service: Callable[..., Result], args: tuple[object, ...]
) -> Result:
    return service(work, sessions.renewed(work, caller, now), *args)


async def health(request: HttpRequest, context: Server) -> Response:
    """Tell whether the server is well; details only to a session, of an account that need not enrol first."""
    trouble, warnings = context.store.trouble, context.warnings | context.reach.warnings
    seen = {
        HealthWarning.UNLISTED_PROXY: context.unlisted_proxy_at,
        HealthWarning.SILENT_PROXY: context.silent_proxy_at,
    }
    warnings |= {name for name, at in seen.items() if at is not None and context.clock() < at + LATELY}
    if (push := context.push.trouble(context.clock())) is not None:
        warnings.add(HealthWarning(f"push_{push[1]}"))
    told: dict[str, Any] = {"version": __version__, "setup_done": context.setup_token is None}
    if "authorization" in request.headers:
        with contextlib.suppress(Unavailable):  # then nobody can be known, and nobody is told
            caller = await guard.session(request, context)
            if not await context.store.read(policy.must_enrol, caller.account, context.clock()):
                if await context.store.read(pins.in_vain):
                    warnings.add(HealthWarning.PINS_IN_VAIN)
                host, problem, since = push or (None, None, None)
                details = {
                    "warnings": sorted(warnings),
                    "trouble": trouble,
                    "database": context.store.database.name,
                    "old_origins": context.reach.old,
                    "storage_engine": context.storage.missing is None,
                    "push": PushHealth(problem=problem, since=since, host=host).model_dump(mode="json"),
                }
                told |= {"details": details, "server_key": context.keys.fingerprint}
    told["status"] = "read_only" if trouble and trouble.reads else "degraded" if trouble or warnings else "ok"
    return Response(Health(**told).model_dump_json(exclude_none=True), media_type="application/json")


async def set_up(call: SetUp, context: Server, address: Address) -> SetUpDone:
    """First run."""
    require_strong(call.password, call.username, call.organisation, call.email)
    encoded = await context.passwords.hash(call.password, limits.turn_of(call.username, "set-up"))
    done = await context.store.write(setup.set_up, call, encoded, address, context.clock())
    context.setup_token = None
    return done


async def accept_invitation(call: AcceptInvitation, context: Server, address: Address) -> InvitationAccepted:
    """Set the first password of an account."""
    account = await context.store.read(invitations.invited, call.invitation, context.clock())
    require_strong(call.password, account.username, account.email)
    encoded = await context.passwords.hash(call.password, limits.turn_of(account.username, "invitation"))
    return await context.store.write(invitations.accept, call.invitation, encoded, address, context.clock())


def require_strong(password: str, *words: str, place: str = "password") -> None:
    """Raise 422 for a new password that is too easy to guess; `place` is the member that holds it."""
    if (why := weakness(password, words)) is not None:
        raise Problem(422, "weak_password", "This password is too easy to guess", why, fields={place: why})


async def sign_in(call: SignIn, context: Server, address: Address) -> Response:
    """Password first; then a session, or the phone is asked."""
    known = await context.store.read(administrators.password_hash_of, call.username)
    source = Source(call.device_name, call.application, address)
    by = limits.Known(secret=call.console)
    verified = await verify_password(context, call.username, call.password, known, source, by)
    done = await context.store.write(signing_in.begin, call, address, verified, context.clock())
    if isinstance(done, Problem):
        raise done
    return answer(201 if isinstance(done, SignedIn) else 202, done)


async def verify_password(
    context: Context, username: str, password: str, encoded: str | None, source: Source, by: limits.Known
) -> str | None:
    """Return the hash that the password matches, null where it does not; raises 429 before anything is hashed."""
    attempt = await context.store.write(limits.reserve, username, source.ip or "", by, context.clock())
    if isinstance(attempt, Problem):
        raise attempt
    try:
        right = await context.passwords.verify(encoded, password, attempt.turn)
    except Problem:
        await context.store.write(limits.withdraw, attempt.id)
        raise
    if not right:
        await context.store.write(limits.warn, attempt.id, source, context.clock())
        return None
    await context.store.write(limits.forgive, attempt.id)
    return encoded


async def verify_own(context: Context, caller: SessionCaller, password: str) -> str:
    """Return the hash that the caller's password matches; raises 403 where it is wrong, 429 where it was too often."""
    account, by = caller.account, limits.Known(session=caller.session.id)
    encoded, source = account.password_hash, caller.source
    verified = await verify_password(context, account.username, password, encoded, source, by)
    if verified is None:
        raise await write(context, caller, administrators.refuse_password, context.clock())
    return verified


async def complete_sign_in(call: WaitToken, context: Server) -> Response:
    """Redeem an approved sign-in."""
    done = await context.store.write(signing_in.complete, call.wait_token, context.clock())
    return answer(201, done) if isinstance(done, SignedIn) else answer(202, RequestAnswer(request=done))


async def sign_in_by_totp(call: SignInByCode, context: Server, address: Address) -> SignedIn:
    """Confirm a sign-in with a code of the authenticator app."""
    given = (call.wait_token, ways.TOTP, call.code, address, context.clock())
    return or_raise(await context.store.write(signing_in.by_code, *given))


async def sign_in_by_recovery_code(call: SignInByCode, context: Server, address: Address) -> SignedIn:
    """Confirm a sign-in with a recovery code."""
    given = (call.wait_token, ways.RECOVERY_CODE, call.code, address, context.clock())
    return or_raise(await context.store.write(signing_in.by_code, *given))


async def sign_in_without_phone(call: SignInByCode, context: Server, address: Address) -> SignedIn:
    """Confirm a sign-in with a recovery code, and cut the lost phone off."""
    given = (call.wait_token, call.code, address, context.clock())
    return or_raise(await context.store.write(signing_in.without_phone, *given))


async def cancel_sign_in(call: WaitToken, context: Server) -> RequestAnswer:
    """Call a waiting sign-in off."""
    return RequestAnswer(
        request=or_raise(await context.store.write(signing_in.cancel, call.wait_token, context.clock()))
    )


def or_raise(done: Result | Problem) -> Result:
    """Return what was done, or raise the refusal that had to leave a trace."""
    if isinstance(done, Problem):
        raise done
    return done


async def list_sessions(caller: Signed, context: Server) -> Page[Session]:
    """One's own sessions."""
    return await context.store.read(sessions.listed, caller, context.clock())


async def end_session(session: str, caller: Signed, context: Server) -> None:
    """End one of them."""
    await write(context, caller, sessions.end, session, context.clock())


async def me(caller: Signed, context: Server) -> Me:
    """One's own account."""
    return await context.store.read(administrators.me, caller.account, context.clock())
