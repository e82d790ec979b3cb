"""What all tests share: a real server process, a console's side of the API, and the marks of a clean run."""

import gc
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.both import is_wanted
from tests.forked import FULL_HASHES
from tests.living import LivingServer
from tests.postgresql import REQUIRED, PostgreSQL

HERE = Path(__file__).parent
LONGEST = (
    "desktop/test_scenes.py",
    "server/test_deletions_hindered.py",
    "phone/test_answering.py",
    "server/test_deletions_inside.py",
    "phone/test_keeping.py",
    "server/test_origins.py",
    "phone/test_enrolling.py",
    "server/test_kept_served.py",
    "phone/test_screens.py",
    "desktop/test_reach_arrivals.py",
    "desktop/test_reach_changes.py",
    "stories/",
)
"""What takes minutes, the longest first: begun last, it would keep one processor busy while the others have no more."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what runs on the other database alone, and begin with what takes longest."""
    left_out = [each for each in items if not is_wanted(each)]
    items[:] = sorted((each for each in items if is_wanted(each)), key=_turn)
    config.hook.pytest_deselected(items=left_out)


def _turn(item: pytest.Item) -> int:
    file = item.path.relative_to(HERE).as_posix()
    return next((turn for turn, long in enumerate(LONGEST) if file.startswith(long)), len(LONGEST))


def pytest_collection_finish() -> None:
    """Let no collector look through all tests and modules again, which takes as long as many a test of a window."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Start a PostgreSQL for this test process; without one its tests are skipped, unless it is required."""
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        try:
            server = PostgreSQL(Path(folder) / "data")
        except ImportError as error:
            if REQUIRED:
                raise
            pytest.skip(f"there is no PostgreSQL from pip for this system: {error}")
        yield server
        server.close()


@pytest.fixture
def own_postgresql(postgresql: PostgreSQL) -> Iterator[PostgreSQL]:  # noqa: ARG001 - without it, skipped
    """Start one that this test alone may stop."""
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        server = PostgreSQL(Path(folder) / "data")
        yield server
        server.close()


@pytest.fixture
def new_database() -> Callable[[], dict[str, str]]:
    """Return what makes the configuration of a new database: none, so SQLite; `tests.both` has another one."""
    return dict


@pytest.fixture
def start_server(tmp_path: Path, new_database: Callable[[], dict[str, str]]) -> Iterator[Callable[..., LivingServer]]:
    """Start real server processes, stopped with the test; keyword arguments become COUNTERSIGN_… variables.

    With `full_hashes` their passwords cost what they cost outside of tests.
    """
    started: list[LivingServer] = []
    databases: dict[Path, dict[str, str]] = {}

    def start(data: Path | None = None, *, port: int = 0, full_hashes: bool = False, **more: object) -> LivingServer:
        folder = data or tmp_path / f"server-{len(started)}"
        if folder not in databases:
            databases[folder] = new_database()
        chosen = databases[folder] | {name: str(value) for name, value in more.items()}
        server = LivingServer(folder, port=port, settings=chosen)
        if full_hashes:
            server.environment[FULL_HASHES] = "1"
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.end()


@pytest.fixture
def server(start_server: Callable[..., LivingServer]) -> LivingServer:
    """One real server process, not set up yet."""
    return start_server()
