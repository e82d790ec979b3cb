"""The state of an account's two-factor authentication."""

from server.contract.message import Answer, Time


class Device(Answer):
    """The account's phone; `verification` is `webauthn` or `PIN`."""

    id: str
    name: str
    platform: str
    verification: str
    enrolled_at: Time
    last_seen_at: Time | None
    push: bool
    probation_until: Time | None = None


class TwoFactor(Answer):
    """`method` is `phone`, `totp` or null."""

    enabled: bool
    method: str | None
    device: Device | None
    recovery_codes_left: int
    recovery_codes_saved_at: Time | None
    recovery_codes_used_at: list[Time]
