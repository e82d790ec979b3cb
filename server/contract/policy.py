"""The security policy: what the organisation asks of its administrators beyond the defaults, which are strict."""

from pydantic import Field

from server.contract.message import Answer, Time


class Policy(Answer):
    """`request_lifetime` in seconds; `without_code` names the actions that need no code, all others have six digits.

    `two_factor_from` is when an account without two-factor authentication can do nothing but turn it on, null where it
    may go on; `qr_alone` lets the QR code enrol without the password. `by_totp` names the actions that TOTP may confirm
    beside those that concern the own account.
    """

    request_lifetime: int
    without_code: list[str]
    reason_required: bool
    qr_alone: bool
    two_factor_from: Time | None
    by_totp: list[str] = Field(default_factory=list)


class ShownPolicy(Policy):
    """The policy, and which actions may be without a code (protocol, section 3), or be confirmed by TOTP."""

    may_be_without_code: list[str]
    may_be_by_totp: list[str] = Field(default_factory=list)
