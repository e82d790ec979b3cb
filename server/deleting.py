"""Deletes what is due at storage services: one deletion at a time in an account, beside everything else.

That it runs is committed before the first object is touched. Killed in the middle it goes on at the next start: to
empty a folder may be repeated.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from server.contract.storage import TestResult
from server.contract.topic import Topic
from server.log import log
from server.services import emptying
from server.services.emptying import Counted, Found, Left, Plan
from server.storage.answers import StorageError
from server.storage.counting import Size
from server.storage.emptying import Emptied, Emptying
from server.storage.remote import Remote
from server.storage.storage import Storage
from server.store.store import Store
from server.store.trouble import Unavailable
from server.web.hub import HINT, Hub

LONGEST_LOOK = 30.0  # seconds between two looks where nothing wakes us
TELLS = 2.0  # seconds between two words on how far it is
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0  # seconds until it is tried again
TRIES = 3  # of what the service does not delete
STOPPING = 10.0  # seconds that who stops one waits for it
ROUNDS = 4  # in which a service over HTTP says that nothing is there: a page may stand for some of its answers
_AWAY = {
    *(TestResult.UNREACHABLE, TestResult.REFUSED, TestResult.UNKNOWN_HOST, TestResult.CERTIFICATE),
    *(TestResult.CLOCK_SKEW, TestResult.NO_ENGINE, TestResult.HOST_KEY, TestResult.NOT_ALLOWED),
    *(TestResult.WRONG_SCHEME, TestResult.NO_SERVICE),
}
"""What keeps us from the service as a whole, and so says nothing of what it would delete."""
_OF_THE_FOLDER = {TestResult.NO_LIST_PERMISSION, TestResult.NOT_ALLOWED, TestResult.INVALID}
"""What concerns a user's folder alone, where there are folders: it may not be listed, is a link, or none."""
GONE = Emptied(0, None)
_OUT_OF_REACH = (Unavailable, DBAPIError, TimeoutError)


@dataclass
class _Tried:
    """What came of one that goes on later: when, how long that pause is, and how often it left no fewer than ever.

    Of what was counted last, `unseen` is what the engine was not seen to delete. After it was `cut` off nobody knows
    that for once: the service may still do what it was asked before.
    """

    plan: Plan | None = None
    again_at: float = 0.0
    pause: float = FIRST_PAUSE
    in_vain: int = 0
    least: int | None = None
    unseen: int = 0
    cut: bool = False

    def wait(self, now: float) -> None:
        """Put it off, longer each time."""
        self.again_at, self.pause = now + self.pause, min(LONGEST_PAUSE, self.pause * 2)


@dataclass
class _Going:
    """A deletion that is being done."""

    deletion: str
    task: asyncio.Task[None] | None = None
    plan: Plan | None = None
    told: Emptying = field(default_factory=lambda: Emptying(0, 0))


class Deletions:
    """Lives on the event loop; `run` does what is due until it is cancelled."""

    def __init__(self, store: Store, hub: Hub, clock: Callable[[], datetime], storage: Storage) -> None:
        """Delete for a running server."""
        self._store, self._hub, self._clock, self._storage = store, hub, clock, storage
        self._up_since = clock()
        self._going: dict[str | None, _Going] = {}  # by account
        self._tried: dict[str, _Tried] = {}
        self._reports: dict[str, asyncio.Task[None]] = {}  # by deletion
        self._untold: dict[str, _Tried] | None = None  # what still lacks its report; null until that was looked for
        self._counting = defaultdict[str, asyncio.Lock](asyncio.Lock)  # by account
        self._ends = False
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Look for what is due until cancelled; then nothing more is deleted."""
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                self._woken.clear()
                pause = LONGEST_LOOK
                try:
                    pause = await self._look()
                except _OUT_OF_REACH:
                    pause = FIRST_PAUSE  # the store has said so, or will
                except Exception:  # noqa: BLE001 - one failed round must not be the last
                    log.exception("looking for what is to be deleted failed")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._woken.wait()
        finally:
            self._ends = True
            tasks = [watching, *self._reports.values(), *(going.task for going in self._going.values() if going.task)]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def stop(self, deletion: str) -> None:
        """Stop one that has ended in the database, and wait until nothing more is deleted, though not for ever.

        What it has left is counted, and written to its report.
        """
        going = self._halt(deletion)
        if going.task is not None:
            await asyncio.wait([going.task], timeout=STOPPING)

    def _halt(self, deletion: str) -> _Going:
        """Let one end here that has ended in the database, once, and have its report completed."""
        going = next((each for each in self._going.values() if each.deletion == deletion), None)
        if going is None:  # it waits for its next try
            tried = self._tried.get(deletion)
            going = _Going(deletion, plan=tried.plan if tried else None)
        if deletion not in self._reports:
            self._reports[deletion] = report = asyncio.create_task(self._report(going))
            report.add_done_callback(lambda _: self._end_report(deletion))
        if going.task is not None and not going.task.cancelling():
            going.task.cancel()
        return going

    def _end_report(self, deletion: str) -> None:
        del self._reports[deletion]
        self._woken.set()

    async def _watch(self) -> None:
        """Wake with every change of a user, which may be due now, or of an account, which may be in reach again."""
        while not self._hub.closed:
            async with self._hub.stream() as stream:
                while (event := await stream.get()) is not None:
                    topics = set(event.topics) if event.number != HINT else set[str]()
                    if topics & {Topic.STORAGE, Topic.ALL}:
                        for tried in (*self._tried.values(), *(self._untold or {}).values()):
                            tried.again_at = 0.0
                    if topics & {Topic.STORAGE, Topic.USERS, Topic.ALL}:
                        self._woken.set()
            self._woken.set()

    async def _look(self) -> float:
        """Begin what is due in accounts where nothing goes on; return how long to wait until the next look."""
        now, loop_now = self._clock(), asyncio.get_running_loop().time()
        due = await self._store.read(emptying.due, now)
        for ended in self._tried.keys() - {each for each, _ in due.ready}:
            self._halt(ended)
            del self._tried[ended]
        await self._cut_changed()
        pauses = [LONGEST_LOOK]
        for deletion, account in due.ready:
            again_in = self._tried[deletion].again_at - loop_now if deletion in self._tried else 0.0
            if again_in > 0:
                pauses.append(again_in)
            elif account not in self._going:
                self._begin(deletion, account)
        pauses += await self._look_for_reports(now, loop_now)
        if due.next is not None:
            pauses.append((due.next - now).total_seconds())
        return max(0.0, min(pauses))

    async def _cut_changed(self) -> None:
        """Cut off what is done by credentials that have changed meanwhile, so that it begins anew with those of now."""
        plans = [going.plan for going in self._going.values() if going.plan]
        changed = await self._store.read(emptying.changed, plans) if plans else ()
        for going in self._going.values():
            if going.deletion in changed and going.task is not None and not going.task.cancelling():
                going.task.cancel()

    async def _look_for_reports(self, now: datetime, loop_now: float) -> list[float]:
        """Have those completed that could not be, or that a server which has ended left so; give up what is moot."""
        if self._untold is None:
            self._untold = {each: _Tried() for each in await self._store.read(emptying.unreported, now)}
        for deletion in await self._store.read(emptying.moot, list(self._reports), now):
            self._untold.pop(deletion, None)
            if deletion in self._reports:
                self._reports[deletion].cancel()
        waiting = [each for each in self._untold if each not in self._reports]
        for deletion in waiting:
            if self._untold[deletion].again_at <= loop_now:
                self._halt(deletion)
        return [again for each in waiting if (again := self._untold[each].again_at - loop_now) > 0]

    def _begin(self, deletion: str, account: str | None) -> None:
        tried = self._tried.get(deletion)
        going = self._going[account] = _Going(deletion, plan=tried.plan if tried else None)
        going.task = asyncio.create_task(self._do(going))
        going.task.add_done_callback(lambda _: self._end(account))

    def _end(self, account: str | None) -> None:
        del self._going[account]
        self._woken.set()

    async def _do(self, going: _Going) -> None:
        """Delete, or find out why not, and put off what is to be tried again."""
        tried = self._tried.setdefault(going.deletion, _Tried())
        try:
            plan = await self._store.write(emptying.begin, going.deletion, self._clock(), self._up_since)
            if plan is not None:
                tried.cut |= tried.plan is None and plan.goes_on  # with the server that did it before
                going.plan = tried.plan = plan
                await self._empty(going, plan, tried)
        except StorageError as error:
            await self._troubled(going, error.result)
        except _OUT_OF_REACH:
            log.warning("how far a deletion is could not be written")
        except Exception:  # noqa: BLE001 - nobody waits for it
            log.exception("deleting failed")
        tried.wait(asyncio.get_running_loop().time())

    async def _troubled(self, going: _Going, result: TestResult) -> None:
        with contextlib.suppress(*_OUT_OF_REACH):
            await self._store.write(emptying.trouble, going.deletion, result)

    async def _empty(self, going: _Going, plan: Plan, tried: _Tried) -> None:
        if plan.remote is None:
            await self._store.write(emptying.finish, plan.deletion, self._clock())
            return
        await self._require_reach(plan)  # in a moment, where to begin would wait for all of the engine's tries
        try:
            emptied = await self._emptied(going, plan, tried)
        except StorageError as error:
            if not _is_of_the_folder(plan, error):
                raise
            await self._store.write(emptying.not_gone, plan.deletion)
            await self._not_all(going, plan, Emptied(1, error.result), tried)
            return
        if emptied is None:
            return
        if emptied == GONE and (left := await self._stays(plan)):
            emptied = Emptied(left, TestResult.FAILED)  # written meanwhile, or something else said that it is gone
        if emptied == GONE:
            if tried.unseen > 0:
                raise StorageError(TestResult.NOTHING_FOUND)  # once more, and where it stays so it ends
            await self._store.write(emptying.finish, plan.deletion, self._clock())
            return
        await self._store.write(emptying.not_gone, plan.deletion)
        if emptied.failure in _AWAY:
            await self._troubled(going, emptied.failure or TestResult.FAILED)
        else:
            await self._not_all(going, plan, emptied, tried)

    async def _require_reach(self, plan: Plan, *, surely: bool = False) -> None:
        if (why := await self._storage.out_of_reach(_remote(plan), surely=surely)) is not None:
            raise StorageError(why)

    async def _not_all(self, going: _Going, plan: Plan, emptied: Emptied, tried: _Tried) -> None:
        """Try again what was not deleted, and give up where nothing more goes."""
        why = emptied.failure or TestResult.FAILED
        fewer = tried.least is None or emptied.left < tried.least
        tried.in_vain = 1 if fewer else tried.in_vain + 1
        tried.least = emptied.left if fewer else tried.least
        if tried.in_vain < TRIES:
            await self._troubled(going, why)
            return
        left = await self._left(plan, emptied.left)
        await self._store.write(emptying.fail, plan.deletion, self._clock(), left, why)

    async def _left(self, plan: Plan, least: int) -> Left:
        """Count and name what a folder still holds; where it cannot be looked into, it is itself what stayed."""
        try:
            size = await self._rest(plan)
            least = max(least, await self._storage.versions(_remote(plan), plan.path))
        except StorageError as error:
            if not _is_of_the_folder(plan, error):
                raise
            return Left(None, None, max(1, least), [f"{plan.path.rpartition('/')[2]}/"])
        names = list[str]()
        if least or size.all:
            with contextlib.suppress(StorageError):  # it is over all the same, and says how much is left
                names = await self._storage.remains(_remote(plan), plan.path, emptying.MOST_FAILURES)
        return Left(size.bytes, size.objects, max(least, len(names), size.all), names)

    async def _rest(self, plan: Plan) -> Size:
        """Count what is there; where that is nothing, the service has to be one still, and to say so in each round."""
        for _ in range(_rounds(plan)):
            size = await self._storage.rest(_remote(plan), plan.path, plan.place)
            if size.all:
                break
            await self._require_reach(plan, surely=True)
        return size

    async def _stays(self, plan: Plan) -> int:
        """Count what is there, old versions too, as surely as `_rest` does."""
        left = (await self._rest(plan)).all
        for _ in range(_rounds(plan)):
            left = left or await self._storage.versions(_remote(plan), plan.path)
        return left

    async def _has_gone(self, plan: Plan) -> bool:
        """Whether there are folders, and a user's is not one of them, as where a disk is not mounted."""
        remote = _remote(plan)
        return remote.kind.has_folders and not await self._storage.is_there(remote, plan.path, plan.place)

    async def _emptied(self, going: _Going, plan: Plan, tried: _Tried) -> Emptied | None:
        """Count what is there and empty the folder; null where it does not run any more.

        What was counted before is not gone where the engine did not delete it: somebody else has, or a page was asked.
        """
        size = await self._rest(plan)
        nothing = not size.all
        gone = nothing and (tried.unseen > 0 or await self._has_gone(plan))
        bare = gone and await self._storage.is_bare(_remote(plan), plan.place)
        found = Found(size.bytes, size.objects, nothing, gone, bare)
        counted = await self._store.write(emptying.count, plan.deletion, found, self._clock())
        if counted is None:
            return None
        if gone:
            return GONE
        known, tried.cut = not tried.cut, False
        try:
            emptied = await self._deleted(going, plan, counted)
        except asyncio.CancelledError:
            tried.cut, tried.unseen = True, 0
            raise
        finally:
            if known and not tried.cut and not _remote(plan).kind.has_folders:  # else a folder would be missing
                tried.unseen = size.objects - going.told.asked
        if emptied != GONE or not _remote(plan).kind.has_folders:
            return emptied
        return await self._removed(plan, sure=emptied.sure)

    async def _removed(self, plan: Plan, *, sure: bool) -> Emptied | None:
        """Remove the emptied folder, the proof that its disk is there, once it is written that all of it is gone.

        At some services it goes with its last file, so that what was surely emptied is gone, unless its disk is.
        """
        if await self._has_gone(plan) and (not sure or await self._storage.is_bare(_remote(plan), plan.place)):
            raise StorageError(TestResult.NO_SUCH_PLACE)
        if not await self._store.write(emptying.all_gone, plan.deletion):
            return None
        return await self._storage.remove(_remote(plan), plan.path, plan.place)

    async def _deleted(self, going: _Going, plan: Plan, counted: Counted) -> Emptied:
        """Empty the folder, and write how far that is."""

        def told(how_far: Emptying) -> None:
            going.told = how_far

        going.told = Emptying(0, 0)
        emptying_it = asyncio.create_task(self._storage.empty(_remote(plan), plan.path, told, plan.place))
        try:
            while not emptying_it.done():
                await asyncio.wait({emptying_it}, timeout=TELLS)
                trouble = TestResult.FAILED if going.told.stuck and not emptying_it.done() else None
                with contextlib.suppress(*_OUT_OF_REACH):
                    how_far = _how_far(counted, going.told)
                    if not await self._store.write(emptying.tell, plan.deletion, *how_far, trouble):
                        break
            else:
                return emptying_it.result()
            raise asyncio.CancelledError
        finally:
            emptying_it.cancel()
            await self._end_of(emptying_it)

    async def _end_of(self, emptying_it: asyncio.Task[Emptied]) -> None:
        """Wait until nothing more is deleted, whoever cancels that meanwhile but the end of the server."""
        while not emptying_it.done():
            try:
                await asyncio.wait({emptying_it})
            except asyncio.CancelledError:
                if self._ends:
                    raise

    async def _report(self, going: _Going) -> None:
        """Once nothing more is deleted, count what is left; where that fails, it is tried again later."""
        if going.task is not None:
            await asyncio.wait([going.task])
        untold = self._untold if self._untold is not None else {}
        try:
            await self._complete(going)
        except (StorageError, *_OUT_OF_REACH):
            untold.setdefault(going.deletion, _Tried()).wait(asyncio.get_running_loop().time())
        except Exception:  # noqa: BLE001 - nobody waits for it
            log.exception("reporting what a deletion left failed")
            untold.pop(going.deletion, None)
        else:
            untold.pop(going.deletion, None)

    async def _complete(self, going: _Going) -> None:
        deletion, now = going.deletion, self._clock()
        plan = await self._store.read(emptying.to_report, deletion, now) or going.plan
        if plan is None or plan.remote is None or not await self._store.read(emptying.lacks_report, deletion, now):
            return
        async with self._counting[plan.account]:  # one at a time there, however long that takes
            left = await self._left(plan, 0)
            if not left.all and await self._has_gone(plan):  # with its disk, or since all was deleted: nobody knows
                raise StorageError(TestResult.NO_SUCH_PLACE)
        await self._store.write(emptying.report, going.deletion, left, self._clock())


def _remote(plan: Plan) -> Remote:
    assert plan.remote is not None  # noqa: S101 - else there is nothing to delete
    return Remote(plan.remote.kind, plan.remote.settings)


def _rounds(plan: Plan) -> int:
    return 1 if _remote(plan).kind.has_folders else ROUNDS


def _is_of_the_folder(plan: Plan, error: StorageError) -> bool:
    return error.result in _OF_THE_FOLDER and _remote(plan).kind.has_folders


def _how_far(counted: Counted, told: Emptying) -> tuple[int, int, int]:
    """Return objects and bytes that are deleted, and what failed; of bytes nobody tells, so it is their share."""
    rest = counted.objects - counted.deleted
    deleted = min(told.deleted, rest)
    share = (counted.bytes - counted.deleted_bytes) * deleted // rest if rest else 0
    return counted.deleted + deleted, counted.deleted_bytes + share, told.failed
