"""Handlers about how phones reach the server: for providers, but for the own authority, which is public."""

import asyncio

from server.config import EVERYWHERE, is_loopback
from server.contract.message import Page
from server.contract.reach import Address, Authority, Certificate, Install, Origin, Pinned, Reach, Reached, Refused
from server.domain.audit import Event
from server.holdings import first_in
from server.services import origins
from server.tls import fingerprint, pem
from server.web.console import write
from server.web.context import Context, Server
from server.web.guard import Signed
from server.web.problems import plain


async def show_reach(caller: Signed, context: Server) -> Reach:
    """Whether phones can get here, as far as can be told from here."""
    await context.store.read(origins.require_provider, caller)
    reach = context.reach
    current, visit, refusal = reach.certificates.current, reach.visit, reach.refusal
    found = await asyncio.to_thread(reach.looking.found, _known(context))
    return Reach(
        origin=reach.origin,
        how=reach.how,
        addresses=[
            Address(kind="name", name=way.text, resolves=way.resolves, to=list(way.to))
            if way.is_name
            else Address(kind="ip", ip=way.text, resolves=way.resolves, to=list(way.to))
            for way in found
        ],
        authority=_authority(context),
        certificate=Certificate(
            names=list(current.names.public),
            expires_at=current.ends_at,
            renews_at=current.renews_at,
            file=str(current.holding.certificate),
        )
        if current
        else None,
        port=reach.port,
        interface=None if context.config.loopback or context.config.host in EVERYWHERE else context.config.host,
        ipv6=context.config.loopback or ":" in context.config.host,
        install=_install(context),
        reached=Reached(ip=visit.ip, at=visit.at, application=visit.application) if visit else None,
        refused=Refused(at=refusal.at, why=refusal.why, name=refusal.name) if refusal else None,
        pin_devices=context.config.pin_devices,
        fault=reach.certificates.fault or None,
        misnamed=bool(reach.certificates.misnamed),
        now=context.clock(),
    )


def _known(context: Context) -> tuple[str, ...]:
    """Return the names that phones are told."""
    current = context.reach.certificates.current
    named = current.names.dns if current else ()
    return tuple(each for each in named if not is_loopback(each) and "*" not in each)


def _authority(context: Context) -> Authority | None:
    file = context.reach.certificates.authority
    if file is None or (current := context.reach.certificates.current) is None:
        return None
    found = first_in(file)
    return Authority(
        fingerprint=fingerprint(found), names=list(current.names.public), expires_at=found.not_valid_after_utc
    )


def _install(context: Context) -> Install | None:
    page = context.reach.page
    return Install(url=page.url, open_until=page.open_until, opened=page.opened) if page.open_until else None


async def open_install(caller: Signed, context: Server) -> Install:
    """Open the install page for a minute, or for another one."""
    await context.store.read(origins.require_provider, caller)
    reach = context.reach
    was_open = reach.page.open_until is not None
    await reach.page.open()
    if not was_open:  # a console keeps it open minute by minute
        reach.forget()
        await write(context, caller, origins.note_install, Event.INSTALL_PAGE_OPENED, context.clock())
    opened = _install(context)
    if opened is None:
        raise plain(500)
    return opened


async def close_install(caller: Signed, context: Server) -> None:
    """Close it."""
    await context.store.read(origins.require_provider, caller)
    if context.reach.page.open_until is not None:
        await write(context, caller, origins.note_install, Event.INSTALL_PAGE_CLOSED, context.clock())
    await context.reach.page.close()


async def list_origins(caller: Signed, context: Server) -> Page[Origin]:
    """Every address that phones keep."""
    found = await context.store.read(origins.listed, caller)
    reach = context.reach

    def told(origin: Origin) -> Origin:
        at = origin.origin
        found = {"fault": reach.fault_at(at) or None, "warning": reach.warning_at(at) or None}
        return origin.model_copy(update={"port": reach.listens_at(at), "upstream": reach.upstream_of(at), **found})

    return Page(items=[told(each) for each in found.items])


async def show_authority(context: Server) -> Pinned:
    """Our own authority, for whoever wants to compare it; 404 without one."""
    file = context.reach.certificates.authority
    if file is None:
        raise plain(404, "This server's certificate is not of an authority of its own.")
    found = await asyncio.to_thread(first_in, file)
    return Pinned(certificate=pem(found), fingerprint=fingerprint(found))
