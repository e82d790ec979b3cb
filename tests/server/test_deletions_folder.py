"""A user's folder that services show in their own ways, and that others remove or keep while it is deleted."""

import asyncio
import subprocess
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest
from sqlalchemy import select
from typing_extensions import override

from server.config import Config
from server.contract.deletion import DeletionStatus
from server.contract.storage import TestResult
from server.storage import host_key, unlinking
from server.storage.access import Fs
from server.storage.answers import StorageError
from server.storage.dialling import Dialling
from server.storage.emptying import Emptied, Emptying
from server.storage.remote import Remote
from server.storage.storage import Storage
from server.store.storage_tables import StorageAccount
from server.store.work import Work
from tests.both import on_sqlite
from tests.server.customers import Disk, Start
from tests.server.inside import Inside, run
from tests.server.test_deletions_inside import by, disk
from tests.storage.openssh import OpenSsh, openssh
from tests.storage.services import PASSWORD, USERNAME, engine, files, serve_sftp, sftp

__all__ = ["by", "openssh"]  # fixtures

pytestmark = on_sqlite


class OtherLetters(Storage):
    """A file system to which `mia` and `MIA` are one name."""

    @override
    async def _fs(self, remote: Remote, path: str, *, emptying: bool = False) -> Fs:
        return await super()._fs(remote, path.replace("mia", "MIA"), emptying=emptying)

    @override
    async def _unlinked(self, remote: Remote, path: str, told: Callable[[dict[str, object]], None]) -> None:
        await super()._unlinked(remote, path.replace("mia", "MIA"), told)

    @override
    async def is_bare(self, remote: Remote, path: str) -> bool:
        return await super().is_bare(remote, path.replace("mia", "MIA"))


def test_a_folder_that_is_listed_in_other_letters_is_no_missing_one(
    start_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, remove = disk(start_server, tmp_path, "MIA/1", "MIA/2", "jonas/3"), unlinking.remove
    monkeypatch.setattr(unlinking, "remove", lambda root, path: remove(root, path.replace("mia", "MIA")))

    async def story(inside: Inside) -> None:
        await inside.until(lambda row: row.ended_at)
        row = await inside.row()
        assert (row.status, row.deleted, row.left) == ("done", 2, 0)

    run(there.server, there.root, OtherLetters, story)
    assert files(there.root / "customers") == {"jonas/3"}
    assert not (there.root / "customers" / "MIA").exists()


class Vanishing(Storage):
    """A service at which a folder goes with its last file, or that has emptied it but in part."""

    folder: Path
    failure: TestResult | None = None

    @override
    async def _purged(
        self, remote: Remote, path: str, body: dict[str, object], told: Callable[[dict[str, object]], None]
    ) -> TestResult | None:
        failure = await super()._purged(remote, path, body, told)
        self.folder.rmdir()
        return failure or self.failure


@pytest.mark.parametrize(
    ("beside", "failure", "ends"),
    [
        (("jonas/1",), None, ("done", None, 0)),
        ((), None, ("failed", "nothing_found", None)),
        (("jonas/1",), TestResult.NO_SUCH_PLACE, ("failed", "nothing_found", None)),
    ],
)
def test_a_folder_that_goes_with_its_last_file_is_gone_unless_its_disk_may_be(
    start_server: Start,
    tmp_path: Path,
    by: OpenSsh | None,
    beside: tuple[str, ...],
    failure: TestResult | None,
    ends: tuple[str, str | None, int | None],
) -> None:
    there = disk(start_server, tmp_path, "mia/1", "mia/2", *beside, by=by)

    def storage(config: Config) -> Vanishing:
        found = Vanishing(config)
        found.folder, found.failure = there.root / "customers" / "mia", failure
        return found

    async def story(inside: Inside) -> None:
        await inside.until(lambda row: row.ended_at)
        row = await inside.row()
        assert (row.status, row.why, row.left) == ends

    run(there.server, there.root, storage, story)
    assert files(there.root / "customers") == set(beside)


class Gateway:
    """An SFTP server over an object store, in which there are no folders but by what lies in them."""

    def __init__(self, home: Path) -> None:
        """Start it, and trust its key."""
        home.mkdir()
        self.service = serve_sftp(Path(":memory:gateway"), home)
        local = Dialling((ip_network("127.0.0.0/8"),))
        self._key = asyncio.run(host_key.shown(local, "127.0.0.1", self.service.port, "")).line

    def settings(self, _root: Path) -> dict[str, str]:
        """Return how an account reaches it."""
        return dict(sftp(self.service, host_key=self._key).settings)

    def ask(self, *command: str, written: bytes = b"") -> str:
        """Ask the engine for something there, and return what it says."""
        hidden = subprocess.check_output([engine(), "obscure", PASSWORD], text=True).strip()
        at = f":sftp,host=127.0.0.1,port={self.service.port},user={USERNAME},pass={hidden}:{command[-1]}"
        return subprocess.run(
            [engine(), *command[:-1], at], input=written, capture_output=True, check=True
        ).stdout.decode()


def test_a_gateway_to_an_object_store_keeps_no_emptied_folder(start_server: Start, tmp_path: Path) -> None:
    gateway = Gateway(tmp_path / "home")
    for each in ("mia/1", "mia/deep/2", "jonas/3"):
        gateway.ask("rcat", f"customers/{each}", written=b"x" * 100)
    report = Disk(start_server, tmp_path / "disk", by=gateway).delete()
    assert (report["status"], report["deleted"], report["left"]) == ("done", 2, 0)
    assert gateway.ask("lsf", "--files-only", "-R", "").split() == ["customers/jonas/3"]
    gateway.service.stop()


class Alternating(Storage):
    """Deletes nothing, and now finds two objects, now one."""

    tries = 0

    @override
    async def empty(self, remote: Remote, path: str, told: Callable[[Emptying], None], place: str = "") -> Emptied:
        self.tries += 1
        return Emptied(1 + self.tries % 2, TestResult.FAILED)


def test_what_leaves_no_fewer_than_ever_is_given_up(
    start_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, made = disk(start_server, tmp_path, "mia/1", "mia/2"), list[Alternating]()
    monkeypatch.setattr("server.deleting.LONGEST_PAUSE", 0.01)

    def storage(config: Config) -> Alternating:
        made.append(Alternating(config))
        return made[0]

    async def story(inside: Inside) -> None:
        await inside.until(lambda row: row.ended_at)
        assert (await inside.row()).why == "not_deleted"

    run(there.server, there.root, storage, story)
    assert made[0].tries == 4  # two, one, and twice no fewer than that


class EndedMeanwhile(Storage):
    """Is ended by somebody once all is deleted, who tells nobody."""

    end: Callable[[], asyncio.Task[str]]

    @override
    async def empty(self, remote: Remote, path: str, told: Callable[[Emptying], None], place: str = "") -> Emptied:
        emptied = await super().empty(remote, path, told, place)
        await self.end()
        return emptied


def test_of_one_that_has_ended_the_folder_stays(start_server: Start, tmp_path: Path) -> None:
    there, made = disk(start_server, tmp_path, "mia/1"), list[EndedMeanwhile]()

    def storage(config: Config) -> EndedMeanwhile:
        made.append(EndedMeanwhile(config))
        return made[0]

    async def story(inside: Inside) -> None:
        made[0].end = lambda: asyncio.create_task(inside.end(DeletionStatus.STOPPED))
        await inside.deletions._look()
        await asyncio.wait([going.task for going in inside.deletions._going.values() if going.task])
        assert (await inside.row()).status == "stopped"

    run(there.server, there.root, storage, story, begin=False)
    assert (there.root / "customers" / "mia").is_dir()


class Away(Storage):
    """Cannot be reached for deleting."""

    @override
    async def empty(self, remote: Remote, path: str, told: Callable[[Emptying], None], place: str = "") -> Emptied:
        raise StorageError(TestResult.UNREACHABLE)


def test_one_that_its_next_try_ends_tells_what_it_left(start_server: Start, tmp_path: Path) -> None:
    there = disk(start_server, tmp_path, "mia/1", "mia/2")

    def move(work: Work) -> None:
        account = work.session.scalars(select(StorageAccount)).one()
        account.settings = {"path": str(tmp_path)}

    async def story(inside: Inside) -> None:
        await inside.until(lambda row: row.trouble)
        await inside.store.write(move)
        assert await inside.until(lambda row: row.left) == 2
        assert (await inside.row()).why == "storage_changed"

    run(there.server, there.root, Away, story)
