"""Alembic migrations, run by the server itself when it starts; Alembic is imported only where there is one to run."""

from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, inspect, text

_FOLDER = Path(__file__).parent


class NewerDatabase(Exception):
    """The database was written by a newer Countersign; nothing was changed."""


def revision(connection: Connection) -> str | None:
    """Return the version of the database's tables, null where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def known() -> list[str]:
    """Return the versions of the tables, oldest first: the files' names begin with them."""
    return sorted(file.name.partition("_")[0] for file in (_FOLDER / "versions").glob("[0-9]*.py*"))


def found_in(at: URL) -> str | None:
    """Return the version of a database; raises `NewerDatabase`."""
    engine = create_engine(at, hide_parameters=True)
    try:
        with engine.connect() as connection:
            found = revision(connection)
    finally:
        engine.dispose()
    if found is not None and found not in known():
        message = f"the database is of a newer version ({found}); start the newer Countersign"
        raise NewerDatabase(message)
    return found


def migrate(at: URL, to: str | None = None) -> None:
    """Bring the database to this version's tables, or to those of an older one."""
    from alembic import command  # noqa: PLC0415 - a tenth of the server's start, and hardly ever needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    engine = create_engine(at, hide_parameters=True)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to or "head")
    finally:
        engine.dispose()
