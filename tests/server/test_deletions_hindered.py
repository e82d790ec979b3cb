"""Deletions that come late, lose their service, meet what cannot be deleted, or find that nothing is as it was."""

import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from desktop.demo.phone import SoftwarePhone
from server.storage.engine import AT_ONCE
from tests.both import on_sqlite
from tests.gates.world import ControlledServer
from tests.living import LivingServer, TestConsole
from tests.proving import refused, wait_for
from tests.server.customers import BESIDE, HERS, Customers, Disk, Start, begin, gate, service
from tests.server.storing import LOOPBACK, Gate, Service, account, destination, settings
from tests.storage.flat_s3 import FlatS3
from tests.storage.openssh import OpenSsh, openssh
from tests.storage.services import files, fill

__all__ = ["begin", "gate", "openssh", "service"]  # fixtures

HOUR = 3600
MANY = int(os.environ.get("COUNTERSIGN_OBJECTS", "2000"))


def ended(there: Customers) -> Any:
    """Wait until it is over; its report."""
    wait_for(lambda: there.deletion()["status"] not in ("held", "running"), 60)
    return there.deletion()


@pytest.mark.parametrize("gone_for", [HOUR + 1, 2 * HOUR])
def test_what_fell_due_while_the_server_was_off_is_done_at_its_start_and_called_late(
    service: Service, tmp_path: Path, gone_for: int
) -> None:
    server = ControlledServer(tmp_path / "data", settings={**LOOPBACK, "hold": str(HOUR)})
    server.start()
    try:
        there = Customers(server, service, f"http://127.0.0.1:{service.port}", f"late{abs(hash(tmp_path))}")
        there.approve("user.delete", mode="user_and_data")
        server.stop()
        server.move(gone_for)
        server.start()
        there.console = TestConsole(server.url)
        there.console.sign_in(phone=there.phone)
        wait_for(there.gone, 30)
        report = there.deletion()
        assert (report["status"], report["late"]) == ("done", True)
        assert [each["parameters"]["late"] for each in there.console.audit(event="user:deletion_started")] == [True]
        assert there.lie() == BESIDE
    finally:
        server.stop()


def test_a_service_that_goes_in_the_middle_is_waited_for(begin: Callable[..., Customers], gate: Gate) -> None:
    there = begin(hold=0)
    gate.hold()
    there.approve("user.delete", mode="user_and_data")
    assert gate.waiting.wait(30)
    gate.go()
    wait_for(lambda: there.deletion()["trouble"], 60)
    assert there.deletion()["status"] == "running"
    assert there.user()["deletion"]["trouble"] in ("refused", "unreachable")
    gate.come_back()
    wait_for(there.gone, 60)
    assert there.lie() == BESIDE
    assert ended(there)["left"] == 0


def test_a_service_that_is_away_from_the_beginning_is_told_at_once(begin: Callable[..., Customers], gate: Gate) -> None:
    there = begin(hold=0)
    gate.go()
    there.approve("user.delete", mode="user_and_data")
    assert wait_for(lambda: there.deletion()["trouble"], 15) == "refused"
    gate.come_back()
    wait_for(there.gone, 60)
    assert there.lie() == BESIDE


def test_what_the_service_keeps_is_named_and_can_be_asked_for_again(
    begin: Callable[..., Customers], gate: Gate
) -> None:
    there = begin(hold=0)
    gate.kept = b"/mia/deep/"
    there.approve("user.delete", mode="user_and_data")
    report = ended(there)
    assert (report["status"], report["why"], report["left"]) == ("failed", "not_deleted", 1)
    assert (report["deleted"], report["deleted_bytes"], report["failures"]) == (1, 1000, ["deep/two"])
    assert there.user()["status"] == "active"
    assert there.lie() == BESIDE | {"customers/mia/deep/two"}
    gate.kept = b""
    there.approve("user.delete", mode="user_and_data")
    wait_for(there.gone, 30)
    assert there.lie() == BESIDE


def test_stopped_between_two_tries_its_report_is_true(begin: Callable[..., Customers], gate: Gate) -> None:
    there = begin(hold=0)
    gate.kept = b"/mia/deep/"
    there.approve("user.delete", mode="user_and_data")
    wait_for(lambda: there.deletion()["trouble"], 30)
    there.console.call("POST", f"/deletions/{there.deletion()['id']}/stop")
    wait_for(lambda: there.deletion()["left"] is not None, 30)
    report = there.deletion()
    assert (report["status"], report["deleted"], report["left"]) == ("stopped", 1, 1)
    assert report["failures"] == ["deep/two"]
    [told] = there.console.audit(event="user:deletion_reported")
    assert (told["parameters"]["deleted"], told["parameters"]["left"]) == (1, 1)


def test_what_may_not_be_listed_or_deleted_is_named_and_the_rest_is_gone(
    start_server: Start, tmp_path: Path, openssh: OpenSsh
) -> None:
    root = tmp_path / "served" / "customers"
    server = start_server(**LOOPBACK, storage_refresh=0, hold=0)
    console, phone = server.protected()
    fill(root, "mia/1", "mia/locked/2", "mia/shut/3", "jonas/4")
    body = {"name": "Tower", "kind": "sftp", "settings": openssh.settings(root.parent)}
    account = console.call("POST", "/storage-accounts", body)["id"]
    mia = console.user(destination=destination(console, account, "customers")["destinations"][0]["id"], folder="mia")

    def deleted() -> Any:
        request = console.ask("user.delete", user=mia, mode="user_and_data")
        assert phone.approve(request["id"], request["code"]) == "executed"
        asked = {"params": {"user": mia}}
        wait_for(
            lambda: console.call("GET", "/deletions", **asked)["items"][0]["status"] not in ("held", "running"), 60
        )
        return console.call("GET", "/deletions", **asked)["items"][0]

    try:
        (root / "mia/locked").chmod(0o555)
        (root / "mia/shut").chmod(0)
        report = deleted()
        assert (report["status"], report["why"], report["trouble"]) == ("failed", "not_deleted", "no_list_permission")
        assert (report["objects"], report["deleted"], report["left"]) == (2, 1, 2)
        assert sorted(report["failures"]) == ["locked/2", "shut/"]
        (root / "mia/shut").chmod(0o755)
        (root / "mia").chmod(0)
        report = deleted()
        assert (report["status"], report["why"], report["trouble"]) == ("failed", "not_deleted", "no_list_permission")
        assert (report["deleted"], report["left"], report["failures"]) == (0, 1, ["mia/"])
        (root / "mia").chmod(0o755)
        report = deleted()
        assert (report["status"], report["why"], report["trouble"]) == ("failed", "not_deleted", "no_delete_permission")
        assert (report["objects"], report["deleted"], report["left"]) == (2, 1, 1)
        assert report["failures"] == ["locked/2"]
    finally:
        for folder in root.glob("mia/*/"):
            folder.chmod(0o755)
    assert deleted()["status"] == "done"
    assert files(root) == {"jonas/4"}


def flat(start_server: Start, **more: object) -> tuple[FlatS3, TestConsole, SoftwarePhone, str, str]:
    """Return a service, a console, its phone, the account there, and a user whose data lies beside another's."""
    service = FlatS3()
    service.keys = {"customers/mia/one": 8, "customers/jonas/four": 4}
    console, phone = start_server(**LOOPBACK, storage_refresh=0, **more).protected()
    vault = account(console, service.endpoint)["id"]
    made = destination(console, vault, "backup/customers")["destinations"][0]["id"]
    return service, console, phone, vault, console.user(destination=made, folder="mia")


def test_a_page_in_the_place_of_the_service_deletes_nothing(start_server: Start) -> None:
    service, console, phone, vault, mia = flat(start_server, hold=0)
    service.page = 200, "<html>down for maintenance</html>"
    assert console.call("POST", f"/storage-accounts/{vault}/test")["result"] == "no_service"
    request = console.ask("user.delete", user=mia, mode="user_and_data")
    assert phone.approve(request["id"], request["code"]) == "executed"
    wait_for(lambda: console.call("GET", "/deletions")["items"][0]["trouble"] == "no_service", 30)
    assert console.call("GET", "/deletions")["items"][0]["status"] == "running"
    service.page = None
    wait_for(lambda: console.raw("GET", f"/users/{mia}").status_code == 404, 60)
    assert service.keys == {"customers/jonas/four": 4}
    service.close()


def test_where_nothing_is_found_of_what_was_measured_nothing_counts_as_deleted(
    start_server: Start, tmp_path: Path
) -> None:
    there = Disk(start_server, tmp_path / "disk")
    fill(there.root / "customers", "mia/1", "mia/2")
    there.measure()
    there.unmount()
    report = there.delete()
    assert (report["status"], report["why"], report["trouble"]) == ("failed", "nothing_found", None)
    assert (report["objects"], report["deleted"], report["left"]) == (2, 0, None)
    assert there.user()["status"] == "active"
    there.measure()
    assert there.delete()["status"] == "done"  # somebody has looked, and it is so
    assert files(there.unmounted) == {"mia/1", "mia/2"}


@pytest.mark.parametrize("kind", ["local", "sftp"])
@pytest.mark.parametrize("measured", [False, True])
def test_a_bare_place_in_which_something_lay_is_no_proof_that_a_user_had_nothing(
    start_server: Start, tmp_path: Path, request: pytest.FixtureRequest, kind: str, *, measured: bool
) -> None:
    there = Disk(start_server, tmp_path / "disk", by=request.getfixturevalue("openssh") if kind == "sftp" else None)
    fill(there.root / "customers", "jonas/1")
    there.measure()
    if not measured:
        there.mia = there.console.user("eve@contoso.example", destination=there.destination, folder="eve")
    there.unmount()
    report = there.delete()
    assert (report["status"], report["why"], report["left"]) == ("failed", "nothing_found", None)
    fill(there.root / "customers", "jonas/1")
    report = there.delete()
    assert (report["status"], report["objects"], report["left"]) == ("done", 0, 0)


def test_a_folder_that_was_never_made_holds_nothing(start_server: Start, tmp_path: Path) -> None:
    there = Disk(start_server, tmp_path / "disk", "contoso/mia")
    report = there.delete()
    assert (report["status"], report["objects"], report["left"]) == ("done", 0, 0)


@pytest.mark.parametrize(
    ("what", "trouble"), [("link", "not_allowed"), ("dangling", "not_allowed"), ("file", "invalid")]
)
def test_what_is_no_folder_of_hers_ends_it_and_is_named(
    start_server: Start, tmp_path: Path, what: str, trouble: str
) -> None:
    there = Disk(start_server, tmp_path / "disk")
    fill(there.root / "customers", "jonas/1")
    at = there.root / "customers" / "mia"
    if what != "file":
        at.symlink_to("jonas" if what == "link" else "nowhere")
    else:
        at.write_bytes(b"x")
    report = there.delete()
    assert (report["status"], report["why"], report["trouble"]) == ("failed", "not_deleted", trouble)
    assert (report["deleted"], report["left"], report["failed"], report["failures"]) == (0, 1, 1, ["mia/"])
    assert at.is_symlink() or at.is_file()
    assert "jonas/1" in files(there.root / "customers")


def test_stopped_while_something_kept_it_the_reason_stays(start_server: Start) -> None:
    service, console, phone, _, mia = flat(start_server, hold=0)
    service.page = 200, "<html>down for maintenance</html>"
    request = console.ask("user.delete", user=mia, mode="user_and_data")
    assert phone.approve(request["id"], request["code"]) == "executed"

    def deletion() -> Any:
        return console.call("GET", "/deletions")["items"][0]

    wait_for(lambda: deletion()["trouble"], 30)
    console.call("POST", f"/deletions/{deletion()['id']}/stop")
    assert (deletion()["status"], deletion()["trouble"], deletion()["left"]) == ("stopped", "no_service", None)
    service.close()


def test_with_another_key_of_the_same_account_it_goes_on(start_server: Start) -> None:
    service, console, phone, vault, mia = flat(start_server, hold=HOUR)
    told, known = list[str](), settings(service.endpoint, "another") | {"preset": "minio"}
    request = console.ask("storage_account.change_credentials", storage_account=vault, settings=known)
    assert phone.approve(request["id"], request["code"]) == "executed"
    for action, asked in (
        ("user.delete", {"user": mia, "mode": "user_and_data"}),
        (
            "storage_account.change_credentials",
            {"storage_account": vault, "settings": {**known, "access_key": "ANOTHER"}},
        ),
        ("user.delete_now", {"user": mia}),
    ):
        request = console.ask(action, **asked)
        told.append(phone.request(request["id"]).details["consequence"])
        assert phone.approve(request["id"], request["code"]) == "executed"
    assert "Deletions of users' data that are on their way there go on with that." in told[1]
    wait_for(lambda: console.raw("GET", f"/users/{mia}").status_code == 404, 60)
    assert service.keys == {"customers/jonas/four": 4}
    service.close()


def test_what_runs_goes_on_with_the_new_key_alone(start_server: Start) -> None:
    service, console, phone, vault, mia = flat(start_server, hold=HOUR)
    service.keys |= {f"customers/mia/{each}": 8 for each in range(100)}
    known = settings(service.endpoint, "another") | {"preset": "minio"}

    def change(key: str) -> None:
        asked = {"storage_account": vault, "settings": {**known, "access_key": key}}
        request = console.ask("storage_account.change_credentials", **asked)
        assert phone.approve(request["id"], request["code"]) == "executed"

    change("BEFORE")
    service.deletes.clear()
    for action, asked in (("user.delete", {"user": mia, "mode": "user_and_data"}), ("user.delete_now", {"user": mia})):
        request = console.ask(action, **asked)
        assert phone.approve(request["id"], request["code"]) == "executed"
    wait_for(lambda: any(each.startswith("DELETE") for each in service.calls), 30)
    change("AFTER")
    wait_for(lambda: "AFTER" in service.called_by, 30)
    service.deletes.set()
    wait_for(lambda: console.raw("GET", f"/users/{mia}").status_code == 404, 60)
    assert "BEFORE" not in service.called_by[service.called_by.index("AFTER") :]
    assert service.keys == {"customers/jonas/four": 4}
    service.close()


def test_what_the_service_still_does_when_one_is_stopped_is_in_its_report(start_server: Start) -> None:
    service, console, phone, _, mia = flat(start_server, hold=0)
    service.keys |= {f"customers/mia/{each}": 8 for each in range(100)}
    service.deletes.clear()
    request = console.ask("user.delete", user=mia, mode="user_and_data")
    assert phone.approve(request["id"], request["code"]) == "executed"

    def deletion() -> Any:
        return console.call("GET", "/deletions")["items"][0]

    def deletes() -> int:
        return sum(each.startswith("DELETE") for each in service.calls)

    wait_for(deletes, 30)
    threading.Timer(1, service.deletes.set).start()  # when it was counted, had nobody waited
    console.call("POST", f"/deletions/{deletion()['id']}/stop")
    wait_for(lambda: deletion()["left"] is not None, 30)
    report, lie = deletion(), sum("/mia/" in each for each in service.keys)
    assert (report["status"], report["objects"], report["left"], report["deleted"]) == ("stopped", 101, lie, 101 - lie)
    assert lie == 101 - deletes()
    service.close()


def test_what_the_service_still_does_for_a_killed_server_was_done_by_nobody_else(
    start_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = list[LivingServer]()

    def started(**more: object) -> LivingServer:
        servers.append(start_server(**more))
        return servers[0]

    service, console, phone, _, mia = flat(started, hold=0)
    service.keys |= {f"customers/mia/{each}": 8 for each in range(40)}
    service.deletes.clear()
    request = console.ask("user.delete", user=mia, mode="user_and_data")
    assert phone.approve(request["id"], request["code"]) == "executed"

    def deletes() -> int:
        return sum(each.startswith("DELETE") for each in service.calls)

    wait_for(lambda: deletes() == AT_ONCE, 30)
    servers[0].kill()
    answer = service.answer

    def answered(method: str, target: str) -> tuple[int, str, dict[str, str]]:
        """Do what was asked before between the new server's first list of the folder and its answer."""
        found = answer(method, target)
        if "prefix=customers%2Fmia%2F" in target and not service.deletes.is_set():
            service.deletes.set()
            wait_for(lambda: len(service.keys) == 42 - AT_ONCE, 30)
        return found

    monkeypatch.setattr(service, "answer", answered)
    servers[0].start()
    console.url = servers[0].url
    wait_for(lambda: console.call("GET", "/deletions")["items"][0]["status"] != "running", 60)
    report = console.call("GET", "/deletions")["items"][0]
    assert (report["status"], report["objects"], report["deleted"], report["left"]) == ("done", 41, 41, 0)
    assert service.keys == {"customers/jonas/four": 4}
    service.close()


def test_with_another_key_where_that_may_choose_the_buckets_it_ends(start_server: Start) -> None:
    service, console, phone, vault, mia = flat(start_server, hold=HOUR)
    request = console.ask("user.delete", user=mia, mode="user_and_data")
    assert phone.approve(request["id"], request["code"]) == "executed"
    another = settings(service.endpoint, "another") | {"access_key": "ANOTHER"}
    request = console.ask("storage_account.change_credentials", storage_account=vault, settings=another)
    told = phone.request(request["id"]).details["consequence"]
    assert "Its 1 destination may lead elsewhere by another key, and what lies at the old one stays there" in told
    assert "deletion of a user's data that is on its way there ends without deleting anything more." in told
    assert phone.approve(request["id"], request["code"]) == "executed"
    [report] = console.call("GET", "/deletions")["items"]
    assert (report["status"], report["why"]) == ("failed", "storage_changed")
    assert set(service.keys) == {"customers/mia/one", "customers/jonas/four"}
    service.close()


@pytest.mark.parametrize("running", [False, True])
def test_an_account_that_leads_elsewhere_is_emptied_no_more(
    begin: Callable[..., Customers], service: Service, gate: Gate, *, running: bool
) -> None:
    there = begin(hold=0 if running else 3600)
    if running:
        gate.hold()
    there.approve("user.delete", mode="user_and_data")
    assert not running or gate.waiting.wait(30)
    elsewhere = settings(f"http://127.0.0.1:{service.port}")
    body = {"parameters": {"storage_account": there.account, "settings": elsewhere}}
    told = there.console.call("POST", "/actions/storage_account.change_credentials/preview", body)["details"]
    assert "deletion of a user's data that is on its way there ends without" in told["consequence"]
    asked = there.console.ask("storage_account.change_credentials", storage_account=there.account, settings=elsewhere)
    assert there.phone.approve(asked["id"], asked["code"]) == "executed"
    report = there.deletion()
    assert (report["status"], report["why"]) == ("failed", "storage_changed")
    assert there.user()["status"] == "active"
    gate.release()
    there.measure()  # one after the other in an account
    assert there.lie() == BESIDE | HERS


def test_what_waits_is_void_once_the_data_lies_elsewhere(begin: Callable[..., Customers]) -> None:
    there = begin()
    asked = there.console.ask("user.delete", user=there.mia, mode="data_only")
    there.console.call("PATCH", f"/users/{there.mia}", {"folder": "elsewhere"})
    assert there.phone.approve(asked["id"], asked["code"]) == "void"
    assert there.console.request(asked["id"])["void_reason"] == "target_changed"


@on_sqlite
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE deletions SET due_at = due_at - 900000000000",
        "UPDATE deletions SET folder = 'jonas', due_at = due_at - 900000000000",
        "UPDATE deletions SET status = 'running', place = 'elsewhere'",
        "UPDATE deletions SET status = 'running', user_id = 'usr_else'",
    ],
)
def test_a_row_that_somebody_wrote_deletes_nothing(begin: Callable[..., Customers], change: str) -> None:
    there = begin()
    there.approve("user.delete", mode="user_and_data")
    there.sql(change)
    there.server.stop()
    there.server.start()
    there.console.url = there.server.url
    wait_for(lambda: _only(there)["status"] == "failed", 30)
    assert _only(there)["why"] == "not_ours"
    assert there.lie() == BESIDE | HERS


@on_sqlite
@pytest.mark.parametrize("change", ["folder = 'jonas'", "due_at = due_at + 1", "mode = 'data_only'"])
def test_a_row_that_somebody_wrote_is_not_hastened(begin: Callable[..., Customers], change: str) -> None:
    there = begin()
    there.approve("user.delete", mode="user_and_data")
    before = there.console.ask("user.delete_now", user=there.mia)
    there.sql(f"UPDATE deletions SET {change}")  # noqa: S608 - our own words
    assert there.phone.approve(before["id"], before["code"]) == "void"
    assert refused(409, partial(there.console.ask, "user.delete_now", user=there.mia)).code == "not_held"
    assert there.lie() == BESIDE | HERS


@on_sqlite
@pytest.mark.parametrize("change", ["status = 'active'", "deletion_id = NULL"])
def test_what_no_user_is_held_for_is_not_done(begin: Callable[..., Customers], change: str) -> None:
    there = begin(hold=5)
    there.approve("user.delete", mode="user_and_data")
    there.server.stop()
    there.sql(f"UPDATE users SET {change}")  # noqa: S608 - our own words
    there.server.start()
    there.console.url = there.server.url
    wait_for(lambda: _only(there)["status"] == "failed", 30)
    assert _only(there)["why"] == "not_ours"
    assert there.lie() == BESIDE | HERS


@on_sqlite
def test_one_that_was_called_off_is_not_revived(begin: Callable[..., Customers]) -> None:
    there = begin()
    there.approve("user.delete", mode="user_and_data")
    [before] = there.sql("SELECT status, due_at FROM deletions")
    there.console.call("POST", f"/users/{there.mia}/restore")
    for status in ("held", "running"):
        there.server.stop()
        there.sql("UPDATE deletions SET status = ?, due_at = ?", status, before[1])
        there.sql("UPDATE users SET status = 'held' WHERE id = ?", there.mia)
        there.server.start()
        there.console.url = there.server.url
        if status == "held":
            asked = there.console.ask("user.delete_now", user=there.mia)
            there.phone.approve(asked["id"], asked["code"])
        wait_for(lambda: _only(there)["status"] == "stopped", 30)
        assert (_only(there)["why"], there.user()["status"]) == ("restored", "active")
        assert there.lie() == BESIDE | HERS


def _only(there: Customers) -> Any:
    [found] = there.console.call("GET", "/deletions")["items"]
    return found


def test_an_old_backup_deletes_nothing(begin: Callable[..., Customers], tmp_path: Path) -> None:
    there = begin()
    there.approve("user.delete", mode="user_and_data")
    assert there.server.run("backup", str(tmp_path / "old.db")).returncode == 0
    there.console.call("POST", f"/users/{there.mia}/restore")
    there.server.stop()
    assert there.server.run("restore", str(tmp_path / "old.db")).returncode == 0
    there.server.start()
    there.console = TestConsole(there.server.url)
    there.console.sign_in(phone=there.phone)
    assert (there.deletion()["status"], there.deletion()["why"]) == ("stopped", "restored")
    assert there.user()["status"] == "active"
    assert refused(409, partial(there.console.ask, "user.delete_now", user=there.mia)).code == "not_held"
    assert there.lie() == BESIDE | HERS


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Service]:
    """A service that does not read its whole tree again for every object."""
    found = Service(tmp_path, "--dir-cache-time", "1s")
    yield found
    found.close()


@pytest.mark.both
@pytest.mark.timeout(60 + MANY // 50)
def test_killed_among_many_objects_all_go_in_the_end_and_nothing_beside_them(
    start_server: Start, quick: Service
) -> None:
    server = start_server(**LOOPBACK, storage_refresh=0, hold=0)
    there = Customers(server, quick, f"http://127.0.0.1:{quick.port}", "many")
    for number in range(MANY):
        quick.put(f"many/customers/mia/many/{number // 1000}/{number}", 10)
    there.approve("user.delete", mode="user_and_data")
    folder = quick.folder / "many" / "customers" / "mia"
    wait_for(lambda: sum(len(files) for _, _, files in os.walk(folder)) < MANY, 300)
    server.kill()
    assert there.lie() > BESIDE  # it was in the middle
    server.start()
    there.console.url = server.url
    wait_for(there.gone, 600)
    assert there.lie() == BESIDE
    report = there.deletion()
    assert (report["status"], report["objects"], report["deleted"], report["left"]) == ("done", MANY + 2, MANY + 2, 0)
    assert report["deleted_bytes"] == 10 * MANY + 1500
