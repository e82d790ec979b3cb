"""The state of an account's two-factor authentication."""

from typing import Annotated

from pydantic import Field

from server.contract.message import Answer, Call, Password, Time


class PushTest(Answer):
    """A test notification: when the push service took it, and when it was opened on the phone."""

    id: str
    asked_at: Time
    sent_at: Time | None = None
    opened_at: Time | None = None
    problem: str | None = None


class TestAsked(Answer):
    """A test notification is on its way."""

    test: PushTest


class Device(Answer):
    """The account's phone; `verification` is `webauthn` or `PIN`.

    `push_problem` is why push does not work, as far as is known: `off` (the phone has none), `gone` (the push service
    no longer knows it), `refused`, `unreachable`, `proxy` (the way there); null where the last one went out, or none
    was tried. `away` means not seen for a week.
    """

    id: str
    name: str
    platform: str
    verification: str
    enrolled_at: Time
    last_seen_at: Time | None
    push: bool
    push_problem: str | None = None
    push_sent_at: Time | None = None
    push_test: PushTest | None = None
    muted_until: Time | None = None
    away: bool = False
    probation_until: Time | None = None


class TwoFactor(Answer):
    """`method` is `phone`, `totp` or null; `totp_confirms` names the actions that TOTP may confirm here.

    `authenticator` is whether an authenticator app is set up: with `totp` there is none after it was lost.
    `recovery_codes_made_at` is null for an account that never had any.
    """

    enabled: bool
    method: str | None
    device: Device | None
    recovery_codes_left: int
    recovery_codes_saved_at: Time | None
    recovery_codes_used_at: list[Time]
    authenticator: bool = False
    recovery_codes_made_at: Time | None = None
    totp_confirms: list[str] = Field(default_factory=list)


class StartTotp(Call):
    """The password again, and a grant where the organisation has two-factor authentication already."""

    password: Password
    grant: str | None = Field(default=None, max_length=200, repr=False)


class StartedTotp(Answer):
    """The secret (base32) and its `otpauth:` URI for the authenticator app; never given again."""

    id: str
    secret: str
    uri: str
    expires_at: Time
    now: Time


class RecoveryCodes(Answer):
    """Told once; `sealed` holds them in place of `codes` where the call that made them had a `Result-Key`."""

    codes: list[str]
    sealed: str | None = None


class ConfirmByCode(Call):
    """A TOTP code or a recovery code."""

    code: Annotated[str, Field(min_length=1, max_length=64, repr=False)]


class LostPhone(Call):
    """The password again, and one of the recovery codes, which is used up."""

    password: Password
    code: str | None = Field(default=None, min_length=1, max_length=64, repr=False)
