"""Times as people read them: local, with UTC where it is asked for; and what is left until one."""

import time
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QDate

from desktop.core.clock import now as right_now
from desktop.core.words import n, t

_MINUTE, _HOUR = 60, 3600


def date(moment: datetime) -> str:
    """Return such as `23 Nov 2026`."""
    local = moment.astimezone()
    return f"{local.day} {t(f'console.month.{local.month}')} {local.year}"


def clock(moment: datetime) -> str:
    """Return such as `12:01:03`."""
    return moment.astimezone().strftime("%H:%M:%S")


def full(moment: datetime) -> str:
    """Return such as `23 Nov 2026, 12:01:03`."""
    return f"{date(moment)}, {clock(moment)}"


def utc(moment: datetime) -> str:
    """Return the same moment in UTC, for tooltips."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def when(moment: datetime, now: datetime) -> str:
    """Return the time for today, else the date."""
    same_day = moment.astimezone().date() == now.astimezone().date()
    return moment.astimezone().strftime("%H:%M") if same_day else date(moment)


def ago(moment: datetime, now: datetime) -> str:
    """Return such as `2 min ago`; what is older than a day is a date."""
    seconds = (now - moment).total_seconds()
    if seconds < _MINUTE:
        return t("console.time.now")
    if seconds < _HOUR:
        return t("console.time.minutes_ago", count=int(seconds // _MINUTE))
    if seconds < 24 * _HOUR:
        return n("console.time.hours_ago", int(seconds // _HOUR))
    return full(moment)


def in_sentence(moment: datetime, now: datetime) -> str:
    """Return the same within a sentence, such as `just now`."""
    words = ago(moment, now)
    return words[:1].lower() + words[1:]


def midnight(day: QDate) -> datetime:
    """Return the start of a local day, in UTC."""
    return datetime(day.year(), day.month(), day.day()).astimezone().astimezone(UTC)


def span(left: timedelta) -> str:
    """Return such as `4 d 21 h`, as far as it matters."""
    minutes = max(0, int(left / timedelta(minutes=1)))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    key = "days" if days else "hours" if hours else "minutes"
    return t(f"console.time.{key}", days=days, hours=hours, minutes=minutes)


def weekday(moment: datetime) -> str:
    """Return such as `Tuesday, 24 Nov 2026`."""
    return f"{t(f'console.weekday.{moment.astimezone().isoweekday()}')}, {date(moment)}"


class Deadline:
    """Counts down from what the server said, on a clock that nobody can set."""

    def __init__(self, created: datetime, expires: datetime, now: datetime) -> None:
        self.whole = max(1.0, (expires - created).total_seconds())
        self._end = time.monotonic() + (expires - now).total_seconds()

    @property
    def left(self) -> float:
        """Seconds, not below zero."""
        return max(0.0, self._end - time.monotonic())

    @property
    def share(self) -> float:
        """What is left of the whole, 0 to 1."""
        return min(1.0, self.left / self.whole)

    @property
    def text(self) -> str:
        """Return such as `1:42`."""
        seconds = int(self.left)
        return f"{seconds // 60}:{seconds % 60:02d}"


def day(moment: datetime) -> str:
    """Return such as `23 Nov`."""
    local = moment.astimezone()
    return f"{local.day} {t(f'console.month.{local.month}')}"


def today() -> str:
    """Return this computer's date; it only shortens what is shown."""
    return date(right_now())


def short(moment: datetime) -> str:
    """Return such as `12:01`."""
    return moment.astimezone().strftime("%H:%M")


def until(moment: datetime) -> str:
    """Return such as `24 Nov 2026, 12:01`."""
    return f"{date(moment)}, {short(moment)}"
