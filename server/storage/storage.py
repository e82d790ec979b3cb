"""`Storage`: the one door to storage services, for all kinds of account alike."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.contract.storage import Entry, StorageKind, TestResult
from server.storage import host_key, local, paths
from server.storage import remote as remotes
from server.storage.answers import StorageError
from server.storage.emptying import Deleting
from server.storage.remote import S3, Remote

MOST_ENTRIES = 1000
MOST_TESTED, MOST_AT_ONCE = 20, 4  # places of an account
_GOES_ON = {TestResult.OK, TestResult.NO_LIST_PERMISSION, TestResult.NO_SUCH_PLACE, TestResult.FAILED}
"""What a test may say of an account whose places may be used: not every key may list what there is."""

_UNUSABLE = {TestResult.NO_SUCH_PLACE, TestResult.NO_LIST_PERMISSION, TestResult.NOT_ALLOWED, TestResult.INVALID}
"""What says of a place that it cannot be used; all else may be a matter of how much lies there."""

_OVER_HTTP = (*S3, StorageKind.AZURE_BLOB)
"""Services that are asked over HTTP, where anything may answer."""


@dataclass(frozen=True)
class Test:
    """How a test ended, and where that concerns one place alone, which; the host key is what an SFTP server showed."""

    __test__ = False  # pytest would take it for tests

    result: TestResult
    places: list[str]
    host_key: str | None = None
    place: str | None = None


class Storage(Deleting):
    """What may be done with an account: it is tried, looked into, counted, and emptied."""

    async def test(self, remote: Remote, places: Sequence[str] = ()) -> Test:
        """Try an account, and then the first of these places in it that surely cannot be used is told.

        Next comes one that could not be emptied, as nobody may tell which old versions an S3 service keeps there.
        An SFTP server whose key is not the pinned one is told no password.
        """
        tried = await self._tried(remote)
        if remote.kind in _OVER_HTTP and tried.result is TestResult.NO_SUCH_PLACE:
            return replace(tried, result=TestResult.NO_SERVICE)
        if tried.result not in (TestResult.OK, TestResult.NO_LIST_PERMISSION):
            return tried
        tested, room = places[:MOST_TESTED], asyncio.Semaphore(MOST_AT_ONCE)
        looks = await asyncio.gather(*(self._looked(remote, each, room) for each in tested))
        for telling in (_UNUSABLE, {TestResult.OLD_VERSIONS}):
            for place, result in zip(tested, looks, strict=True):
                if result in telling:
                    return replace(tried, result=result, place=place)
        return tried

    async def _looked(self, remote: Remote, place: str, room: asyncio.Semaphore) -> TestResult:
        """Look into a place, once there is room for it."""
        try:
            async with room:
                await self._readable(remote, place, folders_only=True)
                hidden = await self.versions(remote, f"{place}/{_nowhere()}")
        except StorageError as error:
            return error.result
        return TestResult.OLD_VERSIONS if hidden else TestResult.OK

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
            await self._level(remote, *(await self._at(remote, _nowhere())))
        except StorageError as error:
            if error.result in (TestResult.NO_SUCH_PLACE, TestResult.NO_LIST_PERMISSION):
                return False
            raise
        return True

    async def out_of_reach(self, remote: Remote, *, surely: bool = False) -> TestResult | None:
        """Say why nothing of an account can be reached, which is soon found out; null where some of it may be.

        Where it has to be reached `surely`, a failure that is not understood is a reason too, and a service that lists
        its buckets is still asked for what cannot be there: a page may stand for some of its answers only.
        """
        tried = await self._tried(remote)  # buckets may be reached where nobody tells which there are
        if tried.result not in _GOES_ON or (surely and tried.result is TestResult.FAILED):
            return tried.result
        try:
            lies = surely and await self._says_yes(remote)
        except StorageError as error:
            return None if tried.result is TestResult.OK else error.result
        return TestResult.NO_SERVICE if lies else None

    async def places(self, remote: Remote) -> list[str]:
        """Return buckets, containers, or the folders in the root; at most a thousand."""
        return [each["Name"] for each in (await self._readable(remote, "", folders_only=True))[:MOST_ENTRIES]]

    async def make_place(self, remote: Remote, name: str) -> None:
        """Make a bucket, a container, or a folder in the root."""
        name = paths.name(name)
        await self._short(remote, "operations/mkdir", {"fs": await self._fs(remote, ""), "remote": name})

    async def browse(self, remote: Remote, path: str) -> list[Entry]:
        """Return one level of a place, folders first; at most a thousand entries."""
        return [
            Entry(name=each["Name"], folder=each["IsDir"], size=None if each["IsDir"] else max(0, each["Size"]))
            for each in (await self._readable(remote, path))[:MOST_ENTRIES]
        ]

    async def _readable(self, remote: Remote, path: str, *, folders_only: bool = False) -> list[dict[str, Any]]:
        """Return what lies at one level; the engine takes a local folder that we may not read for an empty one."""
        found = await self._listed(remote, path, folders_only=folders_only)
        if remote.kind is StorageKind.LOCAL and not found:
            local.require_readable(await asyncio.to_thread(local.folder, self._config, remote.get("path"), path))
        return found


def _nowhere() -> str:
    """Return a name that nothing has."""
    return f"countersign-{secrets.token_hex(12)}"
