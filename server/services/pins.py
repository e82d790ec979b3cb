"""Phones that are unlocked by a PIN, where WebAuthn cannot work and policy allows it (protocol, section 6).

The phone's signing key is wrapped under its PIN and a share that the server gives for a right PIN alone, so that a PIN
of six digits cannot be guessed away from the server, and only a few times here.
"""

import hmac
import secrets
from datetime import datetime

from sqlalchemy import select

from server import protocol
from server.contract.enrolment import EnrolmentStatus
from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.domain.audit import Event
from server.services import phones
from server.store import tables
from server.store.audit_log import Source, record
from server.store.devices import is_cut_off
from server.store.endings import OPEN_ENROLMENT, end_enrolment, revoke_device
from server.store.notices import tell_widely
from server.store.work import Work

IN_A_ROW, IN_ALL = 5, 20


def keep(work: Work, device: tables.Device, verifier: bytes) -> dict[str, str]:
    """Keep the verifier of a phone that is being claimed; return what its reply tells beside the rest."""
    share, token = secrets.token_bytes(32), secrets.token_bytes(32)
    device.pin_verifier = work.keys.seal(protocol.sha(verifier), place(device, "pin_verifier"))
    device.pin_token = work.keys.seal(protocol.sha(token), place(device, "pin_token"))
    device.pin_share = work.keys.seal(share, place(device, "pin_share"))
    return {"pin_share": protocol.b64u(share), "pin_token": protocol.b64u(token)}


def place(device: tables.Device, column: str) -> str:
    """Name where a secret is kept: bound to phone and account, so that a row cannot be given to another."""
    return f"devices/{device.id}/{device.administrator_id}/{column}"


def in_vain(work: Work) -> bool:
    """Whether a phone has nothing but a PIN where none is allowed, and so can confirm nothing."""
    phones = select(tables.Device.id).where(tables.Device.status == "active", tables.Device.cose.is_(None))
    return not work.config.pin_devices and work.session.scalar(phones.limit(1)) is not None


def unlock(work: Work, device_id: str, token: bytes, verifier: bytes, ip: str, now: datetime) -> bytes | Problem:
    """Return the sealed share for a right PIN. A wrong one counts; without the phone's token nothing does."""
    device = work.session.get(tables.Device, device_id)
    if device is None or is_cut_off(work, device) or not _is(work, device, "pin_token", token):
        raise phones.ended()
    if not _is(work, device, "pin_verifier", verifier):
        return _count_wrong_pin(work, device, ip, now)
    if device.wrong_pins:
        device.wrong_pins = 0
    share = work.keys.unseal(device.pin_share or b"", place(device, "pin_share"))
    info = protocol.pin_info(device.id)
    return protocol.seal_signed(protocol.public_key(device.dhk), info, share, work.keys.sign(info + share))


def _is(work: Work, device: tables.Device, column: str, given: bytes) -> bool:
    try:
        kept = work.keys.unseal(getattr(device, column) or b"", place(device, column))
    except protocol.Malformed:
        return False
    return hmac.compare_digest(kept, protocol.sha(given))


def _count_wrong_pin(work: Work, device: tables.Device, ip: str, now: datetime) -> Problem:
    device.wrong_pins += 1
    device.all_wrong_pins += 1
    left = max(0, min(IN_A_ROW - device.wrong_pins, IN_ALL - _counted(work, device, device.all_wrong_pins)))
    owner = work.session.get_one(tables.Administrator, device.administrator_id)
    source = Source(ip=ip)
    record(work, Event.DEVICE_WRONG_PIN, now, username=owner.username, source=source, device=device, attempts_left=left)
    if not left:
        _cut_off(work, device, now)
        tell_widely(work, owner, NoticeKind.WRONG_CODES, now, source=source, phone=device.name)
    advice = "Type it again." if left else "This phone was cut off. Set it up again in the console."
    return Problem(401, "wrong_pin", "This is not the PIN of this phone", advice, attempts_left=left)


def _counted(work: Work, device: tables.Device, by_row: int) -> int:
    """Return how many wrong ones there were in all: the ledger knows, whatever was put back or written into the row."""
    known, count = work.ledger.ended("wrong_pin"), by_row
    while f"{device.id}/{count}" in known:
        count += 1
    work.keep_ended("wrong_pin", f"{device.id}/{count}")
    return count


def _cut_off(work: Work, device: tables.Device, now: datetime) -> None:
    """Revoke the phone, and with it an enrolment that is on its way."""
    hanging = select(tables.Enrolment).where(
        tables.Enrolment.device_id == device.id, tables.Enrolment.status.in_(OPEN_ENROLMENT)
    )
    for enrolment in work.session.scalars(hanging).all():
        end_enrolment(work, enrolment, EnrolmentStatus.VOID, now)
    revoke_device(work, device, now)
