"""Everything here is tried on both databases."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.both import new_database
from tests.gates.world import ControlledServer

__all__ = ["new_database"]


@pytest.fixture
def clocked(tmp_path: Path, new_database: Callable[[], dict[str, str]]) -> Iterator[ControlledServer]:
    """Start a server whose clock stands but where we move it."""
    server = ControlledServer(tmp_path / "clocked", settings=new_database())
    server.start()
    yield server
    server.end()


@pytest.fixture
def sweeping(tmp_path: Path, new_database: Callable[[], dict[str, str]]) -> Iterator[ControlledServer]:
    """Start one that looks all the time for what has expired by that clock."""
    server = ControlledServer(tmp_path / "sweeping", settings=new_database(), sweep=0.1)
    server.start()
    yield server
    server.end()
