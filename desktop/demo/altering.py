"""Changes one row of the audit log in a copy of the demo's database, and lets the server's own check look at it."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from desktop.demo import colleague, sample
from desktop.server_process import program

WITHIN = 60
"""Seconds for a command."""


class Checked(NamedTuple):
    """What `audit verify` said of the copy before and after, and the id of the row that was changed."""

    before: str
    after: str
    row: str

    @property
    def found(self) -> bool:
        """Whether it holds all of the one and names the row of the other."""
        return "unbroken" in self.before and self.row in self.after


def alter_a_copy(data: Path, folder: Path, request: str) -> Checked:
    """Write into a copy, which goes into `folder`, that somebody else asked for what was approved in `request`."""
    copy = folder / "countersign.db"
    folder.mkdir()
    _run("backup", str(copy), "--data", str(data))
    shutil.copyfile(data / "server.key", folder / "server.key")
    before = _run("audit", "verify", "--data", str(folder))
    with closing(sqlite3.connect(copy)) as database, database:
        event = ("request:approved", request)
        [(row, body)] = database.execute("SELECT id, body FROM audit WHERE event = ? AND request = ?", event)
        changed = body.replace(f'"{sample.USERNAME}"'.encode(), f'"{colleague.USERNAME}"'.encode())
        database.execute("DROP TRIGGER audit_refuses_update")  # as whoever has the file can
        database.execute("UPDATE audit SET body = ? WHERE id = ?", (changed, row))
    return Checked(before, _run("audit", "verify", "--data", str(folder)), row)


def _run(*arguments: str) -> str:
    """Run a command of the server, and return what it says."""
    done = subprocess.run(  # noqa: S603 - our own program
        [*program(), *arguments],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    return f"{done.stdout}{done.stderr}".strip()
