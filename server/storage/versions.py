"""Old versions at an S3 service: how many there are below a folder, and deleting them."""

import contextlib

from server.contract.storage import TestResult
from server.storage.access import Access, Fs
from server.storage.answers import NotOffered, StorageError
from server.storage.remote import S3, Remote

OF_VERSIONS = {
    *(TestResult.NO_LIST_PERMISSION, TestResult.NO_DELETE_PERMISSION, TestResult.INVALID, TestResult.FAILED),
}
"""What a service says where it does not let one see, or delete, old versions."""


class Versions(Access):
    """Knows other services too, where there are none."""

    async def _old_versions(self, remote: Remote, path: str) -> int:
        """Return how many old versions stay, as `versions` does.

        The engine leaves them where the key may not ask whether the bucket keeps some: then they are deleted here.
        """
        if not await self.versions(remote, path):
            return 0
        with contextlib.suppress(StorageError):  # what stays is counted
            await self._long(remote, "operations/delete", {"fs": await self._versioned(remote, path)})
        return await self.versions(remote, path)

    async def _versioned(self, remote: Remote, path: str) -> Fs:
        return {**await self._fs(remote, path), "versions": "true", "version_deleted": "true"}

    async def versions(self, remote: Remote, path: str) -> int:
        """Return how many versions an S3 service has below a folder, current ones and markers too.

        At least one where nobody knows; none where it is another service.
        """
        if remote.kind not in S3:
            return 0
        fs = await self._versioned(remote, path)
        try:
            return int((await self._long(remote, "operations/size", {"fs": fs}))["count"])
        except StorageError as error:
            unknown = isinstance(error, NotOffered) or error.result is TestResult.NO_SUCH_PLACE
            if not unknown and error.result not in OF_VERSIONS:
                raise
            return int(await self._keeps_versions(remote, path, unknown=unknown) is not False)

    async def _keeps_versions(self, remote: Remote, path: str, *, unknown: bool = False) -> bool | None:
        """Whether a bucket keeps versions, or has; null where it does not say so, or may not be asked.

        One that does not find what it is asked for keeps none where versions are `unknown` to its service besides.
        """
        if remote.kind not in S3:
            return False
        body = {"fs": await self._fs(remote, path.partition("/")[0]), "command": "versioning"}
        try:
            return bool((await self._short(remote, "backend/command", body))["result"] != "Unversioned")
        except StorageError as error:
            if isinstance(error, NotOffered) or (unknown and error.result is TestResult.NO_SUCH_PLACE):
                return False
            if error.result not in {*OF_VERSIONS, TestResult.NO_SUCH_PLACE, TestResult.WRONG_SCHEME}:
                raise
            return None
