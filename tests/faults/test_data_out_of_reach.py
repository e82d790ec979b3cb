"""The data cannot be written for a while: a clear 503, reading goes on, health says so, and it recovers by itself."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from server.config import load
from server.store.database import SERVER, WRITERS, Database, url
from tests.both import on_postgresql, on_sqlite
from tests.living import LivingServer, TestConsole
from tests.postgresql import PostgreSQL
from tests.proving import wait_for

MAY_MOUNT = hasattr(os, "geteuid") and os.geteuid() == 0
needs_mount = pytest.mark.skipif(not MAY_MOUNT, reason="mounting a small disk takes root")


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, timeout=30)


@contextmanager
def mounted(at: Path, *arguments: str) -> Iterator[None]:
    """Mount something, and let it go even while it is used."""
    mount(*arguments, str(at))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True, timeout=30)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Leave no byte free on the disk of a folder."""
    filler = folder / "filler"
    try:
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
            while True:
                file.write(bytes(4096))
        yield
    finally:
        filler.unlink()


def health(server: LivingServer) -> str:
    return str(requests.get(f"{server.url}/api/v1/health", timeout=20).json()["status"])


def refuses(server: LivingServer, console: TestConsole, trouble: str, status: str = "read_only") -> None:
    """Wait until a write is refused as it must be; then see that reading goes on and health says so."""
    answers: list[Any] = []

    def write() -> bool:
        answers.append(
            console.raw("POST", "/users", {"username": f"u{len(answers)}@contoso.example", "name": "x" * 60})
        )
        return bool(answers[-1].status_code == 503)

    wait_for(write, seconds=60)
    assert {each.status_code for each in answers} <= {201, 503}
    told = answers[-1].json()
    assert (told["code"], told["trouble"]) == ("store_unavailable", trouble)
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "Nothing was changed" in told["detail"]
    assert health(server) == status
    if status == "read_only":
        assert console.call("GET", "/users")["total"] >= 1
        assert console.call("GET", "/health")["details"]["trouble"] == trouble


def recovers(server: LivingServer, console: TestConsole) -> None:
    """Wait until health is well again without anybody's doing; then the story goes on where it was."""
    wait_for(lambda: health(server) == "ok", seconds=30)
    assert console.user("after@contoso.example")
    server.stop()
    assert server.run("audit", "verify").returncode == 0


@on_sqlite
def test_locked_by_another_process(server: LivingServer) -> None:
    console = server.set_up()
    console.user()
    with closing(sqlite3.connect(server.data / "countersign.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refuses(server, console, "locked")
    recovers(server, console)


@on_postgresql
def test_locked_by_another_session(server: LivingServer) -> None:
    console = server.set_up()
    console.user()
    with psycopg.connect(server.settings["COUNTERSIGN_DATABASE"]) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [WRITERS])
        refuses(server, console, "locked")
    recovers(server, console)


@needs_mount
@on_sqlite
def test_full_disk(start_server: Callable[..., LivingServer], tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    with mounted(small, "-t", "tmpfs", "-o", "size=24m", "small"):
        server = start_server(small / "data")
        console, phone = server.protected()
        mia = console.user()
        request = console.delete(mia)
        with filled(small):
            refuses(server, console, "disk_full")
            assert phone.pending()
        assert phone.approve(request["id"], request["code"]) == "executed"
        recovers(server, console)


@needs_mount
@on_postgresql
def test_full_disk_of_postgresql(start_server: Callable[..., LivingServer], postgresql: PostgreSQL) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="small") as folder,
        mounted(Path(folder), "-t", "tmpfs", "-o", "size=40m,mode=755", "small"),
    ):
        server = start_server(database=postgresql.new(on=Path(folder)))
        console = server.set_up()
        console.user()
        with filled(Path(folder)):
            refuses(server, console, "disk_full")
        recovers(server, console)
        postgresql.drop(server.settings["COUNTERSIGN_DATABASE"])


@needs_mount
@on_sqlite
def test_read_only_file(server: LivingServer) -> None:
    console = server.set_up()
    console.user()
    server.stop()
    file = server.data / "countersign.db"
    with mounted(file, "--bind", str(file)):
        mount("-o", "remount,bind,ro", str(file))
        server.start()
        console.url = server.url
        refuses(server, console, "read_only")
    recovers(server, console)


@on_postgresql
def test_a_standby_until_it_is_promoted(start_server: Callable[..., LivingServer], own_postgresql: PostgreSQL) -> None:
    server = start_server(database=own_postgresql.new())
    console = server.set_up()
    console.user()
    own_postgresql.control("-m", "fast", "stop")
    own_postgresql.stand_by()
    own_postgresql.start()
    refuses(server, console, "read_only")
    own_postgresql.control("promote")
    recovers(server, console)


@on_postgresql
def test_stopped_postgresql(start_server: Callable[..., LivingServer], own_postgresql: PostgreSQL) -> None:
    server = start_server(database=own_postgresql.new())
    console = server.set_up()
    console.user()
    own_postgresql.control("-m", "fast", "stop")
    refuses(server, console, "unreachable", "degraded")
    assert console.raw("GET", "/users").status_code == 503
    own_postgresql.start()
    recovers(server, console)


@on_postgresql
def test_hanging_postgresql(start_server: Callable[..., LivingServer], own_postgresql: PostgreSQL) -> None:
    server = start_server(database=own_postgresql.new())
    console = server.set_up()
    console.user()
    own_postgresql.pause()
    with ThreadPoolExecutor(8) as many:
        assert set(many.map(lambda _: _status_of(console), range(8))) == {503}
    assert health(server) == "degraded"
    own_postgresql.go_on()
    recovers(server, console)
    server.start()
    own_postgresql.pause()
    server.stop()  # which waits 15 s at most
    own_postgresql.go_on()


def _status_of(console: TestConsole) -> int:
    headers = {"Authorization": f"Bearer {console.token}"}
    return requests.get(f"{console.url}/api/v1/me", headers=headers, timeout=40).status_code


@on_postgresql
def test_a_lock_that_a_lost_connection_of_its_own_holds(server: LivingServer) -> None:
    server.set_up()
    server.stop()
    database = server.settings["COUNTERSIGN_DATABASE"]
    at = url(load(environment=server.settings, data=server.data))
    with closing(Database(at, server.data)) as ghost:
        assert ghost.hold()
        server.start()
        console = server.console()
        console.sign_in()
        assert console.user()
    with psycopg.connect(database, application_name="another server") as other:
        server.stop()
        other.execute("SELECT pg_advisory_lock(%s)", [SERVER])
        with pytest.raises(AssertionError, match="another server uses this database"):
            server.start()


@on_postgresql
def test_two_servers_do_not_share_a_database(
    server: LivingServer, start_server: Callable[..., LivingServer], tmp_path: Path
) -> None:
    console = server.set_up()
    shutil.copytree(server.data, tmp_path / "copy", ignore=shutil.ignore_patterns("lock", "server.json", "port"))
    with pytest.raises(AssertionError, match="another server uses this database"):
        start_server(tmp_path / "copy", database=server.settings["COUNTERSIGN_DATABASE"])
    assert server.run("backup", str(tmp_path / "old.db")).returncode == 0
    server.data, here = tmp_path / "copy", server.data
    for command in (["restore", str(tmp_path / "old.db")], ["migrate"]):
        refused = server.run(*command)
        assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
        assert "another server uses this database" in refused.stderr
    server.data = here
    assert console.user()
