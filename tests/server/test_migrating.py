"""A database of another version: a newer one is refused untouched, an older one is backed up and then brought up."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from server import keys
from server.cli import main
from server.config import load
from server.domain.requests import words
from server.main import KEY_FILE
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
        connection.execute(
            text("INSERT INTO companies (id, name, name_key, created_at) VALUES ('c', 'Contoso', 'contoso', 5)")
        )
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


@pytest.mark.parametrize("way", [["migrate"], ["tls", "off"]])  # how it is reached may keep it from its first start
def test_before_the_first_start_after_an_update_a_command_says_what_is_to_be_run_or_does_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], way: list[str]
) -> None:
    monkeypatch.setattr("server.cli.to_standard_error", lambda: None)
    monkeypatch.setattr("os.umask", lambda _mask: 0)
    older, _ = migrations.known()[-2:]
    migrations.migrate(url(load(environment={}, data=tmp_path)), to=older)
    keys.create(tmp_path / KEY_FILE)
    at = ["--data", str(tmp_path)]
    assert main(["audit", "verify", *at]) == 1
    assert "older version of Countersign: run `countersign-server migrate`" in capsys.readouterr().err
    assert main([*way, *at]) == 0
    assert main(["audit", "verify", *at]) == 0


def test_a_database_without_its_key_is_not_brought_to_this_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.cli.to_standard_error", lambda: None)
    monkeypatch.setattr("os.umask", lambda _mask: 0)
    older, _ = migrations.known()[-2:]
    at = url(load(environment={}, data=tmp_path))
    migrations.migrate(at, to=older)
    assert main(["tls", "off", "--data", str(tmp_path)]) == 1
    assert migrations.found_in(at) == older


def test_what_was_asked_before_callers_were_told_apart_is_not_asked_twice(
    tmp_path: Path, new_database: Callable[[], dict[str, str]]
) -> None:
    at = url(load(environment={}, data=tmp_path, database=new_database().get("database")))
    migrations.migrate(at, "0002")
    engine = create_engine(at)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO administrators (id, username, username_key, name, email, role, permissions, created_at) "
                "VALUES ('adm_a', 'a', 'a', 'A', 'a@b.example', 'provider', '[]', 1)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO idempotency_keys (administrator_id, key, body_hash, request_id, created_at) "
                "VALUES ('adm_a', 'once', :body, 'req_r', 7)"
            ),
            {"body": b"body"},
        )
    upgrade(at, tmp_path)
    with engine.connect() as connection:
        row = connection.execute(text("SELECT caller, key, body_hash, request_id, created_at FROM idempotency_keys"))
        assert tuple(row.one()) == ("adm_a", "once", b"body", "req_r", 7)
        named = connection.execute(text("SELECT disabled_at, deleted_at FROM administrators"))
        assert named.one() == (None, None)
        assert connection.execute(text("SELECT id, reason_required, qr_alone FROM policy")).one() == (1, 0, 0)
    engine.dispose()


def test_what_was_asked_before_requests_were_searched_is_found(
    tmp_path: Path, new_database: Callable[[], dict[str, str]]
) -> None:
    at = url(load(environment={}, data=tmp_path, database=new_database().get("database")))
    migrations.migrate(at, "0002")
    engine = create_engine(at)
    target = [{"type": "user", "id": "usr_m", "name": "Mia@contoso.example"}]
    details = json.dumps({"username": "Amelia.Hart", "summary": "Delete the user “Mia”", "target": target}).encode()
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO administrators (id, username, username_key, name, email, role, permissions, created_at) "
                "VALUES ('adm_a', 'a', 'a', 'A', 'a@b.example', 'provider', '[]', 1)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO requests (id, action, kind, status, administrator_id, details, parameters, frozen, "
                "server_signature, sealed, attempts, created_at, expires_at) VALUES ('req_r', 'user.delete', "
                "'management', 'rejected', 'adm_a', :details, '{}', :no, :no, :no, 0, 1, 2)"
            ),
            {"details": details, "no": b""},
        )
    upgrade(at, tmp_path)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT words, company, result_key FROM requests")).one()
        assert tuple(found) == (words(json.loads(details)), None, None)
    engine.dispose()
