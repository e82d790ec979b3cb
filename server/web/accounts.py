"""Handlers of administrators and API keys, but for what is a protected action."""

from server.contract.administrator import Administrator, EditAdministrator
from server.contract.api_key import ApiKey
from server.contract.message import Page
from server.services import administrators, api_keys
from server.web.console import write
from server.web.context import Server
from server.web.guard import Signed


async def list_administrators(caller: Signed, context: Server) -> Page[Administrator]:
    """Administrators within one's companies."""
    return await context.store.read(administrators.listed, caller.actor, context.clock())


async def one_administrator(administrator: str, caller: Signed, context: Server) -> Administrator:
    """One of them."""
    return await context.store.read(administrators.one, caller.actor, administrator, context.clock())


async def edit_administrator(
    administrator: str, call: EditAdministrator, caller: Signed, context: Server
) -> Administrator:
    """Change name or e-mail address."""
    return await write(context, caller, administrators.edit, administrator, call, context.clock())


async def list_api_keys(caller: Signed, context: Server) -> Page[ApiKey]:
    """One's API keys; a provider's are everybody's."""
    return await context.store.read(api_keys.listed, caller, context.clock())


async def end_api_key(key: str, caller: Signed, context: Server) -> None:
    """End one of them."""
    await write(context, caller, api_keys.end, key, context.clock())
