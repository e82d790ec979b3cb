"""`Storage`: the one door to storage services, for all kinds of account alike."""

import asyncio
import contextlib
import errno
import os
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from server.config import Config
from server.contract.storage import Entry, StorageKind, TestResult
from server.storage import host_key, local, paths, unlinking
from server.storage import remote as remotes
from server.storage.answers import NotOffered, StorageError, meaning
from server.storage.calls import Calls
from server.storage.dialling import Dialling
from server.storage.engine import TELLING, find
from server.storage.remote import Remote
from server.storage.unlinking import Unlinking

MOST_ENTRIES = 1000
MOST_TESTED, MOST_AT_ONCE = 20, 4  # places of an account
_GOES_ON = {TestResult.OK, TestResult.NO_LIST_PERMISSION, TestResult.NO_SUCH_PLACE, TestResult.FAILED}
"""What a test may say of an account whose places may be used: not every key may list what there is."""

_UNUSABLE = {TestResult.NO_SUCH_PLACE, TestResult.NO_LIST_PERMISSION, TestResult.NOT_ALLOWED, TestResult.INVALID}
"""What says of a place that it cannot be used; all else may be a matter of how much lies there."""

_S3 = (StorageKind.AMAZON_S3, StorageKind.S3_COMPATIBLE)
_OVER_HTTP = (*_S3, StorageKind.AZURE_BLOB)
"""Services that are asked over HTTP, where anything may answer."""

Fs = dict[str, str]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Test:
    """How a test ended, and where that concerns one place alone, which; the host key is what an SFTP server showed."""

    __test__ = False  # pytest would take it for tests

    result: TestResult
    places: list[str]
    host_key: str | None = None
    place: str | None = None


@dataclass(frozen=True)
class Size:
    """What lies in a place, as far as its folders may be listed; `unlisted` of them at least may not be."""

    bytes: int
    objects: int
    unlisted: int = 0

    @property
    def all(self) -> int:
        """Return how much that is at least, whatever it is."""
        return self.objects + self.unlisted


@dataclass(frozen=True)
class Emptying:
    """How far it is: how many objects are deleted, and what went wrong how often."""

    deleted: int
    failed: int


@dataclass(frozen=True)
class Emptied:
    """How much is left, and why, null where nothing is; a folder that may not be listed counts as one.

    Where nothing is left, it is `sure` once a folder was seen and nothing went wrong, so that it was emptied here.
    """

    left: int
    failure: TestResult | None
    sure: bool = field(default=True, compare=False)


class Storage:
    """Made once. The engine is started with the first call, and ends with `close` or with our process."""

    def __init__(self, config: Config, dialling: Dialling | None = None) -> None:
        """Start nothing."""
        self._config = config
        self._dialling = dialling or Dialling(config.storage_allow)
        self._calls = Calls(lambda: find(config), self._dialling)

    async def close(self) -> None:
        """End the engine; a later call starts it again."""
        await self._calls.close()

    @property
    def missing(self) -> str | None:
        """Why there is no engine; null where there is one."""
        if self._calls.engine() is not None:
            return None
        configured = self._config.storage_engine
        return f"there is no program {configured}" if configured else "rclone is not on the PATH"

    async def test(self, remote: Remote, places: Sequence[str] = ()) -> Test:
        """Try an account, and then the first of these places in it that surely cannot be used is told.

        An SFTP server whose key is not the pinned one is told no password.
        """
        tried = await self._tried(remote)
        if remote.kind in _OVER_HTTP and tried.result is TestResult.NO_SUCH_PLACE:
            return replace(tried, result=TestResult.NO_SERVICE)
        if tried.result not in (TestResult.OK, TestResult.NO_LIST_PERMISSION):
            return tried
        tested, room = places[:MOST_TESTED], asyncio.Semaphore(MOST_AT_ONCE)
        looks = await asyncio.gather(*(self._looked(remote, each, room) for each in tested))
        for place, result in zip(tested, looks, strict=True):
            if result in _UNUSABLE:
                return replace(tried, result=result, place=place)
        return tried

    async def _looked(self, remote: Remote, place: str, room: asyncio.Semaphore) -> TestResult:
        """Look into a place, once there is room for it."""
        try:
            async with room:
                await self._level(remote, *(await self._at(remote, place)), dirsOnly=True)
        except StorageError as error:
            return error.result
        return TestResult.OK

    async def _tried(self, remote: Remote) -> Test:
        shown: str | None = None
        try:
            if remote.kind is StorageKind.SFTP:
                shown = await self._shown(remotes.checked(remote))
                pinned = remote.get("host_key")
                if not pinned or host_key.parsed(pinned).line != shown:
                    return Test(TestResult.HOST_KEY, [], shown)
            found = await self.places(remote)
            lies = not found and await self._says_yes(remote)
            return Test(TestResult.NO_SERVICE if lies else TestResult.OK, found, shown)
        except StorageError as error:
            return Test(error.result, [], shown)

    async def _says_yes(self, remote: Remote) -> bool:
        """Whether it lists what cannot be there: a page for people says yes to everything, which reads as nothing."""
        if remote.kind not in _OVER_HTTP:
            return False
        try:
            await self._level(remote, *(await self._at(remote, f"countersign-{secrets.token_hex(12)}")))
        except StorageError as error:
            if error.result in (TestResult.NO_SUCH_PLACE, TestResult.NO_LIST_PERMISSION):
                return False
            raise
        return True

    async def out_of_reach(self, remote: Remote, *, surely: bool = False) -> TestResult | None:
        """Say why nothing of an account can be reached, which is soon found out; null where some of it may be.

        Where it has to be reached `surely`, a failure that is not understood is a reason too.
        """
        tried = await self._tried(remote)  # buckets may be reached where nobody tells which there are
        if tried.result not in _GOES_ON or (surely and tried.result is TestResult.FAILED):
            return tried.result
        try:
            lies = surely and tried.result is not TestResult.OK and await self._says_yes(remote)
        except StorageError as error:
            return error.result
        return TestResult.NO_SERVICE if lies else None

    async def places(self, remote: Remote) -> list[str]:
        """Return buckets, containers, or the folders in the root; at most a thousand."""
        return [each["Name"] for each in (await self._listed(remote, "", folders_only=True))[:MOST_ENTRIES]]

    async def make_place(self, remote: Remote, name: str) -> None:
        """Make a bucket, a container, or a folder in the root."""
        name = paths.name(name)
        await self._short(remote, "operations/mkdir", {"fs": await self._fs(remote, ""), "remote": name})

    async def browse(self, remote: Remote, path: str) -> list[Entry]:
        """Return one level of a place, folders first; at most a thousand entries."""
        return [
            Entry(name=each["Name"], folder=each["IsDir"], size=None if each["IsDir"] else max(0, each["Size"]))
            for each in (await self._listed(remote, path))[:MOST_ENTRIES]
        ]

    async def measure(self, remote: Remote, path: str, told: Callable[[int, int], None]) -> Size:
        """Count all of a place, as `count` does; raises `StorageError` where a folder may not be listed."""
        size = await self.count(remote, path, told)
        if size.unlisted:
            raise StorageError(TestResult.NO_LIST_PERMISSION)
        return size

    async def count(self, remote: Remote, path: str, told: Callable[[int, int], None]) -> Size:
        """Count what may be listed. Tells about every second of the objects seen; of bytes at the end.

        The engine tells of the last failure alone: where that is a folder that has vanished, and there were more, it is
        counted once more.
        """
        size, doubtful = await self._counted(remote, path, told)
        if doubtful:
            size, _ = await self._counted(remote, path, told)
        told(size.bytes, size.objects)
        return size

    async def _counted(self, remote: Remote, path: str, told: Callable[[int, int], None]) -> tuple[Size, bool]:
        """Return what was counted, and whether more of its failures may be folders that have vanished."""
        errors, vanished = 0, False

        def telling(stats: dict[str, Any]) -> None:
            nonlocal errors, vanished
            errors = int(stats["errors"])
            vanished = errors > 0 and meaning(str(stats.get("lastError", ""))) is TestResult.NO_SUCH_PLACE
            told(0, int(stats["listed"]))

        try:
            counted = await self._long(remote, "operations/size", {"fs": await self._fs(remote, path)}, telling)
            size = Size(max(0, int(counted["bytes"])), max(0, int(counted["count"])), errors - vanished)
        except StorageError as error:
            if (remote.kind, error.result) == (StorageKind.AZURE_BLOB, TestResult.NO_SUCH_PLACE):
                size = await self._summed(remote, path, telling)
            else:
                raise
        return size, vanished and errors > 1

    async def rest(self, remote: Remote, path: str, place: str = "") -> Size:
        """Count what a folder still holds, and may be listed.

        One that is missing holds nothing, where the place it lies in is there: the first part of the path, or more.
        """
        if remote.kind is StorageKind.SFTP:
            await self._require_no_link(remote, path)
        try:
            return await self.count(remote, path, lambda _bytes, _objects: None)
        except StorageError as error:
            if (remote.kind, error.result) == (StorageKind.SFTP, TestResult.NO_LIST_PERMISSION):
                return await self._walked(remote, path)
            if error.result is not TestResult.NO_SUCH_PLACE:
                raise
            if await self.is_there(remote, path, place):
                raise StorageError(TestResult.INVALID) from error  # it is no folder
            return Size(0, 0)

    async def is_there(self, remote: Remote, path: str, place: str) -> bool:
        """Whether something lies there in a place; raises `StorageError` where the place itself is missing.

        Where there are folders, one may answer to a name that the service lists in other letters.
        """
        above, _, name = path.rpartition("/")
        try:
            named = name in [each["Name"] for each in await self._listed(remote, above)]
            return named or (remote.kind.has_folders and await self._opens(remote, path))
        except StorageError as error:
            whole = above == (place or above.partition("/")[0])
            if error.result is not TestResult.NO_SUCH_PLACE or whole:
                raise
            if await self.is_there(remote, above, place):
                raise StorageError(TestResult.INVALID) from error  # it is no folder
            return False

    async def _opens(self, remote: Remote, path: str) -> bool:
        """Whether there is a folder, by its own path."""
        try:
            await self._listed(remote, path)
        except StorageError as error:
            if error.result is not TestResult.NO_SUCH_PLACE:
                raise
            return False
        return True

    async def is_bare(self, remote: Remote, path: str) -> bool:
        """Whether nothing at all lies in a folder, as far as it is seen: not even a link, or a folder."""
        if remote.kind is not StorageKind.LOCAL:
            return not await self._names(remote, path, links=True)
        real = await asyncio.to_thread(local.folder, self._config, remote.get("path"), path)
        with _in_our_words():
            return not await asyncio.to_thread(os.listdir, real)

    async def _summed(self, remote: Remote, path: str, told: Callable[[dict[str, Any]], None]) -> Size:
        """Count what a list of all of it says: where a blob `alice` lies beside `alice/`, nothing else does."""
        place, _, rest = path.partition("/")
        options = {"recurse": True, "filesOnly": True, "noModTime": True, "noMimeType": True}
        body = {"fs": await self._fs(remote, place), "remote": rest, "opt": options}
        found = (await self._long(remote, "operations/list", body, told))["list"]
        return Size(sum(max(0, each["Size"]) for each in found), len(found))

    async def _walked(self, remote: Remote, path: str) -> Size:
        """Count folder by folder: at SFTP the engine gives up at the first that may not be listed."""
        size, objects, unlisted = 0, 0, 0
        async for _, entries in self._walk(remote, path):
            files = [max(0, each["Size"]) for each in entries or [] if not each["IsDir"]]
            size, objects, unlisted = size + sum(files), objects + len(files), unlisted + (entries is None)
        return Size(size, objects, unlisted)

    async def _walk(self, remote: Remote, path: str) -> AsyncIterator[tuple[str, list[dict[str, Any]] | None]]:
        """Yield folder after folder, by the way below `path`, with what lies in it: null where it may not be listed."""
        fs, top = await self._at(remote, path)
        folders = [top]
        while folders:
            folder, entries = folders.pop(), None
            try:
                entries = await self._level(remote, fs, folder)
            except StorageError as error:
                # what is not there may have a name that the engine cannot write
                if folder == top or error.result not in (TestResult.NO_LIST_PERMISSION, TestResult.NO_SUCH_PLACE):
                    raise
            folders += [each["Path"] for each in entries or [] if each["IsDir"]]
            yield folder.removeprefix(top).lstrip("/"), entries

    async def remains(self, remote: Remote, path: str, most: int) -> list[str]:
        """Return some of what a folder still holds, by the way below it: files, links, and folders, which end with `/`.

        Those are folders that may not be listed, and the folder itself where nothing is seen in it.
        """
        found = list[str]()
        try:
            async for folder, entries in self._walk(remote, path):
                names = [each["Name"] for each in entries or [] if not each["IsDir"]]
                if remote.kind is StorageKind.SFTP and entries is not None:
                    fs = {**(await self._at(remote, path))[0], "skip_links": "false"}
                    seen = {each["Name"] for each in entries}
                    names += [
                        each["Name"] for each in await self._level(remote, fs, folder) if each["Name"] not in seen
                    ]
                found += [f"{folder}/{name}".lstrip("/") for name in names] if entries is not None else [f"{folder}/"]
                if len(found) >= most:
                    break
        except StorageError as error:
            if error.result is TestResult.NO_SUCH_PLACE:
                return []
            raise
        return [paths.meant(each) for each in found[:most]] or [f"{path.rpartition('/')[2]}/"]

    async def empty(self, remote: Remote, path: str, told: Callable[[Emptying], None], place: str = "") -> Emptied:
        """Delete all that lies below `path/`, old versions too; never a whole place.

        Where there are folders it itself stays, and so shows that its disk is there, until `remove`. Afterwards it is
        counted what is left, as `rest` does. What already is not there counts as deleted, so this may be repeated.
        """
        if "/" not in paths.checked(path):
            raise StorageError(TestResult.INVALID)
        body, said = await self._to_empty(remote, path, place), TestResult.FAILED
        if body is None:
            return Emptied(0, None, sure=False)

        def telling(stats: dict[str, Any]) -> None:
            nonlocal said
            if meaning(str(stats.get("lastError", ""))) is TestResult.NO_LIST_PERMISSION:
                said = TestResult.NO_LIST_PERMISSION  # in the end it may say but of how many objects
            told(_emptying(stats))

        failure = await self._purged(remote, path, body, telling)
        found = await self.rest(remote, path, place)
        left = found.all or int(await self._holds_more(remote, path, place, failure))
        if left:
            why = _why(said if failure is TestResult.FAILED else failure, found)
            if why not in _OF_VERSIONS or await self._keeps_versions(remote, path) is not True:
                return Emptied(left, why)
            # the engine takes a name such as `a-v2024-01-01-000000-000.txt` for that of an old version of another
            try:
                await self._long(remote, "operations/delete", {"fs": await self._fs(remote, path)}, _ignore)
            except StorageError as error:
                return Emptied(left, why if error.result in _OF_VERSIONS else error.result)
        if stay := await self._old_versions(remote, path):
            return Emptied(stay, TestResult.OLD_VERSIONS)
        # at Azure it could but not delete folders that are none
        gone = failure is TestResult.NO_SUCH_PLACE or remote.kind is StorageKind.AZURE_BLOB
        return Emptied(0, None if gone else failure, sure=failure is None)

    async def _old_versions(self, remote: Remote, path: str) -> int:
        """Return how many old versions stay, as `versions` does.

        The engine leaves them where the key may not ask whether the bucket keeps some: then they are deleted here.
        """
        if not await self.versions(remote, path):
            return 0
        with contextlib.suppress(StorageError):  # what stays is counted
            await self._long(remote, "operations/delete", {"fs": await self._versioned(remote, path)}, _ignore)
        return await self.versions(remote, path)

    async def _versioned(self, remote: Remote, path: str) -> Fs:
        return {**await self._fs(remote, path), "versions": "true", "version_deleted": "true"}

    async def versions(self, remote: Remote, path: str) -> int:
        """Return how many versions an S3 service has below a folder, current ones and markers too.

        At least one where nobody knows; none where it is another service.
        """
        if remote.kind not in _S3:
            return 0
        fs = await self._versioned(remote, path)
        try:
            return int((await self._long(remote, "operations/size", {"fs": fs}, _ignore))["count"])
        except StorageError as error:
            if isinstance(error, NotOffered) or error.result is TestResult.NO_SUCH_PLACE:
                return int(await self._keeps_versions(remote, path) is True)
            if error.result not in _OF_VERSIONS:
                raise
            return int(await self._keeps_versions(remote, path) is not False)

    async def _keeps_versions(self, remote: Remote, path: str) -> bool | None:
        """Whether a bucket keeps versions, or has; null where it does not say so, or may not be asked."""
        if remote.kind not in _S3:
            return False
        body = {"fs": await self._fs(remote, path.partition("/")[0]), "command": "versioning"}
        try:
            return bool((await self._short(remote, "backend/command", body))["result"] != "Unversioned")
        except StorageError as error:
            if isinstance(error, NotOffered):
                return False
            if error.result not in {*_OF_VERSIONS, TestResult.NO_SUCH_PLACE, TestResult.WRONG_SCHEME}:
                raise
            return None

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
                with _in_our_words():
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

    async def _purged(
        self, remote: Remote, path: str, body: dict[str, Any], told: Callable[[dict[str, Any]], None]
    ) -> TestResult | None:
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

    async def _cleared(self, remote: Remote, fs: Fs, told: Callable[[dict[str, Any]], None]) -> None:
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

    async def _unlinked(self, remote: Remote, path: str, told: Callable[[dict[str, Any]], None]) -> None:
        """Empty a local folder, telling of its counts as the engine does; cancelled, it has stopped before it ends."""
        root = await asyncio.to_thread(local.folder, self._config, remote.get("path"), "")
        work = Unlinking()
        running = asyncio.create_task(asyncio.to_thread(work.run, root, path))
        try:
            while not (await asyncio.wait({running}, timeout=TELLING))[0]:
                told({"deletes": work.deleted + work.failed, "errors": work.failed})
            with _in_our_words():
                await running
            if work.failed:
                raise StorageError(TestResult.NO_DELETE_PERMISSION)
        finally:
            work.halt()
            await asyncio.wait({running})
            told({"deletes": work.deleted + work.failed, "errors": work.failed})

    async def _require_no_link(self, remote: Remote, path: str) -> None:
        """Raise where a part of a path is a link on the SFTP server: it would have somebody else's folder emptied."""
        above = ""
        for name in path.split("/"):
            real = await self._names(remote, above)
            if name not in real and name in await self._names(remote, above, links=True):
                raise StorageError(TestResult.NOT_ALLOWED)
            above = f"{above}/{name}" if above else name

    async def _names(self, remote: Remote, path: str, *, links: bool = False) -> set[str]:
        """Return the names in a folder, with those of links or without; none where there is no such folder."""
        fs = await self._fs(remote, path)
        if links:
            fs["skip_links"] = "false"
        try:
            return {each["Name"] for each in await self._level(remote, fs, "")}
        except StorageError as error:
            if error.result is TestResult.NO_SUCH_PLACE:
                return set()
            raise

    async def _listed(self, remote: Remote, path: str, *, folders_only: bool = False) -> list[dict[str, Any]]:
        """Return all that the engine says of one level: folders first, and by name."""
        found = await self._level(remote, *(await self._at(remote, path)), dirsOnly=folders_only)
        # a service may list very many, and the rest of the server goes on meanwhile
        return await asyncio.to_thread(sorted, found, key=lambda each: (not each["IsDir"], each["Name"]))

    async def _level(self, remote: Remote, fs: Fs, folder: str, **options: bool) -> list[dict[str, Any]]:
        """Return all that the engine says of one level, below what it was asked for."""
        body = {"fs": fs, "remote": folder, "opt": {"noModTime": True, "noMimeType": True, **options}}
        found: list[dict[str, Any]] = (await self._short(remote, "operations/list", body))["list"]
        return found

    async def _at(self, remote: Remote, path: str) -> tuple[Fs, str]:
        """Return by what the engine is asked for a folder, and the rest of the way.

        At Azure a blob `alice` would be taken for what lies below `alice/`.
        """
        azure = remote.kind is StorageKind.AZURE_BLOB
        place, _, rest = paths.checked(path).partition("/") if azure else (path, "", "")
        return await self._fs(remote, place), rest

    async def _shown(self, remote: Remote) -> str:
        port, pinned = remotes.port_of(remote), remote.get("host_key")
        return (await host_key.shown(self._dialling, remote.get("host"), port, pinned)).line

    async def _fs(self, remote: Remote, path: str, *, emptying: bool = False) -> Fs:
        """Return what the engine calls a place; its trailing slash says that it is a folder.

        For `emptying` also what only stands for something else is seen, so that it can be deleted.
        """
        remote, path = remotes.checked(remote), paths.checked(path)
        if remote.kind is StorageKind.LOCAL:
            real = await asyncio.to_thread(local.folder, self._config, remote.get("path"), path)
            links = "links" if emptying else "skip_links"
            return {"type": "local", "encoding": remotes.EXACT, links: "true", "_root": f"{real}/"}
        if remote.kind is StorageKind.SFTP and not remote.get("host_key"):
            raise StorageError(TestResult.HOST_KEY)
        options = remotes.options(remote, await self._calls.way_out())
        if "pass" in options:
            clear = {"clear": options["pass"]}
            options["pass"] = (await self._calls.short((), "core/obscure", clear))["obscured"]
        if emptying and remote.kind is StorageKind.AZURE_BLOB:
            options |= {"directory_markers": "true", "delete_snapshots": "include"}
        return options | {"_root": remotes.root(remote) + (f"{path}/" if path else "")}

    async def _short(self, remote: Remote, call: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._calls.short(remotes.goals(remote), call, body)

    async def _long(
        self, remote: Remote, call: str, body: dict[str, Any], told: Callable[[dict[str, Any]], None]
    ) -> dict[str, Any]:
        return await self._calls.long(remotes.goals(remote), call, body, told)


_OF_VERSIONS = {
    *(TestResult.NO_LIST_PERMISSION, TestResult.NO_DELETE_PERMISSION, TestResult.INVALID, TestResult.FAILED),
}
"""What a service says where it does not let one see, or delete, old versions."""


def _ignore(_stats: dict[str, Any]) -> None:
    """Tell nobody."""


_NO_FOLDER = (errno.ENOTDIR, errno.ELOOP, errno.EMLINK)
"""What a system says of a link, or of a file, that is to be opened as a folder."""


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Say in our own words why the system does not let us."""
    try:
        yield
    except FileNotFoundError as error:
        raise StorageError(TestResult.NO_SUCH_PLACE) from error
    except PermissionError as error:
        raise StorageError(TestResult.NO_LIST_PERMISSION) from error
    except OSError as error:
        raise StorageError(TestResult.NOT_ALLOWED if error.errno in _NO_FOLDER else TestResult.FAILED) from error


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
    """Read the engine's counts: an object counts as deleted before it is, so those that failed are taken off."""
    failed = int(stats["errors"])
    return Emptying(max(0, int(stats["deletes"]) - failed), failed)
