"""One call, one request, one effect, on both databases: retries, who may cancel, and how a commit is kept."""

import sqlite3
from contextlib import closing
from functools import partial
from typing import Any

import pytest

from server.config import load
from server.store.database import Database, url
from tests import both
from tests.living import LivingServer, TestConsole
from tests.proving import refused, status_of, together
from tests.server.test_decisions import colleague_of

new_database = both.new_database


@pytest.mark.row("EX-5")
def test_a_hundred_retries_with_one_key_are_one_request(server: LivingServer) -> None:
    console, phone = server.protected()
    body = {"parameters": {"user": console.user(), "mode": "user_only"}, "reason": "left"}
    headers = {"Idempotency-Key": "clean-up-2026"}
    consoles = [TestConsole(server.url) for _ in range(100)]
    for each in consoles:
        each.token = console.token

    def ask(each: TestConsole) -> Any:
        return each.raw("POST", "/actions/user.delete", body, headers=headers).json()["request"]["id"]

    assert len(set(together([partial(ask, each) for each in consoles]))) == 1
    assert len(phone.pending()) == 1


@pytest.mark.row("EX-6")
def test_who_did_not_ask_and_is_no_provider_cancels_nothing(server: LivingServer) -> None:
    console, phone = server.protected()
    its_phone, sub = colleague_of(console, phone, role="sub_administrator", permissions=["users.delete"])
    user = console.user()
    request = console.delete(user)
    refused(404, lambda: sub.call("POST", f"/requests/{request['id']}/cancel"))
    assert console.request(request["id"])["status"] == "pending"
    own = sub.delete(user)
    assert console.call("POST", f"/requests/{own['id']}/cancel")["request"]["status"] == "cancelled"  # a provider
    refused(409, lambda: its_phone.approve(own["id"], own["code"]))
    assert phone.approve(request["id"], request["code"]) == "executed"


@pytest.mark.row("EX-1", "EX-6")
def test_of_sixty_four_that_approve_reject_and_cancel_at_once_one_wins(server: LivingServer) -> None:
    console, phone = server.protected()
    for _ in range(3):
        user = console.user()
        request = console.delete(user)
        shown = phone.request(request["id"])
        bodies = [
            phone.sealed_decision(shown, "approve", code=request["code"]),
            phone.sealed_decision(shown, "reject", reason="cancelled"),
        ]
        calls = [partial(status_of, partial(phone.send, shown.id, body)) for body in bodies * 22]
        calls += [partial(status_of, partial(console.call, "POST", f"/requests/{shown.id}/cancel"))] * 20
        answers = together(calls)
        assert (answers.count(200), answers.count(409)) == (1, 63)
        ends = {"executed": 404, "rejected": 200, "cancelled": 200}
        status = console.request(shown.id)["status"]
        assert console.raw("GET", f"/users/{user}").status_code == ends[status]
        if status != "executed":
            console.ask("user.delete", user=user, mode="user_only")
            [again] = phone.pending()
            phone.approve(again.id, console.request(again.id)["code"])


@pytest.mark.row("EX-8")
@both.on_sqlite
def test_sqlite_keeps_what_was_acknowledged_and_writers_take_turns(server: LivingServer) -> None:
    server.set_up()
    config = load(environment={}, data=server.data)
    names = ("journal_mode", "synchronous", "foreign_keys")
    with closing(Database(url(config), server.data)) as database, database.writing() as connection:
        told = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
        assert told == ["wal", 2, 1]  # FULL, ON
        assert int(connection.exec_driver_sql("PRAGMA busy_timeout").scalar() or 0) >= 1000
        with closing(sqlite3.connect(server.data / "countersign.db", timeout=0, isolation_level=None)) as other:
            assert other.execute("SELECT count(*) FROM administrators").fetchone() == (1,)  # reading goes on
            with pytest.raises(sqlite3.OperationalError, match="locked"):  # although nothing was written yet
                other.execute("BEGIN IMMEDIATE")


@pytest.mark.row("EX-8")
@both.on_postgresql
def test_postgresql_flushes_and_its_writers_take_turns(server: LivingServer) -> None:
    console = server.set_up()
    config = load(environment=dict(server.settings), data=server.data)
    with closing(Database(url(config), server.data)) as database, database.writing() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted"
        assert connection.exec_driver_sql(held).scalar() == 2  # the one server's, and the one writer's
    assert console.user()
