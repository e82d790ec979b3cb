"""API keys: with what scripts ask for the same as a console, under the permissions of their own."""

from server.contract.administrator import Created
from server.contract.message import Answer, Time
from server.contract.permission import Permission


class ApiKey(Answer):
    """Never more than its administrator holds; `companies` null means all. The token is told once."""

    id: str
    name: str
    administrator: Created
    companies: list[str] | None
    permissions: list[Permission]
    created_at: Time
    expires_at: Time | None
    last_used_at: Time | None
