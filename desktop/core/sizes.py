"""Sizes as people read them: bytes in steps of a thousand, as storage services count and bill them."""

from desktop.core.words import n, t

STEP = 1000
UNITS = ("kb", "mb", "gb", "tb", "pb", "eb")
WHOLE = 100
"""From here on a decimal says nothing."""


def size(count: int) -> str:
    """Return such as `1.2 TB`; three digits at most, never more than there is."""
    if count < STEP:
        return n("console.size.bytes", count)
    for place, unit in enumerate(UNITS, start=1):
        value = count / STEP**place
        digits = 1 if value < WHOLE else 0
        if round(value, digits) < STEP or unit == UNITS[-1]:
            text = f"{value:,.{digits}f}".removesuffix(".0")
            return t(f"console.size.{unit}", value=text)
    raise AssertionError


def used(count: int | None, objects: int | None) -> str:
    """Return such as `1.2 TB · 48,120 objects`; nothing where it is not known."""
    if count is None:
        return ""
    return " · ".join((size(count), n("console.storage.objects", objects or 0)))
