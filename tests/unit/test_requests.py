"""The state machine: the whole table, and expiry that is computed."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from server.contract.request import RequestStatus as S
from server.domain.requests import ends_at, require_move, status_at

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ALLOWED = {
    *((S.PENDING, to) for to in (S.APPROVED, S.REJECTED, S.EXPIRED, S.CANCELLED, S.VOID)),
    *((S.APPROVED, to) for to in (S.EXECUTED, S.EXECUTING)),
    *((S.EXECUTING, to) for to in (S.EXECUTED, S.FAILED, S.UNKNOWN)),
    *((S.UNKNOWN, to) for to in (S.EXECUTED, S.FAILED)),
}


@pytest.mark.row("TA-2.5", "EX-1")
@pytest.mark.parametrize(("status", "to"), list(product(S, S)))
def test_only_these_moves_are_allowed(status: S, to: S) -> None:
    if (status, to) in ALLOWED:
        require_move(status, to)
    else:
        with pytest.raises(ValueError, match="never becomes"):
            require_move(status, to)


@pytest.mark.parametrize("status", list(S))
def test_only_what_waits_expires(status: S) -> None:
    assert status_at(status, NOW, NOW - timedelta(microseconds=1)) is status
    assert status_at(status, NOW, NOW) is (S.EXPIRED if status is S.PENDING else status)


def test_a_request_ends_on_a_whole_second_and_not_before_its_time() -> None:
    assert ends_at(NOW, 120) == NOW + timedelta(seconds=120)
    assert ends_at(NOW + timedelta(microseconds=1), 120) == NOW + timedelta(seconds=121)
