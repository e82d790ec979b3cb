"""Handlers of the organisation as a whole: its policy, its overview, its companies."""

from server.contract.company import Company, EditCompany, NewCompany
from server.contract.message import Page
from server.contract.overview import Overview
from server.contract.policy import ShownPolicy
from server.services import companies, overview, policy
from server.web.console import Text, write
from server.web.context import Server
from server.web.guard import Called, Signed


async def show_policy(_: Signed, context: Server) -> ShownPolicy:
    """Return the security policy."""
    return await context.store.read(policy.shown)


async def show_overview(caller: Signed, context: Server) -> Overview:
    """Count what the caller may see."""
    return await context.store.read(overview.shown, caller, context.clock())


async def list_companies(caller: Called, context: Server, q: Text = None) -> Page[Company]:
    """One's companies."""
    return await context.store.read(companies.listed, caller, q or "")


async def add_company(call: NewCompany, caller: Called, context: Server) -> Company:
    """Make one."""
    return await write(context, caller, companies.add, call, context.clock())


async def one_company(company: str, caller: Called, context: Server) -> Company:
    """One of them."""
    return await context.store.read(companies.one, caller, company)


async def edit_company(company: str, call: EditCompany, caller: Called, context: Server) -> Company:
    """Change one."""
    return await write(context, caller, companies.edit, company, call, context.clock())
