"""The database: SQLite in the data folder, or PostgreSQL by a URL; how a transaction begins and how it surely ends."""

import contextlib
import hashlib
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, RootTransaction, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.pool import ConnectionPoolEntry

import server.store.storage_tables  # noqa: F401 - so that the schema is whole
from server.config import Config
from server.store.trouble import Trouble, Unavailable

WRITERS, SERVER = 0xC057_0001, 0xC057_0002  # advisory locks: one writer of all processes, one server
PATIENCE = 5  # seconds to wait for a lock, or for a server to answer
ASK_AGAIN, LONGEST_DOUBT = 0.2, 30  # seconds between two questions what became of a commit, and for all of them
NEVER_SEEN = "22023"  # the SQLSTATE of a transaction that this server never saw: it is another one by now

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    f"busy_timeout = {PATIENCE * 1000}",
    "case_sensitive_like = ON",
)
_SETTINGS = (
    f"-c synchronous_commit=on -c lock_timeout={PATIENCE}s -c statement_timeout={PATIENCE * 3}s "
    "-c idle_in_transaction_session_timeout=60s -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 "
    "-c tcp_keepalives_count=3"
)
_BEGIN = text("SELECT pg_advisory_xact_lock(:writers), pg_current_xact_id()::text")
_STATUS = text("SELECT pg_xact_status(CAST(:transaction AS xid8))")
_HOLD, _STILL = text("SELECT pg_try_advisory_lock(:server)"), text("SELECT 1")
_END_GHOSTS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' "
    "AND granted AND (classid::bigint << 32) + objid::bigint = :server AND application_name = :name"
)
_WAIT = text("SELECT pg_sleep(0.5)")
_PROVE = text("UPDATE live_number SET number = number")


def url(config: Config) -> URL:
    """Return the database's URL for SQLAlchemy."""
    if config.database:
        return make_url(config.database).set(drivername="postgresql+psycopg")
    return URL.create("sqlite", database=str(sqlite_file(config.data)))


def sqlite_file(data: Path) -> Path:
    """Return where SQLite keeps the database of a data folder."""
    return data / "countersign.db"


class Database:
    """Connections in a pool; one write transaction at a time, over all processes."""

    def __init__(self, at: URL, data: Path | None = None) -> None:
        """Connect when first needed; `data` is the folder of the server whose database it is."""
        self.sqlite = at.get_backend_name() == "sqlite"
        self.name = str(at.database) if self.sqlite else "PostgreSQL"
        self._instance = _instance(data)
        self._closing = threading.Event()
        self._held: Connection | None = None
        self.engine = _sqlite(at) if self.sqlite else _postgresql(at, self._instance)
        self._reading = (
            self.engine
            if self.sqlite
            else self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a snapshot; nothing that is done on it is kept."""
        with self._reading.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, *, prove: bool = False) -> Iterator[Connection]:
        """Open the write transaction, and commit it at the end; once it is left, its outcome is certain.

        With `prove` it writes something itself, so that its end says whether writing is possible. Raises `Unavailable`
        with `unknown` where the server was lost in the commit and did not come back while we live.
        """
        with self.engine.connect().execution_options(immediate=True) as connection:
            transaction = connection.begin()
            try:
                mark = None if self.sqlite else str(connection.execute(_BEGIN, {"writers": WRITERS}).one()[1])
                if prove:
                    connection.execute(_PROVE)
                yield connection
                self._commit(transaction, mark)
            except BaseException:
                transaction.rollback()  # also after a commit that failed
                raise

    def _commit(self, transaction: RootTransaction, mark: str | None) -> None:
        try:
            transaction.commit()
        except DBAPIError as error:
            if mark is None or not error.connection_invalidated or not self._was_committed(mark):
                raise

    def _was_committed(self, mark: str) -> bool:
        """Ask PostgreSQL what became of a commit whose answer was lost; raises `Unavailable` where it does not know."""
        until = time.monotonic() + LONGEST_DOUBT
        while time.monotonic() < until and not self._closing.wait(ASK_AGAIN):
            try:
                with self.engine.connect() as connection:
                    told = connection.execute(_STATUS, {"transaction": mark}).scalar()
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) == NEVER_SEEN:
                    break
                continue  # it is not back yet
            if told != "in progress":
                if told is None:
                    break
                return bool(told == "committed")
        raise Unavailable(Trouble.UNREACHABLE, unknown=True)

    def hold(self) -> bool:
        """Make this the one server of a PostgreSQL database, until closed; false where another one is.

        The data folder is locked already, so a lock that its own server holds there is a ghost, of a connection that
        was lost on this side alone; it is ended.
        """
        if self.sqlite:
            return True
        if self._held is not None:
            with contextlib.suppress(DBAPIError, InvalidRequestError):
                self._held.execute(_STILL)
                self._held.commit()
                return True
            self._held.invalidate()
            self._held = None
        connection = self.engine.connect()
        try:
            connection.detach()
            held = bool(connection.execute(_HOLD, {"server": SERVER}).scalar())
            if not held and connection.execute(_END_GHOSTS, {"server": SERVER, "name": self._instance}).all():
                connection.execute(_WAIT)
                held = bool(connection.execute(_HOLD, {"server": SERVER}).scalar())
            connection.commit()
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        if held:
            self._held = connection
        else:
            connection.close()
        return held

    def reconnect(self) -> None:
        """Let go of all connections: what was opened read-only stays so."""
        self.engine.dispose()

    def exists(self) -> bool:
        """Whether there is a Countersign database; raises where it cannot be told."""
        if self.sqlite:
            return Path(str(self.engine.url.database)).is_file()
        return inspect(self.engine).has_table("alembic_version")

    def close(self) -> None:
        """Let go, also of a commit whose outcome is not known yet."""
        self._closing.set()
        if self._held is not None:
            self._held.close()
        self.engine.dispose()


def _sqlite(at: URL) -> Engine:
    engine = create_engine(at, hide_parameters=True)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _instance(data: Path | None) -> str:
    """Return the name by which PostgreSQL knows the connections of one data folder."""
    place = f"{platform.node()}:{data.resolve()}" if data else ""
    return f"countersign {hashlib.sha256(place.encode(errors='surrogateescape')).hexdigest()[:16]}"


def _postgresql(at: URL, name: str) -> Engine:
    return create_engine(
        at,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=6,  # four readers, the writer, one that asks
        pool_timeout=PATIENCE,
        connect_args={
            "connect_timeout": PATIENCE,
            "application_name": name,
            "options": _SETTINGS,
            "keepalives_idle": 30,
            "tcp_user_timeout": PATIENCE * 2000,
        },
    )


def _on_connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # sqlite3: we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
