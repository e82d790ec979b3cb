"""Makes every test of a folder run on both databases: its `conftest.py` imports `new_database` from here."""

from collections.abc import Callable

import pytest

from tests.postgresql import PostgreSQL

on_sqlite = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("new_database", ["postgresql"], indirect=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest) -> Callable[[], dict[str, str]]:
    """Return what makes the configuration of a new database of the kind whose turn it is."""
    if request.param == "sqlite":
        return dict
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return lambda: {"database": server.new()}
