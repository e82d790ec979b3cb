"""A call that is repeated with its `Idempotency-Key` gets the answer that it got before; for 24 hours."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import select

from server import protocol
from server.contract.action import Executed
from server.contract.problem import Problem
from server.contract.request import Request
from server.services import requests
from server.services.sessions import Caller
from server.store import tables
from server.store.work import Work

Given = tuple[str, dict[str, Any], str, str | None]
"""What was asked: name of the action, its parameters as they were sent, reason, and the key for its secrets, if any."""


def before(work: Work, caller: Caller, key: str, given: Given, now: datetime) -> Executed | Request | None:
    """Return what the same call got before, null where there was none; raises 422 where it was another one."""
    found = work.session.get(tables.IdempotencyKey, (caller.id, key))
    if found is None or (now - found.created_at).days >= 1:
        return None
    if found.body_hash != _digest(work, given):
        raise Problem(
            422, "idempotency_key_reused", "This Idempotency-Key was used for something else", "Make a new one."
        )
    if found.request_id is None:
        return Executed(result=found.result)
    request = work.session.scalar(select(tables.Request).where(tables.Request.id == found.request_id))
    if request is None:
        return None
    return requests.shown(work, request, now, secrets=requests.asked(caller, request))


def remember(
    work: Work,
    caller: Caller,
    key: str,
    given: Given,
    now: datetime,
    *,
    request: str | None = None,
    result: dict[str, Any] | None = None,
) -> None:
    """Keep what a call got: the request, or the result without its secrets."""
    work.session.merge(
        tables.IdempotencyKey(
            caller=caller.id,
            key=key,
            body_hash=_digest(work, given),
            request_id=request,
            result=result,
            created_at=now,
        )
    )


def _digest(work: Work, given: Given) -> bytes:
    """Tell bodies apart, by a hash that says nothing of a password in one to whoever has the database alone."""
    body = json.dumps([each for each in given if each is not None], sort_keys=True).encode()
    return work.keys.mac("idempotency", protocol.b64u(protocol.sha(body)))
