"""The open transaction, what it will publish once it is committed, and the store that runs it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, create_engine, delete, event, insert, update
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from server import clock
from server.config import Config
from server.contract.topic import Topic
from server.keys import ServerKeys
from server.store import tables
from server.store.ledger import Ledger

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

KEEP_LIVE_EVENTS = timedelta(hours=24)


@dataclass(frozen=True)
class Published:
    """A live event with its number; `owner` null means that everybody may read the subject."""

    number: int
    topics: list[str]
    subject: str | None
    owner: str | None


@dataclass
class Work:
    """The open transaction; raising out of a service rolls it back, publishing and all."""

    session: Session
    keys: ServerKeys
    config: Config
    ledger: Ledger
    origin: str
    _published: list[tuple[list[Topic], str | None, str | None]] = field(default_factory=list)
    _kept: list[dict[str, str]] = field(default_factory=list)
    _marked: bool | None = None

    def publish(self, *topics: Topic, subject: str | None = None, owner: str | None = None) -> None:
        """Tell the consoles after the commit that these topics changed."""
        entry = (list(topics), subject, owner)
        if entry not in self._published:
            self._published.append(entry)

    def keep_ended(self, what: str, subject: str) -> None:
        """Write into the ledger, before the commit, what an old backup must not bring back."""
        self._kept.append({"what": what, "subject": subject})

    @property
    def marked(self) -> bool:
        """Whether some account of the organisation has two-factor authentication, so that others need a grant."""
        return self.ledger.marked if self._marked is None else self._marked

    def mark(self, *, on: bool) -> None:
        """Set or remove that mark."""
        if self.marked != on:
            self._marked = on
            self._kept.append({"what": "mark", "state": "set" if on else "removed"})

    def close(self) -> list[Published]:
        """Number the live events and write the ledger: the last statements before the commit."""
        self.session.flush()
        now = clock.now()
        published = [self._number(*entry) for entry in self._published]
        if published:
            rows = [{**vars(each), "at": now} for each in published]
            self.session.execute(insert(tables.LiveEvent), rows)
            self.session.execute(delete(tables.LiveEvent).where(tables.LiveEvent.at < now - KEEP_LIVE_EVENTS))
        if self._kept:
            self.ledger.append(self._kept, now)
        return published

    def _number(self, topics: list[Topic], subject: str | None, owner: str | None) -> Published:
        counter = update(tables.LiveNumber).values(number=tables.LiveNumber.number + 1)
        number = self.session.execute(counter.returning(tables.LiveNumber.number)).scalar_one()
        return Published(number, [str(topic) for topic in topics], subject, owner)


class Store:
    """Runs services: `write` in one writer, one transaction at a time, `read` on connections of their own."""

    def __init__(self, config: Config, keys: ServerKeys, ledger: Ledger, origin: str) -> None:
        """Open the database of the data folder; it must be migrated already."""
        self._config, self._keys, self._ledger, self._origin = config, keys, ledger, origin
        self._engine = create_engine(url(config))
        event.listen(self._engine, "connect", _on_connect)
        event.listen(self._engine, "begin", _on_begin)
        self._writer = ThreadPoolExecutor(1, "writer")
        self._readers = ThreadPoolExecutor(4, "reader")
        self.on_commit: Callable[[list[Published]], None] = lambda _: None

    async def write(
        self,
        service: Callable[Concatenate[Work, Parameters], Result],
        *args: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """Run `service` in a transaction and return after the commit; what it raises rolls back."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, lambda: self.run(service, *args, **named))

    async def read(
        self,
        service: Callable[Concatenate[Work, Parameters], Result],
        *args: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """Run `service` on a snapshot of its own; nothing it does is kept."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self._look(service, *args, **named))

    def run(
        self,
        service: Callable[Concatenate[Work, Parameters], Result],
        *args: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """Do what `write` does, here and now: for the command line, and in the writer itself."""
        with self._engine.connect().execution_options(immediate=True) as connection, connection.begin():
            work = self._work(connection)
            result = service(work, *args, **named)
            published = work.close()
        if published:
            self.on_commit(published)
        return result

    def close(self) -> None:
        """Wait for what runs, then let the database go."""
        self._writer.shutdown()
        self._readers.shutdown()
        self._engine.dispose()

    def _look(
        self,
        service: Callable[Concatenate[Work, Parameters], Result],
        *args: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        with self._engine.connect() as connection:
            return service(self._work(connection), *args, **named)

    def _work(self, connection: Connection) -> Work:
        session = Session(connection, expire_on_commit=False, join_transaction_mode="control_fully")
        return Work(session, self._keys, self._config, self._ledger, self._origin)


def url(config: Config) -> str:
    """Return the database's URL for SQLAlchemy."""
    return f"sqlite:///{config.data / 'countersign.db'}"


def _on_connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # sqlite3: we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
