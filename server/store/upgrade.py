"""Brings a database to this version, after a backup of it beside the key file."""

import secrets
from pathlib import Path

from sqlalchemy import URL

from server.store.backup import back_up
from server.store.migrations import found_in, known, migrate


def upgrade(at: URL, data: Path) -> None:
    """Migrate, with a backup first where there is something to lose; raises `NewerDatabase`."""
    found = found_in(at)
    if found == known()[-1]:
        return
    if found is not None:
        back_up(at, data / f"countersign.db.before-upgrade-{found}-{secrets.token_hex(4)}")
    migrate(at)
