"""The phone is woken for what waits: after the commit, within its life, never in the way, and never too often."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from desktop.demo.phone import SoftwarePhone
from server.push import Fate
from server.services.pushing import Push, settle
from tests import push_service as pushing
from tests.both import on_sqlite
from tests.living import PASSWORD, LivingServer, TestConsole
from tests.proving import refused, wait_for
from tests.push_service import Answer, Message, PushService, Subscription
from tests.server.inside import store_of
from tests.server.test_decisions import colleague_of

push_service = pushing.push_service
MANY = 12


@pytest.fixture
def living(push_service: PushService, start_server: Callable[..., LivingServer]) -> LivingServer:
    assert push_service.host
    return start_server()


def subscribed(living: LivingServer, push_service: PushService) -> tuple[TestConsole, SoftwarePhone, Subscription]:
    """Set up with a phone that takes pushes, and has read all that came so far."""
    subscription = push_service.subscription()
    console, phone = living.set_up(), SoftwarePhone(None, "Pixel 9", push=subscription.told)
    request = console.enrol(phone)
    push_service.next_of(subscription)
    assert phone.approve(request["id"], request["code"]) == "executed"
    return console, phone, subscription


def pushed(console: TestConsole, request: str) -> Any:
    return wait_for(lambda: console.request(request)["push"]["sent_at"])


def device(console: TestConsole) -> Any:
    return console.call("GET", "/two-factor")["device"]


def shown(message: Message, subscription: Subscription) -> Any:
    told = subscription.open(message)
    assert told["web_push"] == 8030
    assert set(told["notification"]) == {"title", "body", "navigate", "tag", "silent"}
    return told["notification"]


@pytest.mark.row("OB-9")
def test_turning_it_on_deleting_and_a_test_arrive_with_the_app_closed(
    living: LivingServer, push_service: PushService
) -> None:
    console, phone, subscription = subscribed(living, push_service)
    key = phone._call("GET", "/server").json()["push_key"]
    [enabling] = push_service.of(subscription)
    assert shown(enabling, subscription)["body"] == "Something waits for your confirmation"
    assert enabling.vapid()["k"] == key

    request = console.delete(console.user())
    message = push_service.next_of(subscription, 1)
    assert shown(message, subscription) == {
        "title": "Countersign",
        "body": "Something waits for your confirmation",
        "navigate": f"{phone.origin}/phone/#/request/{request['id']}",
        "tag": request["id"],
        "silent": False,
    }
    assert (message.topic, message.headers["urgency"]) == (request["id"], "high")
    assert 100 <= message.ttl <= 120
    assert pushed(console, request["id"])
    assert console.request(request["id"])["push"]["opened_at"] is None
    phone.request(request["id"])
    assert console.request(request["id"])["push"]["opened_at"]

    phone._signed_in("PUT", "/device/settings", json={"show_titles": True, "quiet": []})
    console.delete(console.user("second@contoso.example"))
    assert shown(push_service.next_of(subscription, 2), subscription)["body"] == "Delete user"

    asked = console.call("POST", "/two-factor/test-notification")["test"]
    assert console.raw("POST", "/two-factor/test-notification").status_code in (202, 429), "no second one"
    message = push_service.next_of(subscription, 3)
    assert shown(message, subscription)["navigate"] == f"{phone.origin}/phone/#/test/{asked['id']}"
    wait_for(lambda: device(console)["push_test"]["sent_at"])
    again = console.raw("POST", "/two-factor/test-notification")
    assert (again.status_code, 0 < int(again.headers["Retry-After"]) <= 30) == (429, True)
    refused(404, lambda: phone._signed_in("POST", "/device/push/test", json={"id": "another"}))
    phone._signed_in("POST", "/device/push/test", json={"id": asked["id"]})
    state = device(console)
    assert state["push_test"]["opened_at"]
    assert state["push_test"]["problem"] is None
    assert (state["push"], state["push_problem"], state["away"]) == (True, None, False)
    assert state["push_sent_at"]
    assert len(push_service.of(subscription)) == 4
    console.call("POST", "/two-factor/test-notification")
    push_service.next_of(subscription, 4)  # who opened one may have another


def test_what_is_opened_before_the_service_has_answered_was_sent_before(
    living: LivingServer, push_service: PushService
) -> None:
    console, phone, subscription = subscribed(living, push_service)
    answered = threading.Event()
    push_service.answer = Answer(after=answered)
    try:
        request = console.delete(console.user())
        push_service.next_of(subscription, 1)
        phone.request(request["id"])
        assert wait_for(lambda: console.request(request["id"])["push"]["opened_at"])
    finally:
        answered.set()
    assert pushed(console, request["id"]) < console.request(request["id"])["push"]["opened_at"]


def test_a_test_that_failed_is_told_until_something_arrives(living: LivingServer, push_service: PushService) -> None:
    console, _, subscription = subscribed(living, push_service)
    push_service.answer = Answer(status=403)
    console.call("POST", "/two-factor/test-notification")
    wait_for(lambda: (device(console)["push_test"] or {}).get("problem"))
    push_service.answer = Answer()
    console.delete(console.user())
    push_service.next_of(subscription, 2)
    wait_for(lambda: device(console)["push_test"] is None)


@pytest.mark.both
def test_a_service_that_hangs_delays_nothing_and_what_still_waits_is_pushed_after_a_restart(
    living: LivingServer, push_service: PushService
) -> None:
    console, phone, subscription = subscribed(living, push_service)
    push_service.answer = Answer(hangs=True)
    waiting = console.delete(console.user("waits@contoso.example"))
    push_service.next_of(subscription, 1)
    request = console.delete(console.user())
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert console.request(waiting["id"])["push"]["sent_at"] is None
    lines = [json.loads(line) for line in living.log().splitlines() if line.startswith("{")]
    calls = [line for line in lines if line["message"] == "call"]
    assert max(line["ms"] for line in calls) < 4000, "a push that hangs for five seconds is in the way"
    living.kill()
    push_service.answer = Answer()
    living.start()
    again = TestConsole(living.url)
    again.token = console.token
    assert pushed(again, waiting["id"])
    assert push_service.of(subscription)[-1].topic == waiting["id"]


@on_sqlite
@pytest.mark.row("OB-5")
def test_a_service_that_hangs_keeps_nothing_from_the_phones_of_others(
    push_service: PushService,
    start_server: Callable[..., LivingServer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hanging, authorities = PushService(tmp_path / "hanging"), tmp_path / "authorities.pem"
    authorities.write_bytes(push_service.authority.read_bytes() + hanging.authority.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(authorities))
    monkeypatch.setenv("COUNTERSIGN_PUSH_HOSTS", f"{push_service.host},{hanging.host}")
    try:
        living = start_server()
        console, phone, subscription = subscribed(living, push_service)
        theirs, colleague = colleague_of(console, phone)
        hanging.answer = Answer(hangs=True)
        theirs._signed_in("PUT", "/device/push", json=hanging.subscription().told)
        with closing(sqlite3.connect(living.data / "countersign.db", timeout=10, isolation_level=None)) as database:
            for number in range(MANY):
                more = "INSERT INTO notices (id, administrator_id, kind, facts, at, to_push) SELECT ?, "
                more += "administrator_id, 'not_me', facts, at, 1 FROM notices WHERE administrator_id = ? LIMIT 1"
                database.execute(more, (f"not_{number}", colleague.call("GET", "/me")["id"]))
        before = len(push_service.of(subscription))
        waiting = console.delete(console.user())
        wait_for(lambda: waiting["id"] in [each.topic for each in push_service.of(subscription)[before:]])
        assert 0 < len(hanging.messages) < MANY // 2  # they were on their way, and still are
    finally:
        hanging.close()


def test_what_the_service_says_is_acted_on_and_told(living: LivingServer, push_service: PushService) -> None:
    console, phone, subscription = subscribed(living, push_service)
    push_service.answers = [Answer(429, {"Retry-After": "1"}), Answer(500)]
    request = console.delete(console.user("one@contoso.example"))
    push_service.next_of(subscription, 3)
    assert pushed(console, request["id"])
    wait_for(lambda: console.call("GET", "/health")["status"] == "ok")

    push_service.answers = [Answer(403)]
    request = console.delete(console.user("two@contoso.example"))
    wait_for(lambda: device(console)["push_problem"] == "refused")
    health = console.call("GET", "/health")
    assert health["status"] == "degraded"
    assert health["details"]["warnings"] == ["push_refused"]
    assert health["details"]["push"]["problem"] == "refused"
    assert health["details"]["push"]["host"] == push_service.host
    assert console.request(request["id"])["push"]["sent_at"] is None
    other = push_service.subscription()
    phone.subscribe(other.told)
    assert push_service.next_of(other).topic == request["id"], "another subscription is another try"
    subscription = other
    assert pushed(console, request["id"])
    wait_for(lambda: console.call("GET", "/health")["status"] == "ok")
    assert living.console().call("GET", "/health").keys() == {"status", "version", "setup_done"}

    push_service.answers = [Answer(410)]
    console.delete(console.user("three@contoso.example"))
    wait_for(lambda: device(console)["push_problem"] == "gone")
    assert device(console)["push"] is False
    [lost] = console.audit(event="device:push_lost")
    assert (lost["device"], lost["outcome"], lost["username"]) == ("Pixel 9", "failed", "amelia.hart")
    told = phone.notices()[0]
    assert (told["kind"], told["phone"], told["device_name"]) == ("push_lost", "Pixel 9", "")
    assert "push_lost" not in phone._signed_in("GET", "/device/settings").json()["kinds"], "there is no push to choose"
    refused(409, lambda: console.call("POST", "/two-factor/test-notification"))
    assert phone.state()["push"] is False

    fresh = push_service.subscription()
    phone.subscribe(fresh.told)
    push_service.next_of(fresh)  # what still waits is pushed to the new one
    assert device(console)["push_problem"] is None
    push_service.answers = [Answer(500), Answer(429, {"Retry-After": "60"})]
    console.delete(console.user("four@contoso.example"))
    wait_for(lambda: device(console)["push_problem"] == "unreachable")
    wait_for(lambda: device(console)["push_problem"] is None)  # it was reached
    assert subscription.endpoint not in living.log()

    push_service.answers = [Answer(403)]
    console.delete(console.user("five@contoso.example"))
    wait_for(lambda: console.call("GET", "/health")["details"]["push"]["problem"] == "refused")
    push_service.answers = [Answer(410)]
    console.call("POST", "/two-factor/test-notification")
    wait_for(lambda: console.call("GET", "/health")["status"] == "ok")  # no phone uses that service any more


def test_what_is_said_late_of_an_earlier_subscription_leaves_the_new_one(
    living: LivingServer, push_service: PushService
) -> None:
    console, phone, _ = subscribed(living, push_service)
    earlier, now = push_service.subscription().told, datetime.now(UTC)
    push = Push("notice", "not_of_before", phone.device, earlier, b"", now)
    with store_of(living) as store:
        store.run(settle, push, Fate.GONE, now, now)
    assert "push_lost" not in [each["kind"] for each in phone.notices()]
    request = console.delete(console.user())
    assert pushed(console, request["id"])


@pytest.mark.row("OB-5", "OB-6")
def test_three_pushes_that_nobody_answers_are_enough_and_not_me_is_quiet(
    living: LivingServer, push_service: PushService
) -> None:
    console, phone, subscription = subscribed(living, push_service)
    stranger = TestConsole(living.url)
    for place in range(1, 4):
        stranger.begin_sign_in()
        push_service.next_of(subscription, place)
    wait_for(lambda: console.call("GET", "/requests", params={"status": "pending"})["items"][0]["push"]["sent_at"])
    silent = stranger.begin_sign_in()["request"]["id"]
    test = partial(console.call, "POST", "/two-factor/test-notification")
    assert refused(409, test).code == "unanswered", "whoever has stolen a session does not wake it either"
    console.call("POST", "/enrolments", {"password": PASSWORD})
    assert push_service.next_of(subscription, 4).topic != silent, "the fourth sign-in came before what was sent later"
    assert console.request(silent)["push"]["sent_at"] is None

    phone.sign_in()  # the owner opens the app
    assert push_service.next_of(subscription, 5).topic == silent
    assert phone.reject(silent, "not_me") == "rejected"
    assert phone.state()["muted_until"] > time.time() + 1100
    assert device(console)["muted_until"]
    muted = stranger.begin_sign_in()["request"]["id"]
    assert [each.id for each in phone.pending()] == [muted]
    assert refused(409, test).code == "muted"
    console.call("POST", "/enrolments", {"password": PASSWORD})
    assert push_service.next_of(subscription, 6).topic != muted
    assert console.request(muted)["push"]["sent_at"] is None


@on_sqlite  # the attacker is the same on both
def test_a_tap_leads_to_no_address_that_others_wrote(living: LivingServer, push_service: PushService) -> None:
    console, _, subscription = subscribed(living, push_service)
    with closing(sqlite3.connect(living.data / "countersign.db", timeout=10)) as database, database:
        database.execute("UPDATE devices SET origin = 'https://evil.example'")
    console.call("POST", "/two-factor/test-notification")
    notification = shown(push_service.next_of(subscription, 1), subscription)
    assert notification["navigate"].startswith(f"{living.url}/phone/")


@pytest.mark.row("SF-2")
def test_the_phone_names_no_host_that_is_not_listed(living: LivingServer, push_service: PushService) -> None:
    console = living.set_up()
    evil = Subscription("https://169.254.169.254/latest/meta-data")
    phone = SoftwarePhone(None, push=evil.told)
    request = console.enrol(phone)
    assert phone.state()["push"] is False
    problem = refused(422, lambda: phone.subscribe(evil.told))
    assert problem.code == "push_host_not_allowed"
    assert problem.detail
    refused(422, lambda: phone.subscribe({"endpoint": "https://x"}))
    phone.subscribe(push_service.subscription().told)
    assert phone.state()["push"] is True
    pushed(console, request["id"])
    phone.subscribe(None)
    assert phone.state()["push"] is False
    phone.approve(request["id"], request["code"])
    assert device(console)["push_problem"] == "off"
    assert "169.254" not in json.dumps(console.audit())
