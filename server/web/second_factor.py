"""Handlers of one's own second factor: the phone and its enrolment, the authenticator app, recovery codes."""

from typing import Annotated

from fastapi import Header

from server.contract.enrolment import ConfirmEnrolment, Enrolment, StartedEnrolment, StartEnrolment
from server.contract.request import RequestAnswer
from server.contract.two_factor import (
    ConfirmByCode,
    LostPhone,
    RecoveryCodes,
    StartedTotp,
    StartTotp,
    TestAsked,
    TwoFactor,
)
from server.services import confirming, enrolments, losing, pushing, recovery, totp, two_factor, ways
from server.services.sessions import SessionCaller
from server.store.grants import required_grant
from server.web.asking import ResultKey
from server.web.console import or_raise, verify_own, write
from server.web.context import Context, Server
from server.web.guard import Signed


async def show_two_factor(caller: Signed, context: Server) -> TwoFactor:
    """State of one's own two-factor authentication."""
    return await context.store.read(two_factor.shown, caller, context.clock())


async def test_notification(caller: Signed, context: Server) -> TestAsked:
    """Send a test notification to one's own phone."""
    return TestAsked(test=await write(context, caller, pushing.ask_test, context.clock()))


async def start_enrolment(call: StartEnrolment, caller: Signed, context: Server) -> StartedEnrolment:
    """Make a QR code for a phone."""
    verified = await _verify_granted(context, caller, call)
    return await write(context, caller, enrolments.start, verified, call.grant, context.clock())


async def _verify_granted(context: Context, caller: SessionCaller, call: StartEnrolment | StartTotp) -> str:
    """Return the hash that the caller's password matches; nothing is hashed without the grant that is needed."""
    await context.store.read(required_grant, caller.account, call.grant, context.clock())
    return await verify_own(context, caller, call.password)


async def show_enrolment(enrolment: str, caller: Signed, context: Server) -> Enrolment:
    """How far it has come."""
    return await context.store.read(enrolments.shown, caller, enrolment, context.clock())


async def confirm_enrolment(
    enrolment: str,
    call: ConfirmEnrolment,
    caller: Signed,
    context: Server,
    result_key: Annotated[ResultKey | None, Header()] = None,
) -> RequestAnswer:
    """Compare the digits."""
    done = await write(context, caller, enrolments.confirm, enrolment, call.sas, context.clock(), result_key)
    return RequestAnswer(request=or_raise(done))


async def stop_enrolment(enrolment: str, caller: Signed, context: Server) -> None:
    """Stop it."""
    await write(context, caller, enrolments.stop, enrolment, context.clock())


async def start_totp(call: StartTotp, caller: Signed, context: Server) -> StartedTotp:
    """Make a secret for an authenticator app."""
    verified = await _verify_granted(context, caller, call)
    return await write(context, caller, totp.start, verified, call.grant, context.clock())


async def report_lost_phone(call: LostPhone, caller: Signed, context: Server) -> TwoFactor:
    """Cut one's own phone off; nothing is hashed where there is none, or no code."""
    await context.store.read(losing.require_reportable, caller.account, call.code)
    verified = await verify_own(context, caller, call.password)
    return or_raise(await write(context, caller, losing.report, verified, call.code, context.clock()))


async def tell_recovery_codes(caller: Signed, context: Server) -> RecoveryCodes:
    """Tell the codes that this session's action made, once."""
    return await write(context, caller, recovery.told)


async def say_codes_saved(caller: Signed, context: Server) -> None:
    """Keep that the person has them."""
    await write(context, caller, recovery.saved, context.clock())


async def confirm_by_totp(request: str, call: ConfirmByCode, caller: Signed, context: Server) -> RequestAnswer:
    """Confirm one's own request with a code of the authenticator app."""
    return await _confirm(context, caller, request, ways.TOTP, call.code)


async def confirm_by_recovery_code(request: str, call: ConfirmByCode, caller: Signed, context: Server) -> RequestAnswer:
    """Confirm one's own change of the phone with a recovery code."""
    return await _confirm(context, caller, request, ways.RECOVERY_CODE, call.code)


async def _confirm(context: Context, caller: SessionCaller, request: str, way: str, code: str) -> RequestAnswer:
    done = await write(context, caller, confirming.confirm, request, way, code, context.clock())
    return RequestAnswer(request=or_raise(done))
