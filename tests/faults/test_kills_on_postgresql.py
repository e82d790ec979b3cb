"""Killed at random under load, on PostgreSQL; a file of its own, so that both databases' turns can run side by side."""

from collections.abc import Callable

import pytest

from tests.both import on_postgresql
from tests.faults.kills import LONGEST, kill_at_random
from tests.living import LivingServer


@on_postgresql
@pytest.mark.timeout(LONGEST)
def test_killed_at_random_under_load(start_server: Callable[..., LivingServer]) -> None:
    kill_at_random(start_server)
