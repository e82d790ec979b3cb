"""Counting what lies in a place, and naming it, as far as its folders may be listed."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from server.contract.storage import StorageKind, TestResult
from server.storage import paths
from server.storage.access import Access
from server.storage.answers import StorageError, meaning
from server.storage.engine import Told
from server.storage.remote import Remote


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


class Counting(Access):
    """Counts, and changes nothing."""

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

    async def _summed(self, remote: Remote, path: str, told: Told) -> Size:
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
