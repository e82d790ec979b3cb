"""Enrolments: binding a phone to an account."""

from enum import StrEnum

from pydantic import Field

from server.contract.message import Answer, Call, Password, Time


class EnrolmentStatus(StrEnum):
    """How far it has come; `stopped` by the phone itself."""

    PENDING = "pending"
    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    ACTIVE = "active"
    EXPIRED = "expired"
    VOID = "void"
    STOPPED = "stopped"


class StartEnrolment(Call):
    """The password again, and a grant where the organisation has two-factor authentication already."""

    password: Password
    grant: str | None = Field(default=None, max_length=200, repr=False)


class StartedEnrolment(Answer):
    """`qr` is the text of the QR code; it is never given again."""

    id: str
    qr: str
    expires_at: Time
    reachable: bool = True
    """False while the server listens on this computer alone, where no phone reaches it."""
    now: Time


class Enrolment(Answer):
    """What the console may know: not the six digits."""

    status: EnrolmentStatus
    device_name: str | None = None
    verification: str | None = None
    """How that phone will be unlocked: `webauthn`, or `PIN`."""
    request: str | None = None


class ConfirmEnrolment(Call):
    """The six digits that the phone shows, typed by the administrator."""

    sas: str = Field(pattern=r"^[0-9]{6}$")
