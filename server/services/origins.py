"""The origins that phones keep: each stays served until its phones have changed, or are cut off."""

from datetime import datetime

from sqlalchemy import select

from server.config import origin_of
from server.contract.message import Page
from server.contract.permission import Role
from server.contract.reach import Origin, OriginDevice
from server.domain.audit import Event
from server.services import administrators
from server.services.sessions import Caller
from server.store import tables
from server.store.audit_log import record
from server.store.devices import living_devices
from server.store.work import Work


def kept(work: Work) -> frozenset[str]:
    """Return every origin that living phones have; what others wrote there and is none keeps nobody from starting."""
    return frozenset(filter(_is_origin, (device.origin for device in living_devices(work))))


def note_install(work: Work, caller: Caller, event: Event, now: datetime) -> None:
    """Write that the install page was opened, or closed."""
    record(work, event, now, username=caller.account.username, source=caller.source)


def _is_origin(text: str) -> bool:
    try:
        return origin_of(text) == text
    except ValueError:
        return False


def listed(work: Work, caller: Caller) -> Page[Origin]:
    """Return the current origin and all that phones keep, with these phones; for providers."""
    require_provider(work, caller)
    devices: dict[str, list[OriginDevice]] = {work.origin: []}
    for phone in keepers(work):
        devices.setdefault(phone.origin, []).append(phone)
    return Page(
        items=[Origin(origin=each, current=each == work.origin, devices=found) for each, found in devices.items()]
    )


def keepers(work: Work) -> list[OriginDevice]:
    """Return the living phones, each with the origin that it keeps."""
    owners = {row.id: row.username for row in work.session.scalars(select(tables.Administrator))}
    return [
        OriginDevice(
            id=each.id,
            name=each.name,
            username=owners[each.administrator_id],
            origin=each.origin,
            pin=each.cose is None,
            enrolled_at=each.enrolled_at,
        )
        for each in living_devices(work)
    ]


def require_provider(work: Work, caller: Caller) -> None:  # noqa: ARG001 - a service, run by the store
    """Raise 403 unless a provider asks."""
    if caller.account.role != Role.PROVIDER:
        raise administrators.forbidden()
