"""Deletions at moments that only a storage in the test's own hand can choose: ended, hindered, answered by others."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from server.config import Config
from server.contract.deletion import DeletionStatus, Why
from server.services import emptying
from server.storage.emptying import Emptied, Emptying
from server.storage.remote import Remote
from server.storage.storage import Storage
from server.store import tables
from tests.both import on_sqlite
from tests.forms import in_turn
from tests.living import LivingServer
from tests.server.customers import Disk, Start
from tests.server.inside import LATER, Inside, run
from tests.server.storing import LOOPBACK, account, destination
from tests.storage.flat_s3 import FlatS3
from tests.storage.openssh import OpenSsh, openssh
from tests.storage.services import files, fill

__all__ = ["openssh"]  # a fixture

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


class Cut(Storage):
    """Comes so far and no further: it has begun, has emptied a folder, or that is written."""

    def __init__(self, config: Config, at: str) -> None:
        """Have come nowhere yet."""
        super().__init__(config)
        self._point, self.reached = at, asyncio.Event()

    @override
    async def empty(self, remote: Remote, path: str, told: Callable[[Emptying], None], place: str = "") -> Emptied:
        if self._point == "begun":
            await self._stand()
        emptied = await super().empty(remote, path, told, place)
        if self._point == "emptied":
            await self._stand()
        return emptied

    @override
    async def remove(self, remote: Remote, path: str, place: str = "") -> Emptied:
        await self._stand()
        raise AssertionError

    async def _stand(self) -> None:
        self.reached.set()
        await asyncio.Event().wait()


@pytest.fixture(params=["local", "sftp"])
def by(request: pytest.FixtureRequest) -> OpenSsh | None:
    """Return the way to the disk."""
    found: OpenSsh | None = request.getfixturevalue("openssh") if request.param == "sftp" else None
    return found


def disk(start_server: Start, tmp_path: Path, *paths: str, by: OpenSsh | None = None) -> Disk:
    """Return a user whose data lies on a disk, and is to be deleted."""
    there = Disk(start_server, tmp_path / "disk", hold=HOUR, by=by)
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


@pytest.mark.parametrize(
    ("at", "mounted", "ends", "beside"),
    [
        (at, mounted, "done" if mounted or at == "written" else "failed", beside)
        for at in ("begun", "emptied", "written")
        for mounted in (True, False)
        for beside in ((), ("marker", "jonas/1"))
        if in_turn(at, str(mounted), *beside, of=2)
    ],
)
def test_only_what_was_written_before_the_folder_went_says_that_all_is_gone(
    start_server: Start,
    tmp_path: Path,
    by: OpenSsh | None,
    at: str,
    ends: str,
    beside: tuple[str, ...],
    *,
    mounted: bool,
) -> None:
    there, cut = disk(start_server, tmp_path, "mia/1", "mia/2", *beside, by=by), list[Cut]()

    def storage(config: Config) -> Cut:
        cut.append(Cut(config, at))
        return cut[0]

    async def story(_: Inside) -> None:
        await cut[0].reached.wait()

    run(there.server, there.root, storage, story)
    if not mounted:
        there.unmount(*beside)
    there.server.start()
    there.console.url = there.server.url
    report = there.over()
    assert (report["status"], report["why"]) == (ends, "nothing_found" if ends == "failed" else None)
    assert (report["objects"], report["left"]) == (2, 0 if ends == "done" else None)
    assert files(there.root / "customers") == set(beside)
    if not mounted and at == "begun":
        assert files(there.unmounted) == {"mia/1", "mia/2", *beside}
    assert not (there.root / "customers" / "mia").exists()


class Unmounted(Storage):
    """Loses its disk once it is to be emptied."""

    lose: Callable[[], None]

    @override
    async def empty(self, remote: Remote, path: str, told: Callable[[Emptying], None], place: str = "") -> Emptied:
        self.lose()
        return await super().empty(remote, path, told, place)


def test_a_disk_that_goes_meanwhile_takes_nothing_for_deleted(
    start_server: Start, tmp_path: Path, by: OpenSsh | None
) -> None:
    there = disk(start_server, tmp_path, "mia/1", "mia/2", "jonas/3", by=by)

    def storage(config: Config) -> Unmounted:
        found = Unmounted(config)
        found.lose = there.unmount
        return found

    async def story(inside: Inside) -> None:
        await inside.until(lambda row: row.status == "failed")
        row = await inside.row()
        assert (row.why, row.deleted, row.left) == ("nothing_found", 0, None)

    run(there.server, there.root, storage, story)
    assert files(there.unmounted) == {"mia/1", "mia/2", "jonas/3"}


class Written(Storage):
    """Is written into by somebody as soon as all is gone."""

    write: Callable[[], None]

    @override
    async def remove(self, remote: Remote, path: str, place: str = "") -> Emptied:
        emptied = await super().remove(remote, path, place)
        self.write()
        return emptied


def test_where_somebody_goes_on_writing_it_ends_and_names_that(start_server: Start, tmp_path: Path) -> None:
    there = disk(start_server, tmp_path, "mia/1", "jonas/2")

    def storage(config: Config) -> Written:
        found = Written(config)
        found.write = lambda: fill(there.root / "customers", "mia/new")
        return found

    async def story(inside: Inside) -> None:
        await inside.until(lambda row: row.status == "failed")
        row = await inside.row()
        assert (row.why, row.trouble, row.left, row.failures) == ("not_deleted", "failed", 1, ["new"])

    run(there.server, there.root, storage, story)
    assert files(there.root / "customers") == {"mia/new", "jonas/2"}


def flat(start_server: Start) -> tuple[LivingServer, FlatS3]:
    """Return a server with a user whose data at a flat service is to be deleted."""
    service = FlatS3()
    service.keys = {"customers/mia/one": 8, "customers/jonas/four": 4}
    server = start_server(**LOOPBACK, storage_refresh=0, hold=HOUR)
    console, phone = server.protected()
    made = destination(console, account(console, service.endpoint)["id"], "backup/customers")["destinations"][0]["id"]
    request = console.ask("user.delete", user=console.user(destination=made, folder="mia"), mode="user_and_data")
    assert phone.approve(request["id"], request["code"]) == "executed"
    return server, service


class Paged(Storage):
    """Asks a page about maintenance while it empties, until that is counted."""

    service: FlatS3

    @override
    async def empty(self, remote: Remote, path: str, told: Callable[[Emptying], None], place: str = "") -> Emptied:
        self.service.page = 200, "<html>down for maintenance</html>"
        try:
            return await super().empty(remote, path, told, place)
        finally:
            self.service.page = None


def test_what_a_page_called_gone_is_looked_at_once_more(start_server: Start, tmp_path: Path) -> None:
    server, service = flat(start_server)

    def storage(config: Config) -> Paged:
        found = Paged(config)
        found.service = service
        return found

    async def story(inside: Inside) -> None:
        assert await inside.until(lambda row: row.trouble or row.ended_at) == "failed"
        assert (await inside.row()).status == "running"

    run(server, tmp_path, storage, story)
    assert set(service.keys) == {"customers/mia/one", "customers/jonas/four"}
    service.close()


PAGE = (200, "<html>down for maintenance</html>", dict[str, str]())
LISTS = "prefix=customers%2Fmia%2F"
"""What a list of the user's folder asks for."""


@pytest.mark.parametrize("restarted", [False, True])
def test_what_nobody_deleted_is_not_gone_where_a_page_says_so(
    start_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, restarted: bool
) -> None:
    server, service = flat(start_server)
    answer, lists = service.answer, list[str]()

    def answered(method: str, target: str) -> tuple[int, str, dict[str, str]]:
        """Be a service, but for lists of the folder after the first."""
        if LISTS not in target:
            return answer(method, target)
        lists.append(target)
        return answer(method, target) if len(lists) == 1 else PAGE

    monkeypatch.setattr(service, "answer", answered)

    async def doubted(inside: Inside) -> None:
        assert await inside.until(lambda row: row.trouble or row.ended_at) == "nothing_found"

    async def ended(inside: Inside) -> None:
        await inside.until(lambda row: row.ended_at)
        row = await inside.row()
        assert (row.status, row.why, row.deleted, row.left) == ("failed", "nothing_found", 0, None)

    if restarted:
        run(server, tmp_path, Storage, doubted)
    run(server, tmp_path, Storage, ended)
    assert set(service.keys) == {"customers/mia/one", "customers/jonas/four"}
    service.close()


def test_only_the_first_round_after_a_restart_believes_that_others_deleted_for_us(
    start_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, service = flat(start_server)
    service.kept = {"customers/mia/one"}
    answer, honest = service.answer, list[str]()

    def deletes() -> int:
        return sum(each.startswith("DELETE") for each in service.calls)

    def answered(method: str, target: str) -> tuple[int, str, dict[str, str]]:
        """Be a service, but for lists of the folder once no more are to be honest."""
        if LISTS in target and service.kept == set():
            if not honest:
                return PAGE
            honest.pop()
        return answer(method, target)

    monkeypatch.setattr(service, "answer", answered)

    async def refused(inside: Inside) -> None:
        before = deletes()
        await inside.until(lambda row: deletes() > before and row.trouble == "failed")

    async def again(inside: Inside) -> None:
        await refused(inside)
        honest.append("what is counted before it is deleted")
        service.kept = set()
        await inside.until(lambda row: row.ended_at)
        row = await inside.row()
        assert (row.status, row.why, row.deleted) == ("failed", "nothing_found", 0)

    run(server, tmp_path, Storage, refused)
    run(server, tmp_path, Storage, again)
    assert set(service.keys) == {"customers/mia/one", "customers/jonas/four"}
    service.close()


def test_what_was_deleted_before_the_rest_was_gone_outlives_it_in_no_number(
    start_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, service = flat(start_server)
    service.keys["customers/mia/two"] = 8
    answer, lists = service.answer, list[str]()

    def answered(method: str, target: str) -> tuple[int, str, dict[str, str]]:
        """Lose an object to somebody else after the first list of the folder."""
        lists.extend([target] if LISTS in target else [])
        if len(lists) == 2:
            service.keys.pop("customers/mia/two", None)
        return answer(method, target)

    monkeypatch.setattr(service, "answer", answered)

    async def story(inside: Inside) -> None:
        await inside.until(lambda row: row.ended_at)
        row = await inside.row()
        assert (row.status, row.why, row.objects, row.deleted) == ("failed", "nothing_found", 2, 1)
        user = await inside.store.read(lambda work: work.session.get_one(tables.User, row.user_id))
        assert (user.objects, user.bytes) == (1, 8)

    run(server, tmp_path, Storage, story)
    service.close()


def test_a_page_that_stands_for_some_answers_only_is_found_out(
    start_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, service = flat(start_server)
    answer, pages = service.answer, [LISTS, LISTS, "DELETE"]

    def answered(method: str, target: str) -> tuple[int, str, dict[str, str]]:
        """Once asked to delete, say that with a page, and to the next two lists of the folder too."""
        if pages and pages[-1] in f"{method} {target}" and "versions" not in target:
            pages.pop()
            return PAGE
        return answer(method, target)

    monkeypatch.setattr(service, "answer", answered)

    async def story(inside: Inside) -> None:
        assert await inside.until(lambda row: row.trouble or row.ended_at) == "failed"
        await inside.until(lambda row: row.status == "done")

    run(server, tmp_path, Storage, story)
    assert set(service.keys) == {"customers/jonas/four"}
    service.close()


def test_nothing_is_believed_of_a_service_whose_account_cannot_be_listed(
    start_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, service = flat(start_server)
    del service.keys["customers/mia/one"]
    answer, broken = service.answer, [True]

    def answered(method: str, target: str) -> tuple[int, str, dict[str, str]]:
        if broken and target.partition("?")[0] == "/":
            return 400, "<Error><Code>Strange</Code></Error>", {}
        return answer(method, target)

    monkeypatch.setattr(service, "answer", answered)

    async def story(inside: Inside) -> None:
        assert await inside.until(lambda row: row.trouble or row.ended_at) == "failed"
        assert (await inside.row()).status == "running"
        broken.clear()
        await inside.until(lambda row: row.status == "done")

    run(server, tmp_path, Storage, story)
    service.close()


@pytest.mark.parametrize(("seconds", "late"), [(0, False), (1, True)])
def test_it_is_late_where_the_server_was_off_when_it_was_due(
    start_server: Start, tmp_path: Path, seconds: int, *, late: bool
) -> None:
    there = Disk(start_server, tmp_path / "disk", hold=HOUR)
    there.ask()

    async def story(inside: Inside) -> None:
        row = await inside.row()
        up_since = row.due_at + timedelta(seconds=seconds)
        assert await inside.store.write(emptying.begin, row.id, row.due_at + LATER, up_since) is not None
        assert (await inside.row()).late is late

    run(there.server, there.root, Storage, story, begin=False)
