"""Signing in, alone and with the phone."""

from collections.abc import Callable

from desktop.core.vault import MemoryVault
from desktop.demo.phone import SoftwarePhone
from tests.desktop.hand import Hand
from tests.living import PASSWORD, USERNAME, LivingServer

Open = Callable[..., Hand]
Start = Callable[..., LivingServer]


def approve(phone: SoftwarePhone, hand: Hand) -> None:
    code = hand.text("waiting.code")
    request = next(shown for shown in phone.pending() if shown.details["action"] == "sign_in")
    assert phone.approve(request.id, code) == "executed"


def test_a_password_alone_signs_in_where_nobody_has_two_factor(server: LivingServer, open_console: Open) -> None:
    server.set_up()
    hand = open_console(url=server.url)
    hand.sign_in(password="not the password, no")
    hand.wait(lambda: hand.seen("sign_in.password.fault"), "the fault")
    assert "wrong" in hand.fault("sign_in.password")
    hand.sign_in()
    hand.see("page.overview")


def test_the_console_goes_on_by_itself_when_the_phone_has_approved(server: LivingServer, open_console: Open) -> None:
    _, phone = server.protected()
    vault = MemoryVault()
    hand = open_console(url=server.url, vault=vault)
    hand.sign_in()
    approve(phone, hand)
    hand.see("page.overview")
    known = f"console {USERNAME} at {server.url}"
    assert vault.get(known)
    hand.click("account")
    hand.trigger("account.sign_out")
    hand.sign_in()
    approve(phone, hand)
    hand.see("page.overview")
    assert vault.get(known)


def test_the_qr_code_of_a_sign_in_can_be_scanned_instead(server: LivingServer, open_console: Open) -> None:
    _, phone = server.protected()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("waiting.scan")
    text = hand.qr("waiting.qr")
    assert "/phone/#a=" in text
    from server import protocol

    raw = protocol.unb64u(text.partition("#a=")[2])
    request, secret = raw[2 : 2 + raw[1]].decode(), raw[2 + raw[1] :]
    assert phone.approve(request, protocol.b64u(secret)) == "executed"
    hand.see("page.overview")


def test_a_rejected_sign_in_says_so_and_offers_another_try(server: LivingServer, open_console: Open) -> None:
    _, phone = server.protected()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.see("waiting.code")
    phone.reject(phone.pending()[0].id)
    hand.reads("waiting.result.title", "rejected")
    hand.click("waiting.again")
    hand.type("sign_in.password", PASSWORD)
    hand.click("sign_in.submit")
    approve(phone, hand)
    hand.see("page.overview")


def test_an_expired_sign_in_says_so(start_server: Start, open_console: Open) -> None:
    server = start_server(request_lifetime=10)
    server.protected()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.see("waiting.code")
    hand.reads("waiting.result.title", "in time")


def test_three_wrong_codes_make_a_sign_in_void(server: LivingServer, open_console: Open) -> None:
    from server.contract.problem import Problem

    _, phone = server.protected()
    hand = open_console(url=server.url)
    hand.sign_in()
    code = hand.text("waiting.code")
    wrong = "000000" if code != "000000" else "111111"
    request = phone.pending()[0].id
    for left in (2, 1, 0):
        try:
            phone.approve(request, wrong)
        except Problem as problem:
            assert problem.members["attempts_left"] == left
    hand.reads("waiting.result.title", "void")


def test_cancelling_takes_the_request_back(server: LivingServer, open_console: Open) -> None:
    _, phone = server.protected()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("waiting.cancel")
    hand.see("sign_in.password")
    assert not phone.pending()


def test_a_session_that_was_ended_elsewhere_leads_back_to_the_sign_in(server: LivingServer, open_console: Open) -> None:
    other = server.set_up()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.see("page.overview")
    mine = next(one["id"] for one in other.call("GET", "/sessions")["items"] if not one["current"])
    other.call("DELETE", f"/sessions/{mine}")
    hand.reads("sign_in.banner.text", "ended")
