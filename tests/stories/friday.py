"""What the stories of a Friday evening share: a person who counts what she types and presses, and a thief."""

from collections.abc import Callable
from functools import partial
from typing import Any

from desktop.demo.phone import SoftwarePhone
from tests.desktop.hand import Hand
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole
from tests.proving import refused

MOST = 8
"""Inputs from the sign-in window to the end."""


class Counted:
    """A person at the console: one field filled is an input, and so is one button or box pressed.

    There is no other way to the console than these two, so that nothing is done without being counted.
    """

    def __init__(self, hand: Hand) -> None:
        """Begin at the sign-in window."""
        hand.see("sign_in.password")
        self._hand = hand
        self.inputs: list[str] = []

    def fill(self, name: str, text: str) -> None:
        """Fill one field."""
        self.inputs.append(name)
        self._hand.type(name, text)

    def press(self, name: str) -> None:
        """Press one button, or tick one box."""
        self.inputs.append(name)
        self._hand.click(name)

    def reads(self, name: str, part: str) -> None:
        """Read something; that is no input."""
        self._hand.reads(name, part)

    def text(self, name: str) -> str:
        """Read all of it."""
        return self._hand.text(name)

    def scan(self, name: str) -> str:
        """Hold a phone before a QR code."""
        return self._hand.qr(name)

    def sign_in(self, *, known: bool = False) -> None:
        """Send user name and password; a console that knows the name has it filled in."""
        if known:
            assert self.text("sign_in.username") == USERNAME
        else:
            self.fill("sign_in.username", USERNAME)
        self.fill("sign_in.password", PASSWORD)
        self.press("sign_in.submit")

    def enrol(self, phone: SoftwarePhone) -> None:
        """Take a phone through the enrolment, from *Continue* to the digits."""
        self.press("enrolment.continue")
        self.fill("enrolment.digits", phone.enrol(self.scan("enrolment.qr"), USERNAME, PASSWORD))

    def arrived(self, phone: SoftwarePhone) -> None:
        """Be at the end: this phone is the account's, and it did not take too long."""
        assert phone.state()["status"] == "active"
        assert len(self.inputs) <= MOST, self.inputs


class Thief:
    """Whoever has taken things from the account: what may still work is tried, and nothing may."""

    def __init__(self, server: LivingServer, *, session: TestConsole, phone: SoftwarePhone, codes: list[str]) -> None:
        """Hold a stolen session, the old phone, and codes that were used or are void."""
        self._server, self._session, self._phone, self._codes = server, session, phone, codes

    def gets_nothing(self, after: Callable[[], Any]) -> None:
        """Try everything; `after` tells what there is to be harmed, which is the same before and after."""
        before = after()
        refused(401, self._phone.sign_in)  # the old phone is cut off
        refused(401, lambda: self._session.call("GET", "/me"))  # the stolen session is over
        refused(401, lambda: self._session.call("POST", "/users", {"username": "x@y.example"}))
        console = self._server.console(device_name="THIEF")
        told = console.begin_sign_in()
        assert told["methods"] == ["phone", "recovery_code"], "the password alone only asks the new phone"
        token = {"wait_token": told["wait_token"]}
        for code in self._codes:
            for path in ("/sessions/recovery", "/sessions/lost-phone"):
                wrong = refused(401, partial(console.call, "POST", path, {**token, "code": code}))
                assert wrong.code == "wrong_code"
        console.call("POST", "/sessions/cancel", token)
        assert after() == before
