"""Is the server well, and who is it."""

from typing import Any, Literal

from server.contract.message import Answer, Time


class Health(Answer):
    """`details` and `server_key` (b64u of SHA-256 of SSK_pub) only with a session."""

    status: Literal["ok", "degraded", "read_only"]
    version: str
    setup_done: bool
    details: dict[str, Any] | None = None
    server_key: str | None = None


class PushHealth(Answer):
    """`problem` is `unreachable`, `proxy` (the way there), `refused` or `busy`; null where none is known."""

    problem: str | None = None
    since: Time | None = None
    host: str | None = None
