"""Every way back in: recovery codes, the old phone, a lost phone; each code once, and none for a thief."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from desktop.demo.phone import SoftwarePhone
from server.domain.recovery import ALPHABET
from server.web.routes import PHONE, PLAIN_ROUTES
from tests.gates.world import ControlledServer
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.proving import refused, status_of, together
from tests.server.by_totp import code_at, confirm, do, turn_on
from tests.server.test_decisions import colleague_of

NO_CODE = "0000-0000-0000-0000"
Protected = tuple[TestConsole, SoftwarePhone, list[str]]


@pytest.fixture
def protected(clocked: ControlledServer) -> Protected:
    """A console, its phone, and the recovery codes that came with it."""
    console, phone = clocked.protected()
    return console, phone, console.call("GET", "/recovery-codes")["codes"]


def recover(
    server: LivingServer,
    code: str,
    path: str = "/sessions/recovery",
    username: str = USERNAME,
    password: str = PASSWORD,
) -> TestConsole:
    """Sign in with a recovery code, on a computer that is not known."""
    console = server.console(device_name="HOME-PC")
    told = console.begin_sign_in(username, password)
    console._keep(console.call("POST", path, {"wait_token": told["wait_token"], "code": code}))
    return console


def tried(console: TestConsole, code: str) -> int:
    """Begin a sign-in and send one recovery code; how that is answered."""
    told = console.begin_sign_in()
    body = {"wait_token": told["wait_token"], "code": code}
    return console.raw("POST", "/sessions/recovery", body).status_code


@pytest.mark.row("RC-1")
def test_ten_codes_of_80_bits_are_told_once_to_the_session_that_asked(
    clocked: ControlledServer, tmp_path: Path
) -> None:
    console, phone = clocked.protected()
    other = clocked.console(device_name="OTHER")
    other.sign_in(phone=phone)
    refused(404, lambda: other.call("GET", "/recovery-codes"))
    refused(404, lambda: other.call("POST", "/recovery-codes/saved"))
    codes = console.call("GET", "/recovery-codes")["codes"]
    bare = [code.replace("-", "") for code in codes]
    assert len(set(bare)) == 10
    assert len(ALPHABET) == 32
    assert all(len(code) == 16 and set(code) <= set(ALPHABET) for code in bare)
    assert refused(410, lambda: console.call("GET", "/recovery-codes")).code == "recovery_codes_told"
    state = console.call("GET", "/two-factor")
    assert (state["recovery_codes_left"], state["recovery_codes_saved_at"]) == (10, None)
    assert console.call("POST", "/recovery-codes/saved") is None
    assert console.call("GET", "/two-factor")["recovery_codes_saved_at"] is not None
    assert clocked.run("backup", str(tmp_path / "dump.db")).returncode == 0
    with closing(sqlite3.connect(tmp_path / "dump.db")) as database:
        dump = "\n".join(database.iterdump())
    read = "".join(console.raw("GET", path).text for path in ("/two-factor", "/requests", "/audit"))
    written = dump + read + clocked.log()
    assert not [code for code in [*codes, *bare] if code in written]


@pytest.mark.row("RC-3")
def test_a_code_opens_a_sign_in_and_tells_everybody_but_never_confirms_an_action(
    clocked: ControlledServer, protected: Protected
) -> None:
    console, phone, codes = protected
    theirs, _ = colleague_of(console, phone)
    for waiting in (console.delete(console.user()), console.ask("recovery_codes.reset")):
        assert refused(403, partial(confirm, console, waiting, codes[1], "recovery")).code == "phone_required"
    refused(401, lambda: clocked.console().begin_sign_in(password="not-the-password"))
    back = recover(clocked, codes[0].lower().replace("-", " "))
    assert back.call("GET", "/me")["username"] == USERNAME
    for told in (phone, theirs):  # the owner's, and a provider's
        assert "recovery_code_used" in [each["kind"] for each in told.notices()]
    state = back.call("GET", "/two-factor")
    assert (state["recovery_codes_left"], len(state["recovery_codes_used_at"])) == (9, 1)
    [event, *_] = back.audit(event="request:approved")
    assert (event["action"], event["verification"], "evidence" in event) == ("sign_in", "recovery_code", False)
    own = back.delete(back.user("kofi@litware.example"))  # such a session asks the phone like any other
    assert own["methods"] == ["phone"]
    assert refused(403, lambda: confirm(back, own, codes[1], "recovery")).code == "phone_required"


@pytest.mark.row("RC-2")
def test_a_code_opens_one_of_64_sign_ins_at_once(clocked: ControlledServer, protected: Protected) -> None:
    """On sign-ins of 32 known consoles and on one of none, and on a change of the phone."""
    console, _, codes = protected
    change = console.enrol(SoftwarePhone(None))
    told, known = clocked.console().begin_sign_in(), console.begin_sign_in()

    def redeem(token: str) -> int:
        body = {"wait_token": token, "code": codes[0]}
        return clocked.console().raw("POST", "/sessions/recovery", body).status_code

    def changed() -> int:
        desk = TestConsole(clocked.url)
        desk.token = console.token
        return desk.raw("POST", f"/requests/{change['id']}/recovery", {"code": codes[0]}).status_code

    calls: list[Callable[[], int]] = [
        partial(redeem, told["wait_token"]),
        partial(redeem, known["wait_token"]),
        changed,
        changed,
    ]
    answers = together(calls * 16)
    assert sum(answer in (200, 201) for answer in answers) == 1
    assert set(answers) <= {200, 201, 401, 403, 409, 422, 429}


@pytest.mark.row("RC-2", "RC-5")
def test_a_new_set_kills_the_old_one_and_needs_the_phone(clocked: ControlledServer, protected: Protected) -> None:
    console, phone, codes = protected
    request = console.ask("recovery_codes.reset")
    assert request["status"] == "pending"
    assert phone.reject(request["id"]) == "rejected"
    refused(410, lambda: console.call("GET", "/recovery-codes"))
    clocked.move(1)
    do(console, phone, "recovery_codes.reset")
    fresh = console.call("GET", "/recovery-codes")["codes"]
    assert not set(fresh) & set(codes)
    for code in codes[:3]:
        assert tried(clocked.console(), code) == 401
    recover(clocked, fresh[0])
    assert "recovery_codes_reset" in [each["kind"] for each in phone.notices()]


def test_who_makes_a_new_set_was_told_how_many_old_ones_die(clocked: ControlledServer, protected: Protected) -> None:
    console, phone, codes = protected
    request = console.ask("recovery_codes.reset")
    assert request["consequence"].startswith("10 old codes are void")
    recover(clocked, codes[0])
    assert phone.approve(request["id"], request["code"]) == "void"
    assert console.request(request["id"])["void_reason"] == "target_changed"


@pytest.mark.row("RC-2")
def test_each_code_works_once(clocked: ControlledServer, protected: Protected) -> None:
    _, _, codes = protected
    for code in codes:
        clocked.move(301)
        assert tried(clocked.console(), code) == 201
        assert tried(clocked.console(), code) == 401
    assert tried(clocked.console(), codes[0]) == 401


@pytest.mark.row("RC-4")
def test_a_new_sign_in_gives_no_new_attempts(clocked: ControlledServer, protected: Protected) -> None:
    _, _, codes = protected
    answers = list[int]()
    for _ in range(4):
        console = clocked.console()
        told = console.begin_sign_in()
        for _ in range(3):
            body = {"wait_token": told["wait_token"], "code": NO_CODE}
            answers.append(console.raw("POST", "/sessions/recovery", body).status_code)
    assert answers[:3] == [401, 401, 401]
    assert answers.count(401) == 5
    assert set(answers[5:]) == {429}
    refused(429, lambda: recover(clocked, codes[0]))
    refused(429, lambda: recover(clocked, codes[0], "/sessions/lost-phone"))


@pytest.mark.row("RC-4")
def test_codes_of_both_kinds_share_one_count(clocked: ControlledServer) -> None:
    console = clocked.set_up()
    secret = turn_on(console)
    clocked.move(600)
    answers = list[int]()
    for turn in range(7):
        desk = clocked.console()
        told = desk.begin_sign_in()
        path, code = [("totp", "000000"), ("recovery", NO_CODE)][turn % 2]
        body = {"wait_token": told["wait_token"], "code": code}
        answers.append(desk.raw("POST", f"/sessions/{path}", body).status_code)
    assert answers == [401] * 5 + [429] * 2
    told = console.begin_sign_in()
    body = {"wait_token": told["wait_token"], "code": code_at(secret, clocked.time)}
    assert console.raw("POST", "/sessions/totp", body).status_code == 201  # a known console is counted apart


def test_a_thief_who_has_the_password_locks_nobody_out(clocked: ControlledServer, protected: Protected) -> None:
    console, phone, codes = protected
    for _ in range(20):
        tried(clocked.console(), NO_CODE)
    stranger = clocked.console()  # the owner, elsewhere
    stranger.sign_in(phone=phone)
    assert console.delete(console.user())["status"] == "pending"
    assert tried(console, codes[0]) == 201


def test_the_third_wrong_code_by_whatever_way_voids(clocked: ControlledServer, protected: Protected) -> None:
    console, phone, codes = protected
    told = console.begin_sign_in()
    request, body = told["request"], {"wait_token": told["wait_token"], "code": NO_CODE}
    mistyped = f"{(int(request['code']) + 1) % 1_000_000:06d}"
    by_hand = partial(console.call, "POST", "/sessions/recovery", body)
    assert refused(401, by_hand).members["attempts_left"] == 2
    assert refused(422, lambda: phone.approve(request["id"], mistyped)).members["attempts_left"] == 1
    assert refused(401, by_hand).members["attempts_left"] == 0
    right = {**body, "code": codes[0]}
    assert refused(409, lambda: console.call("POST", "/sessions/recovery", right)).members["request_status"] == "void"
    refused(409, lambda: phone.approve(request["id"], request["code"]))
    assert tried(clocked.console(), codes[0]) == 201  # what comes after the end uses nothing up


def test_codes_of_one_account_open_no_other(clocked: ControlledServer, protected: Protected) -> None:
    console, phone, codes = protected
    _, colleague = colleague_of(console, phone)
    theirs = colleague.call("GET", "/recovery-codes")["codes"]
    assert tried(clocked.console(), theirs[0]) == 401
    change = console.enrol(SoftwarePhone(None))
    refused(422, lambda: confirm(console, change, theirs[0], "recovery"))
    assert refused(403, lambda: confirm(colleague, change, theirs[0], "recovery")).code == "forbidden"
    assert colleague.call("GET", "/two-factor")["recovery_codes_left"] == 10
    assert tried(clocked.console(), codes[0]) == 201


# Change of the phone


@pytest.mark.row("EN-5")
def test_the_old_phone_approves_its_successor_and_is_cut_off_in_the_same_commit(protected: Protected) -> None:
    console, old, _ = protected
    assert not [route for route in PLAIN_ROUTES if route.path.startswith(PHONE) and "change" in route.path]
    new = SoftwarePhone(None, "Pixel 10")
    request = console.enrol(new)
    assert (request["action"], request["device"]) == ("device.change", "Pixel 9")
    assert request["methods"] == ["phone", "recovery_code"]
    shown = old.request(request["id"]).details["parameters"]
    assert len(shown["sas"]) == 6  # to be compared with the new one
    refused(404, lambda: new.approve(request["id"], request["code"]))
    assert old.approve(request["id"], request["code"]) == "executed"
    refused(401, old.state)
    assert new.state()["status"] == "active"
    assert console.call("GET", "/two-factor")["device"]["name"] == "Pixel 10"
    waiting = console.delete(console.user())
    assert new.approve(waiting["id"], waiting["code"]) == "executed"


@pytest.mark.row("EN-5")
def test_a_change_needs_the_password_and_the_old_phone_or_a_code(protected: Protected) -> None:
    console, old, _ = protected
    refused(403, lambda: console.call("POST", "/enrolments", {"password": "wrong"}))
    thief = SoftwarePhone(None, "thief's")
    request = console.enrol(thief)  # with a stolen session and the password
    refused(403, lambda: confirm(console, request, "000000"))
    refused(422, lambda: confirm(console, request, NO_CODE, "recovery"))
    refused(404, lambda: thief.approve(request["id"], request["code"]))
    refused(404, lambda: console.ask("device.change", **request["parameters"]))
    assert old.reject(request["id"], "not_me") == "rejected"
    refused(401, thief.state)
    refused(401, lambda: console.call("GET", "/me"))
    assert old.state()["status"] == "active"


def test_a_change_that_is_begun_again_takes_the_first_one_off_the_old_phone(protected: Protected) -> None:
    console, old, _ = protected
    first = console.enrol(SoftwarePhone(None, "Pixel 10"))
    again = console.enrol(SoftwarePhone(None, "Pixel 11"))
    assert console.request(first["id"])["status"] == "void"
    assert [each.id for each in old.pending()] == [again["id"]]
    assert console.events_of(first["id"]) == ["request:created", "request:void"]


@pytest.mark.row("EN-5")
def test_an_approval_in_flight_and_the_change_are_never_both_effective_after_each_other(protected: Protected) -> None:
    """The old phone's approval of something else comes before the change, or it is refused: its phone is cut off."""
    console, old, codes = protected
    for turn in range(8):
        new, user = SoftwarePhone(None, f"Pixel {turn}"), console.user(f"user-{turn}@litware.example")
        waiting = console.delete(user)
        body = old.sealed_decision(old.request(waiting["id"]), "approve", code=waiting["code"])
        change = console.enrol(new)
        send = partial(old.send, waiting["id"], body)
        switch = partial(confirm, console, change, codes[turn], "recovery")
        answers = together([partial(status_of, send), partial(status_of, switch)])
        assert answers[1] == 200
        gone = console.raw("GET", f"/users/{user}").status_code == 404
        assert (answers[0], gone) in ((200, True), (401, False), (409, False))
        assert console.request(waiting["id"])["status"] == ("executed" if gone else "void")
        refused(401, old.state)
        old = new


@pytest.mark.row("EN-4")
def test_64_at_once_leave_one_active_phone(clocked: ControlledServer, protected: Protected) -> None:
    console, old, codes = protected
    phones = [SoftwarePhone(None, f"Pixel {place}") for place in range(32)]

    def enrol(phone: SoftwarePhone) -> int:
        desk = TestConsole(clocked.url)
        desk.token = console.token
        return status_of(lambda: desk.enrol(phone))  # a later one voids it, at whatever step

    together([partial(enrol, phone) for phone in phones])
    last = SoftwarePhone(None, "the last")
    request = console.enrol(last)

    def approved() -> int:
        return status_of(lambda: old.approve(request["id"], request["code"]))

    def by_code(place: int) -> int:
        desk = TestConsole(clocked.url)
        desk.token = console.token
        return desk.raw("POST", f"/requests/{request['id']}/recovery", {"code": codes[place]}).status_code

    calls: list[Callable[[], int]] = [approved, *(partial(by_code, place) for place in range(3))]
    answers = together(calls * 16)
    assert answers.count(200) == 1
    assert set(answers) <= {200, 401, 409}
    assert [phone.name for phone in (old, last, *phones) if phone.device and _is_active(phone)] == ["the last"]
    assert console.call("GET", "/two-factor")["device"]["name"] == "the last"


def _is_active(phone: SoftwarePhone) -> bool:
    return status_of(phone.state) == 200 and phone.state()["status"] == "active"


def test_a_recovery_sign_in_confirms_one_change_of_the_phone_without_a_second_code(
    clocked: ControlledServer, protected: Protected
) -> None:
    console, old, codes = protected
    theirs, _ = colleague_of(console, old)
    back = recover(clocked, codes[0])
    back.call("POST", "/enrolments", {"password": PASSWORD})
    assert "device_changing" in {each["kind"] for each in old.notices()}  # while it still is the account's phone
    new = SoftwarePhone(None, "Pixel 10")
    request = back.enrol(new)
    assert (request["status"], request["decided_by"]["type"]) == ("executed", "recovery_code")
    assert {"device_changing", "device_added"} <= {each["kind"] for each in theirs.notices()}
    refused(401, old.state)
    waiting = back.delete(back.user())
    assert new.approve(waiting["id"], waiting["code"]) == "executed"
    third = back.enrol(SoftwarePhone(None, "Pixel 11"))
    assert (third["status"], third["device"]) == ("pending", "Pixel 10")
    left = back.call("GET", "/two-factor")["recovery_codes_left"]
    assert left == 9
    assert confirm(back, third, codes[1], "recovery")["status"] == "executed"


@pytest.mark.parametrize(("seconds", "status"), [(899, "executed"), (900, "pending")])
def test_it_does_so_for_a_quarter_of_an_hour(
    clocked: ControlledServer, protected: Protected, seconds: int, status: str
) -> None:
    _, _, codes = protected
    back = recover(clocked, codes[0])
    clocked.move(seconds)
    assert back.enrol(SoftwarePhone(None))["status"] == status


def test_no_other_session_of_the_account_changes_the_phone_by_it(
    clocked: ControlledServer, protected: Protected
) -> None:
    console, _, codes = protected
    recover(clocked, codes[0])
    assert console.enrol(SoftwarePhone(None))["status"] == "pending"


def test_any_other_end_of_the_change_cuts_the_new_phone_off(protected: Protected) -> None:
    console, old, _ = protected
    new = SoftwarePhone(None, "Pixel 10")
    request = console.enrol(new)
    assert old.reject(request["id"]) == "rejected"
    refused(401, new.state)
    assert old.state()["status"] == "active"


# Lost phones


@pytest.mark.row("EN-7")
def test_a_lost_phone_is_cut_off_at_the_sign_in_with_everything_it_could_decide(
    clocked: ControlledServer, protected: Protected
) -> None:
    console, phone, codes = protected
    theirs, _ = colleague_of(console, phone)
    waiting = console.delete(console.user())
    back = recover(clocked, codes[0], "/sessions/lost-phone")
    refused(401, phone.state)
    refused(401, lambda: console.call("GET", "/me"))
    assert back.request(waiting["id"])["status"] == "void"
    assert {"phone_lost", "recovery_code_used"} <= {each["kind"] for each in theirs.notices()}
    assert refused(403, lambda: back.delete(back.user("kofi@litware.example"))).code == "no_device"
    new = SoftwarePhone(None, "Pixel 10")
    assert back.enrol(new)["status"] == "executed"
    clocked.console(device_name="ANOTHER").sign_in(phone=new)


def test_a_thief_with_the_password_does_not_keep_the_owner_from_coming_back(
    clocked: ControlledServer, protected: Protected
) -> None:
    stolen, _, codes = protected
    back = recover(clocked, codes[0])
    [session] = [each["id"] for each in back.call("GET", "/sessions")["items"] if each["current"]]
    assert refused(403, lambda: stolen.call("DELETE", f"/sessions/{session}")).code == "forbidden"
    new = SoftwarePhone(None, "Pixel 10")
    begun = back.call("POST", "/enrolments", {"password": PASSWORD})
    again = partial(stolen.call, "POST", "/enrolments", {"password": PASSWORD})
    assert refused(403, again).code == "begun_elsewhere"
    digits = new.enrol(begun["qr"], USERNAME, PASSWORD)
    refused(403, again)
    done = back.call("POST", f"/enrolments/{begun['id']}/confirm", {"sas": digits})["request"]
    assert done["status"] == "executed"
    refused(401, lambda: stolen.call("GET", "/me"))
    assert back.call("GET", "/two-factor")["recovery_codes_left"] == 9


@pytest.mark.row("EN-7")
def test_a_lost_phone_is_reported_from_a_session(clocked: ControlledServer, protected: Protected) -> None:
    console, phone, codes = protected
    refused(403, lambda: console.report_lost(codes[0], "wrong"))
    assert phone.state()["status"] == "active"
    known = clocked.console(device_name="NW-LT-031")
    known.sign_in(phone=phone)
    begun = known.call("POST", "/enrolments", {"password": PASSWORD})
    state = console.report_lost(codes[0])
    [event] = console.audit(event="device:lost")
    assert event["verification"] == "recovery_code"
    refused(410, lambda: SoftwarePhone(None).enrol(begun["qr"], USERNAME, PASSWORD))
    assert (state["enabled"], state["device"]) == (True, None)
    refused(401, phone.state)
    assert clocked.console().begin_sign_in()["methods"] == ["recovery_code"]
    refused(401, lambda: known.call("GET", "/me"))
    assert "first sign-in from this computer" not in known.begin_sign_in()["request"]["notices"]
    request = console.enrol(SoftwarePhone(None, "Pixel 10"))
    assert request["methods"] == ["recovery_code"]
    refused(422, lambda: confirm(console, request, codes[0], "recovery"))
    assert confirm(console, request, codes[1], "recovery")["status"] == "executed"


def test_a_phone_whose_account_has_no_codes_left_is_not_reported_from_a_session(
    clocked: ControlledServer, protected: Protected
) -> None:
    console, phone, codes = protected
    for code in codes:
        clocked.move(301)
        recover(clocked, code)
    clocked.move(301)
    assert refused(403, lambda: console.report_lost(codes[0])).code == "recovery_code_required"
    assert phone.state()["status"] == "active"


def test_a_lost_authenticator_counts_no_more(clocked: ControlledServer) -> None:
    console = clocked.set_up()
    secret = turn_on(console)
    codes = console.call("GET", "/recovery-codes")["codes"]
    clocked.move(60)
    assert console.call("GET", "/two-factor")["authenticator"] is True
    assert console.report_lost(codes[1])["authenticator"] is False
    told = clocked.console().begin_sign_in()
    assert told["methods"] == ["recovery_code"]
    body = {"wait_token": told["wait_token"], "code": code_at(secret, clocked.time)}
    refused(403, lambda: clocked.console().call("POST", "/sessions/totp", body))
    back = recover(clocked, codes[0])
    assert refused(403, lambda: back.ask("two_factor.disable")).code == "no_device"
    assert back.enrol(SoftwarePhone(None))["status"] == "executed"


@pytest.mark.row("EN-6")
def test_an_account_whose_codes_are_gone_too_comes_back_by_a_grant_alone(
    clocked: ControlledServer, protected: Protected
) -> None:
    console, phone, codes = protected
    theirs, colleague = colleague_of(console, phone)
    [amelia] = [each for each in colleague.call("GET", "/administrators")["items"] if each["username"] == USERNAME]
    grant = do(colleague, theirs, "administrator.reset_two_factor", administrator=amelia["id"])["grant"]
    clocked.move(400 * 86_400)  # dormant ever since, and the grant is over
    again = clocked.console()
    again.sign_in()
    assert again.call("GET", "/two-factor")["recovery_codes_left"] == 0
    for path in ("/enrolments", "/two-factor/totp"):
        for given in (None, grant):
            body = {"password": PASSWORD, "grant": given}
            assert refused(403, partial(again.call, "POST", path, body)).code == "grant_required"
    assert codes


@pytest.mark.parametrize("end", ["disable", "delete", "reset_two_factor"])
def test_what_ends_an_account_ends_its_codes(clocked: ControlledServer, protected: Protected, end: str) -> None:
    console, phone, _ = protected
    _, colleague = colleague_of(console, phone)
    codes = colleague.call("GET", "/recovery-codes")["codes"]
    word = "quiet-Harbour-19-marble-otter"
    told = clocked.console().begin_sign_in("jonas", word)
    [jonas] = [each for each in console.call("GET", "/administrators")["items"] if each["username"] == "jonas"]
    do(console, phone, f"administrator.{end}", administrator=jonas["id"])
    body = {"wait_token": told["wait_token"], "code": codes[0]}
    assert clocked.console().raw("POST", "/sessions/recovery", body).status_code in (401, 409)
    if end != "reset_two_factor":
        refused(401, lambda: clocked.console().begin_sign_in("jonas", word))


WORD = "quiet-Harbour-19-marble-otter"  # a colleague's


@pytest.mark.row("EN-6")
def test_what_was_begun_without_a_grant_is_worth_nothing_once_one_is_needed(
    clocked: ControlledServer, protected: Protected
) -> None:
    console, phone, _ = protected
    theirs, colleague = colleague_of(console, phone)
    stolen = TestConsole(clocked.url)
    stolen.token = colleague.token  # and the password with it
    begun = stolen.call("POST", "/enrolments", {"password": WORD})
    digits = SoftwarePhone(None, "evil").enrol(begun["qr"], "jonas", WORD)
    owner = clocked.console()
    owner.sign_in("jonas", WORD, theirs)
    do(owner, theirs, "two_factor.disable")
    thief = clocked.console(device_name="THIEF")
    thief.sign_in("jonas", WORD)
    assert refused(403, lambda: thief.call("POST", "/enrolments", {"password": WORD})).code == "grant_required"
    confirm = f"/enrolments/{begun['id']}/confirm", {"sas": digits}
    assert refused(403, lambda: thief.call("POST", *confirm)).code == "begun_elsewhere"
    assert status_of(lambda: stolen.call("POST", *confirm)) in (401, 409)


@pytest.mark.parametrize("known", [False, True])
def test_who_ends_the_sign_in_that_waits_does_not_keep_a_lost_phone_from_being_cut_off(
    clocked: ControlledServer, protected: Protected, *, known: bool
) -> None:
    thief, phone, codes = protected  # a stolen session, and a stolen phone that lies open
    ends = (
        lambda told: thief.raw("POST", f"/requests/{told['request']['id']}/cancel"),
        lambda told: phone.reject(told["request"]["id"], "not_me" if known else "cancelled"),
        lambda _: clocked.console(device_name="THIEF").begin_sign_in(),
    )
    owner = clocked.console(device_name="NEW-PC")
    if known:
        owner.sign_in(phone=phone)
    for end in ends:
        told = owner.begin_sign_in()
        end(told)
        body = {"wait_token": told["wait_token"], "code": NO_CODE}
        assert refused(401, partial(owner.call, "POST", "/sessions/lost-phone", body)).code == "wrong_code"
    assert [each["status"] for each in thief.call("GET", "/requests", params={"status": "pending"})["items"]] == [
        "pending"  # the thief's own
    ]
    owner._keep(owner.call("POST", "/sessions/lost-phone", {**body, "code": codes[0]}))
    refused(401, phone.state)
    refused(401, lambda: thief.call("GET", "/me"))
    assert owner.enrol(SoftwarePhone(None, "Pixel 10"))["status"] == "executed"


def test_a_sign_in_that_ended_with_its_console_reports_no_phone_as_lost(
    clocked: ControlledServer, protected: Protected
) -> None:
    console, phone, _ = protected
    told = clocked.console().begin_sign_in()
    do(console, phone, "recovery_codes.reset")
    body = {"wait_token": told["wait_token"], "code": console.call("GET", "/recovery-codes")["codes"][0]}
    assert refused(409, lambda: clocked.console().call("POST", "/sessions/lost-phone", body)).code == "not_pending"
    assert phone.state()["status"] == "active"


def test_a_sign_in_of_long_ago_reports_no_phone_as_lost(clocked: ControlledServer, protected: Protected) -> None:
    _, phone, codes = protected
    owner = clocked.console(device_name="NEW-PC")
    told = owner.begin_sign_in()
    phone.reject(told["request"]["id"])
    clocked.move(3600)
    body = {"wait_token": told["wait_token"], "code": codes[0]}
    assert status_of(lambda: owner.call("POST", "/sessions/lost-phone", body)) in (409, 410)
    assert phone.state()["status"] == "active"


def test_wrong_codes_of_a_stolen_session_are_not_counted_on_the_console_of_its_owner(protected: Protected) -> None:
    console, _, codes = protected
    for _ in range(2):
        request = console.enrol(SoftwarePhone(None))
        for _ in range(3):
            console.raw("POST", f"/requests/{request['id']}/recovery", {"code": NO_CODE})
    told = console.begin_sign_in()
    body = {"wait_token": told["wait_token"], "code": codes[0]}
    assert console.call("POST", "/sessions/recovery", body)["token"]


@pytest.mark.parametrize("how", ["totp", "phone on probation"])
def test_what_confirms_little_does_not_turn_the_confirming_off(clocked: ControlledServer, how: str) -> None:
    console = clocked.set_up()
    secret, user = turn_on(console), console.user()
    clocked.move(60)
    if how == "totp":
        confirm(console, console.ask("two_factor.disable"), code_at(secret, clocked.time))
    else:
        phone = SoftwarePhone(None, "thief")
        change = console.enrol(phone)
        assert "for 24 hours nothing but what concerns this account" in change["consequence"]
        confirm(console, change, code_at(secret, clocked.time))
        do(console, phone, "two_factor.disable")
    assert refused(403, lambda: console.delete(user)).code == "two_factor_required"
