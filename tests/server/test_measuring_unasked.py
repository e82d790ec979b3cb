"""Measurements that nobody asked for: a disk that is not mounted is no number, nor is what was deleted."""

from pathlib import Path
from typing import Any

import pytest

from tests.proving import wait_for
from tests.server.customers import Disk, Start
from tests.storage.openssh import OpenSsh, openssh
from tests.storage.services import fill

__all__ = ["openssh"]  # a fixture

OFTEN = 1  # second between two measurements


@pytest.fixture(params=["local", "sftp"])
def by(request: pytest.FixtureRequest) -> OpenSsh | None:
    """Return the way to the disk."""
    found: OpenSsh | None = request.getfixturevalue("openssh") if request.param == "sftp" else None
    return found


def begin(start_server: Start, tmp_path: Path, *paths: str, by: OpenSsh | None = None, **more: Any) -> Disk:
    """Return a user whose disk is measured; nobody asks for that any more, it is done by itself from then on."""
    there = Disk(start_server, tmp_path / "disk", by=by, **more)
    fill(there.root / "customers", *paths)
    there.measure()
    there.server.stop()
    there.server.settings["COUNTERSIGN_STORAGE_REFRESH"] = str(OFTEN)
    return there


def go_on(there: Disk) -> None:
    """Let the server measure by itself."""
    there.server.start()
    there.console.url = there.server.url


def place(there: Disk) -> Any:
    """Return what is known of the destination."""
    [found] = there.console.call("GET", f"/storage-accounts/{there.account}")["destinations"]
    return found


def measured_since(there: Disk) -> None:
    """Wait until a measurement has begun and ended from now on."""
    before = place(there)["measured_at"]
    wait_for(lambda: place(there)["measured_at"] != before, 30)


def test_a_place_where_nothing_is_any_more_keeps_its_numbers_until_somebody_asks(
    start_server: Start, tmp_path: Path, by: OpenSsh | None
) -> None:
    there = begin(start_server, tmp_path, "mia/1", "mia/2", by=by)
    there.unmount()
    go_on(there)
    assert wait_for(lambda: place(there)["failure"], 30) == "nothing_found"
    assert (place(there)["objects"], there.user()["objects"]) == (2, 2)
    there.measure()
    assert (place(there)["objects"], place(there)["failure"], there.user()["objects"]) == (0, None, 0)


def test_a_folder_that_is_gone_keeps_its_numbers_until_somebody_asks(
    start_server: Start, tmp_path: Path, by: OpenSsh | None
) -> None:
    there = begin(start_server, tmp_path, "mia/1", "mia/2", by=by)
    there.unmount("marker")
    go_on(there)
    wait_for(lambda: place(there)["objects"] == 1, 30)
    measured_since(there)
    assert there.user()["objects"] == 2
    there.measure()
    assert there.user()["objects"] == 0
    fill(there.root / "customers", "mia/1")
    wait_for(lambda: there.user()["objects"] == 1, 30)
    (there.root / "customers" / "mia" / "1").unlink()
    wait_for(lambda: there.user()["objects"] == 0, 30)  # the folder is there, and so is its disk


@pytest.mark.parametrize("mode", ["data_only", "user_and_data"])
@pytest.mark.parametrize("since", [(), ("mia/2", "mia/3")])
def test_what_was_deleted_is_no_number_any_more(
    start_server: Start, tmp_path: Path, mode: str, since: tuple[str, ...]
) -> None:
    there = begin(start_server, tmp_path, "mia/1", "mia/2", "mia/3", "mia/4")
    go_on(there)
    for each in since:  # she deletes some by herself before
        (there.root / "customers" / each).unlink()
    there.ask(mode)
    assert there.over()["status"] == "done"
    measured_since(there)
    assert (place(there)["objects"], place(there)["bytes"], place(there)["failure"]) == (0, 0, None)
    assert mode == "user_and_data" or there.user()["objects"] == 0
