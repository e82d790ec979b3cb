"""Brings a database to this version, after a backup of it beside the key file."""

import secrets
from pathlib import Path

from sqlalchemy import URL

from server.store.backup import back_up
from server.store.migrations import is_older, migrate


def upgrade(at: URL, data: Path) -> None:
    """Migrate, with a backup first where there is something to lose; raises `NewerDatabase`."""
    if is_older(at):
        back_up(at, data / f"countersign.db.before-upgrade-{secrets.token_hex(4)}")
    migrate(at)
