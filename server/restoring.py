"""Puts a backup back in the place of the database, whole or not at all, while no server runs."""

import contextlib
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from server import clock, keys
from server.config import Config
from server.main import KEY_FILE, LEDGER_FILE, require_unused
from server.services import restoring
from server.serving import FolderHeld
from server.store.backup import check, put_in_place, unpacked
from server.store.database import Database, url
from server.store.ledger import Ledger
from server.store.store import Store


def restore(config: Config, file: Path) -> tuple[Path | None, bool]:
    """Restore; raises `FolderHeld`, `InUse`, `KeyFileError` or `NotABackup`, and then the database is as it was.

    What must not come back is settled before anything is put in place, so that a restore cut short changes nothing.
    Returns where the old database is kept, and whether the ledger knows what was ended since.
    """
    server_keys, at = keys.load(config.data / KEY_FILE), url(config)
    check(file)
    try:
        lock = FileLock(config.data / "lock").acquire(timeout=0)
    except Timeout as error:
        message = f"{config.data} is held by a running server; stop it first"
        raise FolderHeld(message) from error
    with lock, contextlib.closing(Database(at, config.data)) as database:
        require_unused(database)
        with unpacked(file, config.data) as folder:
            ledger = Ledger(config.data / LEDGER_FILE)
            apart = replace(config, data=folder, database="")
            with contextlib.closing(Store(apart, server_keys, ledger, "")) as store:
                known = store.run(restoring.settle, ledger, clock.now())
            return put_in_place(folder, at, config.data), known
