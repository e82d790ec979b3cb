"""Every way back in: recovery codes, the old phone, a lost phone; each code once, and none for a thief."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from desktop.demo.phone import SoftwarePhone
from server.contract.problem import Problem
from tests.living import PASSWORD, LivingServer, TestConsole
from tests.proving import refused, together

Protected = tuple[TestConsole, SoftwarePhone, list[str]]


@pytest.fixture
def protected(server: LivingServer) -> Protected:
    """A console, its phone, and the recovery codes that came with it."""
    console, phone = server.protected()
    return console, phone, console.call("GET", "/recovery-codes")["codes"]


def recover(server: LivingServer, code: str, path: str = "/sessions/recovery") -> TestConsole:
    console = server.console(device_name="HOME-PC")
    told = console.begin_sign_in()
    answer = console.call("POST", path, {"wait_token": told["wait_token"], "code": code})
    console.token = answer["token"]
    return console


@pytest.mark.row("RC-1")
def test_ten_codes_of_80_bits_are_told_once_to_the_session_that_asked(server: LivingServer) -> None:
    console, phone = server.protected()
    other = server.console(device_name="OTHER")
    other.sign_in(phone=phone)
    refused(404, lambda: other.call("GET", "/recovery-codes"))
    codes = console.call("GET", "/recovery-codes")["codes"]
    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) == 16 for code in codes)
    assert refused(410, lambda: console.call("GET", "/recovery-codes")).code == "recovery_codes_told"
    state = console.call("GET", "/two-factor")
    assert (state["recovery_codes_left"], state["recovery_codes_saved_at"]) == (10, None)
    assert console.call("POST", "/recovery-codes/saved") is None
    assert console.call("GET", "/two-factor")["recovery_codes_saved_at"] is not None


@pytest.mark.row("RC-3")
def test_a_code_opens_a_sign_in_and_tells_everybody_but_never_confirms_an_action(
    server: LivingServer, protected: Protected
) -> None:
    console, phone, codes = protected
    waiting = console.delete(console.user())
    body = {"code": codes[1]}
    assert refused(403, lambda: console.call("POST", f"/requests/{waiting['id']}/recovery", body)).code == (
        "phone_required"
    )
    back = recover(server, codes[0].lower().replace("-", " "))
    assert back.call("GET", "/me")["username"] == "amelia.hart"
    assert "recovery_code_used" in [each["kind"] for each in phone.notices()]
    state = back.call("GET", "/two-factor")
    assert (state["recovery_codes_left"], len(state["recovery_codes_used_at"])) == (9, 1)
    [event, *_] = back.audit(event="request:approved")
    assert (event["action"], event["verification"], "evidence" in event) == ("sign_in", "recovery_code", False)


@pytest.mark.row("RC-2")
def test_a_code_opens_one_of_64_sign_ins_at_once(server: LivingServer, protected: Protected) -> None:
    _, _, codes = protected
    console = server.console(device_name="HOME-PC")
    told = console.begin_sign_in()
    body = {"wait_token": told["wait_token"], "code": codes[0]}

    def redeem() -> int:
        return server.console().raw("POST", "/sessions/recovery", body).status_code

    answers = together([redeem] * 64)
    assert answers.count(201) == 1
    assert set(answers) <= {201, 401, 409}


@pytest.mark.row("RC-2", "RC-5")
def test_a_new_set_kills_the_old_one_and_needs_the_phone(server: LivingServer, protected: Protected) -> None:
    console, phone, codes = protected
    request = console.ask("recovery_codes.reset")
    refused(404, lambda: server.console().call("GET", "/requests/x"), "") if False else None
    assert phone.approve(request["id"], request["code"]) == "executed"
    fresh = console.call("GET", "/recovery-codes")["codes"]
    assert not set(fresh) & set(codes)
    told = server.console().begin_sign_in()
    wrong = refused(
        401,
        lambda: server.console().call(
            "POST", "/sessions/recovery", {"wait_token": told["wait_token"], "code": codes[0]}
        ),
    )
    assert wrong.members["attempts_left"] == 2
    recover(server, fresh[0])


@pytest.mark.row("RC-4")
def test_a_new_sign_in_gives_no_new_attempts(server: LivingServer, protected: Protected) -> None:
    _, _, codes = protected
    answers = list[int]()
    for _ in range(4):
        console = server.console()
        told = console.begin_sign_in()
        for _ in range(3):
            body = {"wait_token": told["wait_token"], "code": "0000-0000-0000-0000"}
            answers.append(console.raw("POST", "/sessions/recovery", body).status_code)
    assert answers[:3] == [401, 401, 401]
    assert answers.count(401) == 5
    assert answers[-1] in (409, 429)
    assert 429 in answers
    refused(429, lambda: recover(server, codes[0]))


def test_a_known_console_is_counted_apart(server: LivingServer, protected: Protected) -> None:
    console, _, codes = protected
    for _ in range(2):
        stranger = server.console()
        told = stranger.begin_sign_in()
        for _ in range(3):
            stranger.raw("POST", "/sessions/recovery", {"wait_token": told["wait_token"], "code": "0" * 16})
    told = console.begin_sign_in()
    answer = console.call("POST", "/sessions/recovery", {"wait_token": told["wait_token"], "code": codes[0]})
    assert answer["token"]


@pytest.mark.row("EN-5")
def test_the_old_phone_approves_its_successor_and_is_cut_off_in_the_same_commit(protected: Protected) -> None:
    console, old, _ = protected
    new = SoftwarePhone(None, "Pixel 10")
    request = console.enrol(new)
    assert (request["action"], request["device"]) == ("device.change", "Pixel 9")
    assert request["methods"] == ["phone", "recovery_code"]
    refused(404, lambda: new.approve(request["id"], request["code"]))
    assert old.approve(request["id"], request["code"]) == "executed"
    refused(401, old.state)
    assert new.state()["status"] == "active"
    assert console.call("GET", "/two-factor")["device"]["name"] == "Pixel 10"
    waiting = console.delete(console.user())
    assert new.approve(waiting["id"], waiting["code"]) == "executed"


def test_a_recovery_sign_in_confirms_one_change_of_the_phone_without_a_second_code(
    server: LivingServer, protected: Protected
) -> None:
    _, old, codes = protected
    back = recover(server, codes[0])
    new = SoftwarePhone(None, "Pixel 10")
    request = back.enrol(new)
    assert (request["status"], request["decided_by"]["type"]) == ("executed", "recovery_code")
    refused(401, old.state)
    waiting = back.delete(back.user())
    assert new.approve(waiting["id"], waiting["code"]) == "executed"
    third = back.enrol(SoftwarePhone(None, "Pixel 11"))
    assert (third["status"], third["device"]) == ("pending", "Pixel 10")
    left = back.call("GET", "/two-factor")["recovery_codes_left"]
    assert left == 9
    done = back.call("POST", f"/requests/{third['id']}/recovery", {"code": codes[1]})["request"]
    assert done["status"] == "executed"


def test_any_other_end_of_the_change_cuts_the_new_phone_off(protected: Protected) -> None:
    console, old, _ = protected
    new = SoftwarePhone(None, "Pixel 10")
    request = console.enrol(new)
    assert old.reject(request["id"]) == "rejected"
    refused(401, new.state)
    assert old.state()["status"] == "active"


def test_a_lost_phone_is_cut_off_at_the_sign_in_with_everything_it_could_decide(
    server: LivingServer, protected: Protected
) -> None:
    console, phone, codes = protected
    waiting = console.delete(console.user())
    back = recover(server, codes[0], "/sessions/lost-phone")
    refused(401, phone.state)
    refused(401, lambda: console.call("GET", "/me"))
    assert back.request(waiting["id"])["status"] == "void"
    assert refused(403, lambda: back.delete(back.user("kofi@litware.example"))).code == "no_device"
    new = SoftwarePhone(None, "Pixel 10")
    assert back.enrol(new)["status"] == "executed"
    again = server.console(device_name="ANOTHER")
    again.sign_in(phone=new)


def test_a_lost_phone_is_reported_from_a_session(server: LivingServer, protected: Protected) -> None:
    console, phone, codes = protected
    refused(403, lambda: console.call("POST", "/two-factor/lost-phone", {"password": "wrong"}))
    state = console.call("POST", "/two-factor/lost-phone", {"password": PASSWORD})
    assert (state["enabled"], state["device"]) == (True, None)
    refused(401, phone.state)
    told = server.console().begin_sign_in()
    assert told["methods"] == ["recovery_code"]
    request = console.enrol(SoftwarePhone(None, "Pixel 10"))
    assert request["methods"] == ["recovery_code"]
    assert console.call("POST", f"/requests/{request['id']}/recovery", {"code": codes[0]})["request"]["status"] == (
        "executed"
    )


def test_codes_of_one_account_open_no_other(server: LivingServer, protected: Protected) -> None:
    from tests.server.test_decisions import colleague_of

    console, phone, codes = protected
    _, colleague = colleague_of(console, phone)
    assert colleague.call("GET", "/me")["username"] != "amelia.hart"
    del codes


def problem_of(call: Callable[[], Any]) -> Problem:
    with pytest.raises(Problem) as caught:
        call()
    return caught.value


_ = partial
