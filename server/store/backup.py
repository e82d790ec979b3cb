"""Backups of the database while it is used, always one SQLite file, and putting one into its place."""

import contextlib
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from server.store.copying import copy
from server.store.database import Database, sqlite_file
from server.store.migrations import found_in, known, migrate, revision


class NotABackup(Exception):
    """The file is no whole Countersign database, or not one of this server; nothing was changed."""


def back_up(at: URL, file: Path) -> None:
    """Write a whole copy to `file`, checked and on the disk before it has that name; raises OSError."""
    if file.exists():
        message = f"{file} exists; choose another name"
        raise FileExistsError(message)
    if not file.parent.is_dir():
        message = f"{file.parent} is no folder"
        raise NotADirectoryError(message)
    found_in(at)
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        if at.get_backend_name() == "sqlite":
            with contextlib.closing(sqlite3.connect(str(at.database), isolation_level=None)) as connection:
                connection.execute("VACUUM INTO ?", (str(part),))
        else:
            _copy_out(at, part)
        part.chmod(0o600)
        check(part)
        _flush(part)
        part.replace(file)
    except sqlite3.Error as error:
        message = f"the database could not be copied to {file}: {error}"
        raise OSError(message) from error
    finally:
        part.unlink(missing_ok=True)


def _copy_out(at: URL, file: Path) -> None:
    with contextlib.closing(Database(at)) as database, database.reading() as source:
        migrate(_url(file), to=revision(source))
        with contextlib.closing(Database(_url(file))) as target, target.writing() as connection:
            copy(source, connection)
    _fold(file)


def _url(file: Path) -> URL:
    return URL.create("sqlite", database=str(file))


def _fold(file: Path) -> None:
    """Make one file of an SQLite database and its write-ahead log."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _flush(file: Path) -> None:
    with file.open("rb+") as written:
        os.fsync(written.fileno())


def check(file: Path) -> None:
    """Raise `NotABackup` unless it is a whole Countersign database of a version that is known."""
    if not file.is_file():
        message = f"{file} is not there"
        raise NotABackup(message)
    try:
        with contextlib.closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            [(verdict,)] = connection.execute("PRAGMA integrity_check(1)").fetchall()
            [(version,)] = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except (sqlite3.DatabaseError, ValueError) as error:
        message = f"{file} is no Countersign database"
        raise NotABackup(message) from error
    if verdict != "ok":
        message = f"{file} is damaged: {verdict}"
        raise NotABackup(message)
    if version not in known():
        message = f"{file} is of a newer version ({version}); restore it with the newer Countersign"
        raise NotABackup(message)


@contextmanager
def unpacked(file: Path, data: Path) -> Iterator[Path]:
    """Give a folder that holds the rows of a backup in tables of this version, and nothing else that the file holds."""
    folder = data / f"restoring-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        _unpack(file, folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(file: Path, folder: Path) -> None:
    given, fresh = folder / "given.db", sqlite_file(folder)
    shutil.copyfile(file, given)
    try:
        with contextlib.closing(Database(_url(given))) as source, source.reading() as rows:
            migrate(_url(fresh), to=revision(rows))
            with contextlib.closing(Database(_url(fresh))) as target, target.writing() as connection:
                copy(rows, connection)
    except (SQLAlchemyError, ValueError) as error:
        message = f"{file} does not hold what a Countersign database holds"
        raise NotABackup(message) from error
    migrate(_url(fresh))


_ASIDE = "countersign.db.before-restore-"


def may_be_undone(data: Path) -> bool:
    """Whether the database of before a restore is still kept, so that what that one needs may be needed again."""
    return any(data.glob(f"{_ASIDE}*[0-9a-f]"))  # and not its -wal or -shm alone


def put_in_place(folder: Path, at: URL, data: Path) -> Path | None:
    """Put an unpacked backup in the place of the database, at once; return where the old one is kept."""
    fresh, here = sqlite_file(folder), sqlite_file(data)
    aside = data / f"{_ASIDE}{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    with contextlib.closing(Database(at, data)) as database:
        if database.sqlite:
            _fold(fresh)
            _flush(fresh)
            fresh.chmod(0o600)
            before = _put_aside(here, aside)
            fresh.replace(here)
            return before
        exists = database.exists()
        if exists:
            back_up(at, aside)
        migrate(at)
        with (
            contextlib.closing(Database(_url(fresh))) as source,
            source.reading() as rows,
            database.writing() as target,
        ):
            copy(rows, target)
    if here.exists():  # of the time before PostgreSQL: nobody shall take it for the database
        here.replace(here.with_name(f"{here.name}.before-postgresql"))
    return aside if exists else None


def _put_aside(here: Path, aside: Path) -> Path | None:
    """Copy the database in use, with its log where it is too damaged to be folded; then its log is gone."""
    if not here.exists():
        return None
    with contextlib.suppress(sqlite3.DatabaseError):
        _fold(here)
    for rest in ("", "-wal", "-shm"):
        if (part := here.with_name(f"{here.name}{rest}")).exists():
            copy_of = aside.with_name(f"{aside.name}{rest}")
            shutil.copyfile(part, copy_of)
            copy_of.chmod(0o600)
            if rest:
                part.unlink()
    return aside
