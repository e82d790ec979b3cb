"""What is measured while it is deleted: no number outlives its data, and none is taken off twice."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from typing_extensions import override

from server import clock
from server.config import Config
from server.contract.deletion import DeletionStatus
from server.measuring import Measurements
from server.services import measurements
from server.storage.counting import Size
from server.storage.emptying import Emptied, Emptying
from server.storage.remote import Remote
from server.storage.storage import Storage
from server.store import deletions
from server.store.deletion_tables import Deletion
from server.store.storage_tables import Destination
from server.store.tables import User
from server.store.work import Work
from tests.both import on_sqlite
from tests.server.customers import Disk, Start
from tests.server.inside import LATER, Inside, run
from tests.server.test_deletions_inside import HOUR
from tests.storage.services import fill

pytestmark = on_sqlite


def numbers(work: Work) -> tuple[int | None, list[int | None]]:
    """Return how many objects the place has, and each user."""
    return work.session.scalars(select(Destination.objects)).one(), list(work.session.scalars(select(User.objects)))


async def measured(inside: Inside, storage: Storage, account: str) -> None:
    """Measure an account to the end."""
    measuring = Measurements(inside.store, inside.deletions._hub, clock.now, storage, 1)
    measuring.begin(account, asked=False)
    await asyncio.wait([going.task for going in measuring._going.values() if going.task])


async def deleted(inside: Inside) -> None:
    """Do the deletion to its end."""
    deleting = asyncio.create_task(inside.deletions.run())
    await inside.until(lambda row: row.ended_at)
    deleting.cancel()
    await asyncio.wait([deleting])


class Held(Storage):
    """Has measured a user, and waits."""

    def __init__(self, config: Config) -> None:
        """Wait for nobody yet."""
        super().__init__(config)
        self.has_measured, self.may_go_on = asyncio.Event(), asyncio.Event()

    @override
    async def measure(self, remote: Remote, path: str, told: Callable[[int, int], None]) -> Size:
        size = await super().measure(remote, path, told)
        if path.endswith("/mia"):
            self.has_measured.set()
            await self.may_go_on.wait()
        return size


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("mode", ["data_only", "user_and_data"])
def test_a_measurement_brings_no_number_back_that_was_deleted_meanwhile(
    start_server: Start, tmp_path: Path, mode: str, *, before: bool
) -> None:
    there, held = Disk(start_server, tmp_path / "disk", hold=HOUR), list[Held]()
    fill(there.root / "customers", "mia/1", "mia/2", "jonas/1")
    if before:
        there.measure()
    there.ask(mode)

    def storage(config: Config) -> Held:
        held.append(Held(config))
        return held[0]

    async def story(inside: Inside) -> None:
        measuring = asyncio.create_task(measured(inside, held[0], there.account))
        await held[0].has_measured.wait()
        await deleted(inside)
        held[0].may_go_on.set()
        await measuring
        users = [0] if mode == "data_only" else []
        assert await inside.store.read(numbers) == (1 if before else None, users)
        await measured(inside, held[0], there.account)
        assert await inside.store.read(numbers) == (1, users)

    run(there.server, there.root, storage, story, begin=False)


class MeasuredBetween(Storage):
    """Has deleted some by itself, and is measured, before the rest goes."""

    delete: Callable[[], None]
    measure_all: Callable[[], asyncio.Task[None]]

    @override
    async def empty(self, remote: Remote, path: str, told: Callable[[Emptying], None], place: str = "") -> Emptied:
        self.delete()
        await self.measure_all()
        return await super().empty(remote, path, told, place)


def test_what_was_gone_when_it_was_measured_is_not_taken_off_again(start_server: Start, tmp_path: Path) -> None:
    there, made = Disk(start_server, tmp_path / "disk", hold=HOUR), list[MeasuredBetween]()
    mine = there.root / "customers" / "mia"
    fill(mine, *(f"{each}" for each in range(10)))
    fill(there.root / "customers", *(f"jonas/{each}" for each in range(5)))
    there.ask("data_only")

    def half() -> None:
        for each in range(5):
            (mine / f"{each}").unlink()

    def storage(config: Config) -> MeasuredBetween:
        made.append(MeasuredBetween(config))
        made[0].delete = half
        return made[0]

    async def story(inside: Inside) -> None:
        made[0].measure_all = lambda: asyncio.create_task(measured(inside, made[0], there.account))
        await deleted(inside)
        assert await inside.store.read(numbers) == (5, [0])

    run(there.server, there.root, storage, story, begin=False)


def test_where_users_go_all_the_time_it_is_not_measured_without_an_end(start_server: Start, tmp_path: Path) -> None:
    there, later = Disk(start_server, tmp_path / "disk", hold=HOUR), clock.now() + LATER
    fill(there.root / "customers", "mia/1")
    there.measure()

    async def story(inside: Inside) -> None:
        plan = await inside.store.read(measurements.planned, there.account)
        assert plan is not None

        def gone(work: Work) -> None:
            work.session.delete(work.session.scalars(select(User)).one())

        await inside.store.write(gone)
        found = [measurements.Found(each, 100, 1) for each in plan.places]
        await inside.store.write(measurements.settle, plan, found, later, False)
        assert await inside.store.read(tried_at) == later

    run(there.server, there.root, Storage, story, begin=False)


def tried_at(work: Work) -> datetime | None:
    """Return when the place was measured last, or that was tried."""
    return work.session.scalars(select(Destination.tried_at)).one()


def test_it_is_measured_anew_after_the_last_deletion_that_is_due_there(start_server: Start, tmp_path: Path) -> None:
    there, later = Disk(start_server, tmp_path / "disk", hold=HOUR), clock.now() + LATER
    fill(there.root / "customers", "mia/1", "jonas/1")
    there.measure()
    there.ask()
    there.mia = there.console.user("jonas@x.example", destination=there.destination, folder="jonas")
    there.ask()

    def end_one(work: Work) -> None:
        row = deletions.under_way(work)[0]
        assert deletions.begin(work, row, later, late=False)
        assert deletions.end(work, row, DeletionStatus.STOPPED, later)

    async def story(inside: Inside) -> None:
        for more in (True, False):
            await inside.store.write(end_one)
            assert (await inside.store.read(tried_at) is not None) is more

    run(there.server, there.root, Storage, story, begin=False)


def test_what_is_taken_off_is_not_taken_off_a_user_who_lies_elsewhere_by_now(
    start_server: Start, tmp_path: Path
) -> None:
    there = Disk(start_server, tmp_path / "disk", hold=HOUR)
    there.ask()

    def take_off(work: Work) -> int | None:
        row, user = work.session.scalars(select(Deletion)).one(), work.session.scalars(select(User)).one()
        user.folder, user.bytes, user.objects = "elsewhere", 77, 7
        deletions.take_off(work, row, clock.now())
        return user.bytes

    async def story(inside: Inside) -> None:
        assert await inside.store.write(take_off) == 77

    run(there.server, there.root, Storage, story, begin=False)
