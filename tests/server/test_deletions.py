"""Deleting users with their data at a real service: foreseen, held, called off, done, resumed, stopped, reported."""

import csv
import io
from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest

from tests.proving import refused, together, wait_for
from tests.server.customers import BESIDE, HERS, Customers, begin, gate, service
from tests.server.storing import Gate
from tests.server.test_decisions import colleague_of

__all__ = ["begin", "gate", "service"]  # fixtures


def test_what_it_costs_is_shown_it_waits_and_is_called_off(begin: Callable[..., Customers]) -> None:
    there = begin()
    there.measure()
    assert (there.user()["bytes"], there.user()["objects"]) == (1500, 2)
    told = there.approve("user.delete", mode="user_and_data")
    for part in ("“mia”", "1.5 kB", "2 objects", "“Vault”", "72 hours", "called off", "deleted too"):
        assert part in told
    user = there.user()
    [asked] = there.console.call("GET", "/requests", params={"action": "user.delete"})["items"]
    assert datetime.fromisoformat(asked["result"]["due_at"]) == datetime.fromisoformat(user["held_until"])
    for part, total in (("MI", 1), ("mi_", 0), ("nobody", 0)):
        assert there.console.call("GET", "/deletions", params={"q": part})["total"] == total
    assert (user["status"], user["held_until"] is not None, user["deletion"]["status"]) == ("held", True, "held")
    assert [each["id"] for each in there.console.call("GET", "/users", params={"status": "held"})["items"]] == [
        there.mia
    ]
    for mode in ("user_only", "data_only"):
        again = partial(there.console.ask, "user.delete", user=there.mia, mode=mode)
        assert refused(409, again).code == "held"
    path = f"/users/{there.mia}"
    assert refused(409, lambda: there.console.call("PATCH", path, {"folder": "elsewhere"})).code == "held"
    assert there.console.call("POST", f"{path}/restore")["status"] == "active"
    assert refused(409, lambda: there.console.call("POST", f"{path}/restore")).code == "not_held"
    assert there.deletion()["status"] == "called_off"
    assert there.lie() == BESIDE | HERS


def test_deleted_now_the_folder_is_empty_and_nothing_beside_it(begin: Callable[..., Customers]) -> None:
    there = begin()
    there.approve("user.delete", mode="user_and_data")
    there.approve("user.delete_now")
    wait_for(there.gone, 30)
    assert there.lie() == BESIDE
    report = there.deletion()
    assert (report["status"], report["deleted"], report["deleted_bytes"], report["left"]) == ("done", 2, 1500, 0)
    events = [each["event"] for each in there.console.audit() if each["event"].startswith("user:")]
    assert events == ["user:data_deleted", "user:deletion_started", "user:held", "user:created"]


def test_at_s3_it_is_foretold_that_old_versions_go_too(begin: Callable[..., Customers]) -> None:
    there, old = begin(), "Old versions of it, which are not counted, are deleted too."
    assert old not in there.foretold("user.delete", mode="user_only")
    for action, asked in (("user.delete", {"mode": "user_and_data"}), ("user.delete_now", {})):
        assert old in there.approve(action, **asked)


def test_who_was_given_another_name_just_now_is_told_on_the_phone(begin: Callable[..., Customers]) -> None:
    there, changed = begin(), "were last changed on"
    there.console.call("PATCH", f"/users/{there.mia}", {"storage_limit": 10**9, "name": there.user()["name"]})
    assert changed not in there.foretold("user.delete", mode="user_and_data")
    there.console.call("PATCH", f"/users/{there.mia}", {"name": "Somebody else"})
    for mode in ("user_only", "data_only"):
        assert changed in there.foretold("user.delete", mode=mode)
    told = there.approve("user.delete", mode="user_and_data")
    assert changed in told
    assert told.endswith("UTC by “amelia.hart”.")
    assert changed in there.approve("user.delete_now")


def test_who_was_renamed_and_back_during_the_hold_is_not_deleted_now(
    begin: Callable[..., Customers],
) -> None:
    there = begin()
    there.approve("user.delete", mode="user_and_data")
    request, name = there.console.ask("user.delete_now", user=there.mia), there.user()["name"]
    for each in ("Somebody else", name):
        there.console.call("PATCH", f"/users/{there.mia}", {"name": each})
    assert there.phone.approve(request["id"], request["code"]) == "void"
    assert there.console.request(request["id"])["void_reason"] == "target_changed"
    assert there.user()["status"] == "held"


def test_another_hold_than_the_one_that_was_signed_is_not_carried_out(begin: Callable[..., Customers]) -> None:
    there = begin()
    request = there.console.ask("user.delete", user=there.mia, mode="user_and_data")
    there.server.stop()
    there.server.settings["COUNTERSIGN_HOLD"] = "0"
    there.server.start()
    assert there.phone.approve(request["id"], request["code"]) == "void"
    assert there.console.request(request["id"])["void_reason"] == "target_changed"
    assert there.lie() == BESIDE | HERS


def test_without_a_hold_the_data_alone_goes_at_once_and_the_user_stays(begin: Callable[..., Customers]) -> None:
    there = begin(hold=0)
    told = there.approve("user.delete", mode="data_only")
    assert "cannot be called off" in told
    assert "The user stays." in told
    wait_for(lambda: there.user()["status"] == "active", 30)
    assert (there.user()["bytes"], there.user()["objects"], there.lie()) == (0, 0, BESIDE)


def test_afterwards_the_account_is_measured_anew(begin: Callable[..., Customers]) -> None:
    there = begin(hold=0, storage_refresh=86_400)

    def kept() -> tuple[int, int]:
        [destination] = there.console.call("GET", f"/storage-accounts/{there.account}")["destinations"]
        return destination["objects"], destination["bytes"]

    wait_for(lambda: kept()[0] is not None, 30)  # by itself; she may not have been there yet
    there.measure()
    before = kept()
    there.approve("user.delete", mode="data_only")
    wait_for(lambda: kept()[0] == len(BESIDE), 30)
    assert kept()[1] == before[1] - 1500


@pytest.mark.both
def test_killed_in_the_middle_it_goes_on_and_forgets_nothing(begin: Callable[..., Customers], gate: Gate) -> None:
    there = begin(hold=0)
    gate.hold()
    there.approve("user.delete", mode="user_and_data")
    assert gate.waiting.wait(30)
    assert there.deletion()["status"] == "running"
    there.server.kill()
    gate.release()
    there.server.start()
    there.console.url = there.server.url
    wait_for(there.gone, 60)
    assert there.lie() == BESIDE
    assert (there.deletion()["status"], there.deletion()["left"]) == ("done", 0)


def test_one_that_runs_is_stopped_and_the_user_is_active_again(begin: Callable[..., Customers], gate: Gate) -> None:
    there = begin(hold=0)
    gate.hold()
    there.approve("user.delete", mode="user_and_data")
    assert gate.waiting.wait(30)
    stopped = there.console.call("POST", f"/deletions/{there.deletion()['id']}/stop")
    assert stopped["status"] == "stopped"
    gate.release()
    assert there.user()["status"] == "active"
    assert refused(409, lambda: there.console.call("POST", f"/deletions/{stopped['id']}/stop")).code == "not_running"


@pytest.mark.parametrize(
    ("held", "status"), [(["users.delete"], 200), (["users.edit"], 200), (["companies.edit", "storage.delete"], 403)]
)
def test_who_may_edit_or_delete_users_may_call_it_off(
    begin: Callable[..., Customers], held: list[str], status: int
) -> None:
    there = begin()
    _, sub = colleague_of(there.console, there.phone, role="sub_administrator", permissions=held)
    there.approve("user.delete", mode="user_and_data")
    assert sub.raw("POST", f"/users/{there.mia}/restore").status_code == status
    assert there.user()["status"] == ("active" if status == 200 else "held")


@pytest.mark.both
def test_of_restoring_and_deleting_now_at_once_one_is_done(begin: Callable[..., Customers]) -> None:
    there = begin()
    there.approve("user.delete", mode="user_and_data")
    request = there.console.ask("user.delete_now", user=there.mia)
    results = together(
        [
            lambda: there.phone.approve(request["id"], request["code"]),
            lambda: there.console.raw("POST", f"/users/{there.mia}/restore").status_code,
        ]
    )
    if 200 in results:
        assert there.user()["status"] == "active"
        assert there.lie() == BESIDE | HERS
    else:
        wait_for(there.gone, 30)
        assert there.lie() == BESIDE


def test_an_account_that_users_need_is_not_deleted(begin: Callable[..., Customers]) -> None:
    there = begin()
    asked = {"storage_account": there.account}
    problem = refused(409, lambda: there.console.ask("storage_account.delete", **asked))
    assert (problem.code, "mia.brandt" in problem.detail) == ("storage_in_use", True)
    path = f"/storage-accounts/{there.account}/destinations/{there.destination}"
    assert refused(409, lambda: there.console.call("DELETE", path)).code == "storage_in_use"
    there.approve("user.delete", mode="user_and_data")
    held = refused(409, lambda: there.console.ask("storage_account.delete", **asked))
    assert held.detail == "Being deleted, which has to end first or to be called off: mia.brandt@contoso.example."


@pytest.mark.parametrize(
    "folder", ["mia", "MIA", "mia/deep", "m\u0131a/../jonas", "/", "..", "new.", "new\uff0e", "a\\b", "\uff4dia"]
)
def test_no_folder_is_in_anothers(begin: Callable[..., Customers], folder: str) -> None:
    there = begin()
    body = {"username": "eve@contoso.example", "destination": there.destination, "folder": folder}
    assert there.console.raw("POST", "/users", body).status_code in (409, 422)


def test_users_are_exported_as_csv(begin: Callable[..., Customers]) -> None:
    there = begin()
    there.console.user("formula@contoso.example", name="=1+1")
    there.console.user("cut@contoso.example", name="Bob;=1+1")
    answer = there.console.raw("GET", "/users/export", params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(each["username"], each["name"]) for each in rows] == [
        ("cut@contoso.example", "Bob;'=1+1"),
        ("formula@contoso.example", "'=1+1"),
        ("mia.brandt@contoso.example", "mia.brandt@contoso.example"),
    ]
    assert there.console.audit()[0]["event"] == "users:exported"
