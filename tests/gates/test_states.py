"""Every protected action, in every state of its request, under every event: the next state, and what has happened.

The table is over the register: an action that comes later is held to it, and fails here until it has a sample.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from desktop.demo.phone import SoftwarePhone
from server.actions import REGISTER
from tests.forms import LONG, in_turn
from tests.gates.samples import SAMPLES, Sample
from tests.gates.world import ControlledServer, World
from tests.proving import status_of

UNCHANGEABLE = {
    "sign_in",  # its target is the account itself, under a user name that nothing changes
    "two_factor.enable",  # a phone that was confirmed keeps its keys; what ends the enrolment ends the request
    "device.change",  # so does the one that takes its place
    "two_factor.disable",  # a phone that goes takes its requests along
    "password.change",  # a change of it ends the other requests
    "api_key.create",  # nothing is there yet
}


class Case:
    """One request of a sample, and everything that can come over it."""

    def __init__(self, sample: Sample) -> None:
        """Ask."""
        self.sample, self.world = sample, sample.world
        self.request = sample.ask()
        self.id = str(self.request["id"])
        self.shown = sample.phone.request(self.id)
        self.approval = sample.phone.sealed_decision(self.shown, "approve", code=self.request["code"])
        self.spent = sample.once

    @property
    def state(self) -> str:
        """Return the state, as the first provider sees it."""
        return str(self.world.root.console.request(self.id)["status"])

    @property
    def events(self) -> list[str]:
        """Return the request's audit events, oldest first."""
        found = "SELECT event FROM audit WHERE request = ? AND event LIKE 'request:%' ORDER BY number"
        rows = self.world.server.sql(found, self.id)
        return [str(event).removeprefix("request:") for (event,) in rows]

    def decide(self, decision: str, **more: str) -> int:
        """Decide on the phone; how that is answered."""
        phone = self.sample.phone
        body = phone.sealed_decision(self.shown, decision, **more)
        return status_of(lambda: phone.send(self.id, body))

    # What may happen to a request. Each returns how it is answered, null where nobody asks for an answer.

    def approve(self) -> int:
        return self.decide("approve", code=self.request["code"])

    def reject(self) -> int:
        return self.decide("reject", reason="cancelled")

    def not_me(self) -> int:
        self.spent = True
        return self.decide("reject", reason="not_me")

    def wrong_code(self) -> int:
        return self.decide("approve", code=f"{(int(self.request['code']) + 1) % 1_000_000:06d}")

    def third_wrong_code(self) -> int:
        self.spent = True  # wrong codes add up per account
        return [self.wrong_code() for _ in range(3)][-1]

    def cancel(self) -> int:
        return status_of(lambda: self.sample.cancel(self.id))

    def session_end(self) -> None:
        self.spent = True
        self.sample.end_session()

    def expiry(self) -> None:
        self.world.server.move_to(datetime.fromisoformat(self.request["expires_at"]).timestamp())

    def replay(self) -> int:
        """Send the very approval once more."""
        return status_of(lambda: self.sample.phone.send(self.id, self.approval))

    def replay_of_another(self) -> int:
        """Send what approved another request of this phone, or what another phone has sent."""
        return status_of(lambda: self.sample.phone.send(self.id, self._approval_of_another()))

    def _approval_of_another(self) -> bytes:
        if self.sample.action == "two_factor.enable":  # it is this phone's first
            return Case(SAMPLES["sign_in"](self.world)).approval
        other = self.sample.actor.ask("two_factor.disable", {})
        phone = self.sample.phone
        body = phone.sealed_decision(phone.request(other["id"]), "approve", code=other["code"])
        self.sample.console.call("POST", f"/requests/{other['id']}/cancel")
        return body

    def other_phone(self) -> int:
        """Let another phone decide, which was told everything that this one knows."""
        other = self.world.root.own_phone
        body = other.sealed_decision(self.shown, "approve", code=self.request["code"])
        return status_of(lambda: other.send(self.id, body))

    def forged(self) -> int:
        """Sign with keys that are not the phone's."""
        thief, phone = SoftwarePhone(None), self.sample.phone
        thief.origin, thief.device, thief.passkey = phone.origin, phone.device, phone.passkey
        body = thief.sealed_decision(self.shown, "approve", code=self.request["code"])
        return status_of(lambda: phone.send(self.id, body))

    def locked(self) -> int:
        """Approve without that the owner unlocks the phone."""
        self.sample.phone.passkey.unlocks = False
        answer = self.approve()
        self.sample.phone.passkey.unlocks = True
        return answer

    def target_change(self) -> None:
        self.spent = True
        self.sample.change()

    def permission_taken(self) -> None:
        self._take("administrator.set_permissions", role="sub_administrator", companies=None, permissions=[])

    def device_revoked(self) -> None:
        self._take("administrator.reset_two_factor")

    def account_disabled(self) -> None:
        self._take("administrator.disable")

    def account_deleted(self) -> None:
        self._take("administrator.delete")

    def _take(self, action: str, **more: Any) -> None:
        self.spent = True
        self.world.root.do(action, {"administrator": self.sample.actor.id, **more})


# What an event does to a request that waits: how it is answered, the next state, and how an approval that comes after
# it is answered and ends. What changed since it was asked is found when it is decided.
WAITING: dict[str, tuple[int | None, str, int, str]] = {
    "approve": (200, "executed", 409, "executed"),
    "reject": (200, "rejected", 409, "rejected"),
    "not_me": (200, "rejected", 409, "rejected"),
    "wrong_code": (422, "pending", 200, "executed"),
    "third_wrong_code": (422, "void", 409, "void"),
    "cancel": (200, "cancelled", 409, "cancelled"),
    "session_end": (None, "cancelled", 409, "cancelled"),
    "expiry": (None, "expired", 410, "expired"),
    "replay_of_another": (400, "pending", 200, "executed"),
    "other_phone": (404, "pending", 200, "executed"),
    "forged": (403, "pending", 200, "executed"),
    "locked": (403, "pending", 200, "executed"),
    "target_change": (None, "pending", 200, "void"),
    "permission_taken": (None, "void", 409, "void"),
    "device_revoked": (None, "void", 401, "void"),
    "account_disabled": (None, "void", 403, "void"),
    "account_deleted": (None, "void", 401, "void"),
}
GOES_ON = (None, "pending", 200, "executed")
WHY = {
    "third_wrong_code": "wrong_code",
    "target_change": "target_changed",
    "permission_taken": "permission_changed",
    "device_revoked": "device_revoked",
    "account_disabled": "account_disabled",
    "account_deleted": "account_disabled",
}

# How each final state is reached, and how it answers; nothing leaves it.
FINAL = {
    "executed": (Case.approve, 409),
    "rejected": (Case.reject, 409),
    "cancelled": (Case.cancel, 409),
    "void": (Case.third_wrong_code, 409),
    "expired": (Case.expiry, 410),
}
ANSWERED = (Case.approve, Case.replay, Case.reject, Case.not_me, Case.wrong_code, Case.replay_of_another)
ENDED = (Case.target_change, Case.session_end, Case.permission_taken, Case.device_revoked, Case.account_deleted)


ALWAYS = ("approve", "forged", "locked")
"""What the short form does to every action; each other event it does to a third of them."""
TRIED = [
    (action, event)
    for action in sorted(REGISTER)
    for event in WAITING
    if (event in ALWAYS or in_turn(action, event, of=3)) and (event != "target_change" or action not in UNCHANGEABLE)
]
FINISHED = [(action, state) for action in sorted(REGISTER) for state in FINAL if in_turn(action, state, of=3)]
CUT_OFF = {"two_factor.disable", "two_factor.change_method", "device.change"}  # what ends the phone that approves it


def expected(action: str, event: str) -> tuple[int | None, str, int, str]:
    """Return the line of the table, with what is different for this action."""
    answer, state, later, end = WAITING[event]
    if event == "permission_taken" and REGISTER[action].permission is None:
        return GOES_ON
    if event == "account_disabled" and action == "two_factor.enable":
        return answer, state, 401, end  # its enrolment ends, and with it the phone
    if event == "session_end" and action == "sign_in":
        return GOES_ON  # no session asked
    cut_off = action in CUT_OFF if end == "executed" else action == "two_factor.enable"
    if cut_off and later == 409:
        later = 401  # a phone whose enrolment ends is cut off, and so is one that turns it off or is replaced
    return answer, state, later, end


def test_every_action_has_a_sample() -> None:
    assert set(SAMPLES) == set(REGISTER)
    assert {event for _, event in TRIED} == set(WAITING)
    assert {state for _, state in FINISHED} == set(FINAL)
    assert {name for name, sample in SAMPLES.items() if sample.change is Sample.change} == UNCHANGEABLE
    assert {name: sample.permission for name, sample in SAMPLES.items()} == {
        name: action.permission for name, action in REGISTER.items()
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(ControlledServer(tmp_path_factory.mktemp("states") / "data"))
    yield world
    world.end()


@pytest.fixture(scope="module")
def living() -> dict[str, Sample]:
    """Return the samples that can ask once more."""
    return {}


@pytest.fixture
def case(request: pytest.FixtureRequest, world: World, living: dict[str, Sample]) -> Iterator[Case]:
    action: str = request.param
    case = Case(living.pop(action) if action in living else SAMPLES[action](world))
    yield case
    if not case.spent:
        living[action] = case.sample


@pytest.mark.parametrize(("case", "event"), TRIED, indirect=["case"])
def test_what_waits(case: Case, event: str) -> None:
    hold_waiting(case, event)


def hold_waiting(case: Case, event: str) -> None:
    """Hold one request that waits to one line of the table."""
    action = case.sample.action
    answer, state, later, end = expected(action, event)
    assert case.state == "pending"
    assert not case.sample.happened()
    assert getattr(case, event)() == answer
    assert (case.state, case.sample.happened()) == (state, state == "executed")
    assert case.approve() == later
    assert (case.state, case.sample.happened()) == (end, end == "executed")
    if event == "not_me" and action != "sign_in":
        assert case.sample.console.raw("GET", "/me").status_code == 401  # the session that asked
    case.cancel()  # the first write that meets an expired one says so
    told = [each for each in case.events if each not in ("created", "wrong_code", "refused")]
    assert told == (["approved", "executed"] if end == "executed" else [end])
    request = case.world.root.console.request(case.id)
    assert request["result"] is None or end == "executed"
    assert request["void_reason"] == (WHY[event] if end == "void" else None)


@pytest.mark.parametrize(("case", "state"), FINISHED, indirect=["case"])
def test_nothing_leaves_a_final_state(case: Case, state: str) -> None:
    reach, answer = FINAL[state]
    reach(case)
    happened = case.sample.happened()
    assert (case.state, happened) == (state, state == "executed")
    own = case.sample.once  # its effect is on the account that asked
    action = case.sample.action
    cut_off = action in CUT_OFF if state == "executed" else action == "two_factor.enable"
    if cut_off and state != "expired":  # of which nothing is written until a write meets it
        answer = 401
    before = [each for each in case.events if each != "expired"]
    for event in ANSWERED:
        if not (event is Case.replay_of_another and own):
            assert event(case) == answer, event
        assert (case.state, case.sample.happened()) == (state, happened), event
    assert case.other_phone() == 404
    assert case.cancel() == 409 if not (own and state == "executed") else case.cancel() in (401, 409)
    turn = (sorted(REGISTER).index(case.sample.action) + list(FINAL).index(state)) % len(ENDED)
    for ending in ENDED if LONG else ENDED[turn : turn + 1]:  # of what is over already
        if (ending is Case.target_change and (state == "executed" or case.sample.action in UNCHANGEABLE)) or (
            ending is Case.session_end and own
        ):
            continue
        status_of(lambda: ending(case))  # noqa: B023 - called at once
        assert case.approve() in (answer, 401)
        assert case.state == state, ending
        assert own or case.sample.happened() == happened, ending
    assert [each for each in case.events if each != "expired"] == before
    assert case.events.count("expired") == (state == "expired")
