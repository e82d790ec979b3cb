"""When a phone stays silent: after “not me”, and after pushes that nobody answered, until its owner opens the app."""

import json
from datetime import datetime, timedelta

from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.store import tables
from server.store.audit_log import Source
from server.store.notices import providers, tell
from server.store.work import Work

MUTED_FOR = timedelta(minutes=20)
UNANSWERED = 3  # pushes of requests and tests, one after the other, after which there are no more


def alarm(work: Work, device: tables.Device, request: tables.Request, now: datetime) -> None:
    """Mute the phone that said “not me”, and tell all providers; whoever said it knows already."""
    device.muted_until = now + MUTED_FOR
    details = json.loads(request.details)
    source = Source.of(details)
    for provider in providers(work):
        others = provider.id != device.administrator_id
        tell(
            work,
            provider.id,
            NoticeKind.NOT_ME,
            now,
            username=details["username"],
            source=source,
            push=others,
            action=request.action,
        )
    work.publish(Topic.TWO_FACTOR, subject=device.id, owner=device.administrator_id)


def require_ringing(device: tables.Device, now: datetime) -> None:
    """Raise 409 for a phone that stays silent now: whoever has stolen a session does not wake it either."""
    if device.muted_until is not None and device.muted_until > now:
        raise Problem(409, "muted", "Your phone is silent after “Not me”", "Wait until that is over, and test then.")
    if device.unanswered >= UNANSWERED:
        raise Problem(
            409, "unanswered", "Your phone is silent, since nobody answers it", "Open the app on it, and test again."
        )


def app_opened(device: tables.Device) -> None:
    """Count from the beginning: the owner is there."""
    if device.unanswered:
        device.unanswered = 0
