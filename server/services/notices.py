"""Notices as the phone reads them, and what its owner chose about being woken."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from server import protocol
from server.contract.notice import LAST, LOUD, NoticeKind
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.services.pushing import NOTICE_LASTS
from server.store import tables
from server.store.notices import told_since
from server.store.work import Work

PAGE = 50
KEPT = timedelta(days=90)


def listed(work: Work, device: tables.Device, now: datetime, before: str | None) -> dict[str, Any]:
    """Return 50 of the account's notices, newest first, each sealed for this phone; none before it is active."""
    rows: Sequence[tables.Notice] = []
    if device.status == "active":
        mine = select(tables.Notice).where(tables.Notice.administrator_id == device.administrator_id)
        if before is not None:
            last = work.session.scalar(mine.where(tables.Notice.id == before))
            if last is None:
                raise Problem(404, "notice_not_found", "This notice does not exist", "Read the list again.")
            mine = mine.where(tables.Notice.number < last.number)
        rows = work.session.scalars(mine.order_by(tables.Notice.number.desc()).limit(PAGE)).all()
    items = [
        {
            "id": row.id,
            "at": int(row.at.timestamp()),
            "read": row.read_at is not None,
            "sealed": protocol.b64u(_sealed(work, device, row)),
        }
        for row in rows
    ]
    return {"notices": items, "unread": unread(work, device), "now": int(now.timestamp())}


def _sealed(work: Work, device: tables.Device, row: tables.Notice) -> bytes:
    facts = {name: str(row.facts.get(name, "")) for name in ("username", "device_name", "application", "ip", "phone")}
    action = str(row.facts.get("action") or row.kind)
    told = {"v": protocol.VERSION, "id": row.id, "kind": row.kind, "at": int(row.at.timestamp()), "action": action}
    message, info = protocol.canonical({**told, **facts}), protocol.notice_info(device.id, row.id)
    return protocol.seal_signed(protocol.public_key(device.dhk), info, message, work.keys.sign(info + message))


def unread(work: Work, device: tables.Device) -> int:
    """Count what this phone's owner has not read."""
    if device.status != "active":
        return 0
    mine = (tables.Notice.administrator_id == device.administrator_id, tables.Notice.read_at.is_(None))
    return work.session.scalar(select(func.count()).select_from(tables.Notice).where(*mine)) or 0


def read(work: Work, device: tables.Device, now: datetime, ids: list[str]) -> None:
    """Mark as read; an id that is nobody's or another's changes nothing."""
    if device.status != "active":
        return
    mine = (tables.Notice.administrator_id == device.administrator_id, tables.Notice.id.in_(ids))
    marked = update(tables.Notice).where(*mine, tables.Notice.read_at.is_(None)).values(read_at=now, to_push=False)
    if work.session.execute(marked.returning(tables.Notice.id)).all():
        work.publish(Topic.NOTICES, owner=device.administrator_id)


def settings(_work: Work, device: tables.Device, _now: datetime) -> dict[str, Any]:
    """Return what the owner chose, and what there is to choose from: a push that is lost cannot be told by push."""
    kinds = [str(kind) for kind in NoticeKind if kind is not NoticeKind.PUSH_LOST]
    return {
        "show_titles": device.show_titles,
        "quiet": [kind for kind in kinds if kind in device.quiet],
        "kinds": kinds,
    }


def choose(work: Work, device: tables.Device, _now: datetime, quiet: list[str], show_titles: bool) -> None:  # noqa: FBT001 - passed on as it is
    """Keep what the owner chose; 422 for a kind that cannot be quiet."""
    if set(quiet) & LOUD:
        raise Problem(
            422,
            "cannot_be_quiet",
            "This kind of news cannot be made quiet",
            "What may mean that somebody else has the account always notifies.",
            fields={"quiet": f"may not hold {' or '.join(sorted(LOUD))}"},
        )
    row = work.session.get_one(tables.Device, device.id)
    row.quiet, row.show_titles = sorted(set(quiet)), show_titles


def prune(work: Work, now: datetime) -> None:
    """Forget what is older than 90 days, and where to reach phones that were cut off a day ago."""
    work.session.execute(delete(tables.Notice).where(tables.Notice.at < now - KEPT))
    unreached = select(tables.Device).where(tables.Device.status == "revoked", tables.Device.push.is_not(None))
    for device in work.session.scalars(unreached):
        owner = work.session.get_one(tables.Administrator, device.administrator_id)
        if not any(told_since(work, owner, kind, now - NOTICE_LASTS) for kind in LAST):
            device.push = None
