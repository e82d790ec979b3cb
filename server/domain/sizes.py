"""Sizes and counts as people say them."""

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def size(number: int) -> str:
    """Write a size in powers of 1000."""
    shown, unit = float(number), 0
    while shown >= 999.5 and unit < len(_UNITS) - 1:
        shown, unit = shown / 1000, unit + 1
    return f"{shown:.0f} {_UNITS[unit]}" if unit == 0 or shown >= 99.5 else f"{shown:.1f} {_UNITS[unit]}"


def objects(count: int) -> str:
    """Write how many objects it is."""
    return "1 object" if count == 1 else f"{count:,} objects"


def duration(seconds: int) -> str:
    """Write a time in whole days, hours, minutes or seconds, whichever says it exactly."""
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds and seconds % length == 0 and (unit != "day" or seconds > 3 * length):
            return _many(seconds // length, unit)
    return _many(seconds, "second")


def _many(count: int, unit: str) -> str:
    return f"1 {unit}" if count == 1 else f"{count} {unit}s"
