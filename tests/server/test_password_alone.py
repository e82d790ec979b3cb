"""Who has the password, and a session by it, ends nothing of the owner's who sets a phone up with a grant.

Nor does he hinder others, whatever the account may do once it has a phone.
"""

from functools import partial

import pytest

from desktop.demo.phone import SoftwarePhone
from server.contract.problem import Problem
from server.domain.quoting import quoted
from server.services.sessions import MOST
from tests.both import on_sqlite
from tests.gates.world import ControlledServer
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.proving import refused, wait_for
from tests.server.by_totp import do, proof
from tests.server.reaching import COLLEAGUES_PASSWORD, invited
from tests.server.test_administrators import done, me, sub_of
from tests.server.test_decisions import colleague_of
from tests.server.test_policy import BEFORE
from tests.server.test_reading import Events


@pytest.fixture
def owner(server: LivingServer) -> tuple[TestConsole, TestConsole, str]:
    """A colleague who is invited and has no phone yet, a thief with his password, and the grant."""
    console, phone = server.protected()
    colleague, grant = invited(console, phone, "jonas")
    thief = TestConsole(server.url, device_name="THIEF")
    thief.sign_in("jonas", COLLEAGUES_PASSWORD)
    return colleague, thief, grant


def test_an_enrolment_is_gone_on_with_and_ended_where_it_was_begun(owner: tuple[TestConsole, TestConsole, str]) -> None:
    colleague, thief, grant = owner
    enrolment = colleague.call("POST", "/enrolments", {"password": COLLEAGUES_PASSWORD, "grant": grant})
    path, phone = f"/enrolments/{enrolment['id']}", SoftwarePhone(None, "Pixel 9")
    digits = phone.enrol(enrolment["qr"], "jonas", COLLEAGUES_PASSWORD)
    for call in (
        partial(thief.call, "DELETE", path),
        partial(thief.call, "POST", f"{path}/confirm", {"sas": "000000"}),
    ):
        assert refused(403, call).code == "begun_elsewhere"
    request = colleague.call("POST", f"{path}/confirm", {"sas": digits})["request"]
    assert refused(403, lambda: thief.call("POST", f"/requests/{request['id']}/cancel")).code == "forbidden"
    [own] = [each["id"] for each in thief.call("GET", "/sessions")["items"] if each["device_name"] == "NW-LT-031"]
    assert refused(403, lambda: thief.call("DELETE", f"/sessions/{own}")).code == "two_factor_required"
    assert phone.approve(request["id"], request["code"]) == "executed"


def test_where_a_grant_or_a_phone_is_missing_no_password_is_looked_at(
    owner: tuple[TestConsole, TestConsole, str],
) -> None:
    colleague, thief, grant = owner
    body = {"password": "not-the-password-of-anybody"}
    for given in (None, "A" * 43):
        for path in ("/enrolments", "/two-factor/totp"):
            assert refused(403, partial(thief.call, "POST", path, body | {"grant": given})).code == "grant_required"
    assert refused(409, lambda: thief.call("POST", "/two-factor/lost-phone", body)).code == "not_enabled"
    assert refused(403, lambda: colleague.call("POST", "/enrolments", body | {"grant": grant})).code == "wrong_password"
    phone = colleague.protect("jonas", COLLEAGUES_PASSWORD, grant)
    assert refused(403, lambda: colleague.call("POST", "/two-factor/lost-phone", body)).code == "recovery_code_required"
    code = colleague.call("GET", "/recovery-codes")["codes"][0]
    assert refused(403, lambda: colleague.report_lost(code, body["password"])).code == "wrong_password"
    colleague.report_lost(code, COLLEAGUES_PASSWORD)
    refused(401, phone.state)
    assert refused(409, lambda: colleague.call("POST", "/two-factor/lost-phone", body)).code == "no_phone"
    assert [each["event"] for each in colleague.audit(actor="jonas")].count("password:refused") == 2


def test_he_calls_nothing_off_that_others_asked_for(server: LivingServer) -> None:
    console, phone = server.protected()
    thief, _ = invited(console, phone, "jonas")
    cancel = f"/requests/{console.delete(console.user())['id']}/cancel"
    assert refused(403, lambda: thief.call("POST", cancel)).code == "forbidden"
    assert console.call("POST", cancel)["request"]["status"] == "cancelled"


def test_he_ends_no_key_of_others(server: LivingServer) -> None:
    console, phone = server.protected()
    thief, grant = invited(console, phone, "jonas")
    key = done(console, phone, "api_key.create", name="nightly", permissions=[])["result"]["api_key"]
    end = partial(thief.call, "DELETE", f"/api-keys/{key}")
    assert refused(403, end).code == "two_factor_required"
    assert [each["id"] for each in console.call("GET", "/api-keys")["items"]] == [key]
    thief.protect("jonas", COLLEAGUES_PASSWORD, grant)
    end()
    assert console.call("GET", "/api-keys")["items"] == []


def test_nobody_calls_off_what_is_about_him_or_what_a_colleague_sets_up_with_a_grant(server: LivingServer) -> None:
    console, phone = server.protected()
    colleague, grant = invited(console, phone, "jonas")
    new = SoftwarePhone(None, "Pixel 10")
    request = colleague.enrol(new, "jonas", COLLEAGUES_PASSWORD, grant)
    path = "/requests/{}/cancel"
    assert refused(403, lambda: console.call("POST", path.format(request["id"]))).code == "forbidden"
    assert new.approve(request["id"], request["code"]) == "executed"
    about = console.ask("administrator.disable", administrator=me(colleague))
    assert refused(403, lambda: colleague.call("POST", path.format(about["id"]))).code == "forbidden"
    other = console.delete(console.user())
    assert colleague.call("POST", path.format(other["id"]))["request"]["status"] == "cancelled"
    assert console.call("POST", path.format(about["id"]))["request"]["status"] == "cancelled"


@pytest.mark.parametrize("how", ["reset", "forced"])
def test_who_can_only_enrol_sees_his_own_requests_alone(server: LivingServer, how: str) -> None:
    console, phone = server.protected()
    colleague, grant = invited(console, phone, "jonas")
    if how == "reset":
        colleague.protect("jonas", COLLEAGUES_PASSWORD, grant)
        done(console, phone, "administrator.reset_two_factor", administrator=me(colleague))
        colleague.sign_in("jonas", COLLEAGUES_PASSWORD)
    stream = Events(colleague)
    if how == "forced":
        done(console, phone, "policy.change", two_factor_from=BEFORE.isoformat())
    request = console.delete(console.user())
    for method, path in (("GET", ""), ("POST", "/cancel")):
        call = partial(colleague.call, method, f"/requests/{request['id']}{path}")
        assert refused(404, call).code == "request_not_found"
    TestConsole(server.url).sign_in("jonas", COLLEAGUES_PASSWORD)
    wait_for(lambda: any(each["subject"] for each in stream.seen))  # his own session, which came later
    assert request["id"] not in {each["subject"] for each in stream.seen}


def test_a_change_of_phone_too_is_gone_on_with_and_ended_where_it_was_begun(server: LivingServer) -> None:
    console, phone = server.protected()
    other = TestConsole(server.url, device_name="OTHER")
    other.sign_in(phone=phone)
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    path, new = f"/enrolments/{enrolment['id']}", SoftwarePhone(None, "Pixel 9")
    digits = new.enrol(enrolment["qr"], USERNAME, PASSWORD)
    confirm = partial(other.call, "POST", f"{path}/confirm", {"sas": "000000"})
    for call in (confirm, confirm, confirm, partial(other.call, "DELETE", path)):
        assert refused(403, call).code == "begun_elsewhere"
    assert other.call("GET", path)["status"] == "claimed"
    request = console.call("POST", f"{path}/confirm", {"sas": digits})["request"]
    assert phone.approve(request["id"], request["code"]) == "executed"


@pytest.mark.parametrize("ends", ["with its time", "with its session", "rejected"])
def test_nor_is_one_whose_request_waits_voided_by_beginning_elsewhere(clocked: ControlledServer, ends: str) -> None:
    console, phone = clocked.protected()
    other = TestConsole(clocked.url, device_name="OTHER")
    other.sign_in(phone=phone)
    begin = partial(other.call, "POST", "/enrolments", {"password": PASSWORD})
    console.enrol(SoftwarePhone(None, "the first try"))
    request = console.enrol(SoftwarePhone(None, "the second"))  # begun anew where the first one was
    assert refused(403, begin).code == "begun_elsewhere"
    assert other.request(request["id"])["status"] == "pending"
    [line] = other.audit(event="call:refused")
    assert (line["device_name"], line["route"], line["code"]) == ("OTHER", "POST /enrolments", "begun_elsewhere")
    if ends == "with its time":
        clocked.move(121)
    elif ends == "with its session":
        console.call("DELETE", "/sessions/current")
    else:
        phone.reject(request["id"])
    assert begin()["qr"]


def test_an_app_that_is_set_up_in_another_session_leaves_ones_own_set_up_and_a_trace(server: LivingServer) -> None:
    thief, phone = server.protected()
    owner = TestConsole(server.url, device_name="OWNER")
    owner.sign_in(phone=phone)
    _, earlier = proof(owner)
    _, parameters = proof(owner)
    assert refused(404, lambda: owner.ask("two_factor.change_method", **earlier)).code == "setup_not_found"
    request = owner.ask("two_factor.change_method", **parameters)
    proof(thief)
    told = [(each["username"], each["device_name"]) for each in owner.audit(event="totp:started")]
    assert told == [(USERNAME, "NW-LT-014"), (USERNAME, "OWNER"), (USERNAME, "OWNER")]
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert owner.call("GET", "/two-factor")["method"] == "totp"


def test_who_begins_again_and_again_does_not_make_phones_ring_for_ever(server: LivingServer) -> None:
    console, phone = server.protected()
    theirs, sub = sub_of(console, phone)
    for _ in range(6):
        sub.call("POST", "/enrolments", {"password": COLLEAGUES_PASSWORD})
    console.call("POST", "/enrolments", {"password": PASSWORD})
    told = [each["username"] for each in phone.notices() if each["kind"] == "device_changing"]
    assert told == [USERNAME, "jonas", "jonas", "jonas"]  # the owner's own is told whatever others do
    assert [each["kind"] for each in theirs.notices()].count("device_changing") == 3


@on_sqlite
def test_sign_ins_do_not_crowd_out_the_session_that_enrols(owner: tuple[TestConsole, TestConsole, str]) -> None:
    colleague, thief, grant = owner
    colleague.call("POST", "/enrolments", {"password": COLLEAGUES_PASSWORD, "grant": grant})
    for _ in range(MOST + 1):
        thief.sign_in("jonas", COLLEAGUES_PASSWORD)
    assert colleague.call("GET", "/me")["username"] == "jonas"


@on_sqlite
def test_nor_that_in_which_he_is_about_to_begin_or_sets_an_app_up(
    server: LivingServer, owner: tuple[TestConsole, TestConsole, str]
) -> None:
    colleague, thief, grant = owner
    [own] = [each["id"] for each in thief.call("GET", "/sessions")["items"] if each["device_name"] == "NW-LT-031"]
    assert refused(403, lambda: thief.call("DELETE", f"/sessions/{own}")).code == "two_factor_required"
    _, parameters = proof(colleague, COLLEAGUES_PASSWORD, grant)
    for _ in range(MOST + 1):
        TestConsole(server.url, device_name="THIEF").sign_in("jonas", COLLEAGUES_PASSWORD)
    assert colleague.call("POST", "/actions/two_factor.enable", {"parameters": parameters})["status"] == "executed"
    assert colleague.call("GET", "/two-factor")["method"] == "totp"
    refused(401, lambda: thief.call("GET", "/me"))


def test_a_reset_ends_the_grant_of_before(owner: tuple[TestConsole, TestConsole, str], server: LivingServer) -> None:
    colleague, _, grant = owner
    fresh = server.run("admin", "reset-two-factor", "jonas").stdout.strip()
    colleague.sign_in("jonas", COLLEAGUES_PASSWORD)
    body = {"password": COLLEAGUES_PASSWORD, "grant": grant}
    assert refused(403, lambda: colleague.call("POST", "/enrolments", body)).code == "grant_required"
    assert colleague.call("POST", "/enrolments", body | {"grant": fresh})["id"]


def test_what_was_being_set_up_ends_with_disabling_the_account(server: LivingServer) -> None:
    console, phone = server.protected()
    colleague, grant = invited(console, phone, "jonas")
    jonas = me(colleague)
    _, parameters = proof(colleague, COLLEAGUES_PASSWORD, grant)
    for action in ("administrator.disable", "administrator.enable"):
        done(console, phone, action, administrator=jonas)
    colleague.sign_in("jonas", COLLEAGUES_PASSWORD)
    ask = partial(colleague.ask, "two_factor.enable", **parameters)
    assert refused(404, ask).code == "setup_not_found"


def test_a_stolen_session_and_the_password_do_not_cut_the_phone_off(server: LivingServer) -> None:
    owner, phone = server.protected()
    codes = owner.call("GET", "/recovery-codes")["codes"]
    known = TestConsole(server.url, device_name="OWNER")
    known.sign_in(phone=phone)
    thief = TestConsole(server.url)
    thief.token = owner.token
    report = partial(thief.call, "POST", "/two-factor/lost-phone")
    problem = refused(403, lambda: report({"password": PASSWORD}))
    assert problem.code == "recovery_code_required"
    assert "reset-two-factor" in problem.detail
    for _ in range(5):
        assert refused(422, lambda: thief.report_lost("0000-0000-0000-0000")).code == "wrong_code"
    assert refused(429, lambda: thief.report_lost(codes[0])).code == "too_many_wrong_codes"
    assert [each["route"] for each in owner.audit(event="call:refused")] == ["POST /two-factor/lost-phone"] * 2
    assert [each["outcome"] for each in owner.audit(event="recovery_codes:refused")] == ["denied"] * 5
    assert "codes_guessed" in [each["kind"] for each in phone.notices()]
    assert phone.state()["status"] == "active"
    assert known.report_lost(codes[0])["recovery_codes_left"] == 9
    refused(401, phone.state)
    refused(401, lambda: thief.call("GET", "/me"))


def test_a_stolen_session_does_not_call_a_change_of_the_phone_off(server: LivingServer) -> None:
    owner, phone = server.protected()
    _, colleague = colleague_of(owner, phone)
    thief = TestConsole(server.url, device_name="THIEF")
    thief.sign_in(phone=phone)
    cancel = "/requests/{}/cancel".format
    request = owner.enrol(SoftwarePhone(None, "Pixel 10"))
    assert refused(403, lambda: thief.call("POST", cancel(request["id"]))).code == "forbidden"
    for way, code in (("recovery", "AAAA-AAAA-AAAA-AAAA"), ("totp", "000000")):  # the third wrong one would void it
        path = f"/requests/{request['id']}/{way}"
        assert refused(403, partial(thief.call, "POST", path, {"code": code})).code == "forbidden"
    assert owner.call("POST", cancel(request["id"]))["request"]["status"] == "cancelled"
    request = thief.enrol(SoftwarePhone(None, "evil"))
    assert colleague.call("POST", cancel(request["id"]))["request"]["status"] == "cancelled"
    request = owner.enrol(SoftwarePhone(None, "Pixel 10"))
    assert phone.approve(request["id"], request["code"]) == "executed"


def test_a_sign_in_takes_no_code_from_a_session(server: LivingServer) -> None:
    thief, phone = server.protected()
    owner = TestConsole(server.url, device_name="OWNER")
    waiting = owner.begin_sign_in()
    path = f"/requests/{waiting['request']['id']}"
    for _ in range(3):
        assert refused(403, lambda: thief.call("POST", f"{path}/recovery", {"code": "AAAA-AAAA"})).code == "forbidden"
        assert refused(403, lambda: thief.call("POST", f"{path}/totp", {"code": "123456"})).code == "forbidden"
    assert phone.approve(waiting["request"]["id"], waiting["request"]["code"]) == "executed"


def test_of_two_who_turn_it_off_the_second_was_told_something_else(server: LivingServer) -> None:
    console, phone = server.protected()
    colleague, grant = invited(console, phone, "jonas")
    his = colleague.protect("jonas", COLLEAGUES_PASSWORD, grant)
    mine, theirs = console.ask("two_factor.disable"), colleague.ask("two_factor.disable")
    assert phone.approve(mine["id"], mine["code"]) == "executed"
    assert his.approve(theirs["id"], theirs["code"]) == "void"
    assert colleague.call("GET", "/two-factor")["enabled"]


def test_who_turns_it_on_with_a_grant_was_told_what_that_means_for_others(server: LivingServer) -> None:
    console, phone = server.protected()
    colleague, grant = invited(console, phone, "jonas")
    new, other = SoftwarePhone(None, "Pixel 10"), SoftwarePhone(None, "Pixel 11")
    request = colleague.enrol(new, "jonas", COLLEAGUES_PASSWORD, grant)
    assert "Colleagues" not in request["consequence"]
    do(console, phone, "two_factor.disable")
    with pytest.raises(Problem):  # it is cut off
        new.approve(request["id"], request["code"])
    assert colleague.request(request["id"])["void_reason"] == "target_changed"
    again = colleague.enrol(other, "jonas", COLLEAGUES_PASSWORD, grant)
    assert "Colleagues without it do nothing protected" in again["consequence"]
    assert other.approve(again["id"], again["code"]) == "executed"


def test_a_phone_does_not_take_the_place_of_an_app_that_was_turned_on_meanwhile(server: LivingServer) -> None:
    console, phone = server.set_up(), SoftwarePhone(None, "Pixel 9")
    request = console.enrol(phone)
    _, parameters = proof(console)
    assert console.call("POST", "/actions/two_factor.enable", {"parameters": parameters})["status"] == "executed"
    with pytest.raises(Problem):
        phone.approve(request["id"], request["code"])
    assert console.call("GET", "/two-factor")["method"] == "totp"


def test_no_name_reads_as_two_or_as_a_sentence(server: LivingServer) -> None:
    assert quoted("a”, “b") == '“a", "b”'
    console, phone = server.protected()
    user = console.user(name="Nobody loses anything. Old entry")
    body = {"parameters": {"user": user, "mode": "user_only"}}
    told = console.call("POST", "/actions/user.delete/preview", body)["details"]["consequence"]
    assert told.startswith("“Nobody loses anything. Old entry (mia.brandt@contoso.example)” can no longer sign in")
    assert do(console, phone, "user.delete", user=user, mode="user_only") == {"user": user}
