"""Measures what lies at storage services: when asked and when due, one account once at a time, beside everything else.

Nothing of a measurement that goes on is in the database: one that is cut off is made again when it is due.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from server.contract.storage import Measuring, TestResult
from server.contract.topic import Topic
from server.log import log
from server.services import measurements
from server.services.measurements import Found, Plan
from server.storage.answers import StorageError
from server.storage.remote import Remote
from server.storage.storage import Storage
from server.store.store import Store
from server.store.trouble import Unavailable
from server.web.hub import HINT, Hub

AT_ONCE = 2  # accounts that are really measured; others wait
LONGEST_PAUSE = 30.0  # seconds between two looks where nothing wakes us
TELLS = 1.0  # seconds between two words on how far it is


@dataclass
class _Going:
    """A measurement, and what it has found so far: in destinations that are done, and in the one that is counted."""

    started_at: datetime
    asked: bool
    task: asyncio.Task[None] | None = None
    plan: Plan | None = None
    done: list[Found] = field(default_factory=list)
    counted: tuple[int, int] = (0, 0)
    told: float = 0.0

    @property
    def shown(self) -> Measuring:
        """Return it as consoles see it."""
        counts = [(each.bytes, each.objects) for each in self.done] + [self.counted]
        return Measuring(
            bytes=sum(each for each, _ in counts), objects=sum(each for _, each in counts), started_at=self.started_at
        )


class Measurements:
    """Lives on the event loop; `run` looks for what is due until it is cancelled, and ends what goes on with it."""

    def __init__(self, store: Store, hub: Hub, clock: Callable[[], datetime], storage: Storage, refresh: int) -> None:
        """Measure for a running server, every so many seconds."""
        self._pause = min(LONGEST_PAUSE, refresh or LONGEST_PAUSE)
        self._store, self._hub, self._clock, self._storage = store, hub, clock, storage
        self._going: dict[str, _Going] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        self._woken = asyncio.Event()

    @property
    def now(self) -> dict[str, Measuring]:
        """Return what goes on, by account."""
        return {account: going.shown for account, going in self._going.items()}

    def begin(self, account: str, *, asked: bool = True) -> None:
        """Measure an account, unless it is being measured; what a person `asked` for is taken as it is."""
        if account in self._going:
            self._going[account].asked |= asked
        else:
            going = self._going[account] = _Going(self._clock(), asked)
            going.task = asyncio.create_task(self._measure(account, going))
            going.task.add_done_callback(lambda _: self._end(account))
            self._hub.hint(Topic.STORAGE, account)

    def _end(self, account: str) -> None:
        del self._going[account]
        self._hub.hint(Topic.STORAGE, account)

    async def stop(self, account: str) -> bool:
        """Stop measuring an account; whether it was being measured."""
        going = self._going.get(account)
        if going is None or going.task is None:
            return False
        going.task.cancel()
        await asyncio.wait([going.task])
        return True

    async def run(self) -> None:
        """Look for what is due until cancelled."""
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                self._woken.clear()
                try:
                    await self._look()
                except (Unavailable, DBAPIError, TimeoutError):
                    pass  # the store has said so, or will
                except Exception:  # noqa: BLE001 - one failed round must not be the last
                    log.exception("looking for what is to be measured failed")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause):
                        await self._woken.wait()
        finally:
            tasks = [watching, *(going.task for going in self._going.values() if going.task)]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _watch(self) -> None:
        """Wake with every change of an account, which may be due now, or not be what is being measured any more."""
        while not self._hub.closed:
            async with self._hub.stream() as stream:
                while (event := await stream.get()) is not None:
                    if event.number != HINT and {Topic.STORAGE, Topic.ALL} & set(event.topics):
                        self._woken.set()
            self._woken.set()

    async def _look(self) -> None:
        plans = [going.plan for going in self._going.values() if going.plan]
        for account in await self._store.read(measurements.changed, plans):
            await self.stop(account)
        if self._storage.missing is None:
            for account in await self._store.read(measurements.due, self._clock()):
                self.begin(account, asked=False)

    async def _measure(self, account: str, going: _Going) -> None:
        try:
            async with self._room:
                going.plan = plan = await self._store.read(measurements.planned, account)
                if plan is None:
                    return
                why = await self._out_of_reach(plan)
                for destination, place in plan.places.items():
                    found = (
                        Found(destination, failure=why) if why else await self._sized(plan, going, destination, place)
                    )
                    going.done.append(found)
                    going.counted = (0, 0)
                await self._store.write(measurements.settle, plan, going.done, self._clock(), going.asked)
        except (Unavailable, DBAPIError, TimeoutError):
            log.warning("what was measured could not be written")
        except Exception:  # noqa: BLE001 - nobody waits for it
            log.exception("measuring failed")

    async def _out_of_reach(self, plan: Plan) -> TestResult | None:
        """Say why no place of the account can be measured, which is soon found out; null where some may."""
        if plan.remote is None:
            return TestResult.INVALID
        return await self._storage.out_of_reach(Remote(plan.remote.kind, plan.remote.settings))

    async def _sized(self, plan: Plan, going: _Going, destination: str, place: str) -> Found:
        assert plan.remote is not None  # noqa: S101 - else it is out of reach

        def told(size: int, objects: int) -> None:
            now, going.counted = asyncio.get_running_loop().time(), (size, objects)
            if now >= going.told + TELLS:
                going.told = now
                self._hub.hint(Topic.STORAGE, plan.account)

        try:
            size = await self._storage.measure(Remote(plan.remote.kind, plan.remote.settings), place, told)
            users = {
                user: await self._folder(plan, f"{place}/{folder}")
                for user, folder in plan.folders[destination].items()
            }
        except StorageError as error:
            return Found(destination, failure=error.result)
        return Found(destination, size.bytes, size.objects, users=users)

    async def _folder(self, plan: Plan, path: str) -> tuple[int, int] | None:
        """Measure what lies in a user's folder; null where there is none, as before the first byte."""
        assert plan.remote is not None  # noqa: S101 - else it is out of reach
        remote = Remote(plan.remote.kind, plan.remote.settings)
        try:
            size = await self._storage.measure(remote, path, lambda _bytes, _objects: None)
        except StorageError as error:
            if error.result is TestResult.NO_SUCH_PLACE:
                return None
            raise
        return size.bytes, size.objects
