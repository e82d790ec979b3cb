"""Alembic migrations, run by the server itself when it starts."""

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine


class NewerDatabase(Exception):
    """The database was written by a newer Countersign; nothing was changed."""


def revision(connection: Connection) -> str | None:
    """Return the version of the database's tables, null where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def is_older(at: URL) -> bool:
    """Whether there are tables of an older version; raises `NewerDatabase`."""
    engine = create_engine(at)
    try:
        with engine.connect() as connection:
            found = revision(connection)
    finally:
        engine.dispose()
    scripts = ScriptDirectory.from_config(_alembic())
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        message = f"the database is of a newer version ({found}); start the newer Countersign"
        raise NewerDatabase(message)
    return found is not None and found != scripts.get_current_head()


def migrate(at: URL, to: str | None = None) -> None:
    """Bring the database to this version's tables, or to those of an older one."""
    config = _alembic()
    engine = create_engine(at)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to or "head")
    finally:
        engine.dispose()


def _alembic() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
