"""When a user's folder that is not there counts as deleted, and when as lying on a disk that is not mounted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from typing_extensions import override

from server.config import Config
from server.services.deletions import shown
from server.storage.emptying import Emptied
from server.storage.remote import Remote
from server.storage.storage import Storage
from tests.both import on_sqlite
from tests.server.customers import Disk, Start
from tests.server.inside import Inside, run
from tests.server.test_deletions_inside import HOUR, Cut, disk
from tests.storage.openssh import OpenSsh, openssh
from tests.storage.services import files, fill

__all__ = ["openssh"]  # a fixture

pytestmark = on_sqlite


def cut(there: Disk, at: str) -> None:
    """Let it come so far, and then end the server."""
    made = list[Cut]()

    def storage(config: Config) -> Cut:
        made.append(Cut(config, at))
        return made[0]

    async def story(_: Inside) -> None:
        await made[0].reached.wait()

    run(there.server, there.root, storage, story)


def over(there: Disk) -> Any:
    """Start the server again, and wait until it is over; the report."""
    there.server.start()
    there.console.url = there.server.url
    return there.over()


def test_an_empty_folder_that_was_counted_does_not_say_that_it_may_be_missing(
    start_server: Start, tmp_path: Path
) -> None:
    there = Disk(start_server, tmp_path / "disk", hold=HOUR)
    (there.root / "customers" / "mia").mkdir()
    there.ask()
    cut(there, "begun")
    fill(there.root / "customers", "mia/precious")
    there.unmount()
    report = over(there)
    assert (report["status"], report["why"], report["left"]) == ("failed", "nothing_found", None)
    assert there.user()["status"] == "active"
    assert files(there.unmounted) == {"mia/precious"}


def test_a_folder_of_which_no_object_can_be_counted_is_not_gone_with_its_disk(
    start_server: Start, tmp_path: Path, openssh: OpenSsh
) -> None:
    there = Disk(start_server, tmp_path / "disk", hold=HOUR, by=openssh)
    fill(there.root / "customers", "mia/locked/1", "mia/locked/2")
    (there.root / "customers" / "mia" / "locked").chmod(0)
    there.ask()
    cut(there, "begun")
    there.unmount()
    report = over(there)
    assert (report["status"], report["why"], report["objects"]) == ("failed", "nothing_found", 0)


def test_that_all_is_gone_is_shown_to_nobody_before_it_ends(start_server: Start, tmp_path: Path) -> None:
    there, made = disk(start_server, tmp_path, "mia/1"), list[Cut]()

    def storage(config: Config) -> Cut:
        made.append(Cut(config, "written"))
        return made[0]

    async def story(inside: Inside) -> None:
        await made[0].reached.wait()
        row = await inside.row()
        assert (row.left, shown(row).left, shown(row).deleted) == (0, None, 1)

    run(there.server, there.root, storage, story)


class WrittenBefore(Storage):
    """Is written into by somebody just before the emptied folder is removed."""

    write: Callable[[], None]

    @override
    async def remove(self, remote: Remote, path: str, place: str = "") -> Emptied:
        self.write()
        return await super().remove(remote, path, place)


def test_that_all_is_gone_is_taken_back_where_something_is_found(start_server: Start, tmp_path: Path) -> None:
    there = disk(start_server, tmp_path, "mia/1", "mia/2")

    def storage(config: Config) -> WrittenBefore:
        found = WrittenBefore(config)
        found.write = lambda: fill(there.root / "customers", "mia/new")
        return found

    async def story(inside: Inside) -> None:
        await inside.until(lambda row: row.trouble)

    run(there.server, there.root, storage, story)
    there.unmount()
    report = over(there)
    assert (report["status"], report["why"], report["left"]) == ("failed", "nothing_found", None)
    assert files(there.unmounted) == {"mia/new"}
