"""Emptying a folder at a service, and removing it: all that lies in it, and nothing beside it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from server.contract.storage import StorageKind, TestResult
from server.storage import calls, local, paths, unlinking
from server.storage.access import Fs
from server.storage.answers import StorageError, meaning
from server.storage.calls import STILL
from server.storage.counting import Counting, Size
from server.storage.engine import TELLING, UNANSWERED, Told
from server.storage.remote import Remote
from server.storage.unlinking import Unlinking
from server.storage.versions import OF_VERSIONS, Versions

Result = TypeVar("Result")


@dataclass(frozen=True)
class Emptying:
    """How far it is: how many objects are deleted, what failed how often, and how many deletions were `asked` for.

    It is `stuck` where nothing has come further for a while, as at a service that fails and is asked again.
    """

    deleted: int
    failed: int
    asked: int = field(default=0, compare=False)
    stuck: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Emptied:
    """How much is left, and why, null where nothing is; a folder that may not be listed counts as one.

    Where nothing is left, it is `sure` once a folder was seen and nothing went wrong, so that it was emptied here.
    """

    left: int
    failure: TestResult | None
    sure: bool = field(default=True, compare=False)


class Deleting(Counting, Versions):
    """Deletes what an approval named; may be cut off at any time, and repeated."""

    async def empty(self, remote: Remote, path: str, told: Callable[[Emptying], None], place: str = "") -> Emptied:
        """Delete all that lies below `path/`, old versions too; never a whole place.

        Where there are folders it itself stays, and so shows that its disk is there, until `remove`. Afterwards it is
        counted what is left, as `rest` does. What already is not there counts as deleted, so this may be repeated.
        """
        if "/" not in paths.checked(path):
            raise StorageError(TestResult.INVALID)
        body, said, asked = await self._to_empty(remote, path, place), TestResult.FAILED, 0
        if body is None:
            return Emptied(0, None, sure=False)

        def telling(stats: dict[str, Any]) -> None:
            nonlocal said, asked
            asked = int(stats["deletes"])
            if meaning(str(stats.get("lastError", ""))) is TestResult.NO_LIST_PERMISSION:
                said = TestResult.NO_LIST_PERMISSION  # in the end it may say but of how many objects
            told(_emptying(stats))

        failure = await self._purged(remote, path, body, telling)
        found = await self.rest(remote, path, place)
        left = found.all or int(await self._holds_more(remote, path, place, failure))
        if left:
            why = _why(said if failure is TestResult.FAILED else failure, found)
            if why not in OF_VERSIONS or await self._keeps_versions(remote, path) is not True:
                return Emptied(left, why)
            # the engine takes a name such as `a-v2024-01-01-000000-000.txt` for that of an old version of another
            before = asked
            try:
                await self._long(
                    remote,
                    "operations/delete",
                    {"fs": await self._fs(remote, path)},
                    lambda stats: told(_emptying({**stats, "deletes": before + int(stats["deletes"])})),
                )
            except StorageError as error:
                return Emptied(left, why if error.result in OF_VERSIONS else error.result)
        if stay := await self._old_versions(remote, path):
            return Emptied(stay, TestResult.OLD_VERSIONS)
        # at Azure it could but not delete folders that are none
        gone = failure is TestResult.NO_SUCH_PLACE or remote.kind is StorageKind.AZURE_BLOB
        return Emptied(0, None if gone else failure, sure=failure is None)

    async def _to_empty(self, remote: Remote, path: str, place: str) -> dict[str, Any] | None:
        """Return what is to be emptied, as the engine is asked for it; null where it is not there.

        Raises `StorageError` where it is a link, lies behind one, or is no folder.
        """
        if remote.kind is StorageKind.SFTP:
            await self._require_no_link(remote, path)
        azure = remote.kind is StorageKind.AZURE_BLOB
        above, _, name = path.partition("/") if azure else path.rpartition("/")
        try:
            if remote.kind.has_folders:
                return {"fs": await self._fs(remote, path, emptying=True)}
            return {"fs": await self._fs(remote, above, emptying=True), "remote": name}
        except StorageError as error:
            if error.result is not TestResult.NO_SUCH_PLACE:
                raise
            if await self.is_there(remote, path, place):
                raise StorageError(TestResult.INVALID) from error  # it is no folder
            return None

    async def _holds_more(self, remote: Remote, path: str, place: str, failure: TestResult | None) -> bool:
        """Whether something stayed that is no object: a link or a folder, or where there are no folders, it itself."""
        if remote.kind.has_folders:
            return await self.is_there(remote, path, place) and not await self.is_bare(remote, path)
        doubtful = failure is not None and remote.kind is not StorageKind.AZURE_BLOB
        return doubtful and await self.is_there(remote, path, place)

    async def remove(self, remote: Remote, path: str, place: str = "") -> Emptied:
        """Remove a folder that was emptied; what keeps it is told as by `empty`."""
        if await self._to_empty(remote, paths.checked(path), place) is None:
            return Emptied(0, None)
        above, _, name = path.rpartition("/")
        failure: TestResult | None = None
        try:
            if remote.kind is StorageKind.LOCAL and unlinking.POSSIBLE:
                root = await asyncio.to_thread(local.folder, self._config, remote.get("path"), "")
                with local.in_our_words():
                    if not await _to_its_end(asyncio.to_thread(unlinking.remove, root, path)):
                        return Emptied(0, None)
            else:
                body = {"fs": await self._fs(remote, above), "remote": name}
                await _to_its_end(self._short(remote, "operations/rmdir", body))
        except StorageError as error:
            failure = error.result
        if not await self.is_there(remote, path, place):
            return Emptied(0, None)
        found = await self.rest(remote, path, place)
        return Emptied(max(1, found.all), _why(failure, found))

    async def _purged(self, remote: Remote, path: str, body: dict[str, Any], told: Told) -> TestResult | None:
        """Delete what can be; say what went wrong."""
        try:
            if remote.kind is StorageKind.LOCAL and unlinking.POSSIBLE:
                await self._unlinked(remote, path, told)
            elif remote.kind.has_folders:
                await self._cleared(remote, body["fs"], told)
            else:
                await self._long(remote, "operations/purge", body, told)
        except StorageError as error:
            return error.result
        return None

    async def _cleared(self, remote: Remote, fs: Fs, told: Told) -> None:
        """Do with the engine what a purge does, but for the folder itself: delete files, and then bare folders."""
        deleted, unlisted = {"deletes": 0, "errors": 0}, None

        def deleting(stats: dict[str, Any]) -> None:
            deleted.update(deletes=int(stats["deletes"]), errors=int(stats["errors"]))
            told(stats)

        def tidying(stats: dict[str, Any]) -> None:
            told({**stats, **deleted, "errors": deleted["errors"] + int(stats["errors"])})

        try:
            await self._long(remote, "operations/delete", {"fs": fs}, deleting)
        except StorageError as error:
            if error.result is not TestResult.NO_LIST_PERMISSION:
                raise
            unlisted = error  # what may be listed was deleted
        try:
            await self._long(remote, "operations/rmdirs", {"fs": fs, "remote": "", "leaveRoot": True}, tidying)
        except StorageError as error:
            if error.result is not TestResult.NO_SUCH_PLACE:
                raise  # else folders go with their last file
        if unlisted is not None:
            raise unlisted

    async def _unlinked(self, remote: Remote, path: str, told: Told) -> None:
        """Empty a local folder, telling of its counts as the engine does; cancelled, it has stopped before it ends."""
        root = await asyncio.to_thread(local.folder, self._config, remote.get("path"), "")
        work = Unlinking()
        running = asyncio.create_task(asyncio.to_thread(work.run, root, path))
        try:
            while not (await asyncio.wait({running}, timeout=TELLING))[0]:
                told({"deletes": work.deleted + work.failed, "errors": work.failed})
            with local.in_our_words():
                await running
            if work.failed:
                raise StorageError(TestResult.NO_DELETE_PERMISSION)
        finally:
            work.halt()
            await asyncio.wait({running})
            told({"deletes": work.deleted + work.failed, "errors": work.failed})


async def _to_its_end(asked: Coroutine[Any, Any, Result]) -> Result:
    """Return what comes of it; cancelled, it has ended before this does."""
    task = asyncio.create_task(asked)
    try:
        return await asyncio.shield(task)
    finally:
        await asyncio.wait({task})


_NO_PERMISSION = (TestResult.NO_LIST_PERMISSION, TestResult.NO_DELETE_PERMISSION)


def _why(said: TestResult | None, found: Size) -> TestResult:
    """Say why something is left, as far as that is a matter of objects and not of the way to the service."""
    if said not in (None, TestResult.FAILED, TestResult.NO_SUCH_PLACE, *_NO_PERMISSION):
        return said
    if found.unlisted:
        return TestResult.NO_LIST_PERMISSION
    # services have one word for both, and all of it was listed
    return TestResult.NO_DELETE_PERMISSION if said in _NO_PERMISSION else TestResult.FAILED


def _emptying(stats: dict[str, Any]) -> Emptying:
    """Read the engine's counts: it counts an object once it is asked for, so what may not be deleted is taken off."""
    asked, failed = int(stats["deletes"]), int(stats["errors"])
    return Emptying(
        max(0, asked - failed - int(stats.get(UNANSWERED, 0))), failed, asked, stats.get(STILL, 0.0) > calls.IN_VAIN
    )
