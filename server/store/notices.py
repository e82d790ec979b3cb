"""Tells an account's owner what happened, in the transaction in which it happened; a notice never asks for anything."""

from datetime import datetime

from sqlalchemy import select

from server.contract.notice import LOUD, NoticeKind
from server.contract.permission import Role
from server.contract.topic import Topic
from server.store.audit_log import Source
from server.store.devices import active_device
from server.store.ids import new_id
from server.store.tables import Administrator, Device, Notice
from server.store.work import Work


def tell(
    work: Work,
    account: str,
    kind: NoticeKind,
    now: datetime,
    *,
    username: str,
    source: Source,
    push: bool = True,
    phone: str = "",
    action: str = "",
) -> None:
    """Add a notice to an account's list; it is pushed unless its phone wants that kind to be quiet.

    `username` is whose account it is about, `source` where what happened came from, `phone` the name of the phone it
    is about, `action` what had been asked for, as far as each applies.
    """
    device = active_device(work, account)
    facts = {
        "username": username,
        "device_name": source.device_name or "",
        "application": source.application or "",
        "ip": source.ip or "",
        "phone": phone,
        "action": action,
    }
    work.session.add(
        Notice(
            id=new_id("not"),
            administrator_id=account,
            kind=kind,
            facts=facts,
            at=now,
            to_push=push and not is_quiet(device, kind),
        )
    )
    work.publish(Topic.NOTICES, owner=account)


def tell_widely(
    work: Work,
    owner: Administrator,
    kind: NoticeKind,
    now: datetime,
    *,
    source: Source,
    push_owner: bool = True,
    phone: str = "",
) -> None:
    """Tell the owner of an account and all providers; the owner is not woken where he knows."""
    for account in {owner.id, *(provider.id for provider in providers(work))}:
        push = push_owner or account != owner.id
        tell(work, account, kind, now, username=owner.username, source=source, push=push, phone=phone)


def told_since(work: Work, about: Administrator, kind: NoticeKind, since: datetime) -> int:
    """Count how often an account's owner was told this of it, and not of another, since then."""
    told = select(Notice.facts).where(Notice.administrator_id == about.id, Notice.kind == kind, Notice.at > since)
    return sum(facts["username"] == about.username for facts in work.session.scalars(told))


def is_quiet(phone: Device | None, kind: str) -> bool:
    """Whether the owner does not want to be woken by this kind."""
    return phone is not None and kind in phone.quiet and kind not in LOUD


def providers(work: Work) -> list[Administrator]:
    """Return those who answer for everybody."""
    enabled = (Administrator.disabled_at.is_(None), Administrator.deleted_at.is_(None))
    return list(work.session.scalars(select(Administrator).where(Administrator.role == Role.PROVIDER, *enabled)))
