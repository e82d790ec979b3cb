"""An error meant for a person: raised anywhere, written as problem+json, raised again as the same in the console."""

from collections.abc import Iterable, Mapping
from typing import Any


class Problem(Exception):
    """`code` is stable, `title` says what happened, `detail` what to do; `members` are sent beside them (RFC 9457)."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,  # noqa: ANN401 - JSON values
    ) -> None:
        """`headers` go out with the answer, such as Retry-After."""
        super().__init__(title)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members
        self.call_id = ""


def invalid(errors: Iterable[Mapping[str, Any]], within: tuple[str, ...] = ()) -> Problem:
    """Return the problem of a body that does not fit, from pydantic's errors: which members and why.

    Nothing of what was sent is told, the name of an unknown member included.
    """
    fields: dict[str, str] = {}
    for each in errors:
        unknown = each["type"] == "extra_forbidden"
        place = [*within, *(str(part) for part in (each["loc"][:-1] if unknown else each["loc"]))]
        told = "has a member that is not known here" if unknown else str(each["msg"]).removeprefix("Value error, ")
        fields[".".join(place) or "body"] = told
    detail = "; ".join(f"{name}: {told}" for name, told in fields.items())
    return Problem(422, "invalid", "Something in this does not fit", detail, fields=fields)
