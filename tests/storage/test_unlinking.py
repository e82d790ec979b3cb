"""Emptying a local folder while somebody puts links in the place of its folders, and whatever shape it has."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from typing_extensions import override

from server.storage import unlinking
from server.storage.unlinking import DEEPEST, Unlinking
from tests.proving import wait_for
from tests.storage.services import files, fill

pytestmark = pytest.mark.skipif(not unlinking.POSSIBLE, reason="this system cannot delete by descriptors")

ROUNDS, HALTS_AT = 20, 100


def test_a_link_that_takes_a_folders_place_meanwhile_leads_nowhere(tmp_path: Path) -> None:
    others = {f"bob/{number}" for number in range(50)}
    fill(tmp_path, *others)
    users = [tmp_path / f"alice{number}" for number in range(ROUNDS)]
    for user in users:
        fill(user, *(f"deep/{number}" for number in range(50)), *(f"{each}/1" for each in "xyz"))
    turn, swaps = [users[0]], 0

    def swap() -> None:
        nonlocal swaps
        while turn:
            with contextlib.suppress(OSError, IndexError):  # it was deleted just now, or all are
                folder, aside = turn[0] / "deep", tmp_path / f"{turn[0].name}-aside"
                folder.rename(aside)
                folder.symlink_to(tmp_path / "bob")
                swaps += 1
                folder.unlink()
                aside.rename(folder)

    thief = threading.Thread(target=swap)
    thief.start()
    for user in users:
        turn[0] = user
        before = swaps
        wait_for(lambda: swaps > before)  # noqa: B023 - it is called before the next round
        Unlinking().run(tmp_path, user.name)
    turn.clear()
    thief.join()
    assert {each for each in files(tmp_path) if each.startswith("bob/")} == others
    assert swaps >= ROUNDS


def test_a_link_put_there_between_looking_and_opening_is_not_followed(tmp_path: Path) -> None:
    fill(tmp_path, "bob/kept", "alice/deep/1", "alice/2")

    class Late(Unlinking):
        @override
        def _empty_below(self, name: str, folder: int, top: int, depth: int) -> bool:
            (tmp_path / "alice" / name).rename(tmp_path / "aside")
            (tmp_path / "alice" / name).symlink_to(tmp_path / "bob")
            return super()._empty_below(name, folder, top, depth)

    work = Late()
    work.run(tmp_path, "alice")
    assert files(tmp_path) >= {"bob/kept", "aside/1"}
    assert (work.deleted, work.failed) == (1, 1)


@pytest.mark.parametrize("part", ["place", "place/alice"])
def test_a_part_of_the_way_that_is_a_link_is_not_followed(tmp_path: Path, part: str) -> None:
    fill(tmp_path, "real/alice/kept", "real/kept")
    if part == "place":
        (tmp_path / "place").symlink_to(tmp_path / "real")
    else:
        (tmp_path / "place").mkdir()
        (tmp_path / "place/alice").symlink_to(tmp_path / "real/alice")
    with pytest.raises(OSError):
        Unlinking().run(tmp_path, "place/alice")
    (tmp_path / "real/alice/bare").mkdir()
    with pytest.raises(OSError):
        unlinking.remove(tmp_path, "place/alice/bare")
    assert (tmp_path / "real/alice/bare").is_dir()
    assert files(tmp_path) >= {"real/alice/kept", "real/kept"}


def test_no_depth_is_too_deep_and_no_folder_stays_open(tmp_path: Path) -> None:
    depth = 4 * DEEPEST
    fill(tmp_path, "alice/1", "alice2/kept")
    place = os.open(tmp_path / "alice", os.O_RDONLY)
    for number in range(depth):
        os.mkdir("d", dir_fd=place)
        os.close(os.open(f"file{number}", os.O_CREAT | os.O_WRONLY, dir_fd=place))
        below = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)
    before, work = _open_files(), Unlinking()
    work.run(tmp_path, "alice")
    assert (work.deleted, work.failed) == (depth + 1, 0)
    assert files(tmp_path) == {"alice2/kept"}
    unlinking.remove(tmp_path, "alice")
    assert not (tmp_path / "alice").exists()
    assert _open_files() == before


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0


def test_halted_it_deletes_nothing_more_and_leaves_the_rest_where_it_was(tmp_path: Path) -> None:
    names = {f"alice/{folder}/{number}" for folder in range(40) for number in range(40)}
    fill(tmp_path, *names)

    class Halting(Unlinking):
        @override
        def _remove(self, remove: Callable[..., None], name: str, folder: int) -> bool:
            if self.deleted == HALTS_AT:
                self.halt()
            return super()._remove(remove, name, folder)

    work = Halting()
    work.run(tmp_path, "alice")
    left = files(tmp_path)
    assert left < names
    assert len(left) == len(names) - HALTS_AT
