"""Local folders: only below the listed ones, whatever links and names say, and never the server's own data."""

import asyncio
import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from server.contract.storage import Entry, StorageKind, TestResult
from server.storage import local as local_folders
from server.storage import unlinking
from server.storage.answers import StorageError
from server.storage.counting import Size
from server.storage.emptying import Emptied
from server.storage.engine import Told
from server.storage.remote import Remote
from server.storage.storage import Storage
from tests.faults.test_data_out_of_reach import MAY_MOUNT, mounted
from tests.living import ROOT
from tests.storage.services import ODD, World, engine, files, fill, without_root

SOMEBODY = 65534


def ignore(*_: object) -> None:
    """Be told, and do nothing."""


def local(path: Path | str) -> Remote:
    return Remote(StorageKind.LOCAL, {"path": str(path)})


@pytest.fixture(autouse=True)
def _engine() -> None:
    engine()


@pytest.fixture(params=["by descriptors", "by the engine"])
def root(request: pytest.FixtureRequest, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is emptied as here, and as on Windows."""
    if request.param == "by the engine":
        monkeypatch.setattr(unlinking, "POSSIBLE", False)
    root = world.local / tmp_path.name
    root.mkdir()
    return root


def test_a_folder_is_used(world: World, root: Path) -> None:
    remote = local(root)
    world.run(world.storage.make_place(remote, "customers"))
    fill(root / "customers", "alice/1", "alice/deep/2", "alice2/1", "alice.txt")
    tried = world.run(world.storage.test(remote))
    assert (tried.result, tried.places) == (TestResult.OK, ["customers"])
    assert world.run(world.storage.measure(remote, "customers", ignore)) == Size(400, 4)
    assert world.run(world.storage.empty(remote, "customers/alice", ignore)) == Emptied(0, None)
    assert files(root) == {"customers/alice2/1", "customers/alice.txt"}
    assert list((root / "customers" / "alice").iterdir()) == []
    for _ in range(2):
        assert world.run(world.storage.empty(remote, "customers/alice", ignore)) == Emptied(0, None)
        assert world.run(world.storage.remove(remote, "customers/alice")) == Emptied(0, None)
        assert not (root / "customers" / "alice").exists()
    assert world.failure(world.storage.empty(remote, "nowhere/alice", ignore)) is TestResult.NO_SUCH_PLACE


def test_other_folders_are_not_allowed(world: World, tmp_path: Path) -> None:
    (world.local / "out").symlink_to(tmp_path)
    for path in ("/", "/etc", tmp_path, world.local.parent, f"{world.local}/../served", world.local / "out"):
        assert world.run(world.storage.test(local(path))).result is TestResult.NOT_ALLOWED
    for path in ("etc", ".", ""):
        assert world.run(world.storage.test(local(path))).result is TestResult.INVALID
    assert world.run(world.storage.test(local(world.local / "missing"))).result is TestResult.NO_SUCH_PLACE
    assert world.run(world.storage.test(local("/missing-outside"))).result is TestResult.NOT_ALLOWED


def test_a_folder_that_is_not_empty_is_not_removed(world: World, root: Path) -> None:
    fill(root, "customers/alice/deep/1")
    (root / "customers/bob/deep").mkdir(parents=True)
    for path in ("customers/alice", "customers/bob"):
        assert world.run(world.storage.remove(local(root), path)) == Emptied(1, TestResult.FAILED)
    (root / "customers/link").symlink_to("alice")
    world.run(world.storage.empty(local(root), "customers/alice", ignore))
    assert world.failure(world.storage.remove(local(root), "customers/link")) is TestResult.NOT_ALLOWED
    assert (root / "customers/alice").is_dir()


def test_a_link_below_the_root_leads_nowhere(world: World, tmp_path: Path, root: Path) -> None:
    fill(tmp_path, "alice/kept")
    fill(root, "customers/alice/1", "other/alice/kept")
    (root / "outside").symlink_to(tmp_path)
    (root / "customers" / "bob").symlink_to(root / "other" / "alice")
    (root / "customers" / "eve").symlink_to("nowhere")
    remote = local(root)
    (root / "customers" / "up").symlink_to("..")
    within = "customers/up/other/alice"
    assert world.failure(world.storage.empty(remote, within, ignore)) is TestResult.NOT_ALLOWED
    for path in ("outside", "outside/alice", "customers/up/other", within):
        assert world.failure(world.storage.browse(remote, path)) is TestResult.NOT_ALLOWED
    assert world.failure(world.storage.empty(remote, "outside/alice", ignore)) is TestResult.NOT_ALLOWED
    for path in ("customers/bob", "customers/eve", "customers/eve/deep"):
        assert world.failure(world.storage.empty(remote, path, ignore)) is TestResult.NOT_ALLOWED
    (root / "customers" / "alice" / "out").symlink_to(tmp_path)
    (root / "customers" / "alice" / "file").symlink_to(tmp_path / "alice" / "kept")
    assert world.run(world.storage.measure(remote, "customers", ignore)) == Size(100, 1)
    assert world.run(world.storage.empty(remote, "customers/alice", ignore)) == Emptied(0, None)
    assert list((root / "customers" / "alice").iterdir()) == []
    assert files(tmp_path) == {"alice/kept"}
    assert (root / "other" / "alice" / "kept").is_file()


@pytest.mark.skipif(not local_folders.HELD, reason="folders cannot be held here")
@pytest.mark.parametrize("what", ["the account's folder", "a user's folder"])
@pytest.mark.parametrize("step", ["folder", "hold"])
def test_a_link_that_takes_the_place_of_a_folder_is_not_followed(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, step: str
) -> None:
    root, elsewhere = world.local / tmp_path.name, tmp_path / "elsewhere"
    fill(root, "alice/1")
    fill(elsewhere, "alice/secret", "secret", "more")
    place = root if what == "the account's folder" else root / "alice"
    before, taken = getattr(local_folders, step), list[Path]()

    def then_swapped(*asked: Any) -> Any:
        """Take the folder's place just after it was looked at, or opened."""
        found = before(*asked)
        taken.append(place.rename(tmp_path / "taken"))
        place.symlink_to(elsewhere)
        return found

    def swapped(ask: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Return what is answered while that happens."""
        monkeypatch.setattr(local_folders, step, then_swapped)
        try:
            return world.run(ask())
        except StorageError as error:
            return error.result
        finally:
            monkeypatch.setattr(local_folders, step, before)
            place.unlink()
            taken.pop().rename(place)

    storage, remote = world.storage, local(root)
    refused = TestResult.NOT_ALLOWED if step == "folder" else None
    assert swapped(lambda: storage.browse(remote, "alice")) == (refused or [Entry(name="1", folder=False, size=100)])
    assert swapped(lambda: storage.measure(remote, "alice", ignore)) == (refused or Size(100, 1))
    assert swapped(lambda: storage.remains(remote, "alice", 9)) == (refused or ["1"])
    assert swapped(lambda: storage.is_bare(remote, "alice")) == (refused or False)


@pytest.mark.parametrize(
    "odd", ["..", ".", "．．", "．", "a／b", "a\\b", "a＼b", "a\nb", "a␊b", "‛．．", "\u200b", " a", "a\x00b"]
)
def test_names_that_could_mean_something_else_are_refused(world: World, odd: str) -> None:
    root = world.local / "odd"
    fill(root, "customers/alice/kept")
    for path in (odd, f"customers/{odd}", f"{odd}/customers"):
        assert world.failure(world.storage.browse(local(root), path)) is TestResult.INVALID
        assert world.failure(world.storage.empty(local(root), path, ignore)) is TestResult.INVALID
    assert world.failure(world.storage.make_place(local(root), odd)) is TestResult.INVALID
    assert files(root) == {"customers/alice/kept"}


def test_a_folder_whose_name_ends_with_a_dot_is_used_but_by_windows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = world.local / "dotted"
    fill(root, "Acme Inc./1")
    assert world.run(world.storage.measure(local(root), "Acme Inc.", ignore)) == Size(100, 1)
    monkeypatch.setattr("server.storage.local._DROPS_DOTS", True)
    assert world.failure(world.storage.measure(local(root), "Acme Inc.", ignore)) is TestResult.INVALID


def test_names_that_mean_themselves_are_used(world: World) -> None:
    root = world.local / "plain"
    names = ["ä ö", "alice:bob", "100%", "[x]", "{y}", "a*", "-rf", "*", "'q'", '"', "$HOME", "a,b=c", "~", "日本"]
    fill(root, *(f"customers/{name}/1" for name in names), "customers/kept/1")
    for name in names:
        assert world.run(world.storage.empty(local(root), f"customers/{name}", ignore)) == Emptied(0, None)
    assert files(root) == {"customers/kept/1"}


@pytest.mark.parametrize("possible", [True, False])
def test_names_below_are_exact(world: World, monkeypatch: pytest.MonkeyPatch, *, possible: bool) -> None:
    monkeypatch.setattr("server.storage.unlinking.POSSIBLE", possible)
    place = world.local / "exact" / "customers"
    fill(place, *(f"alice/{each}" for each in ODD), "kept")
    remote = local(world.local / "exact")
    assert world.run(world.storage.measure(remote, "customers", ignore)) == Size(100 * len(ODD) + 100, len(ODD) + 1)
    assert set(world.run(world.storage.remains(remote, "customers/alice", 50))) == set(ODD)
    assert world.run(world.storage.empty(remote, "customers/alice", ignore)) == Emptied(0, None)
    assert files(place) == {"kept"}


def test_our_own_data_is_never_a_place(world: World) -> None:
    data = world.config.data
    data.mkdir(exist_ok=True)
    fill(data, "keys/kept")
    storage = Storage(replace(world.config, storage_folders=(data.parent, data)))
    for path in (data, data / "keys", data.parent):
        assert world.run(storage.test(local(path))).result is TestResult.NOT_ALLOWED


def test_without_the_engine_it_says_so(world: World, tmp_path: Path) -> None:
    storage = Storage(replace(world.config, storage_engine=tmp_path / "none"))
    assert storage.missing is not None
    assert world.storage.missing is None
    (world.local / "there").mkdir()
    assert world.run(storage.test(local(world.local / "there"))).result is TestResult.NO_ENGINE


def test_an_engine_that_is_installed_later_is_found(world: World, tmp_path: Path) -> None:
    installed, remote = tmp_path / "rclone", local(world.local / "there")
    (world.local / "there").mkdir(exist_ok=True)
    storage = Storage(replace(world.config, storage_engine=installed))
    assert world.run(storage.test(remote)).result is TestResult.NO_ENGINE
    installed.symlink_to(engine())
    assert world.run(storage.test(remote)).result is TestResult.OK
    assert storage.missing is None
    world.run(storage.close())


def test_a_folder_whose_name_the_engine_cannot_write_is_named(world: World) -> None:
    fill(world.local / "odd" / "mia", os.fsdecode(b"d\xff/x"))
    [named] = world.run(world.storage.remains(local(world.local / "odd"), "mia", 20))
    assert named.startswith("d")
    assert named.endswith("/")


class Vanishing(Storage):
    """Has the engine tell these failures, one count after another."""

    told: list[tuple[int, str]]

    @override
    async def _long(
        self, remote: Remote, call: str, body: dict[str, Any], told: Told = lambda _: None
    ) -> dict[str, Any]:
        errors, last = self.told.pop(0)
        told({"errors": errors, "lastError": last, "listed": 1})
        return {"bytes": 100, "count": 1}


@pytest.mark.parametrize(
    ("told", "unlisted"),
    [
        ([(1, "directory not found")], 0),
        ([(2, "directory not found"), (1, "permission denied")], 1),
        ([(2, "directory not found"), (2, "directory not found")], 1),
        ([(2, "permission denied")], 2),
    ],
)
def test_of_what_could_not_be_listed_only_what_has_vanished_is_taken_off(
    world: World, told: list[tuple[int, str]], unlisted: int
) -> None:
    (world.local / "there").mkdir(exist_ok=True)
    storage = Vanishing(world.config)
    storage.told = list(told)
    assert world.run(storage.count(local(world.local), "there", ignore)) == Size(100, 1, unlisted=unlisted)
    assert not storage.told


@pytest.fixture
def humble(world: World, tmp_path: Path) -> Storage:
    """Return a storage whose engine may not read what its modes forbid, as where the server does not run as root."""
    wrapper = tmp_path / "engine"
    wrapper.write_text(f'#!/bin/sh\nexec {" ".join((*without_root(), engine()))} "$@"\n')
    wrapper.chmod(0o755)
    return Storage(replace(world.storage._config, storage_engine=wrapper))


@pytest.fixture
def shut(world: World) -> Iterator[Path]:
    """Return a place in which one folder of alice's may not be listed."""
    root = world.local / "shut"
    fill(root, "customers/alice/1", "customers/alice/shut/2", "customers/bob/3")
    (root / "customers/alice/shut").chmod(0)
    yield root
    if (root / "customers/alice/shut").exists():
        (root / "customers/alice/shut").chmod(0o755)


def test_what_may_not_be_listed_is_no_part_of_a_sum(world: World, humble: Storage, shut: Path) -> None:
    remote = local(shut)
    assert world.run(humble.count(remote, "customers", ignore)) == Size(200, 2, unlisted=1)
    for path in ("customers", "customers/alice"):
        assert world.failure(humble.measure(remote, path, ignore)) is TestResult.NO_LIST_PERMISSION
    assert world.run(humble.measure(remote, "customers/bob", ignore)) == Size(100, 1)
    world.run(humble.close())


def test_a_folder_without_files_that_may_not_be_opened_is_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    root, opened = world.local / "hollow", unlinking._opened
    (root / "customers/alice/shut/empty").mkdir(parents=True)

    def denied(name: str, *how: Any) -> Any:
        if name == "shut":
            raise PermissionError
        return opened(name, *how)

    with monkeypatch.context() as patched:
        patched.setattr(unlinking, "_opened", denied)
        done = world.run(world.storage.empty(local(root), "customers/alice", ignore))
    assert done == Emptied(1, TestResult.NO_DELETE_PERMISSION)
    assert world.run(world.storage.empty(local(root), "customers/alice", ignore)) == Emptied(0, None)
    assert list((root / "customers/alice").iterdir()) == []


def test_what_could_not_be_deleted_is_left_though_nobody_may_list_it(
    world: World, humble: Storage, shut: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = unlinking._opened

    def denied(name: str, *how: Any) -> Any:
        if name == "shut":
            raise PermissionError
        return opened(name, *how)

    monkeypatch.setattr(unlinking, "_opened", denied)
    assert world.run(humble.empty(local(shut), "customers/alice", ignore)) == Emptied(1, TestResult.NO_LIST_PERMISSION)
    assert files(shut) == {"customers/alice/shut/2", "customers/bob/3"}
    world.run(humble.close())


@pytest.mark.parametrize(
    ("said", "told"),
    [(errno.EIO, TestResult.FAILED), (errno.ESTALE, TestResult.FAILED), (errno.ENOTDIR, TestResult.NOT_ALLOWED)],
)
def test_a_dying_disk_is_no_link(world: World, monkeypatch: pytest.MonkeyPatch, said: int, told: TestResult) -> None:
    root = world.local / f"dying{said}"
    fill(root, "customers/alice/1")

    def dying(*_: Any) -> Any:
        raise OSError(said, os.strerror(said))

    monkeypatch.setattr(unlinking, "_opened", dying)
    assert world.run(world.storage.empty(local(root), "customers/alice", ignore)) == Emptied(1, told)


@pytest.mark.skipif(not MAY_MOUNT, reason="mounting takes root")
@pytest.mark.parametrize("how", ["--bind", "-ttmpfs"])
def test_what_is_mounted_in_a_folder_is_left_alone_and_named(world: World, tmp_path: Path, how: str) -> None:
    root, other = world.local / "disk", tmp_path / "other"
    fill(root, "customers/alice/1", "customers/alice/deep/2", "customers/alice/m/inner/hidden")
    fill(other, "kept")
    remote, at = local(root), root / "customers/alice/m"
    with mounted(at, how, str(other) if how == "--bind" else "tmpfs"):
        fill(at, "kept")
        emptied = world.run(world.storage.empty(remote, "customers/alice", ignore))
        assert emptied == Emptied(1, TestResult.NO_DELETE_PERMISSION)
        assert world.run(world.storage.remains(remote, "customers/alice", 5)) == ["m/kept"]
        assert files(at) == {"kept"}
    assert files(root) == {"customers/alice/m/inner/hidden"}


def test_one_whose_folder_was_never_made_has_nothing(world: World) -> None:
    root = world.local / "fresh"
    fill(root, "customers/bob/1", "customers/file")
    remote = local(root)
    assert world.run(world.storage.rest(remote, "customers/contoso/alice/pc")) == Size(0, 0)
    assert world.run(world.storage.empty(remote, "customers/contoso/alice", ignore)) == Emptied(0, None)
    assert (
        world.failure(world.storage.rest(remote, "customers/disk/alice", "customers/disk")) is TestResult.NO_SUCH_PLACE
    )
    for path in ("customers/file", "customers/file/alice"):
        assert world.failure(world.storage.rest(remote, path)) is TestResult.INVALID


@pytest.mark.skipif(not MAY_MOUNT, reason="mounting takes root")
@pytest.mark.parametrize("how", ["--bind", "-ttmpfs"])
def test_a_folder_that_is_mounted_itself_is_emptied_and_stays(world: World, tmp_path: Path, how: str) -> None:
    root, other = world.local / f"own{how}", tmp_path / "other"
    remote, at = local(root), root / "customers/alice"
    fill(root, "customers/bob/1")
    other.mkdir()
    at.mkdir()
    with mounted(at, how, str(other) if how == "--bind" else "tmpfs"):
        fill(at, "1", "deep/2")
        for _ in range(2):
            assert world.run(world.storage.empty(remote, "customers/alice", ignore)) == Emptied(0, None)
            assert list(at.iterdir()) == []
        fill(at, "3", "m/hidden")
        with mounted(at / "m", "-ttmpfs", "tmpfs"):
            fill(at, "m/kept")
            emptied = world.run(world.storage.empty(remote, "customers/alice", ignore))
            assert emptied == Emptied(1, TestResult.NO_DELETE_PERMISSION)
    assert files(root) == {"customers/bob/1"}


def test_a_folder_is_being_removed_until_it_is_though_nobody_waits_for_that(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = world.local / tmp_path.name
    (root / "backup" / "alice").mkdir(parents=True)
    remove, begun, may_end = unlinking.remove, threading.Event(), threading.Event()

    def slow(root: Path, path: str) -> bool:
        begun.set()
        may_end.wait(10)
        return remove(root, path)

    monkeypatch.setattr(unlinking, "remove", slow)

    async def story() -> None:
        removing = asyncio.create_task(world.storage.remove(local(root), "backup/alice"))
        await asyncio.to_thread(begun.wait, 10)
        removing.cancel()
        await asyncio.wait({removing}, timeout=0.1)
        assert not removing.done()
        may_end.set()
        await asyncio.wait({removing})
        assert removing.cancelled()
        assert not (root / "backup" / "alice").exists()

    world.run(story())


def test_a_place_that_cannot_be_read_is_told_in_our_words(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world.local / tmp_path.name / "backup").mkdir(parents=True)

    def dying(_: object) -> list[str]:
        raise OSError(errno.EIO, "")

    monkeypatch.setattr("server.storage.access.os.listdir", dying)
    assert world.failure(world.storage.is_bare(local(world.local / tmp_path.name), "backup")) is TestResult.FAILED


def test_a_folder_that_may_not_be_read_is_not_taken_for_empty(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (world.local / "closed").mkdir()
    closed = (world.local / "closed").resolve()
    may = os.access
    monkeypatch.setattr("server.storage.local.os.access", lambda path, how: Path(path) != closed and may(path, how))
    storage = world.storage
    assert world.failure(storage.browse(local(world.local), "closed")) is TestResult.NO_LIST_PERMISSION
    assert world.run(storage.test(local(closed))).result is TestResult.NO_LIST_PERMISSION
    tested = world.run(storage.test(local(world.local), ["closed"]))
    assert (tested.result, tested.place) == (TestResult.NO_LIST_PERMISSION, "closed")


@pytest.mark.skipif(not hasattr(os, "O_PATH") or os.geteuid() != 0, reason="needs Linux, and root to give folders away")
def test_what_is_ours_is_emptied_below_folders_that_may_not_be_listed(tmp_path: Path) -> None:
    fill(tmp_path, "customers/alice/1", "customers/alice/sub/2")
    above = tmp_path / "customers"
    os.chown(above, SOMEBODY, SOMEBODY)
    above.chmod(0o711)
    work = f"from server.storage.unlinking import *; Unlinking().run(Path({str(tmp_path)!r}), 'customers/alice')"
    subprocess.run([*without_root(), sys.executable, "-c", work], cwd=ROOT, check=True)
    assert list((above / "alice").iterdir()) == []
