"""Access to an account: how the engine is asked for what lies where in it, whatever its kind."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from server.config import Config
from server.contract.storage import StorageKind, TestResult
from server.storage import host_key, local, paths
from server.storage import remote as remotes
from server.storage.answers import StorageError
from server.storage.calls import Calls
from server.storage.dialling import Dialling
from server.storage.engine import Told, find
from server.storage.remote import Remote

Fs = dict[str, str]


def _ignore(_stats: dict[str, Any]) -> None:
    """Tell nobody."""


class Access:
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
        async with _held(await self._fs(remote, path)) as fs:
            with local.in_our_words():
                return not await asyncio.to_thread(os.listdir, fs["_root"])

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
        async with _held(body["fs"]) as fs:
            return await self._calls.short(remotes.goals(remote), call, {**body, "fs": fs})

    async def _long(self, remote: Remote, call: str, body: dict[str, Any], told: Told = _ignore) -> dict[str, Any]:
        async with _held(body["fs"]) as fs:
            return await self._calls.long(remotes.goals(remote), call, {**body, "fs": fs}, told)


@asynccontextmanager
async def _held(fs: Fs) -> AsyncIterator[Fs]:
    """Ask for a local folder by a descriptor while the call runs, so that no link which takes its place is followed.

    Not where links are to be deleted: the engine would take that for one, and where it can be held no engine deletes.
    """
    if fs["type"] != "local" or "links" in fs or not local.HELD:
        yield fs
        return
    with local.in_our_words():
        held = await asyncio.to_thread(local.hold, fs["_root"])
    try:
        yield fs | {"_root": f"/proc/{os.getpid()}/fd/{held}/"}
    finally:
        os.close(held)
