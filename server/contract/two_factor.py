"""The state of an account's two-factor authentication."""

from server.contract.message import Answer, Time


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
    no longer knows it), `refused`, `unreachable`; null where the last one went out, or none was tried. `away` means not
    seen for a week.
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
    """`method` is `phone`, `totp` or null."""

    enabled: bool
    method: str | None
    device: Device | None
    recovery_codes_left: int
    recovery_codes_saved_at: Time | None
    recovery_codes_used_at: list[Time]
