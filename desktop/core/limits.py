"""Storage limits as they are typed: a number and a unit, in steps of a thousand as everywhere."""

from decimal import Decimal, InvalidOperation

UNITS = {"gb": 10**9, "tb": 10**12}
MOST = (1 << 53) - 1
"""Bytes; the server takes no more."""


def parsed(text: str, unit: str) -> int | None:
    """Return how many bytes it is, none for nothing; raises ValueError for what is no number above 0."""
    if not text.strip():
        return None
    try:
        value = Decimal(text.strip().replace(",", ".").replace(" ", "")) * UNITS[unit]
    except InvalidOperation:
        raise ValueError(text) from None
    if not value.is_finite() or not 1 <= value <= MOST:
        raise ValueError(text)
    return int(value)


def written(count: int | None) -> tuple[str, str]:
    """Return number and unit, so that reading them gives exactly this again."""
    if count is None:
        return "", "gb"
    unit = "tb" if count >= UNITS["tb"] and count % (UNITS["gb"] * 10) == 0 else "gb"
    return f"{(Decimal(count) / UNITS[unit]).normalize():f}", unit
