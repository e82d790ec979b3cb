"""Runs services: writes in one writer that commits what waits in groups, reads on connections of their own."""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from logging import ERROR, WARNING
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from server.config import Config
from server.keys import ServerKeys
from server.log import log
from server.store.database import PATIENCE, Database, url
from server.store.ledger import Ledger
from server.store.over import Over
from server.store.session import Session
from server.store.trouble import Trouble, Unavailable, trouble_of
from server.store.work import Published, Work

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

LARGEST_GROUP = 64
LONGEST_WAIT = 20  # seconds until a caller is told that it is not known what becomes of the call


@dataclass
class _Call:
    """A service that waits for the writer, and who is told; given up, it is not begun any more."""

    service: Callable[[Work], Any]
    done: Callable[[Any, BaseException | None], None]
    begun: bool = False
    given_up: bool = False


class Store:
    """`write` returns after the commit, nothing is published before it, a service that raises is rolled back alone."""

    def __init__(self, config: Config, keys: ServerKeys, ledger: Ledger, origin: str) -> None:
        """Open the database of the data folder; it must be migrated already."""
        self._config, self._keys, self._ledger, self._origin = config, keys, ledger, origin
        self._over = Over()
        self.database = Database(url(config), config.data)
        self.trouble: Trouble | None = None
        self.stuck = False
        self._beginning = threading.Lock()
        self._waiting: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._serve, name="writer", daemon=True)
        self._writer.start()
        self._readers = ThreadPoolExecutor(4, "reader")
        self._reads: set[Future[Any]] = set()
        self.on_commit: Callable[[list[Published]], None] = lambda _: None

    async def write(
        self,
        service: Callable[Concatenate[Work, Parameters], Result],
        *args: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """Run `service` in a transaction, together with others that wait; return after the commit.

        Raises `Unavailable` where the database does not answer.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()

        def done(result: Any, error: BaseException | None) -> None:  # noqa: ANN401 - the service's result
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_settle, future, result, error)

        call = _Call(lambda work: service(work, *args, **named), done)
        self._waiting.put(call)
        try:
            async with asyncio.timeout(LONGEST_WAIT):  # wait_for would lose a cancellation that comes with the answer
                return await future
        except TimeoutError:
            with self._beginning:
                call.given_up = not call.begun
            raise self._out_of_reach(unknown=call.begun) from None

    async def read(
        self,
        service: Callable[Concatenate[Work, Parameters], Result],
        *args: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """Run `service` on a snapshot of its own; nothing it does is kept."""
        found = self._in_reader(lambda: self.look(service, *args, **named))
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                return await found
        except TimeoutError:
            raise self._out_of_reach() from None

    def _in_reader(self, function: Callable[[], Result]) -> asyncio.Future[Result]:
        read = self._readers.submit(function)
        self._reads.add(read)
        read.add_done_callback(self._reads.discard)
        return asyncio.wrap_future(read)

    def _out_of_reach(self, *, unknown: bool = False) -> Unavailable:
        self._see(self.trouble or Trouble.UNREACHABLE)
        return Unavailable(self.trouble or Trouble.UNREACHABLE, unknown=unknown)

    def run(
        self,
        service: Callable[Concatenate[Work, Parameters], Result],
        *args: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """Do what `write` does, here and now: for the command line, and before there is a loop."""
        told: list[tuple[Any, BaseException | None]] = []
        self._commit([_Call(lambda work: service(work, *args, **named), lambda *outcome: told.append(outcome))])
        [(result, error)] = told
        if error is not None:
            raise error
        answer: Result = result
        return answer

    def look(
        self,
        service: Callable[Concatenate[Work, Parameters], Result],
        *args: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """Do what `read` does, here and now."""
        try:
            with self.database.reading() as connection, Session(connection, expire_on_commit=False) as session:
                return service(self._work(session), *args, **named)
        except Exception as error:
            if (trouble := trouble_of(error)) is None:
                raise
            self._see(trouble)
            raise Unavailable(trouble) from error

    async def hold(self) -> bool:
        """Make sure, again and again, that this is the one server of the database."""
        async with asyncio.timeout(LONGEST_WAIT):
            return await self._in_reader(self.database.hold)

    def close(self) -> None:
        """Finish what waits, then let the database go; `stuck` says where it does not let go of us."""
        until = time.monotonic() + PATIENCE
        self._waiting.put(None)
        self._writer.join(PATIENCE)
        self._readers.shutdown(wait=False, cancel_futures=True)
        reading = wait(list(self._reads), max(0.0, until - time.monotonic())).not_done
        self.database.close()
        self.stuck = self._writer.is_alive() or bool(reading) or self.trouble is Trouble.UNREACHABLE

    def _serve(self) -> None:
        """Take what waits, commit it as one group, and again, until closed."""
        while (first := self._waiting.get()) is not None:
            group: list[_Call] = [first]
            closing = False
            while len(group) < LARGEST_GROUP and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    closing = True
                    break
                group.append(following)
            with self._beginning:
                group = [call for call in group if not call.given_up]
                for call in group:
                    call.begun = True
            if group:
                self._commit(group)
            if closing:
                return

    def _commit(self, group: list[_Call]) -> None:
        """Run each call in a savepoint of one transaction; after the commit publish, then answer."""
        published: list[Published] = []
        committed: list[Callable[[], None]] = []
        try:
            with self.database.writing(prove=self.trouble is not None) as connection:
                outcomes = [self._attempt(connection, call, published, committed) for call in group]
                self._ledger.flush()
        except Exception as error:  # noqa: BLE001 - whatever keeps the group from committing is every caller's answer
            published, outcomes = [], [(None, self._failed(error))] * len(group)
            committed = committed if _may_stand(error) else []
        else:
            self._ledger.settle()
            self._see(None)
        for remember in committed:
            remember()
        if published:
            self.on_commit(published)
        for call, outcome in zip(group, outcomes, strict=True):
            call.done(*outcome)

    def _attempt(
        self,
        connection: Connection,
        call: _Call,
        published: list[Published],
        committed: list[Callable[[], None]],
    ) -> tuple[Any, BaseException | None]:
        """Return what the call gives, or the error that is its own; raises what keeps the whole group from going on."""
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            work = self._work(session)
            try:
                result = call.service(work)
                events, kept = work.close()
                session.commit()
            except Exception as error:
                if trouble_of(error) is not None:
                    raise
                session.rollback()
                return None, error
        self._ledger.stage(kept)
        published.extend(events)
        committed.extend(work.committed)
        return result, None

    def _failed(self, error: Exception) -> Exception:
        """Take the ledger back, unless nobody knows whether the group was committed; return what its callers get."""
        if _may_stand(error):
            self._ledger.settle()
        else:
            with contextlib.suppress(OSError):
                self._ledger.drop()
        trouble = trouble_of(error)
        if trouble is None:
            return error
        self._see(trouble)
        if trouble is Trouble.READ_ONLY:
            self.database.reconnect()
        return error if isinstance(error, Unavailable) else Unavailable(trouble)

    def _see(self, trouble: Trouble | None) -> None:
        """Remember how the database is, for whoever asks; say it once."""
        if trouble is not self.trouble:
            self.trouble = trouble
            log.log(*_SAID[trouble is None], trouble or "as before")

    def _work(self, session: Session) -> Work:
        self._ledger.catch_up()
        return Work(session, self._keys, self._config, self._ledger, self._over, self._origin)


def _may_stand(error: Exception) -> bool:
    """Whether the group may be committed all the same."""
    return isinstance(error, Unavailable) and error.unknown


_SAID = {False: (ERROR, "nothing can be written: %s"), True: (WARNING, "the database can be written again, %s")}


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:  # noqa: ANN401
    if future.cancelled():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
