"""Decides, once, how an error is shown."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from desktop.core.transport import Offline
from desktop.core.words import t
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
    detail = problem.detail
    if problem.status >= 500 and problem.call_id:
        detail = f"{detail} {t('console.problem.call', id=problem.call_id)}".strip()
    return Shown(manner, problem.title, detail, fields)


def _fields(members: dict[str, Any]) -> dict[str, str]:
    """Read the faults of a refused body: a list with the place and the sentence of each."""
    found: dict[str, str] = {}
    errors = members.get("errors") or members.get("fields") or []
    if isinstance(errors, dict):
        return {str(name): str(text) for name, text in errors.items()}
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, dict):
            place = error.get("field") or error.get("loc") or ""
            name = str(place[-1] if isinstance(place, list) and place else place)
            text = str(error.get("message") or error.get("msg") or "")
            if name and text:
                found.setdefault(name, text.removeprefix("Value error, "))
    return found
