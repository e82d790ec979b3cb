"""Many at once, on both databases: of what may happen once one wins, and everybody is told the truth.

Guesses, mixed decisions, claims of an enrolment and phone sessions at once are in `tests/server`.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from desktop.demo.phone import SoftwarePhone
from tests.gates.world import COLLEAGUES_PASSWORD, ControlledServer, World
from tests.living import LivingServer, TestConsole
from tests.proving import status_of, together
from tests.server.test_decisions import colleague_of

MANY = 64


@pytest.fixture
def both(server: LivingServer) -> tuple[TestConsole, SoftwarePhone]:
    return server.protected()


def many(call: Callable[[], Any]) -> list[int]:
    """Make the same call 64 times at once; how each is answered."""
    return together([partial(status_of, call)] * MANY)


def asked(console: TestConsole, user: str, **headers: str) -> Any:
    """Ask to delete a user; the whole answer."""
    body = {"parameters": {"user": user, "mode": "user_only"}}
    return console.raw("POST", "/actions/user.delete", body, headers=headers)


def gone(console: TestConsole, user: str) -> bool:
    return console.raw("GET", f"/users/{user}").status_code == 404


def test_of_64_approvals_one_executes(both: tuple[TestConsole, SoftwarePhone]) -> None:
    console, phone = both
    request = console.ask("administrator.create", username="jonas", email="j@n.example", role="sub_administrator")
    body = phone.sealed_decision(phone.request(request["id"]), "approve", code=request["code"])
    answers = many(lambda: phone.send(request["id"], body))
    assert (answers.count(200), answers.count(409)) == (1, MANY - 1)
    assert console.events_of(request["id"]) == ["request:created", "request:approved", "request:executed"]
    assert len(console.audit(event="administrator:created", subject="jonas")) == 1


def test_of_64_redemptions_one_opens_a_session(both: tuple[TestConsole, SoftwarePhone]) -> None:
    console, phone = both
    waiting = TestConsole(console.url).begin_sign_in()
    phone.approve(waiting["request"]["id"], waiting["request"]["code"])
    before = len(console.call("GET", "/sessions")["items"])
    answers = many(lambda: TestConsole(console.url).complete(waiting["wait_token"]))
    assert (answers.count(200), answers.count(401)) == (1, MANY - 1)
    assert len(console.call("GET", "/sessions")["items"]) == before + 1


def test_64_askings_with_one_key_are_one_request(both: tuple[TestConsole, SoftwarePhone]) -> None:
    console, phone = both
    user = console.user()
    answers = together([partial(asked, console, user, **{"Idempotency-Key": "once"})] * MANY)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["request"]["id"] for answer in answers}) == len(phone.pending()) == 1
    assert len(console.audit(event="request:created", subject=user)) == 1


def test_of_64_askings_five_may_wait(both: tuple[TestConsole, SoftwarePhone]) -> None:
    console, phone = both
    user = console.user()
    answers = [answer.status_code for answer in together([partial(asked, console, user)] * MANY)]
    assert (answers.count(202), answers.count(429)) == (5, MANY - 5)
    assert len(phone.pending()) == 5


def test_of_64_acceptances_of_an_invitation_one_sets_the_password(
    tmp_path: Path, new_database: Callable[[], dict[str, str]]
) -> None:
    server = ControlledServer(tmp_path / "world", settings=new_database())  # whose hashes take no time
    world = World(server)
    asked_for = {"username": "jonas", "email": "j@n.example", "role": "sub_administrator"}
    invitation = world.root.do("administrator.create", asked_for)["invitation"]
    words = [f"{COLLEAGUES_PASSWORD}-{number}" for number in range(MANY)]
    bodies = [{"invitation": invitation, "password": word} for word in words]
    consoles = [TestConsole(server.url) for _ in words]
    answers = together(
        [
            partial(status_of, partial(console.call, "POST", "/invitations", body))
            for console, body in zip(consoles, bodies, strict=True)
        ]
    )
    assert (answers.count(200), answers.count(404)) == (1, MANY - 1)
    TestConsole(server.url).sign_in("jonas", words[answers.index(200)])
    server.stop()


def test_five_requests_approved_and_cancelled_at_once_each_end_in_one_state(
    both: tuple[TestConsole, SoftwarePhone],
) -> None:
    console, phone = both
    for turn in range(3):
        users = [console.user(f"user-{turn}-{number}@contoso.example") for number in range(5)]
        requests = [console.delete(user) for user in users]
        bodies = [phone.sealed_decision(phone.request(each["id"]), "approve", code=each["code"]) for each in requests]
        calls = [
            call
            for request, body in zip(requests, bodies, strict=True)
            for call in (
                partial(status_of, partial(phone.send, request["id"], body)),
                partial(status_of, partial(console.call, "POST", f"/requests/{request['id']}/cancel")),
            )
        ]
        answers = together(calls)
        for number, (user, request) in enumerate(zip(users, requests, strict=True)):
            assert sorted(answers[2 * number : 2 * number + 2]) == [200, 409]
            state = console.request(request["id"])["status"]
            assert (state, gone(console, user)) in {("executed", True), ("cancelled", False)}
            assert console.events_of(request["id"])[-1] == f"request:{state}"


def test_of_two_phones_each_decides_its_own_alone(both: tuple[TestConsole, SoftwarePhone]) -> None:
    console, phone = both
    other, colleague = colleague_of(console, phone)
    mine, theirs = console.user("a@contoso.example"), console.user("b@contoso.example")
    first, second = console.delete(mine), colleague.delete(theirs)
    own = [(phone, first), (other, second)]
    foreign = [(phone, second), (other, first)]
    shown = {phone: phone.request(first["id"]), other: other.request(second["id"])}
    calls = [
        partial(
            status_of,
            partial(sender.send, request["id"], sender.sealed_decision(shown[sender], "approve", code=request["code"])),
        )
        for sender, request in (own + foreign) * (MANY // 4)
    ]
    answers = together(calls)
    assert [answers[place::4].count(200) for place in range(4)] == [1, 1, 0, 0]
    assert [set(answers[place::4]) for place in (2, 3)] == [{404}, {404}]
    assert gone(console, mine)
    assert gone(console, theirs)


def test_both_last_two_providers_delete_each_other_and_one_stays(both: tuple[TestConsole, SoftwarePhone]) -> None:
    """The ceilings are looked at again when it is done: together the two would leave nobody."""
    console, phone = both
    other, colleague = colleague_of(console, phone)
    ids = [each.call("GET", "/me")["id"] for each in (console, colleague)]
    requests = [
        console.ask("administrator.delete", administrator=ids[1]),
        colleague.ask("administrator.delete", administrator=ids[0]),
    ]
    bodies = [
        each.sealed_decision(each.request(request["id"]), "approve", code=request["code"])
        for each, request in zip((phone, other), requests, strict=True)
    ]
    senders = [phone, other]
    answers = together([partial(status_of, partial(senders[n].send, requests[n]["id"], bodies[n])) for n in (0, 1)])
    assert 200 in answers
    alive = [each.raw("GET", "/me").status_code == 200 for each in (console, colleague)]
    assert sorted(alive) == [False, True]
