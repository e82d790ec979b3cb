"""How often one account may have services looked at: nobody is to search a network through this server."""

import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager

from server.contract.problem import Problem

AT_ONCE = 3
WINDOW, IN_WINDOW = 60.0, 60  # seconds, and how many in them


class Trials:
    """Lives on the event loop; counts per account, whatever sessions and API keys it calls by."""

    def __init__(self) -> None:
        """Start with none."""
        self._now: dict[str, int] = defaultdict(int)
        self._began: dict[str, deque[float]] = defaultdict(deque)

    @contextmanager
    def room(self, account: str) -> Iterator[None]:
        """Count one look at a service while it goes on; raises 429 where there are too many."""
        began, moment = self._began[account], time.monotonic()
        while began and began[0] <= moment - WINDOW:
            began.popleft()
        if self._now[account] >= AT_ONCE:
            raise _too_many(1)
        if len(began) >= IN_WINDOW:
            raise _too_many(int(began[0] + WINDOW - moment) + 1)
        began.append(moment)
        self._now[account] += 1
        try:
            yield
        finally:
            self._now[account] -= 1


def _too_many(wait: int) -> Problem:
    return Problem(
        429,
        "too_many_tests",
        "Storage services are asked too often",
        "Wait until the others have answered.",
        headers={"Retry-After": str(wait)},
    )
