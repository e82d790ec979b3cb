"""Handlers of the protected actions: what there is, what the phone would show, and asking for one."""

from typing import Annotated

from fastapi import Header
from pydantic import AfterValidator, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from server import protocol
from server.actions.password import ChangePassword, Passwords
from server.actions.storage import ChangeCredentials
from server.actions.totp import ChangeMethod, EnableTotp, TotpProof
from server.contract.action import ActionList, Ask, Executed, Preview
from server.contract.problem import Problem
from server.contract.request import RequestAnswer
from server.services import asking, limits, repeating, setup, storage, totp
from server.services.asking import Prepared
from server.services.sessions import Caller, SessionCaller
from server.web import refusals
from server.web.console import answer, require_strong, verify_own, write
from server.web.context import Context, Server
from server.web.guard import Called

_PREPARED = {ChangePassword.name, EnableTotp.name, ChangeMethod.name, ChangeCredentials.name}


def _point(text: str) -> str:
    try:
        protocol.public_key(protocol.unb64u(text))
    except protocol.Malformed as error:
        message = "must be a P-256 key: the 65 bytes of its uncompressed point, in base64url without padding"
        raise ValueError(message) from error
    return text


ResultKey = Annotated[str, AfterValidator(_point)]
"""Given by whoever asks, so that what is secret in the result opens there alone, whoever has copied the token."""


async def list_actions(caller: Called) -> ActionList:
    """Every action on offer."""
    return asking.offered(caller)


async def preview_action(name: str, call: Ask, caller: Called, context: Server) -> Preview:
    """What the phone would show."""
    prepared = await _prepared(context, caller, name, call)
    now = context.clock()
    return await context.store.read(asking.preview, caller, name, call.parameters, call.reason, now, prepared)


async def ask(
    name: str,
    call: Ask,
    caller: Called,
    context: Server,
    request: Request,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    result_key: Annotated[ResultKey | None, Header()] = None,
) -> Response:
    """Ask for an action."""
    refusals.about(request, name, call.parameters)
    asked_for = (name, call.parameters, call.reason)
    prepared, asked = None, None
    if name in _PREPARED and idempotency_key is not None:
        given = (*asked_for, result_key)
        asked = await context.store.read(repeating.before, caller, idempotency_key, given, context.clock())
    if asked is None:
        prepared = await _prepared(context, caller, name, call)
        now = context.clock()
        asked = await write(context, caller, asking.ask, *asked_for, now, idempotency_key, prepared, result_key)
    return answer(200, asked) if isinstance(asked, Executed) else answer(202, RequestAnswer(request=asked))


async def _prepared(context: Context, caller: Caller, name: str, call: Ask) -> Prepared | None:
    """Check what is asked for and not kept: passwords, a code, secrets of a service; null for all other actions."""
    if name == ChangeCredentials.name:
        await context.store.read(asking.permitted, caller, name)
        return await context.store.read(storage.with_secrets, caller, call.parameters)
    if name not in _PREPARED or not isinstance(caller, SessionCaller):
        return None
    await context.store.read(asking.permitted, caller, name)
    if name != ChangePassword.name:
        return await _with_totp(context, caller, call)
    try:
        given = Passwords.model_validate(call.parameters)
    except ValidationError as error:
        raise asking.unfit(error) from None
    account, right = caller.account, await verify_own(context, caller, given.current_password)
    organisation = await context.store.read(setup.organisation)
    words = (account.username, account.email, organisation)
    require_strong(given.new_password, *words, place="parameters.new_password")
    if given.new_password == given.current_password:
        why = "This is your password already. Choose a new one."
        raise Problem(
            422, "weak_password", "The new password is the old one", why, fields={"parameters.new_password": why}
        )
    encoded = await context.passwords.hash(given.new_password, limits.turn_of(account.username, "new password"))
    return Prepared(ChangePassword.of(encoded).parameters(), kept=encoded, password_hash=right)


async def _with_totp(context: Context, caller: SessionCaller, call: Ask) -> Prepared:
    try:
        given = TotpProof.model_validate(call.parameters)
    except ValidationError as error:
        raise asking.unfit(error) from None
    step = await context.store.read(totp.checked, caller, given.enrolment, given.code, context.clock())
    kept = given.model_dump(exclude={"code"})
    return Prepared(kept, kept=str(step), password_hash=caller.account.password_hash or "")
