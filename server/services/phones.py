"""The phone's own reads: signing in by its key, its device, its requests."""

import hmac
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, select

from server import protocol
from server.contract.problem import Problem
from server.contract.request import RequestStatus
from server.contract.topic import Topic
from server.domain.requests import status_at
from server.services.administrators import is_enabled
from server.services.notices import unread
from server.services.quieting import app_opened
from server.store import tables
from server.store.devices import is_cut_off
from server.store.ids import hashed, new_token
from server.store.probation import probation_until
from server.store.session import Finding
from server.store.work import Work

Result = TypeVar("Result")

CHALLENGE_LASTS, SESSION_LASTS = timedelta(seconds=60), timedelta(seconds=600)
HISTORY = 50

_BY_TOKEN = Finding(
    tables.Device,
    tables.PhoneSession.device_id == tables.Device.id,
    tables.PhoneSession.token_hash == bindparam("token"),
    tables.PhoneSession.expires_at > bindparam("now"),
    tables.Device.administrator_id == tables.Administrator.id,
    tables.Administrator.disabled_at.is_(None),
)
_REQUESTS = tables.Table.metadata.tables["requests"]
_WAITS = (_REQUESTS.c.status == RequestStatus.PENDING) & (_REQUESTS.c.expires_at > bindparam("now"))
_SHOWN = ("id", "status", "expires_at", "pushed_at", "opened_at", "void_reason", "reject_reason")
_ITS = (
    select(*(_REQUESTS.c[name] for name in _SHOWN))
    .where(_REQUESTS.c.device_id == bindparam("device"))
    .order_by(_REQUESTS.c.number.desc())
)
_ITS_PENDING, _ITS_HISTORY = _ITS.add_columns(_REQUESTS.c.sealed).where(_WAITS), _ITS.where(~_WAITS).limit(HISTORY)


def ended() -> Problem:
    """Return the refusal of a phone that is not, or no longer, ours."""
    return Problem(401, "phone_session_ended", "This phone is not signed in", "Open the app again.")


def challenge(work: Work, device: str, random: bytes, now: datetime) -> bytes:
    """Make a challenge of 32 bytes that proves its own age and device, so that asking for one writes nothing."""
    head = struct.pack(">I", int((now + CHALLENGE_LASTS).timestamp())) + random[:12]
    return head + _proof(work, device, head)


def _proof(work: Work, device: str, head: bytes) -> bytes:
    return work.keys.mac("challenge", device, protocol.b64u(head))[:16]


def open_session(work: Work, device_id: str, challenge: bytes, sig: bytes, now: datetime) -> str:
    """Return a bearer token for 600 s; raises 401 where the challenge is spent, or the signature is wrong.

    While its account is disabled a phone is told just that, 403: it is the right one, and goes on later.
    """
    device = work.session.get(tables.Device, device_id)
    head, proof = challenge[:16], challenge[16:]
    fresh = datetime.fromtimestamp(int.from_bytes(head[:4], "big"), UTC) > now
    ours = hmac.compare_digest(proof, _proof(work, device_id, head))
    if device is None or is_cut_off(work, device) or not fresh or not ours:
        raise ended()
    if not protocol.verify(protocol.public_key(device.dsk), sig, protocol.session_message(device_id, challenge)):
        raise ended()
    if not is_enabled(work, work.session.get_one(tables.Administrator, device.administrator_id)):
        raise Problem(403, "account_disabled", "This account is disabled", "Ask a colleague to enable it again.")
    work.session.execute(delete(tables.SpentChallenge).where(tables.SpentChallenge.expires_at <= now))
    if work.session.get(tables.SpentChallenge, challenge) is not None:
        raise ended()
    work.session.add(tables.SpentChallenge(challenge=challenge, expires_at=now + CHALLENGE_LASTS))
    forgotten = tables.PhoneSession.expires_at <= now - SESSION_LASTS
    work.session.execute(delete(tables.PhoneSession).where(forgotten))
    token = new_token()
    expires_at = now + SESSION_LASTS
    work.session.add(tables.PhoneSession(token_hash=hashed(token), device_id=device.id, expires_at=expires_at))
    device.last_seen_at = now
    app_opened(device)
    work.publish(Topic.TWO_FACTOR, subject=device.id, owner=device.administrator_id)
    return token


def authenticate(work: Work, token: str, now: datetime) -> tables.Device:
    """Return the phone that holds the token; raises 401."""
    found = _BY_TOKEN.first(work.session, token=hashed(token), now=now)
    if found is None or is_cut_off(work, found):
        raise ended()
    return found


def shut_out(work: Work, token: str, now: datetime) -> tables.Device | None:
    """Return the phone that had this token a short while ago, and was cut off since or is of a disabled account."""
    session = work.session.get(tables.PhoneSession, hashed(token))
    lately = session is not None and session.expires_at > now - SESSION_LASTS
    device = work.session.get_one(tables.Device, session.device_id) if session is not None and lately else None
    if device is None or is_cut_off(work, device):
        return device
    return None if is_enabled(work, work.session.get_one(tables.Administrator, device.administrator_id)) else device


def as_device(work: Work, token: str, now: datetime, service: Callable[..., Result], *args: object) -> Result:
    """Run a service of `work, device, now, …` for the phone that holds the token; raises 401."""
    return service(work, authenticate(work, token, now), now, *args)


def shown(work: Work, device: tables.Device, now: datetime) -> dict[str, Any]:
    """Return what `GET /device` tells."""
    owner = work.session.get_one(tables.Administrator, device.administrator_id)
    probation = probation_until(work, device.administrator_id, now)
    return {
        "device": device.id,
        "status": device.status,
        "username": owner.username,
        "name": device.name,
        "push": device.push is not None,
        "muted_until": int(device.muted_until.timestamp()) if device.muted_until and device.muted_until > now else None,
        "unread": unread(work, device),
        "probation_until": int(probation.timestamp()) if probation else None,
        "now": int(now.timestamp()),
    }


def requests(work: Work, device: tables.Device, now: datetime, before: str | None) -> dict[str, Any]:
    """Return all that wait, then 50 of the history without their sealed details; a claimed phone sees none."""
    older, items = _ITS_HISTORY, list[dict[str, Any]]()
    if before is None:
        pending = work.connection.execute(_ITS_PENDING, {"device": device.id, "now": now})
        items = [_item(row, now, sealed=True) for row in pending]
    else:
        mine = select(tables.Request.number).where(tables.Request.device_id == device.id, tables.Request.id == before)
        if (last := work.session.scalar(mine)) is None:
            raise Problem(404, "request_not_found", "This request does not exist")
        older = _ITS_HISTORY.where(tables.Request.number < last)
    history = work.connection.execute(older, {"device": device.id, "now": now})
    items += [_item(row, now, sealed=False) for row in history]
    return {"requests": items, "now": int(now.timestamp())}


def request(work: Work, device: tables.Device, now: datetime, request_id: str) -> tuple[dict[str, Any], bool]:
    """Return one request with its sealed details, and whether this is the first time that it is opened."""
    row = work.session.scalar(
        select(tables.Request).where(tables.Request.id == request_id, tables.Request.device_id == device.id)
    )
    if row is None:
        raise Problem(404, "request_not_found", "This request does not exist")
    first = row.opened_at is None and row.status == RequestStatus.PENDING
    item = _item(row, now, sealed=True)
    if first:
        item["opened_at"] = int(now.timestamp())
    return item, first


def opened(work: Work, request_id: str, now: datetime) -> None:
    """Keep when the phone first opened a request, for the console to show."""
    row = work.session.scalar(
        select(tables.Request).where(tables.Request.id == request_id, tables.Request.opened_at.is_(None))
    )
    if row is not None:
        row.opened_at = now
        if row.device_id is not None:
            app_opened(work.session.get_one(tables.Device, row.device_id))
        work.publish(Topic.REQUESTS, subject=row.id, owner=row.administrator_id)


def _item(row: Any, now: datetime, *, sealed: bool) -> dict[str, Any]:  # noqa: ANN401 - a request, or columns of it
    item: dict[str, Any] = {
        "id": row.id,
        "status": status_at(RequestStatus(row.status), row.expires_at, now),
        "expires_at": int(row.expires_at.timestamp()),
        "pushed_at": row.pushed_at and int(row.pushed_at.timestamp()),
        "opened_at": row.opened_at and int(row.opened_at.timestamp()),
        "void_reason": row.void_reason,
        "reject_reason": row.reject_reason,
    }
    return {**item, "sealed": protocol.b64u(row.sealed)} if sealed else item
