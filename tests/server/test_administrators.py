"""Administrators act on each other within their ceilings, behind the phone; who is out is out, everywhere at once."""

import time
from functools import partial
from typing import Any

import pytest

from desktop.demo.phone import SoftwarePhone
from tests.gates.world import ControlledServer
from tests.living import LivingServer, TestConsole
from tests.proving import refused
from tests.server.reaching import invited
from tests.server.test_decisions import colleague_of

WORD = "quiet-Harbour-19-marble-otter"


@pytest.fixture
def console(server: LivingServer) -> TestConsole:
    return server.set_up()


@pytest.fixture
def phone(console: TestConsole) -> SoftwarePhone:
    return console.protect()


def me(console: TestConsole) -> str:
    return str(console.call("GET", "/me")["id"])


def done(console: TestConsole, phone: SoftwarePhone, action: str, **parameters: Any) -> Any:
    """Ask, approve, and return the request as its asker reads it first."""
    request = console.ask(action, **parameters)
    assert phone.approve(request["id"], request["code"]) == "executed"
    return console.request(request["id"])


def sub_of(
    console: TestConsole, phone: SoftwarePhone, *permissions: str, companies: list[str] | None = None
) -> tuple[SoftwarePhone, TestConsole]:
    return colleague_of(console, phone, role="sub_administrator", permissions=list(permissions), companies=companies)


def answer_to(console: TestConsole, username: str, password: str) -> Any:
    """Return what a sign-in from an unknown place gets, but for what differs by call."""
    body = {"username": username, "password": password, "device_name": "x", "application": "y"}
    answer = TestConsole(console.url).raw("POST", "/sessions", body)
    told = answer.json()
    told.pop("call_id")
    return answer.status_code, told


@pytest.mark.row("SE-5")
def test_a_disabled_administrator_is_out_everywhere_at_once(console: TestConsole, phone: SoftwarePhone) -> None:
    """LG: sign-in, sessions, wait tokens, requests of a disabled account."""
    theirs, colleague = colleague_of(console, phone)
    jonas, mia = me(colleague), console.user()
    waiting = colleague.delete(mia)
    sleeper = TestConsole(console.url).begin_sign_in("jonas", WORD)
    theirs.approve(sleeper["request"]["id"], sleeper["request"]["code"])
    done(console, phone, "administrator.disable", administrator=jonas)
    refused(401, partial(colleague.call, "GET", "/me"))
    refused(401, lambda: TestConsole(console.url).complete(sleeper["wait_token"]))
    assert console.request(waiting["id"])["status"] == "void"
    assert console.request(waiting["id"])["void_reason"] == "account_disabled"
    for read in (theirs.state, theirs.notices, theirs.pending, lambda: theirs.approve(waiting["id"], waiting["code"])):
        assert refused(403, read).code == "account_disabled"  # the right phone, which reads nothing any more
    assert console.call("GET", f"/administrators/{jonas}")["enabled"] is False
    wrong = answer_to(console, "amelia.hart", "wrong")
    assert answer_to(console, "jonas", WORD) == answer_to(console, "nobody", WORD) == wrong
    assert wrong[0] == 401
    assert refused(409, lambda: console.ask("administrator.disable", administrator=jonas)).code == "already_disabled"
    done(console, phone, "administrator.enable", administrator=jonas)
    TestConsole(console.url).sign_in("jonas", WORD, theirs)  # the phone goes on
    assert theirs.state()["status"] == "active"
    events = [each["event"] for each in console.audit(subject=jonas)]
    assert {"administrator:disabled", "administrator:enabled"} <= set(events)


def test_a_disabled_account_takes_as_long_as_a_wrong_password(console: TestConsole, phone: SoftwarePhone) -> None:
    _, colleague = colleague_of(console, phone)
    done(console, phone, "administrator.disable", administrator=me(colleague))

    def took(username: str, password: str) -> float:
        began = time.perf_counter()
        answer_to(console, username, password)
        return time.perf_counter() - began

    samples = [(took("jonas", WORD), took("amelia.hart", "wrong")) for _ in range(8)]  # in turn: the load changes
    disabled, wrong = (min(each) for each in zip(*samples, strict=True))
    assert 0.5 < disabled / wrong < 2  # a hash that is left out would take a tenth


def test_a_deleted_administrator_is_gone_but_named(console: TestConsole, phone: SoftwarePhone) -> None:
    theirs, colleague = colleague_of(console, phone)
    jonas, mia = me(colleague), console.user()
    asked = colleague.delete(mia)
    theirs.approve(asked["id"], asked["code"])
    key = done(colleague, theirs, "api_key.create", name="nightly", permissions=["users.edit"])["result"]
    done(console, phone, "administrator.delete", administrator=jonas)
    refused(401, partial(colleague.call, "GET", "/me"))
    refused(401, theirs.state)
    script = TestConsole(console.url)
    script.token = key["token"]
    refused(401, partial(script.call, "GET", "/users"))
    assert answer_to(console, "jonas", WORD) == answer_to(console, "nobody", WORD)
    assert answer_to(console, f"deleted {jonas}", WORD) == answer_to(console, "nobody", WORD)
    refused(404, partial(console.call, "GET", f"/administrators/{jonas}"))
    assert jonas not in [each["id"] for each in console.call("GET", "/administrators")["items"]]
    for action in ("delete", "disable", "enable", "reset_two_factor"):
        refused(404, partial(console.ask, f"administrator.{action}", administrator=jonas))
    assert console.request(asked["id"])["requested_by"] == "jonas"  # the past still names him
    assert console.audit(actor="jonas", event="request:executed")
    again = console.ask("administrator.create", username="jonas", email="j2@n.example", role="provider")
    assert phone.approve(again["id"], again["code"]) == "executed"  # the user name is free
    assert console.request(again["id"])["result"]["administrator"] != jonas


def test_a_request_of_somebody_who_is_out_is_never_executed(console: TestConsole, phone: SoftwarePhone) -> None:
    """A deletion that would cross a deletion: each provider asks to delete the other, the first approval wins."""
    theirs, colleague = colleague_of(console, phone)
    first = console.ask("administrator.delete", administrator=me(colleague))
    second = colleague.ask("administrator.delete", administrator=me(console))
    assert phone.approve(first["id"], first["code"]) == "executed"
    refused(401, lambda: theirs.approve(second["id"], second["code"]))
    assert console.request(second["id"])["status"] == "void"
    assert console.call("GET", "/me")["enabled"]


def test_a_company_that_is_renamed_hinders_nothing_that_names_it(console: TestConsole, phone: SoftwarePhone) -> None:
    """What is executed goes by its id: a provider who is to be demoted could else keep what he is by renaming."""
    here = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    _, sub = sub_of(console, phone, "users.edit", companies=[here])
    who = me(sub)
    done(console, phone, "administrator.disable", administrator=who)
    rights = {"role": "sub_administrator", "companies": [here], "permissions": ["users.edit"]}
    asked = [
        console.ask("administrator.create", username="new", email="n@n.example", **rights),
        console.ask("administrator.set_permissions", administrator=who, **rights),
        console.ask("administrator.enable", administrator=who),
        console.ask("api_key.create", name="script", companies=[here], permissions=[]),
    ]
    console.call("PATCH", f"/companies/{here}", {"name": "Fabrikam"})
    for each in asked:
        assert "“Contoso”" in each["consequence"]
        assert phone.approve(each["id"], each["code"]) == "executed"


def test_a_line_break_at_an_end_is_no_part_of_a_name_or_address(console: TestConsole, phone: SoftwarePhone) -> None:
    ask = partial(console.ask, "administrator.create", role="provider")
    assert refused(422, partial(ask, username="new\n", email="n@n.example")).code == "invalid"
    told = ask(username="new", email="n@n.example\n")
    assert told["parameters"]["email"] == "n@n.example"
    assert phone.approve(told["id"], told["code"]) == "executed"


def test_a_provider_does_not_hinder_that_he_is_demoted_by_renaming(console: TestConsole, phone: SoftwarePhone) -> None:
    here = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    _, colleague = colleague_of(console, phone)
    rights = {"role": "sub_administrator", "companies": [here], "permissions": ["users.edit"]}
    asked = console.ask("administrator.set_permissions", administrator=me(colleague), **rights)
    colleague.call("PATCH", f"/companies/{here}", {"name": "Fabrikam"})
    assert phone.approve(asked["id"], asked["code"]) == "executed"
    assert [each["id"] for each in colleague.call("GET", "/companies")["items"]] == [here]
    assert colleague.call("GET", "/me")["companies"] == [here]


def test_whoever_gives_no_company_is_told_that_he_will_not_see_the_account(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    here = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    _, sub = sub_of(console, phone, "administrators.edit", companies=[here])
    lena, _ = invited(console, phone, "lena", "sub_administrator", companies=[here])
    new = {"username": "kofi", "email": "kofi@n.example"}
    for action, about in (("create", new), ("set_permissions", {"administrator": me(lena)})):
        for desk, companies, told in ((sub, [], True), (sub, [here], False), (console, [], False)):
            parameters = about | {"role": "sub_administrator", "companies": companies}
            path = f"/actions/administrator.{action}/preview"
            details = desk.call("POST", path, {"parameters": parameters})["details"]
            assert ("so not by you" in details["consequence"]) is told


@pytest.mark.row("SE-5", "TA-2.8")
def test_rights_change_with_the_next_call_and_void_what_needed_them(console: TestConsole, phone: SoftwarePhone) -> None:
    here, there = (console.call("POST", "/companies", {"name": name})["id"] for name in ("Contoso", "Fabrikam"))
    theirs, sub = sub_of(console, phone, "users.delete", "users.edit", companies=[here])
    mia = console.user(company=here)
    needs, elsewhere = sub.delete(mia), {"administrator": me(sub), "role": "sub_administrator", "companies": [there]}
    request = done(console, phone, "administrator.set_permissions", **elsewhere, permissions=["users.edit"])
    assert "“Contoso”" in request["consequence"].partition("From now on")[0]
    assert "“Fabrikam”" in request["consequence"].partition("From now on")[2]
    assert console.request(needs["id"])["void_reason"] == "permission_changed"
    assert sub.call("GET", "/me")["permissions"] == ["users.edit"]  # the session goes on, with what he has now
    refused(404, partial(sub.call, "GET", f"/users/{mia}"))
    refused(403, lambda: sub.delete(mia))
    assert "rights_changed" in [each["kind"] for each in theirs.notices()]
    [event] = console.audit(event="administrator:changed")
    assert event["before"]["companies"] == [here]
    assert event["parameters"]["companies"] == [there]


def test_what_a_reset_and_an_enabling_bring_is_told_as_it_is(server: LivingServer) -> None:
    console = server.set_up()
    body = {"parameters": {"username": "new", "email": "n@n.example", "role": "sub_administrator", "permissions": []}}
    who = {"administrator": console.call("POST", "/actions/administrator.create", body)["result"]["administrator"]}

    def told(action: str) -> str:
        preview = console.call("POST", f"/actions/{action}/preview", {"parameters": who})
        return str(preview["details"]["consequence"])

    assert "until then the account goes on without" in told("administrator.reset_two_factor")
    phone = console.protect()
    assert "until then the account can do nothing else" in told("administrator.reset_two_factor")
    done(console, phone, "administrator.disable", **who)
    assert told("administrator.enable").startswith("Its invitation counts again; once that is accepted")


def test_an_invitation_that_is_over_is_not_said_to_count_again(clocked: ControlledServer) -> None:
    console, phone = clocked.protected()
    role = {"username": "new", "email": "n@n.example", "role": "sub_administrator", "permissions": []}
    who = {"administrator": done(console, phone, "administrator.create", **role)["result"]["administrator"]}
    done(console, phone, "administrator.disable", **who)
    clocked.move(7 * 86400 - 60)
    console.sign_in(phone=phone)
    early = console.ask("administrator.enable", **who)
    assert early["consequence"].startswith("Its invitation counts again")
    clocked.move(60)
    assert phone.approve(early["id"], early["code"]) == "void"
    assert console.ask("administrator.enable", **who)["consequence"].startswith("Its invitation is over")


def test_an_invitation_that_was_accepted_has_no_say_in_it_any_more(clocked: ControlledServer) -> None:
    console, phone = clocked.protected()
    _, jonas = colleague_of(console, phone, role="sub_administrator", permissions=[])
    who = {"administrator": me(jonas)}
    done(console, phone, "administrator.disable", **who)
    clocked.move(7 * 86400 - 60)
    console.sign_in(phone=phone)
    asked = console.ask("administrator.enable", **who)
    clocked.move(60)
    assert phone.approve(asked["id"], asked["code"]) == "executed"


def test_a_new_provider_is_news_to_the_others_and_the_log_says_from_where(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    theirs, sub = sub_of(console, phone)
    done(console, phone, "administrator.set_permissions", administrator=me(sub), role="provider")
    before = len(theirs.notices())
    done(console, phone, "administrator.create", username="new", email="n@n.example", role="provider")
    assert [each["kind"] for each in theirs.notices()[: len(theirs.notices()) - before]] == ["rights_changed"]
    event = console.audit(event="administrator:created", subject="new")[0]
    assert (event["device_name"], event["ip"]) == ("NW-LT-014", "127.0.0.1")


def test_a_second_change_of_rights_that_crossed_is_void(console: TestConsole, phone: SoftwarePhone) -> None:
    _, sub = sub_of(console, phone)
    rights = {"administrator": me(sub), "role": "sub_administrator", "companies": None}
    first = console.ask("administrator.set_permissions", **rights, permissions=["audit.view"])
    second = console.ask("administrator.set_permissions", **rights, permissions=["users.edit"])
    assert phone.approve(first["id"], first["code"]) == "executed"
    assert phone.approve(second["id"], second["code"]) == "void"
    assert sub.call("GET", "/me")["permissions"] == ["audit.view"]


@pytest.mark.row("RO-2")
@pytest.mark.parametrize("action", ["disable", "delete", "reset_two_factor", "set_permissions"])
def test_nobody_does_it_to_himself_and_the_last_provider_stays(
    console: TestConsole, phone: SoftwarePhone, action: str
) -> None:
    lower = {"role": "sub_administrator", "permissions": ["audit.view"]} if action == "set_permissions" else {}
    ask = partial(console.ask, f"administrator.{action}", administrator=me(console), **lower)
    assert refused(409, ask).code == ("own_account" if action == "reset_two_factor" else "last_provider")
    colleague_of(console, phone)
    assert refused(403 if lower else 409, ask).code == "own_account"


def test_a_provider_is_shown_without_bounds_that_he_does_not_have(console: TestConsole, phone: SoftwarePhone) -> None:
    here = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    bounds = {"companies": [here], "permissions": ["audit.view"]}
    console.ask("administrator.create", username="boss", email="b@n.example", role="provider", **bounds)
    [shown] = phone.pending()
    told = shown.details["parameters"]
    assert (told["companies"], told["permissions"]) == (None, [])


def test_who_cannot_sign_in_is_no_other_provider(console: TestConsole, phone: SoftwarePhone) -> None:
    request = console.ask("administrator.create", username="boss", email="b@n.example", role="provider")
    phone.approve(request["id"], request["code"])  # invited only: no password yet
    ask = partial(console.ask, "administrator.delete", administrator=me(console))
    assert refused(409, ask).code == "last_provider"


@pytest.mark.row("RO-2")
@pytest.mark.parametrize("action", ["disable", "enable", "delete", "reset_two_factor", "set_permissions"])
def test_ceilings_and_companies_hold_from_below(console: TestConsole, phone: SoftwarePhone, action: str) -> None:
    here, there = (console.call("POST", "/companies", {"name": name})["id"] for name in ("Contoso", "Fabrikam"))

    def invited(username: str, **more: Any) -> str:
        body = {"username": username, "email": "x@n.example", "role": "sub_administrator", **more}
        result = done(console, phone, "administrator.create", **body)["result"]
        made = str(result["administrator"])
        accepted = {"invitation": result["invitation"], "password": WORD}
        TestConsole(console.url).call("POST", "/invitations", accepted)
        if action == "enable":
            done(console, phone, "administrator.disable", administrator=made)
        return made

    _, sub = sub_of(console, phone, "administrators.edit", "users.edit", companies=[here])
    lower = {"role": "sub_administrator", "companies": [here]} if action == "set_permissions" else {}
    ask = partial(sub.ask, f"administrator.{action}", **lower)
    refused(404, partial(ask, administrator=me(console)))  # a provider sees all companies, so does not lie in these
    refused(404, partial(ask, administrator=invited("far", companies=[there])))
    refused(404, partial(ask, administrator=invited("both", companies=[here, there])))
    above = invited("above", companies=[here], permissions=["audit.view"])
    assert refused(403, partial(ask, administrator=above)).code == "forbidden"
    below = invited("below", companies=[here], permissions=["users.edit"])
    assert ask(administrator=below)["status"] == "pending"


@pytest.mark.row("RO-2")
def test_nobody_raises_another_above_himself(console: TestConsole, phone: SoftwarePhone) -> None:
    here, there = (console.call("POST", "/companies", {"name": name})["id"] for name in ("Contoso", "Fabrikam"))
    body = {"username": "low", "email": "x@n.example", "role": "sub_administrator", "companies": [here]}
    low = done(console, phone, "administrator.create", **body)["result"]["administrator"]
    _, sub = sub_of(console, phone, "administrators.edit", companies=[here])
    for more in (
        {"role": "provider"},
        {"role": "sub_administrator", "companies": None},
        {"role": "sub_administrator", "companies": [here, there]},
        {"role": "sub_administrator", "companies": [here], "permissions": ["users.edit"]},
    ):
        ask = partial(sub.ask, "administrator.set_permissions", administrator=low, **more)
        assert refused(403, ask).code == "forbidden"


@pytest.mark.row("RO-2")
def test_who_kept_an_invitation_does_not_hold_what_the_account_is_given_later(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    body = {"username": "zed", "email": "z@n.example", "role": "sub_administrator"}
    first = done(console, phone, "administrator.create", **body)["result"]
    zed, kept = first["administrator"], {"invitation": first["invitation"], "password": WORD}
    reset = done(console, phone, "administrator.reset_two_factor", administrator=zed)["result"]["grant"]
    provider = {"administrator": zed, "role": "provider"}
    assert refused(409, partial(console.ask, "administrator.set_permissions", **provider)).code == "invited"
    again = done(console, phone, "administrator.create", **{**body, "role": "provider"})["result"]
    assert again["administrator"] == zed
    refused(404, partial(TestConsole(console.url).call, "POST", "/invitations", kept))
    colleague = TestConsole(console.url)
    accepted = colleague.call("POST", "/invitations", {"invitation": again["invitation"], "password": WORD})
    colleague.sign_in("zed", WORD)
    refused(403, partial(colleague.call, "POST", "/enrolments", {"password": WORD, "grant": reset}))
    colleague.protect("zed", WORD, accepted["grant"])


@pytest.mark.row("RO-2")
def test_a_grant_ends_when_its_account_is_raised_and_only_then(console: TestConsole, phone: SoftwarePhone) -> None:
    body = {"username": "zed", "email": "z@n.example", "role": "sub_administrator", "permissions": ["users.edit"]}
    made = done(console, phone, "administrator.create", **body)["result"]
    colleague, zed = TestConsole(console.url), made["administrator"]
    grant = colleague.call("POST", "/invitations", {"invitation": made["invitation"], "password": WORD})["grant"]
    colleague.sign_in("zed", WORD)
    lower = {"administrator": zed, "role": "sub_administrator", "permissions": []}
    done(console, phone, "administrator.set_permissions", **lower)
    enrol = partial(colleague.call, "POST", "/enrolments", {"password": WORD, "grant": grant})
    begun = enrol()
    raised = done(console, phone, "administrator.set_permissions", administrator=zed, role="provider")
    assert "counts no more" in raised["consequence"]
    assert colleague.call("GET", f"/enrolments/{begun['id']}")["status"] == "void"
    refused(403, enrol)
    fresh = done(console, phone, "administrator.reset_two_factor", administrator=zed)["result"]["grant"]
    colleague.sign_in("zed", WORD)
    colleague.protect("zed", WORD, fresh)


def test_another_phone_of_a_colleague_matters_only_where_it_is_cut_off(
    console: TestConsole, phone: SoftwarePhone
) -> None:
    theirs, colleague = colleague_of(console, phone)
    about = {"administrator": me(colleague)}
    rights = console.ask("administrator.set_permissions", **about, role="provider")
    end = console.ask("administrator.delete", **about)
    change = colleague.enrol(SoftwarePhone(None, "iPhone 17"), "jonas", WORD)
    assert theirs.approve(change["id"], change["code"]) == "executed"
    assert phone.approve(end["id"], end["code"]) == "void"
    assert phone.approve(rights["id"], rights["code"]) == "executed"


@pytest.mark.row("EN-6", "EN-7")
def test_a_reset_gives_a_grant_and_tells_the_owner(console: TestConsole, phone: SoftwarePhone) -> None:
    theirs, colleague = colleague_of(console, phone)
    jonas = me(colleague)
    request = console.ask("administrator.reset_two_factor", administrator=jonas)
    assert "iPhone 16" in request["consequence"]
    phone.approve(request["id"], request["code"])
    grant = console.request(request["id"])["result"]["grant"]
    assert not console.request(request["id"])["result"]  # told once
    refused(401, theirs.state)
    refused(401, partial(colleague.call, "GET", "/me"))
    assert "two_factor_reset" in [each["kind"] for each in phone.notices()]
    colleague.sign_in("jonas", WORD)
    refused(403, partial(colleague.call, "POST", "/enrolments", {"password": WORD}))
    colleague.protect("jonas", WORD, grant)


def test_who_lies_in_ones_companies_is_seen_and_named_anew(console: TestConsole, phone: SoftwarePhone) -> None:
    here, there = (console.call("POST", "/companies", {"name": name})["id"] for name in ("Contoso", "Fabrikam"))
    _, sub = sub_of(console, phone, "administrators.edit", companies=[here])
    made = {}
    for username, companies in (("near", [here]), ("far", [there]), ("all", None)):
        body = {"username": username, "email": "x@n.example", "role": "sub_administrator", "companies": companies}
        made[username] = done(console, phone, "administrator.create", **body)["result"]["administrator"]
    seen = [each["username"] for each in sub.call("GET", "/administrators")["items"]]
    assert seen == ["jonas", "near"]
    assert len(console.call("GET", "/administrators")["items"]) == 5
    near = sub.call("GET", f"/administrators/{made['near']}")
    assert near["enabled"]
    assert near["invited"] is not None
    for other in (made["far"], made["all"], me(console), "adm_nobody"):
        refused(404, partial(sub.call, "GET", f"/administrators/{other}"))
        refused(404, partial(sub.call, "PATCH", f"/administrators/{other}", {"name": "X"}))
    changed = sub.call("PATCH", f"/administrators/{made['near']}", {"name": "Nora Near"})
    assert (changed["name"], changed["email"]) == ("Nora Near", "x@n.example")
    assert sub.call("PATCH", f"/administrators/{me(sub)}", {"email": "me@n.example"})["email"] == "me@n.example"
    [event, _] = console.audit(event="administrator:changed")
    assert event["parameters"] == {"email": "me@n.example"}
    refused(422, partial(sub.call, "PATCH", f"/administrators/{made['near']}", {"role": "provider"}))


def test_who_may_edit_nobody_sees_and_edits_himself_alone(console: TestConsole, phone: SoftwarePhone) -> None:
    _, sub = sub_of(console, phone, "users.edit")
    assert [each["id"] for each in sub.call("GET", "/administrators")["items"]] == [me(sub)]
    refused(404, partial(sub.call, "GET", f"/administrators/{me(console)}"))
    assert sub.call("PATCH", f"/administrators/{me(sub)}", {"name": "Jonas K."})["name"] == "Jonas K."
    for action in ("disable", "delete", "reset_two_factor"):
        refused(403, partial(sub.ask, f"administrator.{action}", administrator=me(sub)))


def test_editing_stays_below_ones_own_rights(console: TestConsole, phone: SoftwarePhone) -> None:
    body = {"username": "above", "email": "x@n.example", "role": "sub_administrator", "permissions": ["audit.view"]}
    above = done(console, phone, "administrator.create", **body)["result"]["administrator"]
    _, sub = sub_of(console, phone, "administrators.edit")
    refused(403, partial(sub.call, "PATCH", f"/administrators/{above}", {"email": "mine@evil.example"}))


def test_an_invitation_of_a_disabled_account_waits(console: TestConsole, phone: SoftwarePhone) -> None:
    body = {"username": "late", "email": "x@n.example", "role": "provider"}
    result = done(console, phone, "administrator.create", **body)["result"]
    accept = {"invitation": result["invitation"], "password": WORD}
    done(console, phone, "administrator.disable", administrator=result["administrator"])
    refused(404, partial(TestConsole(console.url).call, "POST", "/invitations", accept))
    assert refused(409, partial(console.ask, "administrator.create", **body)).code == "username_taken"
    done(console, phone, "administrator.enable", administrator=result["administrator"])
    TestConsole(console.url).call("POST", "/invitations", accept)
    assert console.call("GET", f"/administrators/{result['administrator']}")["invited"] is None
