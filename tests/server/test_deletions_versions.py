"""What services keep of deleted data: it is foretold for each kind, and nothing is done while old versions stay."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from server.contract.deletion import DeletionStatus
from server.deleting import FIRST_PAUSE
from server.storage.emptying import Emptied
from server.storage.storage import Storage
from tests.both import on_sqlite
from tests.living import LivingServer
from tests.proving import wait_for
from tests.server.customers import Start
from tests.server.inside import Inside, run
from tests.server.storing import LOOPBACK, account, destination
from tests.server.test_deletions_inside import HOUR, PAGE
from tests.storage.versioned_s3 import VersionedS3

pytestmark = on_sqlite

DENIED = (403, "AccessDenied")


def test_it_is_not_done_while_old_versions_may_stay(start_server: Start) -> None:
    service = VersionedS3()
    for key in ("customers/mia/one", "customers/mia/one", "customers/jonas/four"):
        service.put(key)
    console, phone = start_server(**LOOPBACK, storage_refresh=0, hold=0).protected()
    vault = account(console, service.endpoint)["id"]
    made = destination(console, vault, "backup/customers")["destinations"][0]["id"]
    mia = console.user(destination=made, folder="mia")

    def deleted() -> Any:
        request = console.ask("user.delete", user=mia, mode="user_and_data")
        assert phone.approve(request["id"], request["code"]) == "executed"

        def last() -> Any:
            return console.call("GET", "/deletions", params={"user": mia})["items"][0]

        wait_for(lambda: last()["status"] not in ("held", "running"), 60)
        return last()

    try:
        service.refusals = {"versioning": DENIED, "versions": DENIED}
        report = deleted()
        assert (report["status"], report["why"], report["trouble"]) == ("failed", "not_deleted", "old_versions")
        assert (report["left"], console.call("GET", f"/users/{mia}")["status"]) == (1, "active")
        assert "customers/mia/one" in service.versions
        service.refusals = {"versioning": DENIED}
        assert deleted()["status"] == "done"
        assert set(service.versions) == {"customers/jonas/four"}
    finally:
        service.close()


def test_who_stops_one_is_told_how_many_versions_stay(start_server: Start, tmp_path: Path) -> None:
    service = VersionedS3()
    for _ in range(3):
        service.put("customers/mia/one")
    service.put("customers/mia/one", None)
    server = start_server(**LOOPBACK, storage_refresh=0, hold=HOUR)
    console, phone = server.protected()
    vault = account(console, service.endpoint)["id"]
    made = destination(console, vault, "backup/customers")["destinations"][0]["id"]
    mia = console.user(destination=made, folder="mia")
    request = console.ask("user.delete", user=mia, mode="user_and_data")
    assert phone.approve(request["id"], request["code"]) == "executed"

    async def story(inside: Inside) -> None:
        await begun.wait()
        await inside.deletions.stop(await inside.end(DeletionStatus.STOPPED))
        await inside.until(lambda row: row.left is not None)
        assert (await inside.row()).left == 4

    begun = asyncio.Event()

    class Begun(Storage):
        @override
        async def empty(self, *_: Any) -> Emptied:
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError

    try:
        run(server, tmp_path, Begun, story)
    finally:
        service.close()


def asked(start_server: Start, service: VersionedS3) -> LivingServer:
    """Return a server with a user whose data, an old version among it, is to be deleted."""
    for key in ("customers/mia/one", "customers/mia/one", "customers/jonas/four"):
        service.put(key)
    server = start_server(**LOOPBACK, storage_refresh=0, hold=HOUR)
    console, phone = server.protected()
    vault = account(console, service.endpoint)["id"]
    made = destination(console, vault, "backup/customers")["destinations"][0]["id"]
    request = console.ask("user.delete", user=console.user(destination=made, folder="mia"), mode="user_and_data")
    assert phone.approve(request["id"], request["code"]) == "executed"
    return server


def test_why_it_stands_still_is_told_before_it_ends(
    start_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = VersionedS3()
    server = asked(start_server, service)
    monkeypatch.setattr("server.storage.calls.IN_VAIN", 1.0)
    service.refusals = {"versionId": (503, "SlowDown")}

    async def story(inside: Inside) -> None:
        assert await inside.until(lambda row: row.trouble or row.ended_at) == "failed"
        [tried] = inside.deletions._tried.values()
        assert tried.pause == FIRST_PAUSE, "it is the first try still"
        service.refusals.clear()
        await inside.until(lambda row: row.status == "done")

    run(server, tmp_path, Storage, story)
    assert set(service.versions) == {"customers/jonas/four"}
    service.close()


def test_a_page_does_not_say_that_no_old_versions_stay(
    start_server: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = VersionedS3()
    server = asked(start_server, service)
    answer, pages = service.answer, ["versions", "versioning"]

    def answered(method: str, target: str) -> tuple[int, str, dict[str, str]]:
        """Say with a page whether the bucket keeps versions, and then once which there are."""
        if pages and pages[-1] in target:
            pages.pop()
            return PAGE
        return answer(method, target)

    monkeypatch.setattr(service, "answer", answered)

    async def story(inside: Inside) -> None:
        assert await inside.until(lambda row: row.trouble or row.ended_at) == "failed"
        await inside.until(lambda row: row.status == "done")

    run(server, tmp_path, Storage, story)
    assert set(service.versions) == {"customers/jonas/four"}
    service.close()


def test_at_azure_it_is_foretold_what_the_service_keeps(start_server: Start) -> None:
    console, _ = start_server(**LOOPBACK, storage_refresh=0).protected()
    body = {"name": "Blobs", "kind": "azure_blob", "settings": {"account": "nobody", "key": "a2V5"}}
    vault = console.call("POST", "/storage-accounts", body)["id"]
    made = destination(console, vault, "customers")["destinations"][0]["id"]
    mia = console.user(destination=made, folder="mia")
    asked = {"parameters": {"user": mia, "mode": "user_and_data"}}
    told = console.call("POST", "/actions/user.delete/preview", asked)["details"]["consequence"]
    assert "Blob versions and soft-deleted blobs stay" in told
    assert "Old versions" not in told
