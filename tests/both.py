"""Makes every test of a folder run on both databases: its `conftest.py` imports `new_database` from here.

All of `tests/server` on both takes longer than it tells. What says that it belongs on both (`both`) runs on both, and
each of the others on the one that its name decides: a third on PostgreSQL, where a test takes half as long again; of
the points at which a server is killed, half. In the long form, and where tests are chosen by name, all of it runs on
both.
"""

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.forms import LONG
from tests.postgresql import POSSIBLE, PostgreSQL

_SERVER = Path(__file__).parent / "server"
_CRASHES = Path(__file__).parent / "faults" / "test_crashes.py"

on_sqlite = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("new_database", ["postgresql"], indirect=True)


def is_wanted(item: pytest.Item) -> bool:
    """Whether a test runs on the database that it is for."""
    chosen = bool(item.config.option.keyword) or any("::" in each for each in item.config.args)
    if chosen or LONG or (_SERVER not in item.path.parents and item.path != _CRASHES):
        return True
    if not isinstance(item, pytest.Function) or "new_database" not in item.fixturenames:
        return True
    if item.path == _CRASHES:
        point = "-".join(str(each) for name, each in item.callspec.params.items() if name != "new_database")
        on_postgresql_too = POSSIBLE and zlib.crc32(f"{item.originalname}-{point}".encode()) % 2
        return bool(item.callspec.params["new_database"] == ("postgresql" if on_postgresql_too else "sqlite"))
    named = any(mark.args[0] == "new_database" for mark in item.iter_markers("parametrize"))
    if named or any(item.iter_markers("both")):
        return True
    on_one = "sqlite" if not POSSIBLE or zlib.crc32(item.originalname.encode()) % 3 else "postgresql"
    return bool(item.callspec.params["new_database"] == on_one)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest) -> Callable[[], dict[str, str]]:
    """Return what makes the configuration of a new database of the kind whose turn it is."""
    if request.param == "sqlite":
        return dict
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return lambda: {"database": server.new()}
