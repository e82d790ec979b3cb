"""Calls to the engine, with the guard in its way; they raise `StorageError`, never the engine's own words."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping
from typing import Any

from server.contract.storage import TestResult
from server.log import log
from server.storage.answers import StorageError, meaning, refusal
from server.storage.dialling import Dialling
from server.storage.engine import PATIENCE, Engine, EngineError, EngineGone, Told
from server.storage.guard import Goal, Guard, Watch

TRIES = 5  # of each call to a service while something long runs
PROGRESS = 120.0  # seconds within which something long must have come further, whatever a service sends meanwhile
IN_VAIN = 15.0  # seconds within which something must have been deleted while the service fails
STILL = "still"  # what tells for how many seconds nothing has come further
_READS = {"operations/size", "operations/list"}
_COUNTS = ("listed", "checks", "deletes", "deletedDirs", "errors")
_OF_AN_OBJECT = {TestResult.NO_LIST_PERMISSION, TestResult.NO_SUCH_PLACE}
"""What says nothing of the other objects: they are still tried."""

Body = Mapping[str, Any]


class Calls:
    """Starts engine and guard with the first call."""

    def __init__(self, find: Callable[[], str | None], dialling: Dialling) -> None:
        """Know how to find what is to be started, and how the guard connects."""
        self._find = find
        self._engine: Engine | None = None
        self._guard = Guard(dialling)
        self._opening = asyncio.Lock()

    def engine(self) -> Engine | None:
        """Return the engine, which is looked for until it is found: somebody may install it meanwhile."""
        if self._engine is None and (binary := self._find()) is not None:
            self._engine = Engine(binary)
        return self._engine

    async def close(self) -> None:
        """End both; a later call starts them again."""
        if self._engine is not None:
            await self._engine.close()
        await self._guard.close()

    async def way_out(self) -> str:
        """Return the address of the guard, with its password, once it listens."""
        async with self._opening:
            await self._guard.start()
        return self._guard.url

    async def short(self, goals: Collection[Goal], path: str, body: Body) -> dict[str, Any]:
        """Ask for something short. A refused connection ends it at once, not after all of the engine's tries."""
        engine = await self._ready()
        with self._guard.watch(goals) as watch:
            try:
                return await _first(engine, path, body, watch)
            except EngineGone:
                log.warning("the storage engine has ended, and is started again")
                engine = await self._ready()
            try:
                return await _first(engine, path, body, watch)
            except EngineGone as error:
                raise StorageError(TestResult.FAILED) from error

    async def long(self, goals: Collection[Goal], path: str, body: Body, told: Told) -> dict[str, Any]:
        """Run something long to its end; cancelled, it has stopped at the service before this ends."""
        engine = await self._ready()
        told = _impatient(told) if goals else told  # a large folder of this computer may take its time
        with self._guard.watch(goals) as watch:
            try:
                return await engine.job(path, {**body, "_config": {"LowLevelRetries": TRIES}}, told)
            except EngineError as error:
                raise (StorageError(watch.refused) if watch.refused else refusal(error.said)) from None
            except StorageError as error:
                raise StorageError(watch.refused or error.result) from None
            except EngineGone:
                log.warning("the storage engine has ended in the middle of its work")
                raise StorageError(TestResult.FAILED) from None
            finally:
                if path not in _READS:  # what the service is still asked for when a call is cut off, it does
                    await self._guard.settle(goals)

    async def _ready(self) -> Engine:
        engine = self.engine()
        if engine is None:
            raise StorageError(TestResult.NO_ENGINE)
        try:
            await engine.start(await self.way_out())
        except (EngineGone, OSError) as error:
            log.warning("the storage engine does not start: %s", type(error).__name__)
            raise StorageError(TestResult.NO_ENGINE) from error
        return engine


def _impatient(told: Told) -> Told:
    """Pass on what is told, and for how long nothing of it has changed: failures are told of after all tries alone.

    Raises `StorageError` once nothing has changed, or deleting was in vain, for long.
    """
    clock = asyncio.get_running_loop().time
    counted, since = list[Any](), clock()
    most, failed, fruitful = 0, 0, clock()

    def telling(stats: dict[str, Any]) -> None:
        nonlocal counted, since, most, failed, fruitful
        now = [stats.get(name) for name in _COUNTS]
        if now != counted:
            counted, since = now, clock()
        told({**stats, STILL: clock() - since})
        if clock() - since > PROGRESS:
            raise StorageError(TestResult.UNREACHABLE)
        tried, errors = int(stats["deletes"]) + int(stats["deletedDirs"]), int(stats["errors"])
        why = meaning(str(stats.get("lastError", "")))
        if tried - errors > most or not tried or why in _OF_AN_OBJECT:
            most, failed, fruitful = max(most, tried - errors), errors, clock()
        elif errors > failed and clock() - fruitful > IN_VAIN:
            raise StorageError(why)

    return telling


async def _first(engine: Engine, path: str, body: Body, watch: Watch) -> dict[str, Any]:
    """Return the answer, or raise what comes before it: a refused connection, or the end of our patience."""
    asking = asyncio.create_task(engine.call(path, body))
    refused = asyncio.create_task(watch.seen.wait())
    try:
        await asyncio.wait({asking, refused}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if watch.refused is not None:
            raise StorageError(watch.refused)
        if not asking.done():
            await engine.call("rc/noop", {})  # is it the service that does not answer, or the engine?
            raise StorageError(TestResult.UNREACHABLE)
        return asking.result()
    except EngineError as error:
        raise refusal(error.said) from None
    finally:
        for task in (asking, refused):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, EngineError, EngineGone):
                await task
