"""By what a request can be confirmed: the phone, an authenticator app, a recovery code."""

from datetime import datetime

from server.actions import ProtectedAction
from server.actions.device import ChangeDevice
from server.actions.sign_in import SignIn
from server.contract.problem import Problem
from server.contract.request import Kind
from server.store import policy, tables
from server.store.devices import active_device
from server.store.probation import probation_until
from server.store.totp import has_totp
from server.store.work import Work

PHONE, TOTP, RECOVERY_CODE = "phone", "totp", "recovery_code"
BY_TOTP = frozenset({"sign_in", "password.change", "two_factor.disable", "recovery_codes.reset", "device.change"})
"""What concerns the own account; policy may add others' things."""
BY_RECOVERY_CODE = frozenset({SignIn.name, ChangeDevice.name})


def of_request(work: Work, action: str, account: tables.Administrator, device: str | None) -> list[str]:
    """Return the ways that are open while a request waits that is addressed to this phone, or to none."""
    first = [PHONE] if device else [TOTP] if by_totp(work, action, account) else []
    return first + ([RECOVERY_CODE] if action in BY_RECOVERY_CODE else [])


def by_totp(work: Work, action: str, account: tables.Administrator) -> bool:
    """Whether this account's authenticator app confirms this action."""
    return account.method == TOTP and action in totp_confirms(work) and has_totp(work, account.id)


def totp_confirms(work: Work) -> list[str]:
    """Return every action that an authenticator app confirms here."""
    return sorted(BY_TOTP | set(policy.current(work).by_totp))


def phone_for(
    work: Work, account: tables.Administrator, action: type[ProtectedAction], now: datetime
) -> tables.Device | None:
    """Return the phone that confirms this action, null where an authenticator app does.

    Raises 403 `phone_required` for what that may not confirm, `no_device`, and `probation` where it is too early.
    """
    if account.method == TOTP:
        if action.name not in totp_confirms(work):
            advice = "Set up the phone app in Settings > General; an authenticator app does not cover this."
            raise Problem(403, "phone_required", "This needs the phone app", advice)
        if not has_totp(work, account.id):
            raise no_device()
        return None
    device = active_device(work, account.id)
    if device is None:
        raise no_device()
    until = probation_until(work, account.id, now)
    if action.kind is Kind.MANAGEMENT and until is not None:
        raise Problem(
            403,
            "probation",
            "This phone is new, and was set up with a code of an authenticator app alone",
            "Until its probation is over it confirms only what concerns your own account.",
            until=until.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        )
    return device


def no_device() -> Problem:
    """Return the refusal for an account whose phone is gone."""
    way_out = "Set up a new phone in Settings > General with a recovery code, or ask a colleague for a new start."
    return Problem(403, "no_device", "No phone is set up for this account", way_out)
