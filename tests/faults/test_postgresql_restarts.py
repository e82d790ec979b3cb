"""PostgreSQL is restarted under load, and loses the answer to a commit: nothing is lost, nothing happens twice."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from desktop.demo.phone import SoftwarePhone
from server import keys
from server.clock import now
from server.config import load
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.store import tables
from server.store.database import url
from server.store.ledger import Ledger
from server.store.migrations import migrate
from server.store.store import Store
from server.store.trouble import Unavailable
from server.store.work import Published, Work
from tests.both import on_postgresql
from tests.living import LivingServer, TestConsole
from tests.postgresql import PostgreSQL
from tests.proving import wait_for
from tests.server.test_decisions import colleague_of
from tests.server.test_reading import Events


class Loop:
    """One administrator who goes on and on, and notes what was acknowledged."""

    def __init__(self, console: TestConsole, phone: SoftwarePhone, name: str) -> None:
        """Begin in a thread of its own."""
        self.console, self.phone, self.name = console, phone, name
        self.tried: dict[str, str] = {}
        self.acknowledged: set[str] = set()
        self.refusals = 0
        self.stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def join(self) -> None:
        """End it."""
        self.stop.set()
        self._thread.join()

    def _run(self) -> None:
        turn = 0
        while not self.stop.is_set():
            turn += 1
            try:
                user = self.console.user(f"{self.name}-{turn}@contoso.example")
                request = self.console.delete(user)
                self.tried[request["id"]] = user
                if self.phone.approve(request["id"], request["code"]) == "executed":
                    self.acknowledged.add(request["id"])
            except Problem as problem:
                assert problem.status in (503, 429), problem
                self.refusals += 1
                self.stop.wait(0.1)
                self._cancel()

    def _cancel(self) -> None:
        try:
            for waiting in self.phone.pending():
                self.console.call("POST", f"/requests/{waiting.id}/cancel")
        except (Problem, requests.RequestException):
            pass


def _wait_for_five_more(loops: list[Loop]) -> None:
    done = sum(len(each.acknowledged) for each in loops)
    wait_for(lambda: sum(len(each.acknowledged) for each in loops) >= done + 5, seconds=60)


@on_postgresql
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_restarted_in_the_middle(
    start_server: Callable[..., LivingServer], own_postgresql: PostgreSQL, mode: str
) -> None:
    server = start_server(database=own_postgresql.new())
    console, phone = server.protected()
    other_phone, other = colleague_of(console, phone)
    stream = Events(console)
    loops = [Loop(console, phone, "amelia"), Loop(other, other_phone, "jonas")]
    for _ in range(3):
        _wait_for_five_more(loops)
        own_postgresql.restart(mode)
    _wait_for_five_more(loops)
    for each in loops:
        each.join()
    events = [(each["request"], each["event"]) for each in console.audit(event="request")]
    assert len(events) == len(set(events))
    for each in loops:
        for request, user in each.tried.items():
            status = console.request(request)["status"]
            gone = console.raw("GET", f"/users/{user}").status_code == 404
            assert gone == (status == "executed"), (request, status)
            assert gone or request not in each.acknowledged
    last = console.user("last@contoso.example")
    wait_for(lambda: any(each["subject"] == last for each in stream.seen))
    numbers = [each["number"] for each in stream.seen]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    server.stop()
    assert server.run("audit", "verify").returncode == 0


@pytest.fixture
def store(tmp_path: Path, postgresql: PostgreSQL) -> Any:
    config = load(environment={}, data=tmp_path, database=postgresql.new())
    migrate(url(config))
    store = Store(config, keys.create(tmp_path / "server.key"), Ledger(tmp_path / "ledger.jsonl"), "")
    yield store
    store.close()


@pytest.mark.parametrize("committed", [True, False])
def test_the_answer_to_a_commit_is_lost(store: Store, monkeypatch: pytest.MonkeyPatch, *, committed: bool) -> None:
    published: list[Published] = []
    store.on_commit = published.extend
    commit, lost = psycopg.Connection.commit, threading.Event()

    def lose(connection: psycopg.Connection[Any]) -> None:
        if lost.is_set() or not connection.execute("SELECT pg_current_xact_id_if_assigned()").fetchone():
            commit(connection)
            return
        lost.set()
        if committed:
            commit(connection)
        connection.pgconn.finish()
        message = "server closed the connection unexpectedly"
        raise psycopg.OperationalError(message)

    def mark(work: Work) -> str:
        work.session.add(tables.Company(id="c", name="c", name_key="c", created_at=now()))
        work.publish(Topic.COMPANIES, subject="c")
        work.keep_ended("device", "dev_1")
        return "done"

    monkeypatch.setattr(psycopg.Connection, "commit", lose)
    if committed:
        assert store.run(mark) == "done"
    else:
        with pytest.raises(Unavailable) as caught:
            store.run(mark)
        assert not caught.value.unknown
    monkeypatch.undo()
    assert lost.is_set()
    kept = store.look(lambda work: work.session.get(tables.Company, "c"))
    assert (kept is not None) == committed
    assert [each.subject for each in published] == (["c"] if committed else [])
    assert ("dev_1" in store.look(lambda work: work.ledger.ended("device"))) == committed
