"""What the phone says of the ways back: the digits of its successor, alarms, probation, and why something is void."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from tests.living import PASSWORD, LivingServer, TestConsole
from tests.phone.handset import Handset
from tests.phone.look import Look
from tests.server.test_decisions import colleague_of

STEP = timedelta(seconds=30)

pytestmark = pytest.mark.timeout(180)


def test_the_old_phone_shows_the_digits_of_the_new_one_which_keeps_showing_them(
    connected: Handset, handset_for: Callable[[LivingServer], Handset], console: TestConsole, look: Look
) -> None:
    new = handset_for(connected.server)
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    new.paste(enrolment["qr"])
    new.sign_in()
    digits = new.digits()
    request = console.call("POST", f"/enrolments/{enrolment['id']}/confirm", {"sas": digits})["request"]
    new.heading("If another phone confirms this one")
    look.at(new, "digits-of-a-successor")
    connected.review()
    connected.sees("Does the new phone show these digits?")
    for phone in (new, connected):
        assert "".join(phone.page.locator(".sas").inner_text().split()) == digits
    look.at(connected, "change-of-phone")
    connected.approve(request["code"])
    new.sees("This phone now confirms for your account")


def test_alarms_are_named_and_never_quiet(connected: Handset, console: TestConsole, look: Look) -> None:
    codes = console.call("GET", "/recovery-codes")["codes"]
    elsewhere = connected.server.console(device_name="HOME-PC")
    told = elsewhere.begin_sign_in()
    elsewhere.call("POST", "/sessions/recovery", {"wait_token": told["wait_token"], "code": codes[0]})
    connected.tab("Events")
    connected.page.get_by_role("button", name="A recovery code was used").click()
    connected.sees("It stood in for the phone")
    look.at(connected, "recovery-code-used")
    connected.tap("Back")
    connected.tab("Settings")
    connected.page.get_by_text("What it tells me").click()
    connected.sees("Notify me about")
    for name in ("A recovery code was used", "A phone was reported lost", "A new phone is being set up"):
        assert connected.page.get_by_role("switch", name=name).is_disabled()
    look.at(connected, "told-of-ways-back")


def test_a_phone_that_a_code_set_up_says_until_when_it_waits(
    handset_for: Callable[[LivingServer], Handset], server: LivingServer, look: Look
) -> None:
    console = server.set_up()
    begun = console.call("POST", "/two-factor/totp", {"password": PASSWORD})
    app, now = pyotp.TOTP(begun["secret"]), datetime.now(UTC)
    parameters = {"method": "totp", "enrolment": begun["id"], "code": app.at(now - STEP)}
    console.call("POST", "/actions/two_factor.enable", {"parameters": parameters})
    handset = handset_for(server)
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    handset.paste(enrolment["qr"])
    handset.sign_in()
    request = handset.confirm(console, enrolment)
    done = console.call("POST", f"/requests/{request['id']}/totp", {"code": app.at(datetime.now(UTC))})["request"]
    assert done["status"] == "executed"
    handset.sees("This phone now confirms for your account")
    handset.tap("Done")
    handset.tab("Settings")
    handset.sees("On probation until")
    look.at(handset, "probation")


def test_a_lost_phone_is_told_to_the_colleagues(server: LivingServer) -> None:
    console, phone = server.protected()
    others, _ = colleague_of(console, phone)
    console.report_lost(console.call("GET", "/recovery-codes")["codes"][0])
    assert "phone_lost" in [each["kind"] for each in others.notices()]
