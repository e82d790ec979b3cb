"""What the first page tells: how things stand, as far as one may know, what needs attention, and the first steps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from desktop.core import alarms, clock, deletion_concerns, moments, recovery_codes
from desktop.core.client import Client
from desktop.core.health import warnings_of
from desktop.core.phone import muted, trouble_of
from desktop.core.places import in_words
from desktop.core.reach import ends_soon, only_here
from desktop.core.storage import advice_for, engine_missing
from desktop.core.stored import everything, failed_in, usage_of
from desktop.core.words import n, t
from server.contract.administrator import Administrator, Me
from server.contract.audit import AuditEvent
from server.contract.deletion import Deletion
from server.contract.health import Health, HealthWarning
from server.contract.overview import Overview
from server.contract.permission import Permission, Role
from server.contract.policy import ShownPolicy
from server.contract.problem import Problem
from server.contract.reach import Reach
from server.contract.storage import StorageAccount, TestResult, Usage
from server.contract.two_factor import Device, TwoFactor

Found = TypeVar("Found")
RECENT = timedelta(days=1)
"""How long what happened once needs attention."""
SOON = timedelta(days=30)
"""How long before its end a certificate that nobody renews needs attention."""
NAMED = 3
"""So many people are named, the others are counted."""


@dataclass(frozen=True)
class Outlook:
    """None stands for what this account may not know."""

    me: Me
    now: datetime
    overview: Overview | None = None
    health: Health | None = None
    reach: Reach | None = None
    policy: ShownPolicy | None = None
    administrators: tuple[Administrator, ...] = ()
    denied: tuple[AuditEvent, ...] = ()
    """Rejections of the last day with *not me*."""
    storage: tuple[StorageAccount, ...] = ()
    usage: tuple[Usage, ...] = ()
    """What lay in all storage accounts together, a point a day."""
    deletions: tuple[Deletion, ...] = ()
    """The newest deletions of data."""


@dataclass(frozen=True)
class Concern:
    """One thing that needs attention; `place` is where it is dealt with, `tone` is `bad` or `waiting`."""

    icon: str
    tone: str
    title: str
    text: str
    place: str


@dataclass(frozen=True)
class FirstStep:
    """`name` is that of its words."""

    name: str
    done: bool
    place: str


def read(client: Client, me: Me) -> Outlook:
    """Ask for everything that this account may know; blocks."""
    now = clock.now()
    edits = Permission.ADMINISTRATORS_EDIT in me.permissions
    audits = Permission.AUDIT_VIEW in me.permissions
    storage = tuple(_allowed(lambda: everything(client)) or ())
    return Outlook(
        me=me,
        now=now,
        overview=_allowed(client.overview),
        health=_allowed(client.health),
        reach=_allowed(client.reach) if me.role is Role.PROVIDER else None,
        policy=_allowed(client.policy),
        administrators=tuple(_allowed(lambda: client.administrators({"limit": "100"}).items) or ()) if edits else (),
        denied=tuple(_allowed(lambda: alarms.denials(client, now - RECENT)) or ()) if audits else (),
        storage=storage,
        usage=tuple(_allowed(lambda: usage_of(client, storage)) or ()),
        deletions=tuple(_allowed(lambda: deletion_concerns.looked_at(client)) or ()),
    )


def _allowed(call: Callable[[], Found]) -> Found | None:
    """Return what a call returns, or none where the account may not make it: the rest is worth showing."""
    try:
        return call()
    except Problem as problem:
        if problem.status in (403, 404):
            return None
        raise


def invited(outlook: Outlook) -> list[Administrator]:
    """Return who has an invitation that still counts."""
    return [each for each in outlook.administrators if each.invited is not None and each.invited > outlook.now]


def concerns_of(outlook: Outlook, own: TwoFactor | None) -> list[Concern]:
    """Return what needs attention, what is worst first; `own` is how one's own account is protected."""
    device = own.device if own is not None else None
    found = [
        *_denials(outlook),
        *_of_server(outlook),
        *_of_account(outlook, device),
        *(_of_way_back(own) if own is not None else ()),
        *_of_others(outlook),
        *_of_storage(outlook),
        *(Concern(*told) for told in deletion_concerns.told_of(outlook.deletions, outlook.now)),
    ]
    return sorted(found, key=lambda concern: concern.tone != "bad")


def first_steps_of(outlook: Outlook) -> list[FirstStep]:
    """Return the first steps that are this account's to take."""
    me, counts, reach = outlook.me, outlook.overview, outlook.reach
    sees_all = me.role is Role.PROVIDER or me.companies is None
    steps = []
    if reach is not None:
        steps.append(FirstStep("reach", not only_here(reach.origin), "settings.server#reach"))
    steps.append(FirstStep("two_factor", me.two_factor, "settings.general#enrol"))
    if counts is not None and sees_all and Permission.COMPANIES_EDIT in me.permissions:
        steps.append(FirstStep("company", counts.companies > 0, "companies#add"))
    if sees_all and Permission.STORAGE_EDIT in me.permissions:
        steps.append(FirstStep("storage", bool(outlook.storage), "storage#add"))
    if counts is not None and Permission.USERS_EDIT in me.permissions:
        steps.append(FirstStep("user", counts.users > 0, "users#add"))
    if counts is not None and counts.administrators is not None and Permission.ADMINISTRATORS_EDIT in me.permissions:
        steps.append(FirstStep("colleague", counts.administrators > 1, "administrators#add"))
    return steps


def _denials(outlook: Outlook) -> Iterator[Concern]:
    for event in outlook.denied:
        yield Concern("shield-alert", "bad", *alarms.words_of(event), f"approvals#{event.request}")


_TOLD = ("untrusted", "wrong_name", "proxy_host")
"""What a phone that came to nothing was refused for, and the server's warnings do not say: a broken line is no news."""


def _of_server(outlook: Outlook) -> Iterator[Concern]:
    reach = outlook.reach
    certificate = reach.certificate if reach else None
    renewed = certificate is not None and certificate.renews_at is not None and certificate.renews_at > outlook.now
    ending = certificate is not None and not renewed and certificate.expires_at - outlook.now < SOON
    trouble = (outlook.health.details or {}).get("trouble") if outlook.health else None
    for code, words in warnings_of(outlook.health, reach):
        told = reach is not None and ending and ends_soon(reach)  # below
        if not (told and code == HealthWarning.CERTIFICATE_ENDS_SOON):
            tone = "bad" if code == trouble else "waiting"
            yield Concern("server", tone, t("console.attention.server"), words, "settings.server")
    if reach is None:
        return
    if certificate is not None and ending:
        over = certificate.expires_at <= outlook.now
        title = t(
            "console.attention.certificate_over" if over else "console.attention.certificate",
            date=moments.date(certificate.expires_at),
        )
        text = t("console.attention.certificate_text")
        yield Concern("shield-alert", "bad" if over else "waiting", title, text, "settings.server")
    refused = reach.refused
    since = max(filter(None, (outlook.now - RECENT, reach.reached.at if reach.reached else None)))
    if refused is not None and refused.at > since and refused.why in _TOLD:
        title = t(f"console.attention.{refused.why}")
        text = t("console.attention.refused_text", time=moments.when(refused.at, outlook.now))
        yield Concern("smartphone", "waiting", title, text, "settings.server#reach")


def _of_storage(outlook: Outlook) -> Iterator[Concern]:
    if outlook.storage and outlook.health is not None and engine_missing(outlook.health):
        title, text = t("console.attention.engine"), t("console.attention.engine_text")
        yield Concern("hard-drive", "waiting", title, text, "storage")
    for account in outlook.storage:
        if (failed := failed_in(account)) is not None and failed.failure not in (None, TestResult.NO_ENGINE):
            title = t("console.attention.storage", name=in_words(failed.name, account.name))
            text = advice_for(failed.failure, account.kind)
            yield Concern("hard-drive", "waiting", title, text, f"storage#{account.id}")


def _of_account(outlook: Outlook, device: Device | None) -> Iterator[Concern]:
    me = outlook.me
    if not me.two_factor:
        by = me.must_enrol_by
        if by is not None:
            late = by <= outlook.now
            text = t("console.attention.must_enrol_late" if late else "console.attention.must_enrol", date=_until(by))
        else:
            text = t("console.unprotected.granted" if me.grant_required else "console.attention.off_text")
        tone = "waiting" if by is None and not me.grant_required else "bad"
        yield Concern("shield-off", tone, t("console.attention.off"), text, "settings.general#enrol")
    if device is not None and (why := trouble_of(device)):
        away = device.away and device.push and not device.push_problem and muted(device) is None
        icon, key = ("smartphone", "away") if away else ("bell-off", "silent")
        title = t(f"console.attention.phone_{key}", device=device.name)
        yield Concern(icon, "waiting", title, why, "settings.general")


def _of_way_back(own: TwoFactor) -> Iterator[Concern]:
    if recovery_codes.is_phoneless(own):
        title, text = t("console.attention.no_phone"), t("console.attention.no_phone_text")
        yield Concern("smartphone", "bad", title, text, "settings.general")
    if own.enabled and own.recovery_codes_left and own.recovery_codes_saved_at is None:
        title, text = t("console.attention.unsaved"), t("console.attention.unsaved_text")
        yield Concern("key-round", "waiting", title, text, "settings.general")
    elif text := recovery_codes.trouble_of(own):
        title = t("console.attention.codes" if own.recovery_codes_left else "console.attention.no_codes")
        yield Concern("key-round", "waiting", title, text, "settings.general")


def _of_others(outlook: Outlook) -> Iterator[Concern]:
    others = [each for each in outlook.administrators if each.enabled and each.id != outlook.me.id]
    bare = [each.name for each in others if not each.two_factor and each.invited is None]
    if bare and any(each.two_factor for each in (*others, outlook.me)):
        title = n("console.attention.bare", len(bare), name=bare[0])
        yield Concern("user-cog", "waiting", title, f"{_named(bare)}{_meaning(outlook)}", "administrators")
    away = [each.name for each in others if each.phone_away]
    if away:
        title = n("console.attention.away", len(away), name=away[0])
        text = f"{_named(away)}{t('console.attention.away_text')}"
        yield Concern("smartphone", "waiting", title, text, "administrators")
    late = [each.name for each in others if each.invited is not None and each.invited <= outlook.now]
    if late:
        title = n("console.attention.invitation", len(late), name=late[0])
        text = f"{_named(late)}{t('console.attention.invitation_text')}"
        yield Concern("mail", "waiting", title, text, "administrators")


def _meaning(outlook: Outlook) -> str:
    """Say what it means for others to have no two-factor authentication: refusals, or by policy soon more."""
    begin = outlook.policy.two_factor_from if outlook.policy else None
    if begin is None:
        return t("console.attention.bare_text")
    late = begin <= outlook.now
    return t("console.attention.bare_late" if late else "console.attention.bare_until", date=_until(begin))


def _named(names: list[str]) -> str:
    """Name several people in front of a sentence; one is named in the title."""
    if len(names) < 2:
        return ""
    rest = len(names) - NAMED
    told = ", ".join(names[:NAMED])
    return f"{t('console.attention.and_more', names=told, count=rest)} " if rest > 0 else f"{told}. "


def _until(moment: datetime) -> str:
    return f"{moments.date(moment)}, {moments.short(moment)}"
