"""What services keep of deleted data: it is foretold for each kind, and nothing is done while old versions stay."""

from typing import Any

from tests.both import on_sqlite
from tests.proving import wait_for
from tests.server.customers import Start
from tests.server.storing import LOOPBACK, account, destination
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
