"""Backups of the database while it is used, always one SQLite file, and swapping one into its place."""

import contextlib
import os
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL

from server.store.copying import copy
from server.store.database import Database, sqlite_file
from server.store.migrations import migrate, revision


class NotABackup(Exception):
    """The file is no whole Countersign database, or not one of this server; nothing was changed."""


def back_up(at: URL, file: Path) -> None:
    """Write a whole copy to `file`, checked and on the disk before it has that name; raises OSError."""
    if file.exists():
        message = f"{file} exists; choose another name"
        raise FileExistsError(message)
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    with contextlib.closing(Database(at)) as database:
        if database.sqlite:
            with contextlib.closing(sqlite3.connect(str(at.database), isolation_level=None)) as connection:
                connection.execute("VACUUM INTO ?", (str(part),))
        else:
            _copy_out(database, part)
    part.chmod(0o600)
    check(part)
    with part.open("rb+") as written:
        os.fsync(written.fileno())
    part.replace(file)


def _copy_out(database: Database, file: Path) -> None:
    made = _file(file)
    with database.reading() as source, contextlib.closing(Database(made)) as target:
        migrate(made, to=revision(source))
        with target.writing() as connection:
            copy(source, connection)
    _fold(file)


def _file(file: Path) -> URL:
    return URL.create("sqlite", database=str(file))


def _fold(file: Path) -> None:
    """Make one file of a database and its write-ahead log."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


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


def swap_in(file: Path, at: URL, data: Path) -> Path | None:
    """Put a copy of `file` in the database's place; return where the old one was put aside."""
    part = data / "countersign.restoring"
    shutil.copyfile(file, part)
    part.chmod(0o600)
    aside: Path | None = data / f"countersign.db.before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    with contextlib.closing(Database(at)) as database:
        if not database.exists():
            aside = None
        elif database.sqlite:
            _fold(sqlite_file(data))
            sqlite_file(data).replace(str(aside))
        else:
            back_up(at, Path(str(aside)))
        if database.sqlite:
            _forget_log(sqlite_file(data))
            part.replace(sqlite_file(data))
        else:
            _copy_in(part, database)
    return aside


def _copy_in(part: Path, database: Database) -> None:
    """Bring the file to this version, then put its rows in the place of the database's, in one transaction."""
    try:
        migrate(_file(part))
        migrate(database.engine.url)
        with (
            contextlib.closing(Database(_file(part))) as backup,
            backup.reading() as source,
            database.writing() as target,
        ):
            copy(source, target)
    finally:
        _forget_log(part)
        part.unlink(missing_ok=True)


def _forget_log(file: Path) -> None:
    for rest in ("-wal", "-shm"):
        file.with_name(f"{file.name}{rest}").unlink(missing_ok=True)


def put_back(aside: Path | None, at: URL, data: Path) -> None:
    """Undo `swap_in`."""
    if at.get_backend_name() == "sqlite":
        sqlite_file(data).unlink(missing_ok=True)
        _forget_log(sqlite_file(data))
        if aside is not None:
            aside.replace(sqlite_file(data))
    elif aside is not None:
        swap_in(aside, at, data)
