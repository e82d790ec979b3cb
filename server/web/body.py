"""Bodies of the console API: none has a member twice, and where a route reads none, an empty one alone is taken."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.dependencies.utils import get_dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from server.contract.message import Call


class OnceEach(APIRoute):
    """A route that answers 400 to such a body, as to one that is no JSON."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(_Request(request.scope, request.receive))

        return handle


class _Request(Request):
    @override
    async def json(self) -> Any:
        return json.loads(await self.body(), object_pairs_hook=_object)


class _Nothing(Call):
    """No members."""


def nothing(_body: _Nothing | None = None) -> None:
    """Refuse any body but `{}` or none: what a route depends on that has no use for one."""


def reads(path: str, handler: Callable[..., Any]) -> bool:
    """Whether a handler reads a body itself."""
    return bool(get_dependant(path=path, call=handler).body_params)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        message = "a member stands twice"
        raise json.JSONDecodeError(message, "", 0)
    return members
