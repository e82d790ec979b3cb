"""Decides, once, how an error is shown."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from pydantic import ValidationError

from desktop.core import moments
from desktop.core.transport import Offline
from desktop.core.words import known, t
from server.contract.problem import Problem


class Manner(Enum):
    """Where it is shown."""

    BANNER = "the calm banner about the server"
    FIELDS = "beside the fields"
    NOTICE = "a notice with advice"
    UNEXPECTED = "a notice with details to copy"


@dataclass(frozen=True)
class Shown:
    """What to say, and where; `fields` has one sentence for each field at fault."""

    manner: Manner
    title: str
    detail: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Title and detail as one paragraph."""
        title = self.title if self.title.endswith((".", "!", "?")) or not self.detail else f"{self.title}."
        return f"{title} {self.detail}".strip()


def shown(error: Exception) -> Shown:
    """Tell how to show this error."""
    if isinstance(error, Offline):
        return Shown(Manner.BANNER, t(f"console.offline.{error.reason}"))
    if isinstance(error, Problem):
        return _problem(error)
    if isinstance(error, OSError):
        return Shown(Manner.NOTICE, t("console.problem.file"), error.strerror or type(error).__name__)
    return Shown(Manner.UNEXPECTED, t("console.problem.unexpected"), f"{type(error).__name__}: {error}")


def _problem(problem: Problem) -> Shown:
    fields = _fields(problem.members)
    manner = Manner.FIELDS if fields else Manner.NOTICE
    title = known(f"console.problem.code.{problem.code}", problem.title)
    detail = "" if fields and problem.code == "invalid" else problem.detail
    if problem.code == "probation" and (until := _moment(problem.members.get("until"))) is not None:
        detail = t("console.problem.probation", time=moments.until(until))
    if problem.status >= 500 and problem.call_id:
        detail = f"{detail} {t('console.problem.call', id=problem.call_id)}".strip()
    return Shown(manner, title, detail, fields)


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def faults(error: ValidationError) -> dict[str, str]:
    """Return one sentence for each member of a form that does not fit, found before it was sent."""
    return _sentences((str(each["loc"][0]) if each["loc"] else "", each) for each in error.errors())


def sentence(words: str) -> str:
    """Say in our words what a validator said in its own."""
    words = words.removeprefix("Value error, ")
    for pattern, key in _VALIDATORS:
        if match := re.match(pattern, words):
            return t(key, **match.groupdict())
    return words


_VALIDATORS = (
    (r"(may not be empty|is missing|Field required|Input should be a valid string)$", "console.field.missing"),
    (r".* at least 1 character$", "console.field.missing"),
    (r"an e-mail address looks like", "console.field.email"),
    (r"only printable ASCII", "console.field.username"),
    (r"(control and formatting characters|this is no Unicode)", "console.field.unseen"),
    (r".* at most (?P<count>\d+) characters?$", "console.field.long"),
    (r".* at least (?P<count>\d+) characters?$", "console.field.short"),
    (r"String should match pattern", "console.field.form"),
)
"""What pydantic and the contract's own checks say, from whichever side."""


def _sentences(found: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, each in found:
        words = str(each.get("message") or each.get("msg") or "")
        if name and words:
            told.setdefault(name, sentence(words))
    return told


def _fields(members: dict[str, Any]) -> dict[str, str]:
    """Read the faults of a refused body: a list with the place and the sentence of each."""
    errors = members.get("errors") or members.get("fields") or []
    if isinstance(errors, dict):
        return {str(name): sentence(str(text)) for name, text in errors.items()}
    return _sentences((_place(each), each) for each in errors if isinstance(each, dict))


def _place(fault: Mapping[str, Any]) -> str:
    place = fault.get("field") or fault.get("loc") or ""
    return str(place[-1] if isinstance(place, list) and place else place)
