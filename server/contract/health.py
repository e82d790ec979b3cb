"""Is the server well, and who is it."""

from enum import StrEnum
from typing import Any, Literal

from server.contract.message import Answer, Time


class HealthWarning(StrEnum):
    """What whoever runs the server should see to, as `details` names it in `warnings`."""

    CERTIFICATE_UNREADABLE = "certificate_unreadable"
    CERTIFICATE_OTHER_NAME = "certificate_other_name"
    CERTIFICATE_ENDS_SOON = "certificate_ends_soon"
    OLD_ORIGIN_NOT_SERVED = "old_origin_not_served"
    NO_WAY_TO_UNLOCK = "no_way_to_unlock"
    PINS_IN_VAIN = "pins_in_vain"
    LEDGER_MISSING = "ledger_missing"
    PHONE_APP_MISSING = "phone_app_missing"
    UNLISTED_PROXY = "unlisted_proxy"
    SILENT_PROXY = "silent_proxy"
    PUSH_UNREACHABLE = "push_unreachable"
    PUSH_PROXY = "push_proxy"
    PUSH_REFUSED = "push_refused"
    PUSH_BUSY = "push_busy"


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
