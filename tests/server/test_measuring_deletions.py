"""What is measured while it is deleted: no number outlives its data, and none is taken off twice."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from typing_extensions import override

from server import clock
from server.config import Config
from server.measuring import Measurements
from server.storage.remote import Remote
from server.storage.storage import Emptied, Emptying, Size, Storage
from server.store.storage_tables import Destination
from server.store.tables import User
from server.store.work import Work
from tests.both import on_sqlite
from tests.server.customers import Disk, Start
from tests.server.inside import Inside, run
from tests.server.test_deletions_inside import HOUR
from tests.storage.services import fill

pytestmark = on_sqlite


def numbers(work: Work) -> tuple[int | None, list[int | None]]:
    """Return how many objects the place has, and each user."""
    return work.session.scalars(select(Destination.objects)).one(), list(work.session.scalars(select(User.objects)))


async def measured(inside: Inside, storage: Storage, account: str) -> None:
    """Measure an account to the end."""
    measurements = Measurements(inside.store, inside.deletions._hub, clock.now, storage, 1)
    measurements.begin(account, asked=False)
    await asyncio.wait([going.task for going in measurements._going.values() if going.task])


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
