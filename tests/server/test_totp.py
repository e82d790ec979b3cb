"""TOTP: which codes count and how often, what they confirm, and the phone that they let in."""

import os
import shutil
import sqlite3
import subprocess
from base64 import b32decode
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from desktop.demo.phone import SoftwarePhone
from tests.both import on_sqlite
from tests.gates.world import COLLEAGUES_PASSWORD, ControlledServer
from tests.living import PASSWORD, USERNAME, TestConsole
from tests.proving import refused, together
from tests.server.by_totp import STEP, code_at, confirm, do, proof, sign_in, turn_on, wrong

REQUIRED = "COUNTERSIGN_REQUIRE_OATHTOOL" in os.environ
DAY = 86_400


@pytest.fixture
def console(clocked: ControlledServer) -> TestConsole:
    return clocked.set_up()


@pytest.fixture
def secret(console: TestConsole, clocked: ControlledServer) -> str:
    """The secret of an app that was set up ten minutes ago."""
    made = turn_on(console)
    clocked.move(600)
    return made


def tried(console: TestConsole, code: str, **more: Any) -> int:
    """Begin a sign-in and send one code; how that is answered."""
    told = console.begin_sign_in()
    return console.raw("POST", "/sessions/totp", {"wait_token": told["wait_token"], "code": code}, **more).status_code


@pytest.mark.row("TO-2")
@pytest.mark.parametrize("steps", [-2, -1, 0, 1, 2])
def test_one_step_either_way_counts_on_the_servers_clock(
    clocked: ControlledServer, console: TestConsole, secret: str, steps: int
) -> None:
    code = code_at(secret, clocked.time + steps * STEP)
    headers = {"Date": "Tue, 24 Nov 2026 12:09:00 GMT"}  # whatever the client says of the time
    assert tried(console, code, headers=headers) == (201 if abs(steps) <= 1 else 401)


@pytest.mark.row("TO-3")
def test_the_accepted_step_only_grows(clocked: ControlledServer, console: TestConsole, secret: str) -> None:
    first, second = code_at(secret, clocked.time), code_at(secret, clocked.time + STEP)
    answers = [tried(console, code) for code in (first, first, second, first, second)]
    assert answers == [201, 401, 201, 401, 401]


@pytest.mark.row("TO-3")
def test_the_code_that_set_the_app_up_and_that_of_a_sign_in_confirm_nothing_more(
    clocked: ControlledServer, console: TestConsole
) -> None:
    made = turn_on(console)
    assert tried(console, code_at(made, clocked.time)) == 401
    clocked.move(600)
    code = code_at(made, clocked.time)
    sign_in(console, code)
    request = console.ask("recovery_codes.reset")
    assert refused(422, lambda: confirm(console, request, code)).members["clock_ahead"] is None
    assert confirm(console, request, code_at(made, clocked.time + STEP))["status"] == "executed"


@pytest.mark.row("TO-3")
def test_one_code_is_good_for_one_of_64_at_once(clocked: ControlledServer, console: TestConsole, secret: str) -> None:
    code = code_at(secret, clocked.time)
    request, told = console.ask("recovery_codes.reset"), TestConsole(clocked.url).begin_sign_in()
    known, token = console.token, told["wait_token"]

    def confirmed() -> int:
        desk = TestConsole(clocked.url)
        desk.token = known
        return desk.raw("POST", f"/requests/{request['id']}/totp", {"code": code}).status_code

    def signed_in() -> int:
        body = {"wait_token": token, "code": code}
        return TestConsole(clocked.url).raw("POST", "/sessions/totp", body).status_code

    answers = together([confirmed, signed_in] * 32)
    assert sum(answer in (200, 201) for answer in answers) == 1
    assert set(answers) <= {200, 201, 401, 409, 410, 422, 429}


@pytest.mark.row("TO-1")
def test_the_secret_is_told_once_and_lies_nowhere(
    clocked: ControlledServer, console: TestConsole, tmp_path: Path
) -> None:
    told, parameters = proof(console)
    raw = b32decode(told)
    assert len(raw) * 8 >= 160
    refused(422, lambda: console.ask("two_factor.enable", **{**parameters, "code": wrong(told, clocked.time)}))
    assert not console.call("GET", "/two-factor")["enabled"]  # only after one right code
    console.call("POST", "/actions/two_factor.enable", {"parameters": parameters})
    assert console.call("GET", "/two-factor")["method"] == "totp"
    assert clocked.run("backup", str(tmp_path / "dump.db")).returncode == 0
    with closing(sqlite3.connect(tmp_path / "dump.db")) as database:
        dump = "\n".join(database.iterdump())
    read = "".join(console.raw("GET", path).text for path in ("/two-factor", "/requests", "/audit", "/me"))
    for text in (dump, read, clocked.log()):
        assert told not in text
        assert raw.hex() not in text.lower()
        assert parameters["code"] not in read
    held = [file.read_bytes() for file in (tmp_path / "clocked").rglob("*") if file.is_file()]
    assert not [each for each in held if told.encode() in each or raw in each]


@pytest.mark.row("TO-4")
def test_wrong_codes_are_counted_over_all_sign_ins_and_the_owner_is_told(
    clocked: ControlledServer, console: TestConsole, secret: str
) -> None:
    """A thief who has the password tries for a day, with a new sign-in for each code, and again as soon as he may."""
    evaluated, ended = list[float](), clocked.time + DAY
    thief = TestConsole(clocked.url)
    while clocked.time < ended:
        body = {"wait_token": thief.begin_sign_in()["wait_token"], "code": wrong(secret, clocked.time)}
        answer = thief.raw("POST", "/sessions/totp", body)
        assert answer.status_code in (401, 429)
        if answer.status_code == 401:
            evaluated.append(clocked.time)
        else:
            clocked.move(int(answer.headers["Retry-After"]) / 2)
    for window, most in ((300, 5), (3600, 20), (DAY, 50)):
        assert max(sum(start <= at < start + window for at in evaluated) for start in evaluated) == most
    thief = TestConsole(clocked.url)
    assert tried(thief, code_at(secret, clocked.time)) == 201  # the day is over
    sign_in(console, code_at(secret, clocked.time + STEP))
    told = console.audit(event="request:wrong_code")
    assert {each["verification"] for each in told} == {"totp"}


@pytest.mark.row("TO-4")
def test_a_right_code_gives_no_new_attempts_and_a_known_console_is_counted_apart(
    clocked: ControlledServer, console: TestConsole, secret: str
) -> None:
    for _ in range(3):
        assert tried(TestConsole(clocked.url), wrong(secret, clocked.time)) == 401
    assert tried(TestConsole(clocked.url), code_at(secret, clocked.time - STEP)) == 201
    assert [tried(TestConsole(clocked.url), wrong(secret, clocked.time)) for _ in range(3)] == [401, 401, 429]
    assert tried(TestConsole(clocked.url), code_at(secret, clocked.time)) == 429
    assert tried(console, code_at(secret, clocked.time)) == 201


@on_sqlite
@pytest.mark.row("TO-4")
def test_whoever_guesses_is_told_of(clocked: ControlledServer, secret: str) -> None:
    for _ in range(7):
        tried(TestConsole(clocked.url), wrong(secret, clocked.time))
    assert clocked.sql("SELECT count(*) FROM notices WHERE kind = 'codes_guessed'") == [(1,)]


@pytest.mark.parametrize(("ahead", "minutes"), [(-3600, -60), (-240, -4), (-60, -1), (60, 1), (240, 4), (3900, 65)])
def test_a_clock_that_is_off_is_told(
    clocked: ControlledServer, console: TestConsole, secret: str, ahead: int, minutes: int
) -> None:
    told = console.begin_sign_in()
    body = {"wait_token": told["wait_token"], "code": code_at(secret, clocked.time + ahead)}
    problem = refused(401, lambda: console.call("POST", "/sessions/totp", body))
    assert abs(problem.members["clock_ahead"] - ahead) <= STEP
    word = "ahead" if ahead > 0 else "behind"
    unit = "minute" if abs(minutes) == 1 else "minutes"
    assert f"{abs(minutes)} {unit} {word}" in problem.detail


def test_a_code_that_was_called_early_never_counts_and_one_at_a_time_is(
    clocked: ControlledServer, console: TestConsole, secret: str
) -> None:
    """A hint is no oracle: what it gives away about the future does not count there."""
    told = console.begin_sign_in()
    early, other = (code_at(secret, clocked.time + ahead) for ahead in (300, 330))

    def hint(code: str) -> int | None:
        body = {"wait_token": told["wait_token"], "code": code}
        found: int | None = refused(401, lambda: console.call("POST", "/sessions/totp", body)).members["clock_ahead"]
        return found

    assert hint(early) == 300
    assert hint(other) is None  # which so far is as good as any wrong one
    clocked.move(300)
    assert tried(console, early) == 401
    clocked.move(STEP)
    assert tried(console, early) == 401
    assert tried(console, other) == 201


def test_it_is_what_oathtool_says(clocked: ControlledServer, console: TestConsole) -> None:
    if shutil.which("oathtool") is None:
        if REQUIRED:
            pytest.fail("there is no oathtool")
        pytest.skip("there is no oathtool")

    def oathtool(made: str) -> str:
        at = f"@{int(clocked.time)}"
        told = subprocess.run(["oathtool", "--totp", "--base32", "--now", at, made], capture_output=True, check=True)
        return told.stdout.decode().strip()

    made, parameters = proof(console)
    assert oathtool(made) == parameters["code"]
    console.call("POST", "/actions/two_factor.enable", {"parameters": parameters})
    for _ in range(20):
        clocked.move(STEP)
        assert oathtool(made) == code_at(made, clocked.time)
        assert tried(console, oathtool(made)) == 201


# What it confirms


def test_its_requests_are_for_no_phone_and_it_does_not_cover_others_things(
    clocked: ControlledServer, console: TestConsole, secret: str
) -> None:
    refusal = refused(403, lambda: console.delete(console.user()))
    assert refusal.code == "phone_required"
    confirms = console.call("GET", "/two-factor")["totp_confirms"]
    own = ["device.change", "password.change", "recovery_codes.reset", "sign_in", "two_factor.disable"]
    assert confirms == own
    request = console.ask("recovery_codes.reset")
    assert (request["code"], request["qr"], request["device"], request["methods"]) == (None, None, None, ["totp"])
    assert refused(403, lambda: confirm(console, request, "0" * 16, "recovery")).code == "phone_required"
    done = confirm(console, request, code_at(secret, clocked.time))
    assert (done["status"], done["decided_by"]["type"]) == ("executed", "totp")
    [event] = [each for each in console.audit(event="request:approved") if each["request"] == request["id"]]
    assert (event["verification"], "evidence" in event) == ("totp", False)
    refused(409, lambda: console.call("GET", f"/requests/{request['id']}/evidence"))
    assert console.raw("POST", "/two-factor/totp", {"password": PASSWORD}).status_code == 409


def test_policy_lets_it_confirm_more_but_no_side_door(clocked: ControlledServer, console: TestConsole) -> None:
    phone = console.protect()
    colleague, secret = colleague_by_totp(clocked, console, phone)
    user = console.user()
    ask = partial(colleague.ask, "user.delete", user=user, mode="user_only")
    assert refused(403, ask).code == "phone_required"
    side_doors = ["administrator.create", "api_key.create", "policy.change", "origin.retire", "sign_in", "no.such"]
    for name in side_doors:
        refused(422, partial(console.ask, "policy.change", by_totp=[name]))
    do(console, phone, "policy.change", by_totp=["user.delete"])
    request = ask()
    assert (request["methods"], request["code"]) == (["totp"], None)
    clocked.move(60)
    assert refused(403, lambda: confirm(console, request, "000000")).code == "forbidden"
    assert confirm(colleague, request, code_at(secret, clocked.time))["status"] == "executed"
    assert console.raw("GET", f"/users/{user}").status_code == 404
    waiting = colleague.ask("user.delete", user=console.user(), mode="user_only")
    do(console, phone, "policy.change", by_totp=[])
    assert refused(403, lambda: confirm(colleague, waiting, code_at(secret, clocked.time + STEP))).code == (
        "phone_required"
    )


def colleague_by_totp(clocked: ControlledServer, console: TestConsole, phone: SoftwarePhone) -> tuple[TestConsole, str]:
    """Invite a provider who uses an app; his console, and its secret."""
    asked = {"username": "lena", "email": "lena@n.example", "role": "provider"}
    made = do(console, phone, "administrator.create", **asked)
    colleague = TestConsole(clocked.url)
    body = {"invitation": made["invitation"], "password": COLLEAGUES_PASSWORD}
    grant = colleague.call("POST", "/invitations", body)["grant"]
    colleague.sign_in("lena", COLLEAGUES_PASSWORD)
    refused(403, lambda: proof(colleague, COLLEAGUES_PASSWORD))
    return colleague, turn_on(colleague, COLLEAGUES_PASSWORD, grant)


# From one to the other


def test_from_the_phone_to_the_app_the_phone_confirms(clocked: ControlledServer, console: TestConsole) -> None:
    phone = console.protect()
    secret, parameters = proof(console)
    assert refused(409, lambda: console.ask("two_factor.enable", **parameters)).code == "already_enabled"
    request = console.ask("two_factor.change_method", **parameters)
    assert request["methods"] == ["phone"]
    assert parameters["code"] not in str(request)
    assert refused(403, lambda: confirm(console, request, code_at(secret, clocked.time))).code == "phone_required"
    assert console.call("GET", "/two-factor")["method"] == "phone"
    assert phone.approve(request["id"], request["code"]) == "executed"
    refused(401, phone.state)
    state = console.call("GET", "/two-factor")
    assert (state["method"], state["device"], state["recovery_codes_left"]) == ("totp", None, 10)
    assert tried(console, code_at(secret, clocked.time)) == 401  # it has shown the app already
    clocked.move(STEP)
    assert tried(console, code_at(secret, clocked.time)) == 201


@pytest.mark.parametrize("later", ["another is begun", "the phone rejects", "its time is over"])
def test_a_change_that_is_not_confirmed_changes_nothing(
    clocked: ControlledServer, console: TestConsole, later: str
) -> None:
    phone = console.protect()
    _, parameters = proof(console)
    clocked.move(590)  # of the ten minutes of a set-up
    request = None
    if later != "its time is over":
        clocked.move(-590)
        request = console.ask("two_factor.change_method", **parameters)
        if later == "another is begun":
            proof(console)
            assert phone.approve(request["id"], request["code"]) == "void"
        else:
            assert phone.reject(request["id"]) == "rejected"
    else:
        clocked.move(10)
        refused(404, lambda: console.ask("two_factor.change_method", **parameters))
    assert console.call("GET", "/two-factor")["method"] == "phone"
    assert phone.state()["status"] == "active"


def test_a_set_up_that_was_proved_in_time_may_wait_for_the_phone(
    clocked: ControlledServer, console: TestConsole
) -> None:
    phone = console.protect()
    told = console.call("POST", "/two-factor/totp", {"password": PASSWORD})
    clocked.move(590)
    parameters = {"method": "totp", "enrolment": told["id"], "code": code_at(told["secret"], clocked.time)}
    request = console.ask("two_factor.change_method", **parameters)
    clocked.move(60)
    assert phone.approve(request["id"], request["code"]) == "executed"


def to_the_phone(clocked: ControlledServer, console: TestConsole, secret: str) -> SoftwarePhone:
    """Put a phone in the place of the app, confirmed by it."""
    phone = SoftwarePhone(None, "Pixel 10")
    request = console.enrol(phone)
    assert (request["action"], request["methods"]) == ("device.change", ["totp", "recovery_code"])
    assert confirm(console, request, code_at(secret, clocked.time))["status"] == "executed"
    return phone


def test_a_phone_that_totp_let_in_waits_out_its_probation(
    clocked: ControlledServer, console: TestConsole, secret: str
) -> None:
    phone = to_the_phone(clocked, console, secret)
    end = int(clocked.time) + DAY
    refusal = refused(403, lambda: console.delete(console.user()))
    assert refusal.code == "probation"
    shown = console.call("GET", "/two-factor")["device"]["probation_until"]
    assert refusal.members["until"] == shown
    assert phone.state()["probation_until"] == end
    do(console, phone, "recovery_codes.reset")  # what concerns the own account
    clocked.move_to(end - 1)
    console.sign_in(phone=phone)
    refused(403, lambda: console.delete(console.user("kofi@litware.example")))
    clocked.move_to(end)
    assert phone.state()["probation_until"] is None
    assert console.call("GET", "/two-factor")["device"]["probation_until"] is None
    waiting = console.delete(console.user("june@litware.example"))
    assert phone.approve(waiting["id"], waiting["code"]) == "executed"


@pytest.mark.parametrize("how", ["another phone", "off and on", "lost", "off and on by the app", "fresh codes"])
def test_no_way_round_ends_a_probation(clocked: ControlledServer, console: TestConsole, secret: str, how: str) -> None:
    """A thief who has the password and the app's codes."""
    if how == "off and on by the app":
        request = console.ask("two_factor.disable")
        confirm(console, request, code_at(secret, clocked.time))
        console.protect(grant=console.request(request["id"])["result"]["grant"])
    elif how == "fresh codes":  # that TOTP made, for a change that a recovery code confirms
        confirm(console, console.ask("recovery_codes.reset"), code_at(secret, clocked.time))
        [code, *_] = console.call("GET", "/recovery-codes")["codes"]
        confirm(console, console.enrol(SoftwarePhone(None)), code, "recovery")
    else:
        codes = console.call("GET", "/recovery-codes")["codes"]
        phone, another = to_the_phone(clocked, console, secret), SoftwarePhone(None, "another")
        if how == "another phone":
            request = console.enrol(another)
            assert phone.approve(request["id"], request["code"]) == "executed"
        elif how == "off and on":
            console.protect(grant=do(console, phone, "two_factor.disable")["grant"])
        else:
            console.report_lost(codes[0])
            confirm(console, console.enrol(another), codes[1], "recovery")
    assert refused(403, lambda: console.delete(console.user())).code == "probation"


def test_what_was_begun_without_a_grant_ends_when_the_first_account_turns_it_on(clocked: ControlledServer) -> None:
    console, colleague = clocked.set_up(), clocked.console()
    told = console.call(
        "POST",
        "/actions/administrator.create",
        {"parameters": {"username": "jonas", "email": "jonas@northwind.example", "role": "provider"}},
    )
    body = {"invitation": told["result"]["invitation"], "password": COLLEAGUES_PASSWORD}
    colleague.call("POST", "/invitations", body)
    colleague.sign_in("jonas", COLLEAGUES_PASSWORD)
    _, parameters = proof(colleague, COLLEAGUES_PASSWORD)
    console.protect()
    problem = refused(404, lambda: colleague.ask("two_factor.enable", **parameters))
    assert problem.code == "setup_not_found"
    assert not colleague.call("GET", "/two-factor")["enabled"]


def test_a_colleague_who_resets_vouches_for_the_next_phone(clocked: ControlledServer, console: TestConsole) -> None:
    phone = console.protect()
    colleague, secret = colleague_by_totp(clocked, console, phone)
    clocked.move(60)
    theirs = SoftwarePhone(None)
    request = colleague.enrol(theirs, "lena", COLLEAGUES_PASSWORD)
    confirm(colleague, request, code_at(secret, clocked.time))
    user = console.user()
    assert refused(403, lambda: colleague.delete(user)).code == "probation"
    [lena] = [each for each in console.call("GET", "/administrators")["items"] if each["username"] == "lena"]
    grant = do(console, phone, "administrator.reset_two_factor", administrator=lena["id"])["grant"]
    again = TestConsole(clocked.url)
    again.sign_in("lena", COLLEAGUES_PASSWORD)
    fresh = again.protect("lena", COLLEAGUES_PASSWORD, grant)
    waiting = again.delete(user)
    assert fresh.approve(waiting["id"], waiting["code"]) == "executed"


def test_probation_is_as_long_as_configured(tmp_path: Path, new_database: Callable[[], dict[str, str]]) -> None:
    server = ControlledServer(tmp_path / "none", settings={**new_database(), "probation": "0"})
    server.start()
    try:
        console = server.set_up()
        secret = turn_on(console)
        server.move(60)
        phone = to_the_phone(server, console, secret)
        waiting = console.delete(console.user())
        assert phone.approve(waiting["id"], waiting["code"]) == "executed"
    finally:
        server.stop()


def test_turning_it_off_takes_the_secret_and_the_codes(
    clocked: ControlledServer, console: TestConsole, secret: str
) -> None:
    request = console.ask("two_factor.disable")
    assert confirm(console, request, code_at(secret, clocked.time))["status"] == "executed"
    state = console.call("GET", "/two-factor")
    assert (state["enabled"], state["method"], state["recovery_codes_left"]) == (False, None, 0)
    fresh = turn_on(console, grant=console.request(request["id"])["result"]["grant"])
    assert fresh != secret
    clocked.move(60)
    assert tried(console, code_at(secret, clocked.time)) == 401
    assert tried(console, code_at(fresh, clocked.time)) == 201


def test_what_waits_for_a_code_of_an_app_that_is_gone_is_void(clocked: ControlledServer, console: TestConsole) -> None:
    """An API key of a TOTP account, whose request policy lets TOTP confirm, and then the app goes."""
    phone = console.protect()
    colleague, secret = colleague_by_totp(clocked, console, phone)
    do(console, phone, "policy.change", by_totp=["user.delete"])
    request = colleague.ask("user.delete", user=console.user(), mode="user_only")
    clocked.move(60)
    new = SoftwarePhone(None)
    change = colleague.enrol(new, "lena", COLLEAGUES_PASSWORD)
    confirm(colleague, change, code_at(secret, clocked.time))
    assert colleague.request(request["id"])["status"] == "void"


def test_the_hosts_reset_ends_probation_while_the_server_runs(
    clocked: ControlledServer, console: TestConsole, secret: str
) -> None:
    clocked.move(60)
    confirm(console, console.enrol(SoftwarePhone(None, "thief")), code_at(secret, clocked.time))
    assert refused(403, lambda: console.delete(console.user())).code == "probation"
    grant = clocked.run("admin", "reset-two-factor", USERNAME).stdout.strip()
    back = clocked.console()
    back.sign_in()
    phone = back.protect(grant=grant)
    do(back, phone, "user.delete", user=back.user("kofi@litware.example"), mode="user_only")


def test_what_turning_off_is_said_to_do_is_what_it_does(
    clocked: ControlledServer, console: TestConsole, secret: str
) -> None:
    said = console.ask("two_factor.disable")["consequence"]
    assert "nothing protected until a phone is set up" in said
    clocked.move(60)
    confirm(console, console.enrol(SoftwarePhone(None)), code_at(secret, clocked.time))
    assert "on probation: then nothing protected" in console.ask("two_factor.disable")["consequence"]
