"""Alembic migrations, run by the server itself when it starts."""

import secrets
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from server.store.backup import back_up


class NewerDatabase(Exception):
    """The database was written by a newer Countersign; nothing was changed."""


def migrate(url: str, database: Path) -> None:
    """Bring the database to this version's tables, after a backup beside it; raises `NewerDatabase`."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(__file__).parent))
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            at = MigrationContext.configure(connection).get_current_revision()
            known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
            if at is not None and at not in known:
                message = f"the database is of a newer version ({at}); start the newer Countersign"
                raise NewerDatabase(message)
            if at is not None and at != ScriptDirectory.from_config(config).get_current_head():
                back_up(database, database.with_name(f"{database.name}.before-{at}-{secrets.token_hex(4)}"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
