"""Friday evening: a phone is broken, stolen or replaced, the codes are gone too, or nobody is left who could help.

Each story begins at the sign-in window, ends with a phone that confirms, and takes at most eight inputs; each has a
thief, who ends with nothing.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from desktop.demo.phone import SoftwarePhone
from tests.desktop.hand import Hand
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.proving import refused
from tests.server.test_decisions import colleague_of
from tests.stories.friday import Counted, Thief

Open = Callable[..., Hand]

pytestmark = [pytest.mark.timeout(120), pytest.mark.qt_log_ignore("This plugin does not support")]


@pytest.fixture
def account(server: LivingServer) -> tuple[TestConsole, SoftwarePhone, list[str]]:
    """A session, the phone, and the ten codes that came with it."""
    console, phone = server.protected()
    codes = console.call("GET", "/recovery-codes")["codes"]
    console.call("POST", "/recovery-codes/saved")
    return console, phone, codes


def standing(console: TestConsole) -> Any:
    """What a thief would change."""
    state = console.call("GET", "/two-factor")
    return [console.call("GET", "/users")["total"], state["device"]["id"], state["recovery_codes_left"]]


def owner(server: LivingServer, phone: SoftwarePhone) -> TestConsole:
    """Sign in elsewhere, with the new phone."""
    console = server.console(device_name="NW-LT-099")
    console.sign_in(phone=phone)
    return console


def confirms(console: TestConsole, phone: SoftwarePhone) -> None:
    """Delete a user with it."""
    waiting = console.delete(console.user())
    assert phone.approve(waiting["id"], waiting["code"]) == "executed"


@pytest.mark.parametrize("way", ["waiting.use_recovery", "waiting.lost"], ids=["broken", "stolen"])
def test_a_recovery_code_leads_straight_to_the_new_phone(
    server: LivingServer,
    open_console: Open,
    account: tuple[TestConsole, SoftwarePhone, list[str]],
    way: str,
) -> None:
    stolen, old, codes = account
    waiting = stolen.delete(stolen.user("mia@contoso.example"))
    person = Counted(open_console(url=server.url))
    person.sign_in()
    person.reads("waiting.code", "")
    person.press(way)
    field = "waiting.recovery" if way == "waiting.use_recovery" else "waiting.lost_code"
    if way == "waiting.lost":
        person.reads("waiting.lost_code.command", USERNAME)
    person.fill(field, codes[3].lower())
    person.press(f"{field}.submit")
    new = SoftwarePhone(None, "Pixel 10")
    person.enrol(new)
    person.reads("enrolment.ended.title", "")
    person.arrived(new)
    mine = owner(server, new)
    assert mine.request(waiting["id"])["status"] in ("void", "cancelled")
    confirms(mine, new)
    Thief(server, session=stolen, phone=old, codes=[codes[3]]).gets_nothing(lambda: standing(mine))


def test_a_phone_that_still_works_hands_over_to_the_next(
    server: LivingServer, open_console: Open, account: tuple[TestConsole, SoftwarePhone, list[str]]
) -> None:
    stolen, old, _ = account
    person = Counted(open_console(url=server.url))
    person.sign_in()
    code = person.text("waiting.code")
    assert old.approve(old.pending()[0].id, code) == "executed"
    person.press("nav.settings")
    person.press("settings.device.change")
    person.fill("enrolment.password", PASSWORD)
    new = SoftwarePhone(None, "Pixel 10")
    person.enrol(new)
    code = person.text("enrolment.code")
    [request] = old.pending()
    assert request.details["action"] == "device.change"
    assert old.approve(request.id, code) == "executed"
    person.reads("enrolment.ended.title", "")
    person.arrived(new)
    mine = owner(server, new)
    confirms(mine, new)
    Thief(server, session=stolen, phone=old, codes=[]).gets_nothing(lambda: standing(mine))


def used_here(hand: Hand, phone: SoftwarePhone) -> None:
    """Let the console know whose it is: somebody has signed in here before."""
    hand.sign_in()
    code = hand.text("waiting.code")
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    hand.see("page.overview")
    hand.click("account")
    hand.trigger("account.sign_out")


def begin_again(person: Counted, new: SoftwarePhone, grant: str) -> None:
    """From the reset on: the grant, the phone, and new codes."""
    person.fill("enrolment.grant", grant)
    person.enrol(new)
    code = person.text("enrolment.code")
    assert new.approve(new.pending()[0].id, code) == "executed"
    person.press("codes.kept")
    person.press("codes.done")
    person.arrived(new)


def test_a_colleague_helps_where_the_codes_are_gone_too(
    server: LivingServer, open_console: Open, account: tuple[TestConsole, SoftwarePhone, list[str]]
) -> None:
    stolen, old, codes = account
    phone, colleague = colleague_of(stolen, old)
    hand = open_console(url=server.url)
    used_here(hand, old)
    person = Counted(hand)
    person.sign_in(known=True)
    person.press("waiting.use_recovery")
    person.reads("waiting.recovery.command", USERNAME)
    grant = reset_by(colleague, phone)
    thief_needs_a_grant(server)
    new = SoftwarePhone(None, "Pixel 10")
    begin_again(person, new, grant)
    mine = owner(server, new)
    confirms(mine, new)
    Thief(server, session=stolen, phone=old, codes=[codes[0]]).gets_nothing(lambda: standing(mine))


def reset_by(colleague: TestConsole, phone: SoftwarePhone) -> str:
    """Reset her two-factor authentication, on the colleague's own phone."""
    [hers] = [each for each in colleague.call("GET", "/administrators")["items"] if each["username"] == USERNAME]
    waiting = colleague.ask("administrator.reset_two_factor", administrator=hers["id"])
    assert phone.approve(waiting["id"], waiting["code"]) == "executed"
    return str(colleague.request(waiting["id"])["result"]["grant"])


def thief_needs_a_grant(server: LivingServer) -> TestConsole:
    """After a reset the password is enough to sign in, but not for a phone, nor for anything that needs one."""
    thief = server.console(device_name="THIEF")
    thief.sign_in()
    body = {"password": PASSWORD}
    for path in ("/enrolments", "/two-factor/totp"):
        assert refused(403, partial(thief.call, "POST", path, body)).code == "grant_required"
    return thief


def test_whoever_runs_the_server_helps_the_only_administrator(
    server: LivingServer, open_console: Open, account: tuple[TestConsole, SoftwarePhone, list[str]]
) -> None:
    stolen, old, codes = account
    hand = open_console(url=server.url)
    used_here(hand, old)
    person = Counted(hand)
    person.sign_in(known=True)
    person.press("waiting.lost")
    command = person.text("waiting.lost_code.command").split()
    assert command[0] == "countersign-server"
    done = server.run(*command[1:])
    assert done.returncode == 0, done.stderr
    grant = done.stdout.split()[-1]
    thief = thief_needs_a_grant(server)
    new = SoftwarePhone(None, "Pixel 10")
    begin_again(person, new, grant)
    mine = owner(server, new)
    confirms(mine, new)
    refused(401, lambda: thief.call("GET", "/me"))
    Thief(server, session=stolen, phone=old, codes=[codes[0]]).gets_nothing(lambda: standing(mine))
