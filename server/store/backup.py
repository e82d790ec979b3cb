"""Backups of the database while it is used, and swapping one into its place."""

import contextlib
import os
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path


class NotABackup(Exception):
    """The file is no whole Countersign database, or not one of this server; nothing was changed."""


def back_up(database: Path, file: Path) -> None:
    """Write a whole copy to `file`, checked and on the disk before it has that name; raises OSError."""
    if file.exists():
        message = f"{file} exists; choose another name"
        raise FileExistsError(message)
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(part),))
    part.chmod(0o600)
    check(part)
    with part.open("rb+") as written:
        os.fsync(written.fileno())
    part.replace(file)


def check(file: Path) -> None:
    """Raise `NotABackup` unless it is a whole Countersign database."""
    if not file.is_file():
        message = f"{file} is not there"
        raise NotABackup(message)
    try:
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            [(verdict,)] = connection.execute("PRAGMA integrity_check(1)").fetchall()
            connection.execute("SELECT server_key FROM organisation").fetchall()
    except sqlite3.DatabaseError as error:
        message = f"{file} is no Countersign database"
        raise NotABackup(message) from error
    if verdict != "ok":
        message = f"{file} is damaged: {verdict}"
        raise NotABackup(message)


def swap_in(file: Path, database: Path) -> Path | None:
    """Put a copy of `file` in the database's place; return where the old one was put aside."""
    part = database.with_suffix(".restoring")
    shutil.copyfile(file, part)
    part.chmod(0o600)
    aside = None
    if database.exists():
        aside = database.with_name(f"{database.name}.before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}")
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.replace(aside)
    for rest in ("-wal", "-shm"):
        database.with_name(f"{database.name}{rest}").unlink(missing_ok=True)
    part.replace(database)
    return aside


def put_back(aside: Path | None, database: Path) -> None:
    """Undo `swap_in`."""
    database.unlink(missing_ok=True)
    for rest in ("-wal", "-shm"):
        database.with_name(f"{database.name}{rest}").unlink(missing_ok=True)
    if aside is not None:
        aside.replace(database)
