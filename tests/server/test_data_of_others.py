"""Whose data a deletion can reach: nobody's whom one does not see, and nothing but what the phone has shown."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from server import protocol
from tests.both import on_sqlite
from tests.gates.world import ControlledServer
from tests.living import LivingServer, TestConsole
from tests.proving import refused, wait_for
from tests.server.customers import BESIDE, HERS, Customers, begin, gate, service
from tests.server.storing import LOOPBACK, Service, destination, settings
from tests.server.test_decisions import colleague_of
from tests.server.test_written_rows import sql

__all__ = ["begin", "gate", "service", "sql"]  # fixtures

Sql = Callable[..., list[Any]]


def test_where_others_have_theirs_no_folder_is_chosen_by_who_does_not_see_them(
    begin: Callable[..., Customers],
) -> None:
    there = begin(hold=0)
    mine, other = (there.console.call("POST", "/companies", {"name": name})["id"] for name in ("Contoso", "Litware"))
    path = f"/storage-accounts/{there.account}/destinations/{there.destination}"
    there.console.call("PATCH", path, {"companies": [mine, other]})
    there.console.call("PATCH", f"/users/{there.mia}", {"company": other})
    _, sub = colleague_of(
        there.console,
        there.phone,
        role="sub_administrator",
        permissions=["users.edit", "users.delete"],
        companies=[mine],
    )
    told = there.approve("user.delete", mode="user_only")
    assert "“mia”" in told
    assert "is kept, and belongs to no user any more" in told
    place = {"destination": there.destination, "company": mine}
    for folder in ("mia", "mia/deep", "new"):
        again = partial(sub.user, f"{len(folder)}@contoso.example", **place, folder=folder)
        assert refused(403, again).code == "destination_shared"
    theirs = sub.user("jonas@contoso.example", **place)
    assert sub.call("GET", f"/users/{theirs}")["folder"] == theirs
    change = partial(sub.call, "PATCH", f"/users/{theirs}", {"folder": "mia"})
    assert refused(403, change).code == "destination_shared"
    assert sub.call("PATCH", f"/users/{theirs}", {"name": "Jonas Keller", "folder": theirs})["folder"] == theirs
    there.console.call("PATCH", path, {"companies": [mine]})
    assert refused(403, change).code == "destination_shared", "the others are gone, and what is theirs is not"
    _again(there, mine)
    change = partial(sub.call, "PATCH", f"/users/{sub.user('kofi@contoso.example', **_place(there, mine))}")
    assert refused(403, partial(change, {"folder": "mia"})).code == "destination_shared"
    assert there.lie() == BESIDE | HERS


def test_where_nobody_else_ever_had_data_a_folder_is_chosen(begin: Callable[..., Customers]) -> None:
    there = begin()
    mine, other = (there.console.call("POST", "/companies", {"name": name})["id"] for name in ("Contoso", "Litware"))
    there.console.call("PATCH", f"/users/{there.mia}", {"destination": None})
    place = f"{there.bucket}/contoso"
    made = destination(there.console, there.account, place)["destinations"]
    own = next(each["id"] for each in made if each["place"] == place)
    path = f"/storage-accounts/{there.account}/destinations/{own}"
    held = ["users.edit", "users.delete"]
    _, sub = colleague_of(there.console, there.phone, role="sub_administrator", permissions=held, companies=[mine])
    there.console.call("PATCH", path, {"companies": [mine, other]})
    there.console.call("PATCH", path, {"companies": [mine]})
    theirs = sub.user("jonas@contoso.example", destination=own, company=mine, folder="own")
    assert sub.call("GET", f"/users/{theirs}")["folder"] == "own"


def _again(there: Customers, company: str) -> None:
    """Remove the destination, which forgets it, and add it anew for one company."""
    path = f"/storage-accounts/{there.account}/destinations"
    for user in there.console.call("GET", "/users")["items"]:
        there.console.call("PATCH", f"/users/{user['id']}", {"destination": None})
    place = there.console.call("GET", f"/storage-accounts/{there.account}")["destinations"][0]["place"]
    there.console.call("DELETE", f"{path}/{there.destination}")
    there.destination = destination(there.console, there.account, place)["destinations"][0]["id"]
    there.console.call("PATCH", f"{path}/{there.destination}", {"companies": [company]})


def _place(there: Customers, company: str) -> dict[str, str]:
    return {"destination": there.destination, "company": company}


def test_a_folder_that_is_taken_is_refused_in_words(begin: Callable[..., Customers]) -> None:
    there = begin()
    other = there.console.user("jonas@contoso.example", destination=there.destination, folder="jonas")
    for folder in ("mia", "MIA", "mia/deep"):
        change = partial(there.console.call, "PATCH", f"/users/{other}", {"folder": folder})
        assert refused(409, change).code == "folder_taken"


def test_an_account_that_leads_elsewhere_knows_nothing_of_what_lies_there(begin: Callable[..., Customers]) -> None:
    there = begin()
    there.measure()
    assert (
        "1.5 kB"
        in there.console.call(
            "POST", "/actions/user.delete/preview", {"parameters": {"user": there.mia, "mode": "user_only"}}
        )["details"]["consequence"]
    )
    request = there.console.ask(
        "storage_account.change_credentials",
        storage_account=there.account,
        settings=settings(f"http://localhost:{there.service.port}"),
    )
    assert there.phone.approve(request["id"], request["code"]) == "executed"
    user = there.user()
    assert (user["bytes"], user["objects"], user["measured_at"]) == (None, None, None)


def test_an_account_that_has_another_name_is_shown_anew(begin: Callable[..., Customers]) -> None:
    there = begin()
    request = there.console.ask("user.delete", user=there.mia, mode="user_and_data")
    there.console.call("PATCH", f"/storage-accounts/{there.account}", {"name": "Another"})
    assert there.phone.approve(request["id"], request["code"]) != "executed"
    assert there.user()["status"] == "active"


def test_what_was_called_off_is_not_revived_by_an_old_database_without_its_ledger(
    service: Service, tmp_path: Path
) -> None:
    server = ControlledServer(tmp_path / "data", settings={**LOOPBACK, "hold": "3600"})
    server.start()
    try:
        there = Customers(server, service, f"http://127.0.0.1:{service.port}", f"old{abs(hash(tmp_path))}")
        there.approve("user.delete", mode="data_only")
        server.stop()
        old = {file.name: file.read_bytes() for file in server.data.glob("countersign.db*")}
        server.start()
        there.console.url = server.url
        assert there.console.call("POST", f"/users/{there.mia}/restore")["status"] == "active"
        server.stop()
        for file in server.data.glob("countersign.db*"):
            file.unlink()
        for name, content in old.items():
            (server.data / name).write_bytes(content)
        (server.data / "ledger.jsonl").unlink()
        server.move(2 * 3600)
        server.start()
        there.console = TestConsole(server.url)
        there.console.sign_in(phone=there.phone)
        wait_for(lambda: there.deletion()["status"] not in ("held", "running"), 30)
        assert (there.deletion()["status"], there.deletion()["why"]) == ("stopped", "restored")
        assert there.lie() == BESIDE | HERS
    finally:
        server.stop()


@on_sqlite  # which sums in whole numbers; a row is written by hand
def test_what_a_service_claims_breaks_no_list(server: LivingServer, sql: Sql) -> None:
    console = server.set_up()
    company = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    users = [console.user(f"{number}@contoso.example", company=company) for number in range(2)]
    server.stop()
    sql("UPDATE users SET bytes = 7000000000000000000")
    server.start()
    console.url = server.url
    assert console.call("GET", f"/companies/{company}")["bytes"] == 14_000_000_000_000_000_000
    assert len(users) == 2


def test_a_cursor_beyond_any_number_is_none_of_ours(server: LivingServer) -> None:
    console = server.set_up()
    cursor = protocol.b64u(b'["10000000000000000000000000","x"]')
    again = partial(console.call, "GET", "/users", params={"sort": "bytes", "cursor": cursor})
    assert refused(422, again).code == "invalid"
