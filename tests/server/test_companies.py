"""Companies, and what lies in them: a sub-administrator of one never meets anything of another, whatever is asked."""

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from desktop.demo.phone import SoftwarePhone
from tests.living import LivingServer, TestConsole
from tests.proving import refused, wait_for
from tests.server.test_administrators import me
from tests.server.test_decisions import colleague_of
from tests.server.test_reading import Events

PASSWORD = "quiet-Harbour-19-marble-otter"
HELD = ["users.edit", "users.delete", "companies.edit", "audit.view", "administrators.edit"]


@dataclass
class Sub:
    """A company, its one user, and a sub-administrator who sees that company alone."""

    name: str
    company: str
    user: str
    console: TestConsole
    phone: SoftwarePhone

    def traces(self) -> set[str]:
        """Return what of it others must not meet anywhere."""
        return {self.company, self.user, self.name, f"user@{self.name}.example", f"admin.{self.name}"}


@pytest.fixture
def console(server: LivingServer) -> TestConsole:
    return server.set_up()


@pytest.fixture
def phone(console: TestConsole) -> SoftwarePhone:
    return console.protect()


def sub_of(console: TestConsole, phone: SoftwarePhone, name: str) -> Sub:
    company = console.call("POST", "/companies", {"name": name})["id"]
    user = console.user(f"user@{name}.example", company=company, name=f"{name} user")
    username = f"admin.{name}"
    request = console.ask(
        "administrator.create",
        username=username,
        email=f"admin@{name}.example",
        role="sub_administrator",
        companies=[company],
        permissions=HELD,
    )
    phone.approve(request["id"], request["code"])
    invitation = console.request(request["id"])["result"]["invitation"]
    desk = TestConsole(console.url, device_name=f"DESK-{name}")
    grant = desk.call("POST", "/invitations", {"invitation": invitation, "password": PASSWORD})["grant"]
    desk.sign_in(username, PASSWORD)
    return Sub(name, company, user, desk, desk.protect(username, PASSWORD, grant, f"Phone {name}"))


@pytest.fixture
def subs(console: TestConsole, phone: SoftwarePhone) -> tuple[Sub, Sub]:
    return sub_of(console, phone, "contoso"), sub_of(console, phone, "litware")


def meets(answer: Any, other: Sub) -> set[str]:
    """Return what of the other is in an answer, of whatever kind."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return {trace for trace in other.traces() if trace in text}


def test_a_company_is_renamed_within_the_own_ones_alone(console: TestConsole, subs: tuple[Sub, Sub]) -> None:
    mine, other = subs
    assert mine.console.call("GET", f"/companies/{mine.company}")["users"] == 1
    told = mine.console.call("PATCH", f"/companies/{mine.company}", {"name": "Contoso Ltd"})
    assert (told["name"], told["users"]) == ("Contoso Ltd", 1)
    assert console.call("GET", f"/users/{mine.user}")["company_name"] == "Contoso Ltd"
    for call in (("GET", None), ("PATCH", {"name": "Mine now"})):
        problem = refused(404, partial(mine.console.call, call[0], f"/companies/{other.company}", call[1]))
        assert problem.code == "company_not_found"
    refused(404, lambda: console.call("GET", "/companies/cmp_none"))
    assert refused(409, lambda: console.call("PATCH", f"/companies/{mine.company}", {"name": "LITWARE"})).status == 409
    same = {"name": "contoso LTD"}
    assert (
        console.call("PATCH", f"/companies/{mine.company}", same)["name"] == "contoso LTD"
    )  # its own name in capitals
    refused(422, lambda: console.call("PATCH", f"/companies/{mine.company}", {"name": " "}))
    refused(403, lambda: mine.console.call("POST", "/companies", {"name": "A new one"}))
    events = console.audit(event="company:changed")
    assert [each["target"][0]["name"] for each in events] == ["contoso LTD", "Contoso Ltd"]


def test_lists_counts_filters_and_searches_hold_nothing_of_others(subs: tuple[Sub, Sub]) -> None:
    mine, other = subs
    desk = mine.console
    users = desk.call("GET", "/users")
    assert (users["total"], [each["id"] for each in users["items"]]) == (1, [mine.user])
    assert [each["id"] for each in desk.call("GET", "/companies")["items"]] == [mine.company]
    for query in (
        {"q": other.name},
        {"q": f"user@{other.name}.example"},
        {"company": other.company},
        {"q": "user", "company": other.company},
    ):
        found = desk.call("GET", "/users", params=query)
        assert (found["items"], found["total"]) == ([], 0)
    for path in ("/users", "/companies", "/administrators", "/requests", "/me", "/overview", "/audit", "/api-keys"):
        assert meets(desk.call("GET", path), other) == set(), path
    for trace in other.traces():
        for path in ("/audit", "/requests"):
            assert desk.call("GET", path, params={"q": trace})["items"] == [], (path, trace)


@pytest.mark.row("RO-1")
def test_ids_of_others_are_as_good_as_none(subs: tuple[Sub, Sub]) -> None:
    mine, other = subs
    desk = mine.console
    asked = other.console.delete(other.user)
    theirs = {"user": other.user, "company": other.company, "request": asked["id"]}
    assert calls_on(desk, theirs) == calls_on(desk, {name: f"{name}_none" for name in theirs})
    assert other.console.request(asked["id"])["status"] == "pending"
    assert other.phone.approve(asked["id"], asked["code"]) == "executed"


def calls_on(desk: TestConsole, named: dict[str, str]) -> list[tuple[int, str]]:
    """Call whatever takes an id; what is told of it."""
    user, company, request = named["user"], named["company"], named["request"]
    deletion = {"parameters": {"user": user, "mode": "user_only"}}
    colleague = {"username": "eve", "email": "eve@x.example", "role": "sub_administrator", "companies": [company]}
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"/users/{user}", None),
        ("PATCH", f"/users/{user}", {"name": "Mine now"}),
        ("POST", "/actions/user.delete", deletion),
        ("POST", "/actions/user.delete/preview", deletion),
        ("POST", "/users", {"username": "new@x.example", "company": company}),
        ("GET", f"/companies/{company}", None),
        ("PATCH", f"/companies/{company}", {"name": "Mine now"}),
        ("POST", "/actions/administrator.create", {"parameters": colleague}),
        ("POST", "/actions/administrator.create/preview", {"parameters": colleague}),
        ("GET", f"/requests/{request}", None),
        ("POST", f"/requests/{request}/cancel", None),
        ("GET", f"/requests/{request}/evidence", None),
    ]
    answers = [desk.raw(*call) for call in calls]
    assert all(each.status_code in (403, 404) for each in answers), [each.status_code for each in answers]
    return [(each.status_code, each.json()["code"]) for each in answers]


def test_an_administrator_of_no_company_lies_in_nobodys(console: TestConsole, subs: tuple[Sub, Sub]) -> None:
    mine, other = subs
    newcomer = {"username": "newcomer", "email": "new@x.example", "role": "sub_administrator", "companies": []}
    request = other.console.ask("administrator.create", **newcomer)
    assert other.phone.approve(request["id"], request["code"]) == "executed"
    made = other.console.request(request["id"])["result"]["administrator"]
    assert made in [each["id"] for each in console.call("GET", "/administrators")["items"]]
    for desk in (mine.console, other.console):
        assert made not in [each["id"] for each in desk.call("GET", "/administrators")["items"]]
        refused(404, partial(desk.call, "PATCH", f"/administrators/{made}", {"name": "Mine now"}))
        refused(404, partial(desk.ask, "administrator.delete", administrator=made))
        again = newcomer | {"companies": desk.call("GET", "/me")["companies"]}
        assert refused(409, partial(desk.ask, "administrator.create", **again)).code == "username_taken"


def test_nothing_is_moved_out_of_or_into_another_company(subs: tuple[Sub, Sub]) -> None:
    mine, other = subs
    for company in (other.company, None):
        problem = refused(404, partial(mine.console.call, "PATCH", f"/users/{mine.user}", {"company": company}))
        assert problem.code == "company_not_found"
    refused(404, lambda: mine.console.user("loose@contoso.example"))
    assert mine.console.call("GET", f"/users/{mine.user}")["company"] == mine.company


def test_who_loses_a_company_while_the_phone_is_asked_does_nothing_there(
    console: TestConsole, subs: tuple[Sub, Sub]
) -> None:
    mine, other = subs
    asked = mine.console.delete(mine.user)
    console.call("PATCH", f"/users/{mine.user}", {"company": other.company})
    assert mine.phone.approve(asked["id"], asked["code"]) == "void"
    assert other.console.call("GET", f"/users/{mine.user}")["company"] == other.company
    refused(404, lambda: mine.console.call("GET", f"/users/{mine.user}"))


def test_the_audit_log_shows_ones_own_and_what_lies_in_ones_companies(
    console: TestConsole, phone: SoftwarePhone, subs: tuple[Sub, Sub]
) -> None:
    mine, other = subs
    provided = console.delete(mine.user)
    phone.approve(provided["id"], provided["code"])
    theirs = other.console.delete(other.user)
    other.phone.approve(theirs["id"], theirs["code"])
    console.call("POST", "/actions/policy.change", {"parameters": {"request_lifetime": 60}})
    desk = mine.console
    lines = desk.audit()
    assert {each["username"] for each in lines} == {"admin.contoso", "amelia.hart"}
    of_the_provider = {each["event"] for each in lines if each["username"] == "amelia.hart"}
    assert of_the_provider == {
        "company:created",
        "user:created",
        "request:created",
        "request:approved",
        "request:executed",
    }
    assert {each["company"] for each in lines if each["username"] == "amelia.hart"} == {mine.company}
    assert [each["event"] for each in desk.audit(subject=provided["id"])] == [
        "request:executed",
        "request:approved",
        "request:created",
    ]
    everything = console.audit()
    assert len(lines) < len(everything)
    assert desk.call("GET", "/audit")["total"] == len(lines)
    for query in (
        {"actor": f"admin.{other.name}"},
        {"subject": other.user},
        {"subject": other.company},
        {"subject": theirs["id"]},
        {"q": other.name},
        {"q": "policy.change"},
    ):
        page = desk.call("GET", "/audit", params=query)
        assert (page["items"], page["total"]) == ([], 0), query
    assert meets(lines, other) == set()
    for kind in ("csv", "jsonl"):
        exported = desk.raw("GET", "/audit/export", params={"format": kind}).text
        assert meets(exported, other) == set()
        assert mine.user in exported
        assert "policy.change" not in exported
    # whoever sees all companies sees all lines
    assert meets(everything, other) == other.traces()


def test_a_user_name_that_was_anothers_before_brings_no_past_along(
    console: TestConsole, phone: SoftwarePhone, subs: tuple[Sub, Sub]
) -> None:
    mine, other = subs
    account = other.console.call("GET", "/me")["id"]
    gone = console.ask("administrator.delete", administrator=account)
    assert phone.approve(gone["id"], gone["code"]) == "executed"
    request = console.ask(
        "administrator.create",
        username="admin.litware",
        email="new@x.example",
        role="sub_administrator",
        companies=[mine.company],
        permissions=["audit.view"],
    )
    phone.approve(request["id"], request["code"])
    invitation = console.request(request["id"])["result"]["invitation"]
    desk = TestConsole(console.url)
    desk.call("POST", "/invitations", {"invitation": invitation, "password": PASSWORD})
    desk.sign_in("admin.litware", PASSWORD)
    lines = desk.audit()
    assert meets(lines, other) == {"admin.litware", "litware"}  # by its own name
    assert "DESK-litware" not in json.dumps(lines)
    assert {each["event"] for each in lines if each["username"] == "admin.litware"} == {
        "invitation:accepted",
        "session:started",
    }


def test_live_events_tell_whom_they_are_about_only_to_whoever_may_read_it(subs: tuple[Sub, Sub]) -> None:
    mine, other = subs
    stream, own = Events(mine.console), Events(other.console)
    other.console.call("PATCH", f"/users/{other.user}", {"name": "Renamed"})
    asked = other.console.delete(other.user)
    other.phone.approve(asked["id"], asked["code"])
    other.console.call("PATCH", f"/companies/{other.company}", {"name": "Litware AG"})
    wait_for(lambda: any(each["topics"] == ["companies"] for each in stream.seen))
    assert {each["subject"] for each in stream.seen} == {None}
    wait_for(lambda: any(each["subject"] == asked["id"] for each in own.seen))


def test_an_open_stream_tells_whoever_is_demoted_no_ids_any_more(console: TestConsole, phone: SoftwarePhone) -> None:
    here, there = (console.call("POST", "/companies", {"name": name})["id"] for name in ("Contoso", "Litware"))
    _, colleague = colleague_of(console, phone)
    mia, stream = console.user(company=there), Events(colleague)
    console.call("PATCH", f"/users/{mia}", {"name": "Mia"})
    wait_for(lambda: [each["subject"] for each in stream.seen if "users" in each["topics"]] == [mia])
    rights = {"role": "sub_administrator", "companies": [here], "permissions": ["users.edit"]}
    request = console.ask("administrator.set_permissions", administrator=me(colleague), **rights)
    assert phone.approve(request["id"], request["code"]) == "executed"
    console.call("PATCH", f"/users/{mia}", {"name": "Mia Berg"})
    wait_for(lambda: [each["subject"] for each in stream.seen if "users" in each["topics"]] == [mia, None])


def test_the_overview_counts_within_ones_companies(
    console: TestConsole, phone: SoftwarePhone, subs: tuple[Sub, Sub]
) -> None:
    mine, other = subs
    console.user("nobodys@x.example")
    asked = other.console.delete(other.user)
    other.phone.reject(asked["id"])
    told, everything = mine.console.call("GET", "/overview"), console.call("GET", "/overview")
    assert (told["users"], told["companies"], told["administrators"]) == (1, 1, 1)
    assert sum(each["rejected"] for each in told["days"]) == 0
    assert (everything["users"], everything["companies"], everything["administrators"]) == (3, 2, 3)
    assert sum(each["rejected"] for each in everything["days"]) == 1
    assert phone.pending() == []


def test_an_api_key_of_one_company_meets_nothing_of_another(
    console: TestConsole, phone: SoftwarePhone, subs: tuple[Sub, Sub]
) -> None:
    mine, other = subs
    gone = console.delete(other.user)  # by the key's own account, but in another company
    phone.approve(gone["id"], gone["code"])
    request = console.ask("api_key.create", name="Night job", permissions=HELD[:4], companies=[mine.company])
    phone.approve(request["id"], request["code"])
    script = TestConsole(console.url)
    script.token = console.request(request["id"])["result"]["token"]
    lines = script.audit()
    assert {each["company"] for each in lines} == {mine.company}
    assert meets(lines, other) == set()
    for path in ("/users", "/companies", "/requests", "/audit"):
        answer = script.call("GET", path)
        assert meets(answer, other) == set(), path
    calls = {"user": "usr_none", "company": "cmp_none", "request": "req_none"}
    theirs = {"user": other.user, "company": other.company, "request": gone["id"]}
    for method, path in (("GET", "/users/{user}"), ("GET", "/companies/{company}"), ("GET", "/requests/{request}")):
        for named in (calls, theirs):
            assert script.raw(method, path.format(**named)).status_code == 404


def test_companies_are_searched_by_name(server: LivingServer) -> None:
    console = server.set_up()
    for name in ("Contoso", "Fabrikam 100%", "Straße & Söhne"):
        console.call("POST", "/companies", {"name": name})
    for words, found in {"TOSO": ["Contoso"], "%": ["Fabrikam 100%"], "strasse": ["Straße & Söhne"], "_": []}.items():
        told = console.call("GET", "/companies", params={"q": words})
        assert [each["name"] for each in told["items"]] == found
        assert told["total"] == len(found)


def test_a_company_is_not_named_like_another_to_the_eye(console: TestConsole) -> None:
    contoso = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    litware = console.call("POST", "/companies", {"name": "Litware"})["id"]
    for name in ("CONTOSO", "\uff23ontoso", "Contoso\u2007"):
        assert refused(409, partial(console.call, "POST", "/companies", {"name": name})).code == "name_taken"
        assert (
            refused(409, partial(console.call, "PATCH", f"/companies/{litware}", {"name": name})).code == "name_taken"
        )
    wide = {"name": "\uff23\uff2fntoso", "storage_limit": 10}
    assert console.call("PATCH", f"/companies/{contoso}", wide)["name"] == wide["name"]
    assert console.call("PATCH", f"/companies/{contoso}", wide | {"storage_limit": 11})["storage_limit"] == 11


def test_numbers_and_switches_are_what_they_say(console: TestConsole) -> None:
    for path, body in (
        ("/companies", {"name": "Contoso", "storage_limit": True}),
        ("/companies", {"name": "Contoso", "storage_limit": "10"}),
        ("/users", {"username": "mia@contoso.example", "enabled": "yes"}),
        ("/users", {"username": "mia@contoso.example", "enabled": 1}),
    ):
        assert refused(422, partial(console.call, "POST", path, body)).code == "invalid"
