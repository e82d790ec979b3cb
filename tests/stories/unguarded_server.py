"""`countersign-server` without one of its guards, to see that the demo notices; the product has no such switch.

UNGUARDED is the status of the refusal that is left out: 400, 403, 404 or 410 for a decision, which is then executed,
and 202 for asking, which then waits for nobody.
"""

import os
import sys
from datetime import datetime
from typing import Any

from sqlalchemy import select

from server.actions import REGISTER, Execution
from server.actions.actor import Actor
from server.cli import main
from server.contract.problem import Problem
from server.contract.request import RequestStatus
from server.services import asking, deciding
from server.store import tables
from server.store.audit_log import NOWHERE
from server.store.work import Work

UNGUARDED = os.environ["UNGUARDED"]

decide = deciding.decide


def decide_unguarded(work: Work, device: tables.Device, now: datetime, request_id: str, body: bytes) -> RequestStatus:
    """Execute what would be refused."""
    try:
        answer = decide(work, device, now, request_id, body)
    except Problem as problem:
        answer = problem
    if not isinstance(answer, Problem):
        return answer
    if str(answer.status) != UNGUARDED:
        raise answer
    row = work.session.execute(select(tables.Request).where(tables.Request.id == request_id)).scalar_one()
    owner = work.session.get_one(tables.Administrator, row.administrator_id)
    execution = Execution(Actor.of(owner), now, row.id, None, NOWHERE)
    REGISTER[row.action].model_validate(row.parameters).execute(work, execution)
    return RequestStatus.EXECUTED


def ask_unguarded(
    work: Work, caller: Any, name: str, parameters: dict[str, Any], reason: str, now: datetime, *_: Any, **__: Any
) -> Any:
    """Execute at once."""
    action = REGISTER[name].model_validate(parameters)
    return asking._execute_unprotected(work, caller, action, reason, now, None, None)


deciding.decide = decide_unguarded
if UNGUARDED == "202":
    asking.ask = ask_unguarded

if __name__ == "__main__":
    sys.exit(main())
