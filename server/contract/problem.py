"""An error meant for a person: raised anywhere, written as problem+json, raised again as the same in the console."""

from collections.abc import Mapping
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
