"""The phones that the headless story can be told with: the phone app itself in a browser, or one that is only drawn."""

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.core.words import t
from desktop.demo import sample
from desktop.demo.driver import Calling, Driver, Steps, Stuck
from desktop.demo.phone import Sent, Shown, SoftwarePhone
from desktop.demo.window import Asked, Digits, Handset
from desktop.widgets.face import Face

SIZE = (390, 844)


class StoryPhone(Protocol):
    """What the story asks of a phone; each step is what a person does with it."""

    says: str
    """What it is, in a sentence."""
    sent: dict[str, Sent]
    """Its decisions as somebody who listens could have recorded them, by request."""

    def enrol(self, qr: str) -> Steps[str]:
        """Read the QR code, sign in, and return the six digits for the console."""

    def glance(self) -> Steps[None]:
        """Show the first screen once something waits on it."""

    def look(self) -> Steps[str]:
        """Open the request that waits, and return what it says."""

    def approve(self, code: str) -> Steps[None]:
        """Type the code and approve."""

    def reject(self) -> Steps[None]:
        """Reject, as not wanted."""

    def picture(self, file: Path) -> Steps[None]:
        """Save what it shows as `file`-light.png and `file`-dark.png."""

    def close(self) -> None:
        """Put it away."""


class DrawnPhone:
    """A phone in software, with its screen drawn by the console's own widgets."""

    says = "The phone is one in software, drawn by the demo."

    def __init__(self, driver: Driver, data: Path) -> None:
        """Serve on the marked data folder."""
        self._driver = driver
        self._phone = SoftwarePhone(data, "Pixel 9", "Demo phone (software)")
        self.sent = self._phone.sent
        self._shown: Shown | None = None
        self._digits, self._asked = Digits(), Asked(lambda _: None, lambda: None)
        self._waiting = Face("shield-check", t("demo.waiting"), t("demo.waiting_text"), "demo_phone.waiting")
        start = Face("smartphone", t("demo.start"), t("demo.start_text"), "demo_phone.start")
        self._handset = Handset(start, self._waiting, self._digits, self._asked)
        self._handset.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self._handset.resize(*SIZE)
        self._handset.show()

    def enrol(self, qr: str) -> Steps[str]:
        """Read the QR code, sign in, and return the six digits for the console."""
        digits: str = yield Calling(lambda: self._phone.enrol(qr, sample.USERNAME, sample.PASSWORD))
        self._digits.code.show_code(digits)
        self._handset.turn(self._digits)
        return digits

    def glance(self) -> Steps[None]:
        """Show the first screen once something waits on it; it is the request itself."""
        yield from self.look()

    def look(self) -> Steps[str]:
        """Open the request that waits, and return what it says."""
        [shown] = yield Calling(self._phone.pending)
        self._shown = shown
        self._asked.show_request(shown)
        self._handset.say("")
        self._handset.turn(self._asked)
        return str(shown.details["summary"])

    def approve(self, code: str) -> Steps[None]:
        """Type the code and approve."""
        yield from self._answer("approve", code=code)

    def reject(self) -> Steps[None]:
        """Reject, as not wanted."""
        yield from self._answer("reject", reason="cancelled")

    def _answer(self, decision: str, **more: str) -> Steps[None]:
        shown, phone = self._shown, self._phone
        if shown is None:
            message = "nothing was looked at"
            raise Stuck(message)
        status: str = yield Calling(lambda: phone.decide(shown, decision, **more))
        action = t(f"action.{shown.details['action']}")
        self._handset.say(t("demo.done", action=action, status=t(f"status.{status}")))
        self._handset.turn(self._waiting)

    def picture(self, file: Path) -> Steps[None]:
        """Save what it shows as `file`-light.png and `file`-dark.png."""
        for choice in self._driver.both():
            QApplication.processEvents()
            self._handset.grab().save(f"{file}-{choice.value}.png")
        yield from ()

    def close(self) -> None:
        """Put it away."""
        self._handset.close()
