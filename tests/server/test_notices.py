"""What an account's owner is told on the phone: each kind, to whom, with its five facts; nothing is ever asked."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from desktop.demo.phone import SoftwarePhone
from server.contract.notice import LAST, NoticeKind
from server.push import Fate
from server.services import administrators, notices
from server.services.pushing import due, settle
from server.store.audit_log import NOWHERE
from server.store.notices import tell
from server.store.tables import Device, Notice, Request
from server.store.work import Work
from tests import push_service as pushing
from tests.living import LivingServer, TestConsole
from tests.proving import refused, wait_for
from tests.push_service import Answer, PushService, Subscription
from tests.server.inside import store_of
from tests.server.test_decisions import colleague_of

push_service = pushing.push_service
FACTS = {"username": "amelia.hart", "device_name": "NW-LT-014", "application": "Countersign 0.1 test"}


def kinds(phone: SoftwarePhone) -> list[str]:
    return [each["kind"] for each in phone.notices()]


def listed(phone: SoftwarePhone, **query: Any) -> Any:
    return phone._signed_in("GET", "/notices", params=query).json()


def test_a_phone_that_is_not_active_yet_reads_nothing_and_marks_nothing(server: LivingServer) -> None:
    server.set_up()
    assert server.run("admin", "reset-two-factor", "amelia.hart").returncode == 0  # of which its owner is told
    console, phone = server.console(), SoftwarePhone(None)
    console.sign_in()
    request = console.enrol(phone)
    assert (listed(phone)["notices"], listed(phone)["unread"], phone.state()["unread"]) == ([], 0, 0)
    phone.approve(request["id"], request["code"])
    assert set(kinds(phone)) == {"two_factor_reset", "device_added"}
    assert phone.state()["unread"] == 2


def test_a_phone_lists_what_happened_and_is_pushed_what_its_owner_wants(
    push_service: PushService, start_server: Callable[..., LivingServer]
) -> None:
    server = start_server()
    subscription = push_service.subscription()
    console, phone = server.set_up(), SoftwarePhone(None, push=subscription.told)
    request = console.enrol(phone)
    phone.approve(request["id"], request["code"])
    [added] = phone.notices()
    ip = added.pop("ip")
    assert ip in ("127.0.0.1", "::1")
    assert added | FACTS == added
    assert (added["kind"], added["action"], added["read"]) == ("device_added", "device_added", False)
    assert added["phone"] == phone.name, "which one it is about"
    assert added["at"] <= listed(phone)["now"]
    assert phone.state()["unread"] == 1

    phone._signed_in("POST", "/notices/read", json={"ids": [added["id"], "not_another"]})
    assert phone.notices()[0]["read"] is True
    assert phone.state()["unread"] == 0
    refused(422, lambda: phone._signed_in("POST", "/notices/read", json={"ids": ["x"] * 51}))
    refused(422, lambda: phone._signed_in("POST", "/notices/read", json={"ids": [1]}))

    settings = phone._signed_in("GET", "/device/settings").json()
    assert settings["show_titles"] is False
    assert settings["quiet"] == []
    assert settings["kinds"][:2] == ["device_added", "new_computer"]
    unfit: list[Any] = [["two_factor_reset"], ["not_me", "new_computer"], ["unheard_of"], "new_computer", [{}]]
    for quiet in unfit:
        body = {"show_titles": False, "quiet": quiet}
        refused(422, partial(phone._signed_in, "PUT", "/device/settings", json=body))
    refused(422, lambda: phone._signed_in("PUT", "/device/settings", json={"show_titles": 1, "quiet": []}))
    phone._signed_in("PUT", "/device/settings", json={"show_titles": False, "quiet": ["new_computer"]})
    assert phone._signed_in("GET", "/device/settings").json()["quiet"] == ["new_computer"]

    other = TestConsole(server.url, device_name="NEW-PC", application="Firefox 150")
    other.sign_in(phone=phone)
    assert kinds(phone) == ["new_computer", "device_added"]
    assert phone.notices()[0]["device_name"] == "NEW-PC"
    other.sign_in(phone=phone)
    assert kinds(phone) == ["new_computer", "device_added"], "by now it is known"

    for _ in range(11):
        stranger = TestConsole(server.url, device_name="BAD", application="curl")
        stranger.raw("POST", "/sessions", {"username": "Amelia.hart", "password": "x", **stranger._claims})
    assert kinds(phone) == ["wrong_password", "new_computer", "device_added"], "once in a window"
    wrong = phone.notices()[0]
    assert (wrong["username"], wrong["device_name"], wrong["application"]) == ("amelia.hart", "BAD", "curl")
    message = wait_for(lambda: [each for each in push_service.of(subscription) if each.topic == wrong["id"]])[0]
    told = subscription.open(message)["notification"]
    assert told["navigate"] == f"{phone.origin}/phone/#/notices/{wrong['id']}"
    assert told["body"] == "There is news about your account"
    assert 86_000 < message.ttl <= 86_400
    assert "amelia" not in json.dumps(told)
    pushed = {each.topic for each in push_service.of(subscription)}
    assert not pushed & {each["id"] for each in phone.notices() if each["kind"] != "wrong_password"}, "quiet ones"


def test_providers_hear_of_not_me_of_resets_and_of_colleagues_phones(
    push_service: PushService, start_server: Callable[..., LivingServer]
) -> None:
    server = start_server()
    console, phone = server.protected()
    subscription = push_service.subscription()
    phone.subscribe(subscription.told)
    its_phone, colleague = colleague_of(console, phone, "sub_administrator")
    username = "jonas"
    assert kinds(phone)[0] == "device_added"
    assert phone.notices()[0]["username"] == username
    assert kinds(its_phone) == ["device_added"]
    changed = _watching(phone)

    mine = phone.notices()[0]["id"]
    its_phone._signed_in("POST", "/notices/read", json={"ids": [mine]})
    assert phone.notices()[0]["read"] is False, "another account's phone marks nothing of ours"

    request = colleague.ask("two_factor.disable")
    its_phone.reject(request["id"], "not_me")
    alarm = phone.notices()[0]
    assert (alarm["kind"], alarm["username"], alarm["device_name"]) == ("not_me", username, "NW-LT-031")
    assert alarm["action"] == "two_factor.disable"
    assert kinds(its_phone) == ["device_added"], "a colleague who is no provider"
    assert wait_for(lambda: [each for each in push_service.of(subscription) if each.topic == alarm["id"]])
    wait_for(lambda: ["notices"] in changed)

    done = server.run("admin", "reset-two-factor", username)
    assert done.returncode == 0, done.stderr
    reset = phone.notices()[0]
    assert (reset["kind"], reset["username"], reset["device_name"]) == ("two_factor_reset", username, "")
    assert wait_for(lambda: [each for each in push_service.of(subscription) if each.topic == reset["id"]])


def test_a_reset_wakes_the_phone_that_it_cuts_off_and_then_no_more(
    push_service: PushService, start_server: Callable[..., LivingServer]
) -> None:
    """Its owner hears nowhere else of it, whoever took the account."""
    server = start_server()
    _, phone = server.protected()
    cut_off, its = push_service.subscription(), push_service.subscription()
    phone.subscribe(cut_off.told)

    def reset() -> str:
        done = server.run("admin", "reset-two-factor", "amelia.hart")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def topics(subscription: Subscription) -> set[str]:
        return {each.topic for each in push_service.of(subscription)}

    grant, console = reset(), server.console()
    refused(401, phone.notices)
    console.sign_in()
    new = console.protect(grant=grant)
    [first] = [each["id"] for each in new.notices() if each["kind"] == "two_factor_reset"]
    wait_for(lambda: first in topics(cut_off))
    told = push_service.told(cut_off, first)
    assert (told["body"], told["navigate"]) == (
        "There is news about your account",
        f"{phone.origin}/phone/#/notices/{first}",
    )
    new.subscribe(its.told)
    known = {each["id"] for each in new.notices()}
    reset()
    wait_for(lambda: topics(its) - known)
    assert topics(cut_off) <= known
    assert first not in topics(its), "which was before its time"


@pytest.mark.parametrize("way", ["reported as lost", "another in its place"])
def test_who_has_the_password_and_a_recovery_code_cuts_no_phone_off_silently(
    push_service: PushService, start_server: Callable[..., LivingServer], way: str
) -> None:
    server = start_server()
    console, phone = server.protected()
    code = console.call("GET", "/recovery-codes")["codes"][0]
    cut_off = push_service.subscription()
    phone.subscribe(cut_off.told)
    if way == "reported as lost":
        console.report_lost(code)
    else:
        request = console.enrol(SoftwarePhone(None, "Pixel 10"))
        console.call("POST", f"/requests/{request['id']}/recovery", {"code": code})
    refused(401, phone.notices)
    with store_of(server) as store:
        last = store.run(_last_news)
    wait_for(lambda: [each for each in push_service.of(cut_off) if each.topic == last])
    wait_for(lambda: not _addresses_of(server))


def _last_news(work: Work) -> str:
    newest = select(Notice.id).where(Notice.kind.in_(LAST)).order_by(Notice.number.desc())
    return str(work.session.scalars(newest).first())


def _addresses_of(server: LivingServer) -> int:
    with store_of(server) as store:
        return store.run(_addresses)


def test_where_a_cut_off_phone_could_not_be_woken_its_address_is_forgotten_a_day_later(
    push_service: PushService, start_server: Callable[..., LivingServer]
) -> None:
    server = start_server()
    _, phone = server.protected()
    push_service.answer = Answer(503)
    phone.subscribe(push_service.subscription().told)
    assert server.run("admin", "reset-two-factor", "amelia.hart").returncode == 0
    now = datetime.now(UTC)
    with store_of(server) as store:
        store.run(_reset_another, now)
        assert store.run(_last, now) == 1, "for its own reset alone, though a phone in use has read of it"
        for later, kept in ((timedelta(hours=23), 1), (timedelta(hours=25), 0)):
            store.run(notices.prune, now + later)
            assert store.run(_addresses) == kept


def test_what_arrived_as_the_phone_was_cut_off_is_told_as_sent(
    push_service: PushService, start_server: Callable[..., LivingServer]
) -> None:
    server = start_server()
    console, phone = server.protected()
    push_service.answer = Answer(503)
    phone.subscribe(push_service.subscription().told)
    request = console.delete(console.user())
    now = datetime.now(UTC)
    with store_of(server) as store:
        [push] = [each for each in store.run(due, now) if each.id == request["id"]]
        assert server.run("admin", "reset-two-factor", "amelia.hart").returncode == 0
        store.run(settle, push, Fate.TAKEN, now, now)
        assert store.run(_pushed_at, request["id"]) == now


def _pushed_at(work: Work, request: str) -> datetime | None:
    return work.session.scalar(select(Request.pushed_at).where(Request.id == request))


def _reset_another(work: Work, now: datetime) -> None:
    """Let a provider hear of a colleague's reset, too, and another phone have taken the news of his own."""
    [own] = work.session.scalars(select(Notice).where(Notice.kind == NoticeKind.TWO_FACTOR_RESET))
    own.to_push = False
    tell(work, own.administrator_id, NoticeKind.TWO_FACTOR_RESET, now, username="jonas", source=NOWHERE)


def _last(work: Work, now: datetime) -> int:
    return sum(each.last for each in due(work, now))


def _addresses(work: Work) -> int:
    return len(work.session.scalars(select(Device).where(Device.push.is_not(None))).all())


def _watching(phone: SoftwarePhone) -> list[list[str]]:
    """Follow the phone's events; the topics of each that comes."""
    phone.sign_in()
    url, headers = f"{phone.origin}/phone/api/v1/events", {"Authorization": f"Bearer {phone.token}"}
    stream = phone._http.get(url, headers=headers, stream=True, timeout=20)
    lines, found = stream.iter_lines(chunk_size=1, decode_unicode=True), list[list[str]]()
    assert next(lines) == ": connected"

    def follow() -> None:
        with stream:
            for line in lines:
                if line.startswith("data: "):
                    found.append(json.loads(line.removeprefix("data: "))["topics"])
                    if "notices" in found[-1]:
                        return

    threading.Thread(target=follow, daemon=True).start()
    return found


def test_a_page_holds_fifty_and_old_ones_are_forgotten(server: LivingServer) -> None:
    _, phone = server.protected()
    now = datetime.now(UTC)
    moments = [now - timedelta(days=91), *(now - timedelta(minutes=each) for each in range(60))]
    with store_of(server) as store:
        store.run(_tell_at, moments)
        assert listed(phone)["unread"] == 62
        store.run(notices.prune, now)
    first = listed(phone)
    assert first["unread"] == 61
    assert len(first["notices"]) == 50
    assert len(listed(phone, before=first["notices"][-1]["id"])["notices"]) == 11
    refused(404, lambda: listed(phone, before="not_known"))


def _tell_at(work: Work, moments: list[datetime]) -> None:
    owner = administrators.named(work, "amelia.hart")
    assert owner
    for moment in moments:
        tell(work, owner.id, NoticeKind.NEW_COMPUTER, moment, username=owner.username, source=NOWHERE)
