"""Wrong codes add up per account over all of its requests, whatever is asked anew."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from desktop.demo.phone import SoftwarePhone
from server.config import load
from server.store.database import url
from tests.both import on_sqlite
from tests.gates.world import ControlledServer
from tests.living import USERNAME, LivingServer, TestConsole
from tests.proving import refused, status_of, together
from tests.server.test_decisions import colleague_of

LIMIT = 10


@pytest.fixture
def console(server: LivingServer) -> TestConsole:
    return server.set_up()


@pytest.fixture
def phone(console: TestConsole) -> SoftwarePhone:
    return console.protect()


def wrong(request: Any, by: int = 1) -> str:
    return f"{(int(request['code']) + by) % 1_000_000:06d}"


def guess(console: TestConsole, phone: SoftwarePhone, times: int) -> None:
    """Type so many wrong codes, at most three for each request; every request has a new code."""
    while times > 0:
        request = console.delete(console.call("GET", "/users")["items"][0]["id"])
        for _ in range(min(3, times)):
            refused(422, lambda: phone.approve(request["id"], wrong(request)))  # noqa: B023 - called at once
            times -= 1
        if console.request(request["id"])["status"] == "pending":
            console.call("POST", f"/requests/{request['id']}/cancel")


@pytest.mark.row("OB-3", "TA-2.4")
def test_new_requests_do_not_start_the_count_anew(console: TestConsole, phone: SoftwarePhone) -> None:
    mia = console.user()
    other, colleague = colleague_of(console, phone)
    guess(console, phone, LIMIT - 1)
    waiting = [console.delete(mia) for _ in range(2)]
    last = refused(422, lambda: phone.approve(waiting[0]["id"], wrong(waiting[0])))
    assert last.members["attempts_left"] == 0
    for each in waiting:
        assert console.request(each["id"])["void_reason"] == "wrong_codes"
        assert refused(409, partial(phone.approve, each["id"], each["code"])).members["request_status"] == "void"
    assert "request:void" in console.events_of(waiting[1]["id"])
    body = {"parameters": {"user": mia, "mode": "user_only"}}
    for path in ("/actions/user.delete", "/actions/user.delete/preview"):
        problem = refused(429, partial(console.call, "POST", path, body))
        assert problem.code == "too_many_wrong_codes"
    told = TestConsole(console.url).begin_sign_in()  # the phone, which a thief may have, closes no other way in
    assert (told["methods"], told["request"]["device"], told["request"]["code"]) == (["recovery_code"], None, None)
    refused(401, lambda: TestConsole(console.url).begin_sign_in(password="wrong"))  # which is told first, as always
    for each in (phone, other):
        assert "wrong_codes" in [notice["kind"] for notice in each.notices()]
    asked = colleague.delete(mia)  # each account has its own
    assert other.approve(asked["id"], asked["code"]) == "executed"


@pytest.mark.row("OB-3", "TA-2.4")
def test_guesses_at_once_over_all_open_requests_stop_at_the_limit(console: TestConsole, phone: SoftwarePhone) -> None:
    mia = console.user()
    requests = [console.delete(mia) for _ in range(5)]
    bodies = [
        (each["id"], phone.sealed_decision(phone.request(each["id"]), "approve", code=wrong(each, by)))
        for each in requests
        for by in range(1, 6)
    ]
    answers = together([partial(status_of, partial(phone.send, *each)) for each in bodies])
    assert (answers.count(422), answers.count(409)) == (LIMIT, len(bodies) - LIMIT)
    assert {console.request(each["id"])["status"] for each in requests} == {"void"}
    assert len(console.audit(event="request:wrong_code")) == LIMIT


@pytest.mark.both
def test_it_is_kept_over_a_restart_and_forgotten_after_an_hour(server: LivingServer) -> None:
    console, phone = server.protected()
    mia = console.user()
    guess(console, phone, LIMIT)
    server.kill()
    server.start()
    again = refused(429, lambda: console.delete(mia))
    assert again.code == "too_many_wrong_codes"
    server.stop()
    engine = create_engine(url(load(environment=server.settings, data=server.data)))
    with engine.begin() as connection:
        connection.execute(text("UPDATE requests SET created_at = created_at - 3600000000"))
    engine.dispose()
    server.start()
    request = console.delete(mia)
    assert phone.approve(request["id"], request["code"]) == "executed"


def test_right_codes_in_between_do_not_start_it_anew(console: TestConsole, phone: SoftwarePhone) -> None:
    console.user()
    guess(console, phone, LIMIT - 2)
    request = console.delete(console.user("kofi@litware.example"))
    assert phone.approve(request["id"], request["code"]) == "executed"
    guess(console, phone, 2)
    assert refused(429, lambda: console.ask("two_factor.disable")).code == "too_many_wrong_codes"
    assert refused(429, lambda: console.enrol(SoftwarePhone(None))).code == "too_many_wrong_codes"


@on_sqlite  # into which the test writes
def test_without_recovery_codes_there_is_no_other_way_in(clocked: ControlledServer) -> None:
    console, phone = clocked.protected()
    console.user()
    guess(console, phone, LIMIT)
    clocked.sql("UPDATE recovery_codes SET ended_at = created_at")
    assert refused(429, TestConsole(console.url).begin_sign_in).code == "too_many_wrong_codes"
    [event] = console.audit(event="session:refused")
    assert (event["username"], event["why"]) == (USERNAME, "too many wrong codes")
