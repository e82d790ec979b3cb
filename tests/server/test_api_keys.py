"""API keys: a script asks like everybody, waits for the phone like everybody, and holds less than its owner."""

from functools import partial
from typing import Any

import pytest

from desktop.demo.phone import SoftwarePhone
from tests.living import LivingServer, TestConsole
from tests.proving import refused, together
from tests.server.test_administrators import done, me, sub_of

SAID = "nightly/1.2 (cron)"


@pytest.fixture
def console(server: LivingServer) -> TestConsole:
    return server.set_up()


@pytest.fixture
def phone(console: TestConsole) -> SoftwarePhone:
    return console.protect()


def script_of(
    console: TestConsole, phone: SoftwarePhone, *permissions: str, name: str = "Nightly clean-up", **more: Any
) -> TestConsole:
    """Make a key, and return what calls by it."""
    result = done(console, phone, "api_key.create", name=name, permissions=list(permissions), **more)["result"]
    script = TestConsole(console.url)
    script.token = result["token"]
    script._http.headers["User-Agent"] = SAID
    return script


def keys(console: TestConsole) -> list[Any]:
    return list(console.call("GET", "/api-keys")["items"])


def test_a_script_gets_202_and_a_request_like_everybody(console: TestConsole, phone: SoftwarePhone) -> None:
    script, mia = script_of(console, phone, "users.delete"), console.user()
    request = script.delete(mia)
    assert request["status"] == "pending"
    assert len(request["code"]) == 6
    shown = phone.request(request["id"]).details
    assert (shown["device_name"], shown["application"]) == ("Nightly clean-up", SAID)
    assert shown["notices"] == ["asked by an API key"]
    assert shown["username"] == "amelia.hart"
    assert console.request(request["id"])["code"] is None  # it goes to the key that asked alone
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert script.request(request["id"])["status"] == "executed"
    [event] = console.audit(event="request:executed", request=request["id"])[:1]
    assert event["application"] == SAID
    [key] = keys(console)
    assert key["last_used_at"] is not None
    assert key["administrator"]["username"] == "amelia.hart"


def test_the_token_is_told_once_and_never_shown_again(console: TestConsole, phone: SoftwarePhone) -> None:
    request = console.ask("api_key.create", name="once", permissions=[])
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert TestConsole.request(console, request["id"])["result"]["token"].startswith("csk.")
    assert "token" not in console.request(request["id"])["result"]
    assert "csk." not in str(keys(console)) + str(console.audit())


def test_a_key_sees_and_cancels_what_it_asked_for_alone(console: TestConsole, phone: SoftwarePhone) -> None:
    mia = console.user()
    one, other = (script_of(console, phone, "users.delete", name=name) for name in ("one", "other"))
    mine, theirs, typed = one.delete(mia), other.delete(mia), console.delete(mia)
    assert [each["id"] for each in one.call("GET", "/requests")["items"]] == [mine["id"]]
    for foreign in (theirs, typed):
        refused(404, partial(one.request, foreign["id"]))
        refused(404, partial(one.call, "POST", f"/requests/{foreign['id']}/cancel"))
    assert one.call("POST", f"/requests/{mine['id']}/cancel")["request"]["status"] == "cancelled"
    assert console.call("POST", f"/requests/{theirs['id']}/cancel")["request"]["status"] == "cancelled"


def test_a_key_is_no_session(console: TestConsole, phone: SoftwarePhone) -> None:
    script = script_of(console, phone, "administrators.edit", "api_keys.edit", "audit.view", "policy.edit")
    for method, path in (
        ("GET", "/me"),
        ("GET", "/sessions"),
        ("DELETE", "/sessions/current"),
        ("GET", "/administrators"),
        ("GET", f"/administrators/{me(console)}"),
        ("PATCH", f"/administrators/{me(console)}"),
        ("GET", "/api-keys"),
        ("DELETE", f"/api-keys/{keys(console)[0]['id']}"),
        ("GET", "/two-factor"),
        ("POST", "/enrolments"),
        ("GET", "/audit/export?format=csv"),
        ("GET", "/events"),
        ("GET", "/health"),
        ("GET", "/reach"),
    ):
        assert script.raw(method, path, {}).status_code == 401, path
    assert (
        phone._http.get(
            f"{console.url}/phone/api/v1/device", headers={"Authorization": f"Bearer {script.token}"}
        ).status_code
        == 401
    )
    for action, body in (
        ("two_factor.disable", {}),
        ("password.change", {"current_password": "x", "new_password": "y"}),
    ):
        for path in (f"/actions/{action}", f"/actions/{action}/preview"):
            problem = refused(403, partial(script.call, "POST", path, {"parameters": body}))
            assert problem.code == "session_required"
    script.call("GET", "/audit")
    assert script.call("GET", "/actions")["items"]


def test_a_key_holds_what_both_hold(console: TestConsole, phone: SoftwarePhone) -> None:
    here, there = (console.call("POST", "/companies", {"name": name})["id"] for name in ("Contoso", "Fabrikam"))
    mia, kofi = console.user(company=here), console.user("kofi@fabrikam.example", company=there)
    script = script_of(console, phone, "users.edit", companies=[here])
    assert [each["id"] for each in script.call("GET", "/users")["items"]] == [mia]
    assert [each["id"] for each in script.call("GET", "/companies")["items"]] == [here]
    assert script.call("PATCH", f"/users/{mia}", {"name": "Mia B."})["name"] == "Mia B."
    refused(404, partial(script.call, "PATCH", f"/users/{kofi}", {"name": "K"}))
    refused(404, partial(script.user, "new@contoso.example", company=there))
    refused(403, partial(script.call, "POST", "/companies", {"name": "Tailspin"}))
    refused(403, partial(script.call, "GET", "/audit"))
    refused(403, lambda: script.delete(mia))
    boss = {"username": "boss", "email": "b@n.example", "role": "provider"}
    all_of_it = script_of(console, phone, "administrators.edit", "policy.edit", "users.edit", "users.delete")
    refused(403, partial(all_of_it.ask, "administrator.create", **boss))  # no key is a provider


@pytest.mark.row("TA-2.8")
def test_a_key_for_all_companies_means_those_that_were_signed(console: TestConsole, phone: SoftwarePhone) -> None:
    here, there = (console.call("POST", "/companies", {"name": name})["id"] for name in ("Contoso", "Fabrikam"))
    mia = console.user(company=here)
    console.user("kofi@fabrikam.example", company=there)
    theirs, sub = sub_of(console, phone, "api_keys.edit", "users.edit", companies=[here])
    waiting = sub.ask("api_key.create", name="wider", permissions=["users.edit"])
    [shown] = theirs.pending()
    assert shown.details["parameters"]["companies"] == [here], "what is signed is what is made"
    script = script_of(sub, theirs, "users.edit")
    held = ["api_keys.edit", "users.edit"]
    rights = {"administrator": me(sub), "role": "sub_administrator", "permissions": held}
    done(console, phone, "administrator.set_permissions", **rights, companies=None)
    assert theirs.approve(waiting["id"], waiting["code"]) == "void"
    assert sub.request(waiting["id"])["void_reason"] == "target_changed"
    assert [each["id"] for each in script.call("GET", "/users")["items"]] == [mia]  # made before: as it was signed
    assert [each["companies"] for each in keys(sub)] == [[here]]
    wide = script_of(sub, theirs, "users.edit", name="wide")
    assert len(wide.call("GET", "/users")["items"]) == 2


def test_what_the_owner_loses_the_key_loses(console: TestConsole, phone: SoftwarePhone) -> None:
    here, there = (console.call("POST", "/companies", {"name": name})["id"] for name in ("Contoso", "Fabrikam"))
    mia, kofi = console.user(company=here), console.user("kofi@fabrikam.example", company=there)
    theirs, sub = sub_of(console, phone, "api_keys.edit", "users.delete", companies=[here, there])
    script = script_of(sub, theirs, "users.delete")
    waiting = {each: script.delete(each) for each in (mia, kofi)}
    jonas = me(sub)
    rights = {"administrator": jonas, "role": "sub_administrator", "permissions": ["users.delete"]}
    done(console, phone, "administrator.set_permissions", **rights, companies=[here])
    refused(404, lambda: script.delete(kofi))
    assert theirs.approve(waiting[kofi]["id"], waiting[kofi]["code"]) == "void"
    assert theirs.approve(waiting[mia]["id"], waiting[mia]["code"]) == "executed"
    done(console, phone, "administrator.disable", administrator=jonas)
    assert refused(401, partial(script.call, "GET", "/users")).code == "api_key_ended"
    done(console, phone, "administrator.enable", administrator=jonas)
    script.call("GET", "/users")


@pytest.mark.parametrize(
    "more", [{"permissions": ["audit.view"]}, {"permissions": ["users.edit"], "companies": "there"}]
)
def test_nobody_makes_a_key_above_himself(console: TestConsole, phone: SoftwarePhone, more: dict[str, Any]) -> None:
    here, there = (console.call("POST", "/companies", {"name": name})["id"] for name in ("Contoso", "Fabrikam"))
    more = more | ({"companies": [there]} if "companies" in more else {})
    _, sub = sub_of(console, phone, "api_keys.edit", "users.edit", companies=[here])
    assert refused(403, partial(sub.ask, "api_key.create", name="more", **more)).code == "forbidden"


def test_a_key_makes_no_key_above_itself(console: TestConsole, phone: SoftwarePhone) -> None:
    here = console.call("POST", "/companies", {"name": "Contoso"})["id"]
    script = script_of(console, phone, "api_keys.edit", "users.edit", companies=[here])
    make = partial(script.ask, "api_key.create", name="child")
    refused(403, partial(make, permissions=["users.delete"], companies=[here]))
    refused(403, partial(make, permissions=["users.edit"]))  # no companies named would be all of the owner's
    assert make(permissions=["users.edit"], companies=[here])["status"] == "pending"


def test_an_ended_key_ends_with_what_it_asked_for(console: TestConsole, phone: SoftwarePhone) -> None:
    script, mia = script_of(console, phone, "users.delete"), console.user()
    waiting = script.delete(mia)
    [key] = keys(console)
    assert console.raw("DELETE", f"/api-keys/{key['id']}").status_code == 204
    assert console.request(waiting["id"])["status"] == "cancelled"
    problem = refused(409, lambda: phone.approve(waiting["id"], waiting["code"]))
    assert problem.members["request_status"] == "cancelled"
    assert refused(401, partial(script.call, "GET", "/users")).code == "api_key_ended"
    assert keys(console) == []
    refused(404, partial(console.call, "DELETE", f"/api-keys/{key['id']}"))
    [event] = console.audit(event="api_key:ended")
    assert event["target"][0]["name"] == "Nightly clean-up"


def test_whose_keys_one_sees_and_ends(console: TestConsole, phone: SoftwarePhone) -> None:
    theirs, sub = sub_of(console, phone, "api_keys.edit", "users.edit")
    script_of(console, phone, "users.edit", name="hers")
    script_of(sub, theirs, "users.edit", name="his")
    assert [each["name"] for each in keys(sub)] == ["his"]
    assert {each["name"] for each in keys(console)} == {"hers", "his"}
    ids = {each["name"]: each["id"] for each in keys(console)}
    refused(404, partial(sub.call, "DELETE", f"/api-keys/{ids['hers']}"))
    refused(404, partial(sub.call, "DELETE", "/api-keys/key_nothing"))
    assert console.raw("DELETE", f"/api-keys/{ids['his']}").status_code == 204


def test_not_me_ends_the_key_that_asked(console: TestConsole, phone: SoftwarePhone) -> None:
    script, mia = script_of(console, phone, "users.delete"), console.user()
    first, second = script.delete(mia), script.delete(mia)
    phone.reject(first["id"], "not_me")
    refused(401, partial(script.call, "GET", "/users"))
    assert console.request(second["id"])["status"] == "cancelled"
    assert console.call("GET", "/me")["enabled"]  # the owner's own session goes on


@pytest.mark.both
def test_a_repeated_call_is_known_by_who_makes_it(console: TestConsole, phone: SoftwarePhone) -> None:
    one, other = (script_of(console, phone, "users.delete", name=name) for name in ("one", "other"))
    mia = console.user()
    body = {"parameters": {"user": mia, "mode": "user_only"}}
    ask = {"headers": {"Idempotency-Key": "2026-11-24"}}

    def asked(by: TestConsole) -> str:
        return str(by.call("POST", "/actions/user.delete", body, **ask)["request"]["id"])

    first = together([partial(asked, one)] * 4)
    assert len({*first, asked(other), asked(console)}) == 3
    changed = {"parameters": {"user": mia, "mode": "user_only"}, "reason": "other"}
    problem = refused(422, partial(one.call, "POST", "/actions/user.delete", changed, **ask))
    assert problem.code == "idempotency_key_reused"


def test_what_a_script_says_of_itself_is_cut_to_fit(console: TestConsole, phone: SoftwarePhone) -> None:
    script, mia = script_of(console, phone, "users.delete"), console.user()
    for said, shown in (("x" * 100, "x" * 64), ("a\x9fb\xadc", "abc"), ("", "unknown")):
        script._http.headers["User-Agent"] = said
        request = script.delete(mia)
        assert request["application"] == shown
        phone.reject(request["id"])


def test_a_key_made_before_anybody_had_two_factor_waits_for_the_phone_since(console: TestConsole) -> None:
    body = {"parameters": {"name": "early", "permissions": ["users.delete"]}}
    key = {"headers": {"Idempotency-Key": "k"}}
    script, mia = TestConsole(console.url), console.user()
    script.token = console.call("POST", "/actions/api_key.create", body, **key)["result"]["token"]
    assert "token" not in console.call("POST", "/actions/api_key.create", body, **key)["result"]
    console.protect()
    assert script.delete(mia)["status"] == "pending"


@pytest.mark.parametrize("days", [0, 3651, True, "30"])
def test_a_key_lasts_one_day_to_ten_years(console: TestConsole, days: object) -> None:
    body = {"parameters": {"name": "x", "permissions": [], "expires_in_days": days}}
    assert refused(422, partial(console.call, "POST", "/actions/api_key.create", body)).code == "invalid"


def test_a_key_has_a_name_that_can_be_read(console: TestConsole) -> None:
    for name in ("", " ", "\u00a0"):
        body: dict[str, Any] = {"parameters": {"name": name, "permissions": []}}
        assert refused(422, partial(console.call, "POST", "/actions/api_key.create", body)).code == "invalid"
