"""What is to be pushed, and what became of it; what is due stands in the database, so that a restart loses nothing."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select, update

import resources
from server import protocol
from server.actions.binding import is_bound
from server.contract.notice import LAST, LOUD, NoticeKind
from server.contract.problem import Problem
from server.contract.request import RequestStatus
from server.contract.topic import Topic
from server.contract.two_factor import PushTest
from server.domain.audit import Event
from server.push import Fate, host_of, is_subscription
from server.services.quieting import UNANSWERED, app_opened, require_ringing
from server.services.sessions import Caller
from server.store import tables
from server.store.audit_log import Source, record
from server.store.devices import active_device
from server.store.ids import new_id
from server.store.notices import tell
from server.store.work import Work

NOTICE_LASTS, TEST_LASTS = timedelta(days=1), timedelta(minutes=10)
TEST_RESTS = timedelta(seconds=30)  # after a test that nobody opened: who stole a session does not ring for ever
_PLACES = {"request": "#/request/", "notice": "#/notices/", "test": "#/test/"}

_REQUESTS, _DEVICES, _NOTICES, _OWNERS = (
    tables.Table.metadata.tables[name] for name in ("requests", "devices", "notices", "administrators")
)
_PHONE = [
    _DEVICES.c[name].label(f"device_{name}" if name == "id" else name)
    for name in (
        "id",
        "administrator_id",
        "status",
        "origin",
        "push",
        "muted_until",
        "unanswered",
        "show_titles",
        "quiet",
    )
]
_REACHABLE = _DEVICES.c.push.is_not(None)
_WAITING = (
    select(_REQUESTS.c.id, _REQUESTS.c.expires_at, _REQUESTS.c.details, *_PHONE)
    .where(
        _REQUESTS.c.status == RequestStatus.PENDING,
        _REQUESTS.c.expires_at > bindparam("now"),
        _REQUESTS.c.pushed_at.is_(None),
        _REQUESTS.c.device_id == _DEVICES.c.id,
        _DEVICES.c.status.in_(("confirmed", "active")),
        _REACHABLE,
    )
    .order_by(_REQUESTS.c.number)
)
_NEWS = (
    select(_NOTICES.c.id, _NOTICES.c.at, _NOTICES.c.kind, _NOTICES.c.facts, _OWNERS.c.username, *_PHONE)
    .where(
        _NOTICES.c.at > bindparam("since"),
        _NOTICES.c.administrator_id == _DEVICES.c.administrator_id,
        _OWNERS.c.id == _DEVICES.c.administrator_id,
        ((_DEVICES.c.status == "active") & _NOTICES.c.to_push)
        | ((_DEVICES.c.status == "revoked") & _NOTICES.c.kind.in_(LAST)),
        _REACHABLE,
    )
    .order_by(_NOTICES.c.number)
)
_TESTS = select(_DEVICES.c.push_test, *_PHONE).where(
    _DEVICES.c.push_test.is_not(None), _DEVICES.c.status == "active", _REACHABLE
)


@dataclass(frozen=True)
class Push:
    """One message that is due: what it tells of, on which phone, and until when that is worth telling."""

    what: str
    id: str
    device: str
    subscription: dict[str, Any]
    message: bytes
    until: datetime
    last: bool = False
    """It goes to a phone that is cut off, which is pushed to no more then."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Name it among others: to another subscription it is another message."""
        return self.what, self.id, self.subscription["endpoint"]


def due(work: Work, now: datetime) -> list[Push]:
    """Return all that is to be pushed now, requests first, but for what is muted, or silent since nobody answers."""
    every = [*_requests(work, now), *_tests(work, now), *_news(work, now)]
    return [push for push in every if push.last or push.device not in work.ledger.ended("device")]


def _requests(work: Work, now: datetime) -> Iterator[Push]:
    counted: Counter[str] = Counter()
    for row in work.connection.execute(_WAITING, {"now": now}):
        counted[row.device_id] += 1
        if not _muted(row, now) and row.unanswered + counted[row.device_id] <= UNANSWERED:
            body = json.loads(row.details)["title"] if row.show_titles else _words()["push.request"]
            yield _push(work, "request", row.id, row, body, row.expires_at)


def _news(work: Work, now: datetime) -> Iterator[Push]:
    last = {}
    for row in work.connection.execute(_NEWS, {"since": now - NOTICE_LASTS}):
        if row.status == "revoked":
            if row.facts["username"] == row.username:  # and not somebody else's reset
                last[row.device_id] = row
        elif row.kind in LOUD or (not _muted(row, now) and row.kind not in row.quiet):
            yield _news_push(work, row)
    yield from (_news_push(work, row) for row in last.values())


def _news_push(work: Work, row: Any) -> Push:  # noqa: ANN401 - columns
    return _push(work, "notice", row.id, row, _words()["push.notice"], row.at + NOTICE_LASTS)


def _tests(work: Work, now: datetime) -> Iterator[Push]:
    for row in work.connection.execute(_TESTS):
        test = PushTest.model_validate(row.push_test)
        if test.sent_at is None and test.problem is None and now < test.asked_at + TEST_LASTS:
            yield _push(work, "test", test.id, row, _words()["push.test"], test.asked_at + TEST_LASTS)


def _muted(row: Any, now: datetime) -> bool:  # noqa: ANN401 - columns of a device
    return row.muted_until is not None and row.muted_until > now


def _push(work: Work, what: str, name: str, row: Any, body: str, until: datetime) -> Push:  # noqa: ANN401 - columns
    """Write the message in the declarative form, which some systems show without asking the app."""
    navigate = f"{_origin(work, row)}/phone/{_PLACES[what]}{name}"
    shown = {"title": _words()["push.title"], "body": body, "navigate": navigate, "tag": name, "silent": False}
    message = protocol.canonical({"web_push": 8030, "notification": shown})
    return Push(what, name, row.device_id, row.push, message, until, last=row.status == "revoked")


def _origin(work: Work, row: Any) -> str:  # noqa: ANN401 - columns of a device
    """Return where a tap leads: an earlier address only where we signed that the phone has it."""
    if row.origin != work.origin:
        device = work.session.get_one(tables.Device, row.device_id)
        owner = work.session.get_one(tables.Administrator, row.administrator_id)
        if not is_bound(work, device, owner.username):
            return work.origin
    return str(row.origin)


@cache
def _words() -> dict[str, str]:
    texts: dict[str, str] = json.loads(resources.path("translations", "en.json").read_text("utf-8"))
    return {key: text for key, text in texts.items() if key.startswith("push.")}


def settle(work: Work, push: Push, fate: Fate, handed: datetime, now: datetime) -> None:
    """Write what became of a message, and when it was handed over."""
    device = work.session.get(tables.Device, push.device)
    if device is None:
        return
    if push.last:
        _settle_last(work, push, device, fate, handed)
    elif device.status == "revoked":  # meanwhile
        if fate is Fate.TAKEN:
            _sent(work, push, device, handed)
    else:
        _settle(work, push, device, fate, handed, now)


def _settle(work: Work, push: Push, device: tables.Device, fate: Fate, handed: datetime, now: datetime) -> None:
    before = device.push_problem
    if fate is Fate.TAKEN:
        device.push_sent_at, device.push_problem = handed, None
        _sent(work, push, device, handed)
        _forget_failed_test(device)
    elif device.push != push.subscription:
        return  # it has another one by now, or none
    elif fate is Fate.GONE:
        _lose(work, device, now)
        if push.what != "test":
            _forget_failed_test(device)
    elif fate is not Fate.BUSY:
        device.push_problem = str(fate)
    elif before in (Fate.UNREACHABLE, Fate.PROXY):
        device.push_problem = None  # it was reached
    if push.what == "test":
        _settle_test(device, push, None if fate is Fate.TAKEN else fate, handed)
    if push.what == "test" or device.push_problem != before:
        work.publish(Topic.TWO_FACTOR, subject=device.id, owner=device.administrator_id)


def _settle_last(work: Work, push: Push, device: tables.Device, fate: Fate, handed: datetime) -> None:
    """Forget the subscription, unless it is to be tried again."""
    if fate is Fate.TAKEN:
        _sent(work, push, device, handed)
    if fate in (Fate.TAKEN, Fate.GONE, Fate.REFUSED):
        device.push = None


def _sent(work: Work, push: Push, device: tables.Device, now: datetime) -> None:
    if push.what == "notice":
        sent = update(tables.Notice).where(tables.Notice.id == push.id)
        work.session.execute(sent.values(to_push=False))
    if push.what == "test":
        device.unanswered += 1
    if push.what != "request":
        return
    first = update(tables.Request).where(tables.Request.id == push.id, tables.Request.pushed_at.is_(None))
    opened = work.session.execute(first.values(pushed_at=now).returning(tables.Request.opened_at)).one_or_none()
    if opened is None:
        return
    if opened[0] is None:
        device.unanswered += 1
    work.publish(Topic.REQUESTS, subject=push.id, owner=device.administrator_id)


def _lose(work: Work, device: tables.Device, now: datetime) -> None:
    """Forget a subscription that the push service no longer knows, and tell the owner."""
    device.push, device.push_problem = None, str(Fate.GONE)
    owner = work.session.get_one(tables.Administrator, device.administrator_id)
    subject = [{"type": "device", "id": device.id, "name": device.name}]
    record(work, Event.DEVICE_PUSH_LOST, now, username=owner.username, target=subject, device=device)
    kind = NoticeKind.PUSH_LOST
    tell(work, owner.id, kind, now, username=owner.username, source=Source(), push=False, phone=device.name)


def _settle_test(device: tables.Device, push: Push, problem: Fate | None, now: datetime) -> None:
    test = device.push_test and PushTest.model_validate(device.push_test)
    if not test or test.id != push.id:
        return
    told = {"sent_at": now} if problem is None else {"problem": str(problem)}
    device.push_test = test.model_copy(update=told).model_dump(mode="json")


def _forget_failed_test(device: tables.Device) -> None:
    """What a test said is over where a later message arrives, or another subscription takes its place."""
    if device.push_test and PushTest.model_validate(device.push_test).problem is not None:
        device.push_test = None


def hosts(work: Work) -> set[str]:
    """Return the push services of all phones that may still be pushed to."""
    pushed = select(tables.Device.push).where(tables.Device.push.is_not(None), tables.Device.status != "revoked")
    found = (host_of(each["endpoint"], work.config.push_hosts) for each in work.session.scalars(pushed) if each)
    return {host for host in found if host}


def subscribe(work: Work, device: tables.Device, _now: datetime, subscription: Any) -> None:  # noqa: ANN401 - any JSON
    """Keep the phone's Web Push subscription, or forget it where it is null; raises 422."""
    if subscription is not None:
        if not is_subscription(subscription):
            raise Problem(422, "invalid", "This is no push subscription", "Send what the browser gave, or null.")
        if host_of(subscription["endpoint"], work.config.push_hosts) is None:
            raise Problem(
                422,
                "push_host_not_allowed",
                "This server does not send to the push service of this browser",
                "Whoever runs the server can add its host to push_hosts; requests arrive while the app is open.",
            )
    row = work.session.get_one(tables.Device, device.id)
    if subscription is None and row.push is None:
        return
    row.push, row.push_problem = subscription, None
    _forget_failed_test(row)
    app_opened(row)
    work.publish(Topic.TWO_FACTOR, subject=row.id, owner=row.administrator_id)


def ask_test(work: Work, caller: Caller, now: datetime) -> PushTest:
    """Ask for a test notification on one's own phone; one that is on its way is not asked for again.

    Raises 409 where there is no subscription, 429 soon after one that was not opened yet.
    """
    device = active_device(work, caller.account.id)
    if device is None or device.push is None:
        raise Problem(
            409,
            "no_push",
            "Your phone takes no notifications from this server",
            "Open the app on it: it registers again by itself."
            if device is not None and device.push_problem == Fate.GONE
            else "Open the app on the phone, and allow notifications in its settings.",
        )
    before = device.push_test and PushTest.model_validate(device.push_test)
    if before and before.sent_at is None and before.problem is None and now < before.asked_at + TEST_LASTS:
        return before
    require_ringing(device, now)
    unopened = before and before.problem is None and before.opened_at is None
    if before and unopened and now < (last := before.sent_at or before.asked_at) + TEST_RESTS:
        wait = math.ceil((last + TEST_RESTS - now).total_seconds())
        raise Problem(
            429,
            "tested_just_now",
            "A test notification was sent just now",
            "Open it on the phone, or wait half a minute and ask for another one.",
            headers={"Retry-After": str(wait)},
        )
    test = PushTest(id=new_id("tst"), asked_at=now.astimezone(UTC))
    device.push_test = test.model_dump(mode="json")
    work.publish(Topic.TWO_FACTOR, subject=device.id, owner=device.administrator_id)
    return test


def open_test(work: Work, device: tables.Device, now: datetime, test_id: str) -> None:
    """Keep that the owner opened the test notification; 404 where it is not this phone's newest."""
    row = work.session.get_one(tables.Device, device.id)
    test = row.push_test and PushTest.model_validate(row.push_test)
    if not test or test.id != test_id:
        raise Problem(404, "test_not_found", "This test does not exist", "Ask for a new one in the console.")
    app_opened(row)
    if test.opened_at is None:
        row.push_test = test.model_copy(update={"opened_at": now}).model_dump(mode="json")
        work.publish(Topic.TWO_FACTOR, subject=row.id, owner=row.administrator_id)
