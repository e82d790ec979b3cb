"""Deletions at moments that only a storage in the test's own hand can choose: ended, hindered, answered by others."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from typing_extensions import override

from server.config import Config
from server.contract.deletion import DeletionStatus, Why
from server.storage.remote import Remote
from server.storage.storage import Emptied, Emptying, Storage
from tests.both import on_sqlite
from tests.server.customers import Disk, Start
from tests.server.inside import Inside, run
from tests.storage.services import fill

pytestmark = on_sqlite

HOUR = 3600


class Slow(Storage):
    """Deletes nothing, and needs a moment to end, as an unlink on a slow disk does."""

    def __init__(self, config: Config) -> None:
        """Have nothing asked yet."""
        super().__init__(config)
        self.begun, self.halting, self.may_end = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @override
    async def empty(self, remote: Remote, path: str, told: Callable[[Emptying], None], place: str = "") -> Emptied:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.halting.set()
            await self.may_end.wait()
        raise AssertionError


def disk(start_server: Start, tmp_path: Path, *paths: str) -> Disk:
    """Return a user whose data lies on a disk, and is to be deleted."""
    there = Disk(start_server, tmp_path / "disk", hold=HOUR)
    fill(there.root / "customers", *paths)
    there.ask()
    return there


def test_a_stop_answers_once_nothing_more_is_deleted(start_server: Start, tmp_path: Path) -> None:
    there, slow = disk(start_server, tmp_path, "mia/1", "mia/2"), list[Slow]()

    def storage(config: Config) -> Slow:
        slow.append(Slow(config))
        return slow[0]

    async def story(inside: Inside) -> None:
        [held] = slow
        await held.begun.wait()
        stopping = asyncio.create_task(inside.deletions.stop(await inside.end(DeletionStatus.STOPPED)))
        await held.halting.wait()
        for _ in range(3):
            await inside.deletions._look()
        assert not stopping.done()
        assert there.account in inside.deletions._going, "another could begin there"
        held.may_end.set()
        await stopping
        assert there.account not in inside.deletions._going
        assert await inside.until(lambda row: row.left) == 2

    run(there.server, there.root, storage, story)


def test_one_whose_account_was_moved_meanwhile_tells_what_it_left(start_server: Start, tmp_path: Path) -> None:
    there, slow = disk(start_server, tmp_path, "mia/1", "mia/2"), list[Slow]()

    def storage(config: Config) -> Slow:
        slow.append(Slow(config))
        slow[0].may_end.set()
        return slow[0]

    async def story(inside: Inside) -> None:
        await slow[0].begun.wait()
        (there.root / "customers" / "mia" / "1").unlink()  # it had come so far
        await inside.end(DeletionStatus.FAILED, Why.STORAGE_CHANGED)
        assert await inside.until(lambda row: row.left) == 1
        row = await inside.row()
        assert (row.status, row.deleted, row.failures) == ("failed", 1, ["2"])

    run(there.server, there.root, storage, story)
