"""Time-based one-time passwords (RFC 6238): SHA-1, six digits, 30 s, one step either way, on the server's clock."""

import hmac
from datetime import datetime

import pyotp

STEP = 30
WINDOW = 1
"""Steps either way that are accepted."""
FAR = 130
"""Steps either way in which a code is known to come from a clock that is off: a little over summer time's hour."""


def new_secret() -> str:
    """Return a secret of 160 bits in base32 (RFC 4226, section 4)."""
    return pyotp.random_base32(32)


def uri(secret: str, username: str, organisation: str) -> str:
    """Return the `otpauth:` URI that authenticator apps read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=organisation)


def step_of(now: datetime) -> int:
    """Return the number of the step at a time."""
    return int(now.timestamp()) // STEP


def steps_with(secret: str, code: str, now: datetime) -> list[int]:
    """Return every step near `now` that has this code, the nearest first; compares in constant time."""
    totp, middle = pyotp.TOTP(secret), step_of(now)
    near = sorted(range(middle - FAR, middle + FAR + 1), key=lambda step: abs(step - middle))
    given = code.encode()
    return [step for step in near if hmac.compare_digest(totp.at(step * STEP).encode(), given)]


def is_accepted(step: int, now: datetime) -> bool:
    """Whether a step is within the window."""
    return abs(step - step_of(now)) <= WINDOW
