"""Servers whose clock is in our hands, each with a provider."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gates.world import ControlledServer, World


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Make one; `protected` gives the provider a phone, all else are settings of the server."""
    made: list[ControlledServer] = []

    def make(*, protected: bool = True, **settings: object) -> World:
        given = {name: str(value) for name, value in settings.items()}
        made.append(ControlledServer(tmp_path / f"server-{len(made)}", settings=given))
        return World(made[-1], protected=protected)

    yield make
    for server in made:
        server.end()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """One whose provider confirms with a phone."""
    return make_world()
