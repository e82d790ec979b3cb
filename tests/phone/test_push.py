"""Push, from the server's queue to the phone's screen: allowed before the claim, shown once, opened, switched off."""

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Request, Route, expect

from server.contract.notice import LOUD, NoticeKind
from tests.living import PASSWORD, ROOT, LivingServer, TestConsole
from tests.phone.handset import Handset
from tests.phone.pushed import STAND_IN, Pushed
from tests.phone.test_enrolling import TO_LINK, colleague_of
from tests.phone.test_pin import PUT_AWAY
from tests.proving import wait_for
from tests.push_service import Answer, PushService, push_service

__all__ = ["push_service"]  # a fixture

USER = "mia.brandt@contoso.example"


@pytest.fixture
def server(push_service: PushService, start_server: Callable[..., LivingServer]) -> LivingServer:
    """Start a server that takes the push service, which is there before it."""
    return start_server(push_hosts=push_service.host)


@pytest.fixture
def pushed(push_service: PushService, handset: Handset) -> Pushed:
    """Return what a push service does for the phone."""
    made = Pushed(handset, push_service.subscription())
    handset.permits("notifications", "granted")
    return made


def test_the_very_first_request_arrives_by_push_while_the_app_is_closed(
    push_service: PushService, handset: Handset, pushed: Pushed, console: TestConsole
) -> None:
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    handset.paste(enrolment["qr"])
    handset.sign_in()
    digits = handset.digits()
    pushed.put_away()
    request = console.call("POST", f"/enrolments/{enrolment['id']}/confirm", {"sas": digits})["request"]
    message = push_service.next_of(pushed.subscription)
    text = json.dumps(pushed.subscription.open(message))
    assert request["code"] not in text
    pushed.deliver(text)
    handset.until(lambda: len(pushed.shown()) == 1)
    (shown,) = pushed.shown()
    assert shown["body"] == "Something waits for your confirmation"
    assert shown["actions"] == 0
    assert shown["data"] == f"{handset.home}#/request/{request['id']}"
    pushed.tap()
    handset.until(lambda: pushed.windows() == [f"{handset.home}#/request/{request['id']}"])
    handset.page.goto(pushed.windows()[0])
    handset.sees(re.compile(r"sent [\d:]+.* · opened [\d:]+"))
    handset.approve(request["code"])
    handset.heading("Approved and executed")
    assert console.call("GET", "/two-factor")["device"]["push"] is True


def test_every_push_shows_one_thing_and_a_tap_leads_the_open_app_there(
    handset: Handset, pushed: Pushed, console: TestConsole
) -> None:
    handset.protect(console)
    request = console.delete(console.user(USER))
    for text in (
        "no json",
        "{}",
        '{"notification": null}',
        '{"notification": {"title": 7, "navigate": "//elsewhere"}}',
    ):
        pushed.deliver(text)
        handset.until(lambda: len(pushed.shown()) == 1)
        pushed.swipe()
    navigate = f"{handset.home}#/request/{request['id']}"
    for body in ("Something waits", "It still waits"):
        told = {"title": "Countersign", "body": body, "navigate": navigate, "tag": request["id"]}
        pushed.deliver(json.dumps({"web_push": 8030, "notification": told}))
    handset.until(lambda: [each["body"] for each in pushed.shown()] == ["It still waits"])
    pushed.tap()
    handset.until(lambda: handset.page.evaluate("location.hash") == f"#/request/{request['id']}")
    handset.sees(USER)
    assert pushed.windows() == []
    assert console.request(request["id"])["status"] == "pending"


@pytest.mark.parametrize("navigate", ["https://elsewhere.test/phone/", "/elsewhere"])
def test_a_tap_leads_nowhere_but_into_the_app(
    handset: Handset, pushed: Pushed, console: TestConsole, navigate: str
) -> None:
    handset.protect(console)
    pushed.put_away()
    pushed.deliver(json.dumps({"notification": {"title": "Countersign", "navigate": navigate}}))
    handset.until(lambda: len(pushed.shown()) == 1)
    pushed.tap()
    pushed.put_away()  # which the worker is asked for: by then it would have opened a window
    assert pushed.windows() == []


def test_a_tap_opens_the_app_where_only_a_page_of_somebody_else_is_open_at_its_origin(
    handset: Handset, pushed: Pushed, console: TestConsole
) -> None:
    handset.protect(console)
    show(pushed, "not_1", "#/notices/not_1")
    handset.until(lambda: len(pushed.shown()) == 1)
    handset.page.goto(f"{handset.server.url}/elsewhere")
    pushed.tap()
    handset.until(lambda: pushed.windows() == [f"{handset.home}#/notices/not_1"])


# Asks nobody, but notes each question, and whether a finger is behind it; the answer is given in the phone's settings.
ASKING = """
  window.asked = [];
  const ask = (name, then) => new Promise((resolve) => {
    asked.push(navigator.userActivation.isActive ? name : `${name}, unasked`);
    window.answer = resolve;
  }).then(then);
  Notification.requestPermission = () => ask('notifications', () => Notification.permission);
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wanted) => ask('camera', () => open(wanted));
"""


def asked(handset: Handset) -> list[str]:
    """Return what the app has asked its owner for since it was opened."""
    found: list[str] = handset.page.evaluate("asked")
    return found


def allow(handset: Handset, name: str) -> None:
    """Let its owner say yes."""
    handset.permits(name, "granted")
    handset.page.evaluate("answer()")


@pytest.fixture
def unasked(handset: Handset, pushed: Pushed) -> Pushed:
    """Return what a push service does for a phone whose owner was asked for nothing yet."""
    for name in ("notifications", "camera"):
        handset.permits(name, "prompt")
    handset.context.add_init_script(ASKING)
    return pushed


def test_enrolling_asks_at_the_tap_and_never_before(handset: Handset, unasked: Pushed, console: TestConsole) -> None:
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    handset.paste(enrolment["qr"])
    handset.heading("May this app notify you?")
    assert asked(handset) == []
    handset.tap("Allow notifications")
    handset.until(lambda: asked(handset) == ["notifications"])
    allow(handset, "notifications")
    handset.sign_in()
    handset.approve(handset.confirm(console, enrolment)["code"])
    handset.tap("Done")
    handset.sees("Requests appear here by themselves")
    assert console.call("GET", "/two-factor")["device"]["push"] is True
    assert unasked.subscription.told["endpoint"] in handset.stored()
    handset.tap("Scan a QR code")
    handset.until(lambda: asked(handset) == ["notifications", "camera"])
    allow(handset, "camera")
    handset.sees("Point the camera")


@pytest.mark.usefixtures("unasked")
def test_settings_ask_at_the_tap_and_never_before(handset: Handset, console: TestConsole) -> None:
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    handset.paste(enrolment["qr"])
    handset.tap("Not now")
    handset.sign_in()
    handset.approve(handset.confirm(console, enrolment)["code"])
    handset.tap("Done")
    handset.tab("Settings")
    handset.page.reload()
    expect(handset.page.get_by_text("Not asked", exact=True)).to_have_count(2)
    assert asked(handset) == []
    handset.tap("Allow notifications")
    handset.until(lambda: asked(handset) == ["notifications"])
    allow(handset, "notifications")
    handset.sees("This phone tells you when something waits")
    wait_for(lambda: console.call("GET", "/two-factor")["device"]["push"])
    handset.tap("Allow the camera")
    handset.until(lambda: asked(handset) == ["notifications", "camera"])
    allow(handset, "camera")
    handset.sees("No picture leaves the phone")
    expect(handset.page.get_by_text("Allowed", exact=True)).to_have_count(2)


@pytest.mark.usefixtures("pushed")
def test_what_the_phone_allows_is_followed_and_told_to_the_server(handset: Handset, console: TestConsole) -> None:
    handset.permits("notifications", "prompt")
    handset.open()
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    handset.paste(enrolment["qr"])
    handset.tap("Not now")
    handset.sign_in()
    handset.approve(handset.confirm(console, enrolment)["code"])
    handset.tap("Done")
    handset.sees("Requests appear here while the app is open")

    def reachable() -> bool:
        return bool(console.call("GET", "/two-factor")["device"]["push"])

    assert not reachable()
    handset.tab("Settings")
    handset.sees("Allow notifications")
    handset.permits("notifications", "granted")
    expect(handset.page.get_by_text("Allowed", exact=True)).to_have_count(2)
    handset.until(reachable)
    handset.permits("notifications", "denied")
    handset.sees("Blocked")
    handset.sees("To allow that: click the icon left of the address")
    handset.until(lambda: not reachable())
    handset.permits("notifications", "granted")
    handset.page.reload()
    handset.until(reachable)


@pytest.mark.usefixtures("pushed")
def test_what_is_allowed_while_the_form_is_open_counts_for_the_first_request(
    handset: Handset, console: TestConsole
) -> None:
    handset.permits("notifications", "denied")
    handset.open()
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    handset.paste(enrolment["qr"])
    handset.sees("Name of this phone")
    handset.sees("Notifications are blocked on this phone")
    handset.sees("To allow that: click the icon left of the address")
    handset.permits("notifications", "granted")
    expect(handset.page.get_by_text("Notifications are blocked on this phone")).to_have_count(0)
    handset.sign_in()
    request = handset.confirm(console, enrolment)
    handset.until(lambda: console.request(request["id"])["push"]["sent_at"] is not None)


@pytest.mark.usefixtures("pushed")
@pytest.mark.parametrize(("setting", "told"), [("granted", 0), ("denied", 1)])
def test_the_question_goes_once_it_was_answered_elsewhere(
    handset: Handset, console: TestConsole, setting: str, told: int
) -> None:
    handset.permits("notifications", "prompt")
    handset.paste(console.call("POST", "/enrolments", {"password": PASSWORD})["qr"])
    handset.heading("May this app notify you?")
    handset.permits("notifications", setting)
    handset.sees("Name of this phone")
    expect(handset.page.get_by_text("Notifications are blocked on this phone")).to_have_count(told)


def test_an_address_that_the_push_service_dropped_is_made_anew_when_the_app_comes_forward(
    push_service: PushService, handset: Handset, pushed: Pushed, console: TestConsole
) -> None:
    handset.protect(console)
    push_service.answer = Answer(410)
    console.call("POST", "/two-factor/test-notification")
    handset.until(lambda: console.call("GET", "/two-factor")["device"]["push_problem"] == "gone")
    push_service.answer = Answer()
    handset.page.evaluate(PUT_AWAY, 5)
    handset.until(lambda: bool(console.call("GET", "/two-factor")["device"]["push"]))
    console.delete(console.user(USER))
    anew = f"{pushed.subscription.endpoint}-anew"
    handset.until(lambda: any(anew.endswith(message.path) for message in push_service.messages))


def test_a_push_service_that_answers_again_is_asked_when_the_app_comes_forward(
    push_service: PushService, handset: Handset, console: TestConsole
) -> None:
    handset.protect(console)
    handset.permits("notifications", "granted")
    handset.open()
    handset.page.reload()
    handset.sees("Notifications are allowed but do not arrive: Settings says why.")
    handset.page.evaluate(STAND_IN, push_service.subscription().told)
    handset.page.evaluate(PUT_AWAY, 5)
    handset.until(lambda: bool(console.call("GET", "/two-factor")["device"]["push"]))


SUBSCRIBED = """async () => {
  const { pushManager } = await navigator.serviceWorker.getRegistration();
  return (await pushManager.getSubscription()) !== null;
}"""


@pytest.mark.usefixtures("pushed")
def test_with_the_account_goes_its_address_at_the_push_service(handset: Handset, console: TestConsole) -> None:
    handset.protect(console)
    handset.until(lambda: bool(console.call("GET", "/two-factor")["device"]["push"]))
    remove(handset)
    handset.until(lambda: not console.call("GET", "/two-factor")["device"]["push"])
    handset.until(lambda: not handset.page.evaluate(SUBSCRIBED))


def remove(handset: Handset) -> None:
    """Take the account from the phone."""
    handset.tab("Settings")
    handset.tap("Remove from this phone…")
    handset.tap("Remove the account")
    expect(handset.page.get_by_text("Northwind Managed Services")).to_be_hidden()


def both(handset: Handset, server: LivingServer, console: TestConsole) -> TestConsole:
    """Let two accounts be on the phone; the console of the other one."""
    other, grant = colleague_of(console, server)
    handset.protect(console)
    enrolment = other.call("POST", "/enrolments", {"password": PASSWORD, "grant": grant})
    handset.page.evaluate(TO_LINK, enrolment["qr"])
    handset.sign_in(username="b.okafor")
    handset.approve(handset.confirm(other, enrolment)["code"])
    handset.heading("Approved and executed")
    handset.tap("Done")
    return other


def rings_anew(push_service: PushService, pushed: Pushed, topic: str) -> bool:
    """Tell whether a request was pushed to the address that came after the first one."""
    anew = f"{pushed.subscription.endpoint}-anew"
    return any(anew.endswith(each.path) and each.topic == topic for each in push_service.messages)


def tells_anew(handset: Handset) -> list[str]:
    """Return a list of what the server has been told of another address, from now on."""
    told: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/device/push") and "-anew" in (request.post_data or ""):
            told.append(request.method)

    handset.page.on("requestfinished", note)
    return told


def test_all_accounts_follow_to_another_address_of_the_phone(
    push_service: PushService, handset: Handset, pushed: Pushed, server: LivingServer, console: TestConsole
) -> None:
    other = both(handset, server, console)
    push_service.answer = Answer(410)
    other.call("POST", "/two-factor/test-notification")
    handset.until(lambda: other.call("GET", "/two-factor")["device"]["push_problem"] == "gone")
    push_service.answer = Answer()
    told = tells_anew(handset)
    handset.page.evaluate(PUT_AWAY, 5)
    handset.until(lambda: len(told) == 2)
    for request in (console.delete(console.user(USER)), other.ask("two_factor.disable")):
        handset.until(partial(rings_anew, push_service, pushed, request["id"]))


def test_an_account_that_leaves_unheard_takes_the_address_of_all_with_it(
    push_service: PushService, handset: Handset, pushed: Pushed, server: LivingServer, console: TestConsole
) -> None:
    other, told = both(handset, server, console), tells_anew(handset)
    handset.page.route(TELLING, lambda route: route.abort())
    handset.tab("Settings")
    handset.page.get_by_role("button", name="Remove from this phone…").first.click()
    with handset.page.expect_event("requestfailed", lambda each: each.url.endswith("/device/push")):
        handset.tap("Remove the account")
    handset.page.unroute_all(behavior="wait")
    handset.page.evaluate(PUT_AWAY, 5)
    handset.until(lambda: bool(told))
    request = other.ask("two_factor.disable")
    handset.until(partial(rings_anew, push_service, pushed, request["id"]))


def test_a_phone_that_a_reset_has_cut_off_is_woken_once_more_and_says_what_to_do(
    push_service: PushService, handset: Handset, pushed: Pushed, server: LivingServer, console: TestConsole
) -> None:
    handset.protect(console)
    handset.until(lambda: bool(console.call("GET", "/two-factor")["device"]["push"]))
    handset.page.goto("about:blank")
    assert server.run("admin", "reset-two-factor", "amelia.hart").returncode == 0
    handset.page.goto(push_service.told(pushed.subscription, "#/notices/")["navigate"])
    handset.sees("This phone is no longer registered")
    handset.sees("two-factor authentication was reset")
    handset.sees("enrol it with a new QR code from the console")


def test_what_it_tells_is_read_once(handset: Handset, console: TestConsole) -> None:
    handset.protect(console)
    handset.tab("Settings")
    read: list[str] = []
    handset.page.on("request", lambda each: read.append(each.method) if "device/settings" in each.url else None)
    told = handset.page.get_by_text("What it tells me")
    titles = handset.page.get_by_role("switch", name="Show the title")
    told.click()
    titles.click()
    for _ in range(2):
        told.click()
    expect(titles).to_be_checked()
    handset.until(lambda: read == ["GET", "PUT"])


TELLING = "**/phone/api/v1/device/push"


@pytest.mark.usefixtures("pushed")
def test_what_was_still_being_told_to_the_server_brings_no_keys_back(handset: Handset, console: TestConsole) -> None:
    handset.permits("notifications", "denied")
    handset.protect(console)
    telling: list[Route] = []
    handset.page.route(TELLING, lambda route: telling.append(route))  # noqa: PLW0108 - playwright takes no builtin
    handset.tab("Settings")
    handset.permits("notifications", "granted")
    handset.until(lambda: len(telling) == 1)
    remove(handset)
    assert json.loads(handset.stored())["databases"] == []
    with handset.page.expect_response("**/phone/api/v1/device"):  # asked for after all was told, and kept
        telling[0].continue_()
    assert json.loads(handset.stored())["databases"] == []
    handset.until(lambda: len(telling) == 2)
    telling[1].continue_()
    handset.until(lambda: not console.call("GET", "/two-factor")["device"]["push"])


def test_allowed_is_not_told_as_arriving_where_no_push_service_answers(handset: Handset, console: TestConsole) -> None:
    handset.protect(console)
    handset.permits("notifications", "granted")
    handset.tab("Settings")
    handset.sees("The push service of this phone’s browser does not answer")
    expect(handset.page.get_by_text("This phone tells you when something waits")).to_be_hidden()
    handset.tab("Requests")
    handset.sees("Notifications are allowed but do not arrive: Settings says why.")


def test_the_test_notification_says_that_it_arrived(
    push_service: PushService, handset: Handset, pushed: Pushed, console: TestConsole
) -> None:
    handset.protect(console)
    console.call("POST", "/two-factor/test-notification")
    handset.page.goto(push_service.told(pushed.subscription, "#/test/")["navigate"])
    handset.heading("It arrived")
    handset.sees("The console knows it too")
    assert console.call("GET", "/two-factor")["device"]["push_test"]["opened_at"]


def test_a_test_that_the_server_does_not_know_is_not_told_as_arrived(connected: Handset) -> None:
    connected.open("#/test/anything")
    connected.sees("The server knows no such test")
    connected.heading("Test notification")
    expect(connected.page.get_by_text("It arrived")).to_have_count(0)


def show(pushed: Pushed, tag: str, place: str) -> None:
    """Let a notification of the server come."""
    told = {"title": "Countersign", "body": "Something waits", "navigate": f"/phone/{place}", "tag": tag}
    pushed.deliver(json.dumps({"web_push": 8030, "notification": told}))


def test_notifications_go_when_there_is_nothing_left_to_open_them_for(
    handset: Handset, pushed: Pushed, console: TestConsole
) -> None:
    handset.protect(console)
    answered, ended, waits = (console.delete(console.user(f"{name}@contoso.example"))["id"] for name in "abc")
    handset.tab("Events")
    event = handset.page.get_by_role("button", name="A phone was added")
    expect(event).to_be_visible()
    handset.open(f"#/request/{answered}")
    expect(handset.page.get_by_label("Six digits from the console")).to_be_visible()
    for request in (answered, ended, waits):
        show(pushed, request, f"#/request/{request}")
    handset.until(lambda: {each["tag"] for each in pushed.shown()} == {answered, ended, waits})
    handset.reject("I don’t want this")
    handset.until(lambda: {each["tag"] for each in pushed.shown()} == {ended, waits})
    console.call("POST", f"/requests/{ended}/cancel")
    handset.until(lambda: {each["tag"] for each in pushed.shown()} == {waits})
    handset.tap("Done")
    handset.tab("Events")
    event.click()
    handset.page.wait_for_url("**/#/notices/*")
    news = handset.page.url.rpartition("/")[2]
    pushed.put_away()  # or the open app would put it away at once
    show(pushed, news, f"#/notices/{news}")
    handset.until(lambda: {each["tag"] for each in pushed.shown()} == {waits, news})
    handset.open(f"#/notices/{news}")
    handset.until(lambda: {each["tag"] for each in pushed.shown()} == {waits})


def sent_at(console: TestConsole, request: str) -> Any:
    return console.request(request)["push"]["sent_at"]


@pytest.mark.usefixtures("pushed")
def test_an_app_that_was_open_all_the_time_is_opened_by_looking_at_it_again(
    handset: Handset, console: TestConsole
) -> None:
    handset.protect(console)
    for _ in range(3):
        asked = TestConsole(console.url).begin_sign_in()["request"]["id"]
        wait_for(partial(sent_at, console, asked))
    test = partial(console.raw, "POST", "/two-factor/test-notification")
    assert test().json()["code"] == "unanswered"
    handset.page.evaluate(PUT_AWAY, 5)
    wait_for(lambda: test().status_code != 409)


def test_what_is_pushed_is_the_owners_choice(
    push_service: PushService, handset: Handset, pushed: Pushed, console: TestConsole
) -> None:
    handset.protect(console)
    handset.tab("Settings")
    handset.page.get_by_text("What it tells me").click()
    handset.page.get_by_role("switch", name="Show the title").click()
    handset.page.get_by_role("switch", name="Sign-in from a new computer").click()
    expect(handset.page.get_by_role("switch", name="Somebody tapped “Not me”")).to_be_disabled()
    handset.page.reload()
    handset.page.get_by_text("What it tells me").click()
    expect(handset.page.get_by_role("switch", name="Show the title")).to_be_checked()
    expect(handset.page.get_by_role("switch", name="Sign-in from a new computer")).not_to_be_checked()
    request = console.delete(console.user(USER))
    assert push_service.told(pushed.subscription, request["id"])["body"] == "Delete user"


def test_every_kind_of_news_has_words_and_a_picture_and_what_is_loud_cannot_be_made_quiet() -> None:
    app = ROOT / "resources/phone/src"
    pictured = re.findall(r'^  (\w+): "', (app / "parts/notice-kind.ts").read_text("utf-8"), re.MULTILINE)
    assert sorted(pictured) == sorted(NoticeKind)
    fixed = re.findall(r'^  "(\w+)",', (app / "model/preferences.ts").read_text("utf-8"), re.MULTILINE)
    assert sorted(fixed) == sorted(LOUD)
    words = json.loads((ROOT / "resources/translations/en.json").read_text("utf-8"))
    assert {f"phone.notice.{kind}{what}" for kind in NoticeKind for what in ("", "_means")} <= set(words)
