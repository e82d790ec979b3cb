"""The writer: groups commit together, a call that raises is rolled back alone, and the ledger never runs ahead."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from errno import ENOSPC
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from server import keys
from server.clock import now
from server.config import load
from server.contract.topic import Topic
from server.store import store as store_module
from server.store import tables
from server.store.database import url
from server.store.ledger import Ledger, Unreadable
from server.store.migrations import migrate
from server.store.store import Store
from server.store.trouble import Unavailable
from server.store.work import Published, Work


@pytest.fixture
def store(tmp_path: Path, new_database: Callable[[], dict[str, str]]) -> Iterator[Store]:
    config = load(environment={}, data=tmp_path, database=new_database().get("database"))
    migrate(url(config))
    store = Store(config, keys.create(tmp_path / "server.key"), Ledger(tmp_path / "ledger.jsonl"), "")
    yield store
    store.close()


def company(work: Work, name: str, *, fail: bool = False) -> str:
    work.session.add(tables.Company(id=name, name=name, name_key=name, created_at=now()))
    work.publish(Topic.COMPANIES, subject=name)
    work.session.flush()
    if fail:
        message = f"{name} must not be kept"
        raise ValueError(message)
    return name


def names(work: Work) -> list[str]:
    return list(work.session.scalars(select(tables.Company.id).order_by(tables.Company.id)))


@pytest.mark.both
def test_of_many_calls_at_once_those_that_raise_are_rolled_back_alone(store: Store) -> None:
    published: list[Published] = []
    store.on_commit = published.extend

    async def at_once() -> list[Any]:
        calls = [store.write(company, f"c{n:03}", fail=n % 3 == 0) for n in range(200)]
        return await asyncio.gather(*calls, return_exceptions=True)

    results = asyncio.run(at_once())
    kept = [f"c{n:03}" for n in range(200) if n % 3]
    assert [each for each in results if isinstance(each, str)] == kept
    assert sum(isinstance(each, ValueError) for each in results) == 67
    assert store.run(names) == kept
    assert [each.subject for each in published] == kept
    assert [each.number for each in published] == list(range(1, len(kept) + 1))


def test_what_follows_a_commit_is_not_done_where_the_call_or_its_group_was_rolled_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def call(work: Work, name: str, *, fail: bool = False) -> None:
        work.committed.append(lambda: done.append(name))
        company(work, name, fail=fail)

    store.run(call, "kept")
    with pytest.raises(ValueError, match="must not be kept"):
        store.run(call, "rolled back", fail=True)
    monkeypatch.setattr(store._ledger, "flush", lambda: (_ for _ in ()).throw(OSError(ENOSPC, "no space left")))
    with pytest.raises(Unavailable):
        store.run(call, "with its group")
    assert done == ["kept"]


def test_a_group_that_cannot_be_committed_keeps_and_publishes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    published: list[Published] = []
    store.on_commit = published.extend

    def refuse(_: object) -> None:
        raise OSError(ENOSPC, "no space left")

    def marked(work: Work) -> None:
        company(work, "x")
        work.mark(on=True)
        work.keep_ended("device", "dev_1")

    for name in ("fsync", "commit"):  # the ledger cannot be written; or it is, and the database then does not commit
        if name == "fsync":
            monkeypatch.setattr(os, "fsync", refuse)
        else:
            event.listen(Engine, "commit", refuse)
        with pytest.raises(Unavailable, match="disk_full"):
            store.run(marked)
        monkeypatch.undo()
    event.remove(Engine, "commit", refuse)
    assert Ledger(tmp_path / "ledger.jsonl").marked is False
    assert Ledger(tmp_path / "ledger.jsonl").ended("device") == {}
    assert store.run(names) == []
    assert published == []
    assert store.run(lambda work: work.marked) is False
    store.run(marked)
    assert store.run(lambda work: work.marked) is True
    assert Ledger(tmp_path / "ledger.jsonl").marked is True
    assert "dev_1" in Ledger(tmp_path / "ledger.jsonl").ended("device")


def test_a_ledger_line_cut_off_by_a_crash_was_never_written_and_spoils_nothing(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    file.write_text('{"what":"mark","state":"set"}\n{"what":"mark","sta')
    ledger = Ledger(file)
    assert ledger.marked is True
    ledger.stage([{"what": "device", "subject": "dev_1", "state": "ended", "at": now().isoformat()}])
    ledger.flush()
    assert Ledger(file).marked is True
    assert "dev_1" in Ledger(file).ended("device")
    file.write_text('{"what":"mark","state":"s')
    assert Ledger(file).marked is False
    file.write_text('nonsense\n{"what":"mark","state":"set"}\n')
    with pytest.raises(Unreadable):
        Ledger(file)


def test_a_call_that_was_given_up_before_its_turn_never_happens(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.store.store.LONGEST_WAIT", 0.3)
    begun, go_on = threading.Event(), threading.Event()

    def slow(work: Work) -> str:
        begun.set()
        go_on.wait(10)
        return company(work, "slow")

    async def both() -> list[Any]:
        first = asyncio.ensure_future(store.write(slow))
        await asyncio.to_thread(begun.wait)
        found = await asyncio.gather(first, store.write(company, "late"), return_exceptions=True)
        go_on.set()
        return list(found)

    first, late = asyncio.run(both())
    assert isinstance(first, Unavailable)
    assert first.unknown  # it had begun
    assert isinstance(late, Unavailable)
    assert not late.unknown
    assert store.run(names) == ["slow"]


def test_a_cancellation_that_comes_with_the_answer_is_not_lost(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    settle = store_module._settle

    async def cancelled() -> bool:
        task = asyncio.ensure_future(store.write(names))

        def settle_and_cancel(*outcome: Any) -> None:
            settle(*outcome)
            task.cancel()

        monkeypatch.setattr(store_module, "_settle", settle_and_cancel)
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(cancelled())


def test_a_ledger_that_cannot_be_appended_to_is_cut_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ledger.jsonl"
    file.write_text('{"what":"mark","state":"set"}\n')
    ledger = Ledger(file)
    ledger.stage([{"what": "device", "subject": "dev_1", "state": "ended", "at": now().isoformat()}])
    ledger.flush()

    def refuse(_: object) -> None:
        raise OSError(ENOSPC, "no space left")

    monkeypatch.setattr(os, "fsync", refuse)
    ledger.drop()
    monkeypatch.undo()
    assert file.read_text() == '{"what":"mark","state":"set"}\n'
    assert Ledger(file).ended("device") == ledger.ended("device") == {}
