"""A database of another version: a newer one is refused untouched, an older one is backed up and then brought up."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from server.config import load
from server.store import migrations
from server.store.database import url
from server.store.upgrade import upgrade
from tests.living import LivingServer

LATER = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{before}"


def upgrade() -> None:
    op.add_column("companies", sa.Column("note", sa.String(), nullable=True))
"""


def test_a_newer_database_is_refused(server: LivingServer) -> None:
    console = server.set_up()
    server.stop()
    database = url(load(environment=server.settings, data=server.data))
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for command in ("migrate", "serve"):
        failed = server.run(command)
        assert failed.returncode == 1
        assert "newer version (9999)" in failed.stderr
        assert len(failed.stderr.splitlines()) == 1
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :known"), {"known": migrations.known()[-1]})
    engine.dispose()
    server.start()
    assert console.call("GET", "/me")["username"] == "amelia.hart"


def test_an_older_database_is_backed_up_first(
    tmp_path: Path, new_database: Callable[[], dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = url(load(environment={}, data=tmp_path, database=new_database().get("database")))
    upgrade(at, tmp_path)
    engine = create_engine(at)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO companies VALUES ('c', 'Contoso', 'contoso', 5)"))
    before = migrations.known()[-1]
    assert not list(tmp_path.glob("*before-upgrade*"))

    folder = tmp_path / "later"
    shutil.copytree(Path(migrations.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9000_a_note.py").write_text(LATER.format(before=before))
    monkeypatch.setattr(migrations, "_FOLDER", folder)
    upgrade(at, tmp_path)
    with engine.connect() as connection:
        assert migrations.revision(connection) == "9000"
        assert connection.execute(text("SELECT name, note FROM companies")).one() == ("Contoso", None)
    engine.dispose()
    [copy] = tmp_path.glob("*before-upgrade*")
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("SELECT version_num FROM alembic_version").fetchone() == (before,)
        assert old.execute("SELECT id, name, name_key, created_at FROM companies").fetchall() == [
            ("c", "Contoso", "contoso", 5)
        ]
