"""Calls to the server: the way there, who calls, and reading what it answers."""

from collections.abc import Callable, Mapping
from copy import copy
from pathlib import Path
from threading import Lock
from typing import Self, TypeVar

from pydantic import BaseModel, ValidationError
from requests import Response

from desktop.core.transport import ANSWER_WITHIN, UNREADABLE, Transport
from server.contract.message import Call
from server.contract.problem import Problem

Shape = TypeVar("Shape", bound=BaseModel)
Query = Mapping[str, str]

HEAVY = Lock()
"""What holds Python for long, such as reading a long answer, one worker does at a time: the GUI thread, which needs
Python for every line it paints, waits for one of them at most."""
STREAM_WITHIN = (3.05, 20.0)
"""Seconds; a live stream says something every 15."""
SERVICE_WITHIN = (3.05, 90.0)
"""Seconds; the server itself waits for a service elsewhere."""


class Calls:
    """Raises `Problem` for what the server refuses and `Offline` where it cannot be reached."""

    def __init__(self, url: str, authority: str = "") -> None:
        self.transport = Transport(url, authority)
        self.token: str | None = None
        self._headers: dict[str, str] = {}

    @property
    def url(self) -> str:
        """The server's address."""
        return self.transport.url

    def in_background(self) -> Self:
        """Return this client for what the console does by itself, which does not count as use of the session."""
        quiet = copy(self)
        quiet._headers = {"Countersign-Background": "1"}  # noqa: SLF001 - its own copy
        return quiet

    def close(self) -> None:
        """Drop the connections."""
        self.transport.close()

    def _read(self, path: str, shape: type[Shape], query: Query | None = None) -> Shape:
        return parsed(self._call("GET", path, params=query), shape)

    def _send(
        self, method: str, path: str, shape: type[Shape], body: Call | None = None, headers: Query | None = None
    ) -> Shape:
        text = None if body is None else body.model_dump_json(exclude_unset=True)
        return parsed(self._call(method, path, body=text, headers=headers), shape)

    def _ask_service(
        self, method: str, path: str, shape: type[Shape], body: Call | None = None, query: Query | None = None
    ) -> Shape:
        text = None if body is None else body.model_dump_json(exclude_unset=True)
        return parsed(self._call(method, path, body=text, params=query, timeout=SERVICE_WITHIN), shape)

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        params: Query | None = None,
        headers: Query | None = None,
        stream: bool = False,
        timeout: tuple[float, float] = ANSWER_WITHIN,
    ) -> Response:
        merged = {**self._headers, **(headers or {})}
        if self.token:
            merged["Authorization"] = f"Bearer {self.token}"
        within = STREAM_WITHIN if stream else timeout
        return self.transport.send(
            method, f"/api/v1{path}", body=body, params=params, headers=merged, stream=stream, timeout=within
        )

    def _download(self, path: str, query: Query, target: Path, progress: Callable[[int], None] | None = None) -> int:
        """Write an answer to a file, which appears only once it is whole; return its size."""
        part = target.with_name(target.name + ".part")
        size = 0
        try:
            with self._call("GET", path, params=query, stream=True) as response, part.open("wb") as file:
                for chunk in response.iter_content(65536):
                    file.write(chunk)
                    size += len(chunk)
                    if progress:
                        progress(size)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return size


def parsed(response: Response, shape: type[Shape]) -> Shape:
    """Read an answer, or raise the problem that it cannot be read."""
    try:
        with HEAVY:
            return shape.model_validate_json(response.content)
    except ValidationError as error:
        title = "The server's answer could not be read"
        advice = "Console and server may not fit together."
        raise Problem(response.status_code, UNREADABLE, title, advice) from error
