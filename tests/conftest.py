"""What all tests share: a real server process, a console's side of the API, and the marks of a clean run."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.living import LivingServer


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., LivingServer]]:
    """Start real server processes, stopped with the test; keyword arguments become COUNTERSIGN_… variables."""
    started: list[LivingServer] = []

    def start(data: Path | None = None, *, port: int = 0, **settings: object) -> LivingServer:
        folder = data or tmp_path / f"server-{len(started)}"
        server = LivingServer(folder, port=port, settings={name: str(value) for name, value in settings.items()})
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def server(start_server: Callable[..., LivingServer]) -> LivingServer:
    """One real server process, not set up yet."""
    return start_server()
