"""The part of a server that deletes, in the test's own process, with a storage that the test has in its hand."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select

from server import clock, keys
from server.config import Config, load
from server.contract.deletion import DeletionStatus, Why
from server.deleting import Deletions
from server.main import KEY_FILE, open_context, open_store
from server.services import live
from server.storage.storage import Storage
from server.store import deletions
from server.store.deletion_tables import Deletion
from server.store.store import Store
from server.store.work import Work
from tests.living import LivingServer

Result = TypeVar("Result")

LATER = timedelta(days=1)
"""By then each hold of these tests is over."""


@contextmanager
def store_of(server: LivingServer) -> Iterator[Store]:
    """Open the data of a running server, as its command line does."""
    environment = {**os.environ, **server.settings}
    store = open_store(load(None, environment, data=server.data), keys.load(server.data / KEY_FILE), server.url)
    yield store
    store.close()


@dataclass
class Inside:
    """What deletes, and the only deletion there is."""

    store: Store
    deletions: Deletions

    async def row(self) -> Deletion:
        """Return it as it is written."""
        return await self.store.read(_only)

    async def until(self, condition: Callable[[Deletion], Result]) -> Result:
        """Wait until something is true of it."""
        while True:
            if found := condition(await self.row()):
                return found

    async def end(self, to: DeletionStatus, why: Why | None = None) -> str:
        """End it, as others do; its id."""

        def ended(work: Work) -> str:
            row = _only(work)
            assert deletions.end(work, row, to, clock.now() + LATER, why=why)
            return row.id

        return await self.store.write(ended)


def _only(work: Work) -> Deletion:
    return work.session.scalars(select(Deletion)).one()


def run(
    server: LivingServer,
    root: Path,
    storage: Callable[[Config], Storage],
    story: Callable[[Inside], Awaitable[None]],
    *,
    begin: bool = True,
) -> None:
    """Let a story happen on the data of a server that is stopped; unless told, deletions begin by themselves."""
    asyncio.run(_run(server, root, storage, story, begin))


async def _run(
    server: LivingServer,
    root: Path,
    storage: Callable[[Config], Storage],
    story: Callable[[Inside], Awaitable[None]],
    begin: bool,  # noqa: FBT001 - told by name before
) -> None:
    server.stop()
    config = Config(data=server.data, storage_allow=(ip_network("127.0.0.0/8"),), storage_folders=(root.parent,))
    async with _open(config, storage(config)) as inside, asyncio.timeout(40):
        running = asyncio.create_task(inside.deletions.run()) if begin else None
        try:
            await story(inside)
        finally:
            if running is not None:
                running.cancel()
                await asyncio.wait([running])


@asynccontextmanager
async def _open(config: Config, storage: Storage) -> AsyncIterator[Inside]:
    context = open_context(config, "http://localhost:1")
    context.hub.begin(await context.store.read(live.newest))
    try:
        yield Inside(context.store, Deletions(context.store, context.hub, lambda: clock.now() + LATER, storage))
    finally:
        await storage.close()
        context.passwords.close()
        context.store.close()
