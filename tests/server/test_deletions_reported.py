"""What a deletion that others have ended has left is told in the end, though that could not be counted at once."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typing_extensions import override

from server.config import Config
from server.contract.deletion import DeletionStatus
from server.contract.storage import TestResult
from server.services import deletions, emptying
from server.services.emptying import Left
from server.services.sessions import Caller
from server.storage.answers import StorageError
from server.storage.remote import Remote
from server.storage.storage import Emptied, Emptying, Size, Storage
from server.store.deletion_tables import Deletion
from server.store.storage_tables import StorageAccount
from server.store.tables import Administrator, Session
from server.store.work import Work
from tests.both import on_sqlite
from tests.server.customers import Disk, Start
from tests.server.inside import Inside, run
from tests.server.test_deletions_inside import disk

pytestmark = on_sqlite


class Stopped(Storage):
    """Is stopped while it empties, and so often cannot count then what is left."""

    def __init__(self, config: Config, failures: int) -> None:
        """Have begun nothing yet."""
        super().__init__(config)
        self._failures, self._ended, self.begun, self.failed = failures, False, asyncio.Event(), asyncio.Event()

    @override
    async def empty(self, remote: Remote, path: str, told: Callable[[Emptying], None], place: str = "") -> Emptied:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._ended = True
        raise AssertionError

    @override
    async def rest(self, remote: Remote, path: str, place: str = "") -> Size:
        if self._ended and self._failures:
            self._failures -= 1
            self.failed.set()
            raise StorageError(TestResult.UNREACHABLE)
        return await super().rest(remote, path, place)


def stopped(there: Disk, failures: int, then: Callable[[Inside, Stopped], asyncio.Task[None]]) -> None:
    """Stop it while it runs, and go on from there."""
    made = list[Stopped]()

    def storage(config: Config) -> Stopped:
        made.append(Stopped(config, failures))
        return made[0]

    async def story(inside: Inside) -> None:
        await made[0].begun.wait()
        await inside.deletions.stop(await inside.end(DeletionStatus.STOPPED))
        await then(inside, made[0])

    run(there.server, there.root, storage, story)


def test_where_counting_failed_it_is_counted_later(
    start_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = disk(start_server, tmp_path, "mia/1", "mia/2")
    monkeypatch.setattr("server.deleting.LONGEST_PAUSE", 0.01)

    async def told(inside: Inside) -> None:
        assert await inside.until(lambda row: row.left) == 2

    stopped(there, 2, lambda inside, _: asyncio.create_task(told(inside)))


@pytest.mark.parametrize(("how", "left"), [("there", 2), ("not mounted", None), ("elsewhere", None)])
def test_after_a_restart_it_is_told_where_the_settings_lead_there_still(
    start_server: Start, tmp_path: Path, how: str, left: int | None
) -> None:
    there = disk(start_server, tmp_path, "mia/1", "mia/2")

    async def failed(_: Inside, storage: Stopped) -> None:
        await storage.failed.wait()

    stopped(there, 9, lambda inside, storage: asyncio.create_task(failed(inside, storage)))
    if how == "not mounted":
        there.unmount("jonas/1")

    def move(work: Work) -> None:
        work.session.scalars(select(StorageAccount)).one().settings = {"path": str(tmp_path)}

    async def story(inside: Inside) -> None:
        if how == "elsewhere":
            await inside.store.write(move)
        running = asyncio.create_task(inside.deletions.run())

        def tried(_: Deletion) -> bool:
            untold = inside.deletions._untold
            return untold is not None and all(each.again_at for each in untold.values())

        await inside.until(tried)
        assert (await inside.row()).left == left
        running.cancel()
        await asyncio.wait([running])

    run(there.server, there.root, Storage, story, begin=False)


def test_what_came_since_is_not_told_as_what_was_not_deleted(start_server: Start, tmp_path: Path) -> None:
    there = disk(start_server, tmp_path, "mia/1", "mia/2")

    async def failed(_: Inside, storage: Stopped) -> None:
        await storage.failed.wait()

    stopped(there, 9, lambda inside, storage: asyncio.create_task(failed(inside, storage)))

    async def story(inside: Inside) -> None:
        row = await inside.row()
        assert row.ended_at is not None

        def half(work: Work) -> None:
            work.session.get_one(Deletion, row.number).deleted = 1

        await inside.store.write(half)
        for minutes, told in ((61, False), (10, True)):
            now = row.ended_at + timedelta(minutes=minutes)
            assert await inside.store.read(emptying.lacks_report, row.id, now) is told
            await inside.store.write(emptying.report, row.id, Left(40, 4, 4, []), now)
            row = await inside.row()
            assert (row.left, row.deleted, row.objects) == ((4, 1, 5) if told else (None, 1, 2))

    run(there.server, there.root, Storage, story, begin=False)


def test_who_stops_it_when_all_is_gone_is_told_that_nothing_is_left(start_server: Start, tmp_path: Path) -> None:
    there = disk(start_server, tmp_path, "mia/1", "mia/2")
    gone = asyncio.Event()

    class Removing(Storage):
        @override
        async def remove(self, remote: Remote, path: str, place: str = "") -> Emptied:
            gone.set()
            await asyncio.Event().wait()
            raise AssertionError

    async def story(inside: Inside) -> None:
        await gone.wait()
        row = await inside.row()

        def stop(work: Work) -> None:
            session = work.session.scalars(select(Session)).first()
            owner = work.session.scalars(select(Administrator)).first()
            assert session is not None
            assert owner is not None
            assert deletions.stop(work, Caller(owner, session, "127.0.0.1"), row.id, row.due_at).left == 0

        await inside.store.write(stop)
        assert (await inside.row()).left == 0

    run(there.server, there.root, Removing, story)
