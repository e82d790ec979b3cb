"""What the security policy changes on the phone: requests without a code, and QR codes that are enough."""

from typing import Any

from playwright.sync_api import expect

from tests.living import PASSWORD, USERNAME, TestConsole
from tests.phone.handset import Handset

USER = "mia.brandt@contoso.example"


def policy(console: TestConsole, **members: Any) -> None:
    """Change it, while nobody has two-factor authentication yet."""
    assert console.call("POST", "/actions/policy.change", {"parameters": members})["status"] == "executed"


def test_an_action_that_policy_frees_from_the_code_is_approved_by_unlocking_alone(
    handset: Handset, console: TestConsole
) -> None:
    policy(console, without_code=["user.delete"])
    handset.protect(console)
    request = console.delete(console.user(USER))
    assert request["code"] is None
    handset.page.get_by_role("button", name="Review").click()
    handset.sees("What will be executed")
    expect(handset.page.get_by_label("Six digits from the console")).to_have_count(0)
    expect(handset.page.get_by_role("button", name="Scan instead")).to_have_count(0)
    handset.unlocks(able=False)
    handset.tap("Approve")
    handset.sees("The screen lock was not confirmed")
    assert console.request(request["id"])["status"] == "pending"
    handset.unlocks(able=True)
    handset.tap("Approve")
    handset.heading("Approved and executed")
    assert console.request(request["id"])["status"] == "executed"
    console.ask("policy.change", reason_required=True)
    handset.tap("Done")
    handset.review()
    expect(handset.page.get_by_label("Six digits from the console")).to_be_visible()


def test_a_qr_code_that_is_enough_asks_for_no_name_and_no_password(handset: Handset, console: TestConsole) -> None:
    policy(console, qr_alone=True)
    enrolment = console.call("POST", "/enrolments", {"password": PASSWORD})
    handset.paste(enrolment["qr"])
    expect(handset.page.get_by_label("Name of this phone")).to_be_visible()
    for label in ("User name", "Password"):
        expect(handset.page.get_by_label(label, exact=True)).to_have_count(0)
    handset.tap("Connect")
    request = handset.confirm(console, enrolment)
    handset.sees(USERNAME)
    handset.approve(request["code"])
    handset.heading("Approved and executed")
    assert console.call("GET", "/two-factor")["enabled"]
