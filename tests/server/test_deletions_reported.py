"""What a deletion that others have ended has left is told in the end, though that could not be counted at once."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select
from typing_extensions import override

from server.config import Config
from server.contract.deletion import DeletionStatus
from server.contract.storage import TestResult
from server.contract.topic import Topic
from server.services import deletions, emptying
from server.services.emptying import Left
from server.services.sessions import Caller
from server.storage.answers import StorageError
from server.storage.counting import Size
from server.storage.emptying import Emptied, Emptying
from server.storage.remote import Remote
from server.storage.storage import Storage
from server.store.deletion_tables import Deletion
from server.store.storage_tables import Destination, DestinationUse, StorageAccount
from server.store.tables import Administrator, Session, User
from server.store.work import Work
from tests.both import on_sqlite
from tests.living import TestConsole
from tests.proving import wait_for
from tests.server.customers import Disk, Start
from tests.server.inside import Inside, run
from tests.server.storing import LOOPBACK, account, destination
from tests.server.test_deletions_inside import disk
from tests.storage.flat_s3 import FlatS3

pytestmark = on_sqlite


ENDLESS = -1


class Stopped(Storage):
    """Is stopped while it empties, and so often cannot count then what is left, or counts without an end."""

    def __init__(self, config: Config, failures: int) -> None:
        """Have begun nothing yet."""
        super().__init__(config)
        self._failures, self._ended, self.begun, self.failed = failures, False, asyncio.Event(), asyncio.Event()
        self.counting, self.given_up = asyncio.Event(), asyncio.Event()

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
        if self._ended and self._failures == ENDLESS:
            try:
                self.counting.set()
                await asyncio.Event().wait()
            finally:
                self.given_up.set()
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


def later(work: Work) -> None:
    row = work.session.scalars(select(Deletion)).one()
    row.ended_at = row.due_at


def without_the_user(work: Work) -> None:
    work.session.delete(work.session.scalars(select(User)).one())


def without_the_account(work: Work) -> None:
    user = work.session.scalars(select(User)).one()
    user.destination_id = user.folder = user.folder_key = None
    work.session.flush()
    for table in (DestinationUse, Destination, StorageAccount):
        work.session.execute(delete(table))


def asked_again(work: Work) -> None:
    work.session.scalars(select(User)).one().deletion_id = None


@pytest.mark.parametrize("moot", [later, without_the_user, without_the_account, asked_again])
def test_a_count_without_an_end_is_given_up_once_nobody_needs_it(
    start_server: Start, tmp_path: Path, moot: Callable[[Work], None]
) -> None:
    there = disk(start_server, tmp_path, "mia/1")

    async def given_up(inside: Inside, storage: Stopped) -> None:
        await storage.counting.wait()

        def changed(work: Work) -> None:
            moot(work)
            work.publish(Topic.STORAGE)

        await inside.store.write(changed)
        await storage.given_up.wait()

    stopped(there, ENDLESS, lambda inside, storage: asyncio.create_task(given_up(inside, storage)))


@pytest.mark.parametrize("moot", [without_the_user, without_the_account, asked_again])
def test_what_was_counted_when_nobody_needs_it_any_more_is_not_told(
    start_server: Start, tmp_path: Path, moot: Callable[[Work], None]
) -> None:
    there = disk(start_server, tmp_path, "mia/1", "mia/2")

    async def failed(_: Inside, storage: Stopped) -> None:
        await storage.failed.wait()

    stopped(there, 9, lambda inside, storage: asyncio.create_task(failed(inside, storage)))

    async def story(inside: Inside) -> None:
        await inside.store.write(moot)
        row = await inside.row()
        assert row.ended_at is not None
        await inside.store.write(emptying.report, row.id, Left(1, 1, 1, []), row.ended_at)
        assert (await inside.row()).left is None

    run(there.server, there.root, Storage, story, begin=False)


def test_a_count_without_an_end_keeps_no_other_account_waiting(start_server: Start) -> None:
    server, services = start_server(**LOOPBACK, hold=0), (FlatS3(), FlatS3())
    try:
        console, phone = server.protected()
        users = list[str]()
        for service, names in zip(services, (("mia", "jonas"), ("emma",)), strict=True):
            service.endless = True
            vault = account(console, service.endpoint, name=names[0])["id"]
            place = destination(console, vault, "backup/customers")["destinations"][0]["id"]
            users += [console.user(f"{each}@x.example", destination=place, folder=each) for each in names]

        def deletion(user: str) -> Any:
            return console.call("GET", "/deletions", params={"user": user})["items"][0]

        for user in users:
            request = console.ask("user.delete", user=user, mode="user_and_data")
            assert phone.approve(request["id"], request["code"]) == "executed"
            wait_for(partial(lambda user: deletion(user)["status"] == "running", user), 30)
            console.call("POST", f"/deletions/{deletion(user)['id']}/stop")
        server.kill()
        services[1].endless, asked = False, len(services[0].calls)
        server.start()
        console = TestConsole(server.url)
        console.sign_in(phone=phone)
        wait_for(lambda: deletion(users[2])["left"] is not None, 30)
        found = [re.search("prefix=customers%2F([a-z]+)", each) for each in services[0].calls[asked:]]
        assert len({each[1] for each in found if each}) == 1
    finally:
        for service in services:
            service.close()


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
