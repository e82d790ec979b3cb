"""A small window that stands in for a phone in the demo, clearly labelled, for those who have none at hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QWidget

from desktop.app import Console
from desktop.core.words import t
from desktop.demo import sample
from desktop.demo.phone import Distrusted, Shown, SoftwarePhone
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.code import Code
from desktop.widgets.digit_boxes import DigitBoxes
from desktop.widgets.face import Face
from desktop.widgets.facts import Facts
from desktop.widgets.layout import box, column, row
from desktop.widgets.qr import QrCode
from desktop.widgets.text import Text, title_for
from server.contract.problem import Problem

LOOK_EVERY_MS = 700
WIDTH, HEIGHT = 380, 620
TITLE_BAR = 48
CODE_LENGTH = 6


class Handset(QWidget):
    """What looks a little like a phone: a label that says what it is, one page at a time, and what was said last."""

    def __init__(self, *pages: QWidget) -> None:
        """Show the first of these pages."""
        super().__init__()
        self.setObjectName("demo_phone")
        self.setProperty("look", "ground")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(t("demo.title"))
        self._said = Text("", wrap=True, name="demo_phone.said")
        label = Text(t("demo.not_a_phone"), "small", wrap=True)
        account = Text(t("demo.account", username=sample.USERNAME, password=sample.PASSWORD), "small", wrap=True)
        head = box("waiting", column(label, account.selectable(), gap=4, margins=(16, 12, 16, 12)), "demo_phone.label")
        self._pages = QStackedWidget()
        for page in pages:
            self._pages.addWidget(page)
        layout = column(head)
        layout.addWidget(self._pages, 1)
        layout.addLayout(column(self._said, margins=(16, 8, 16, 16)))
        self.setLayout(layout)
        self.say("")

    def fit(self, room: QSize) -> None:
        """Take a phone's size, as far as there is room for it."""
        self.resize(min(theme().px(WIDTH), room.width()), min(theme().px(HEIGHT), room.height()))

    def turn(self, page: QWidget) -> None:
        """Show this page."""
        self._pages.setCurrentWidget(page)

    def say(self, text: str) -> None:
        """Say what happened."""
        self._said.setText(text)
        self._said.setVisible(bool(text))


class DemoPhone(Handset):
    """Reads the code on the screen, shows what waits, and answers."""

    def __init__(self, console: Console, data: Path) -> None:
        """Stand beside this console, whose server works on the marked folder `data`."""
        self._start = _Start(self._read_code)
        self._digits = Digits()
        self._waiting = Face("shield-check", t("demo.waiting"), t("demo.waiting_text"), "demo_phone.waiting")
        self._asked = Asked(self._approve, self._reject)
        super().__init__(self._start, self._digits, self._waiting, self._asked)
        self._console = console
        self._phone = SoftwarePhone(data, "Demo phone", "Demo phone (software)")
        self._shown: Shown | None = None
        self._busy = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_EVERY_MS)

    def _run(self, function: Callable[[], Any], then: Callable[[Any], None]) -> None:
        def done(result: Any) -> None:  # noqa: ANN401 - what the phone returned
            self._busy = False
            then(result)

        def failed(error: Exception) -> None:
            self._busy = False
            self._fail(error)

        self._busy = True
        self._console.tasks.run(self, function, done, failed)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, Problem) and error.status == 401 and self._phone.token:
            self._timer.stop()
            self._phone.token, self._shown = "", None
            self.say(t("demo.ended"))
            self.turn(self._start)
        elif isinstance(error, Problem):
            self.say(f"{error.title}. {error.detail}".strip())
        elif isinstance(error, Distrusted):
            self.say(str(error))

    # Setting up

    def _read_code(self) -> None:
        codes = [each for each in self._console.window.findChildren(QrCode, "enrolment.qr") if each.isVisible()]
        if not codes:
            self.say(t("demo.no_code"))
            return
        text = codes[0].text()
        self._run(lambda: self._phone.enrol(text, sample.USERNAME, sample.PASSWORD), self._claimed)

    def _claimed(self, digits: str) -> None:
        self.say("")
        self._timer.start()
        self._digits.code.show_code(digits)
        self.turn(self._digits)

    # Answering

    def _look(self) -> None:
        if self._phone.device and not self._busy:
            self._run(lambda: (self._phone.state()["status"], self._phone.pending()), self._take)

    def _take(self, found: tuple[str, list[Shown]]) -> None:
        status, pending = found
        if self._shown is not None and self._shown.id in [each.id for each in pending]:
            return
        self._shown = pending[0] if pending else None
        if self._shown is not None:
            self.say("")
            self._asked.show_request(self._shown)
            self.turn(self._asked)
        elif status != "claimed":
            self.turn(self._waiting)

    def _approve(self, code: str) -> None:
        if (shown := self._shown) is None or self._busy:
            return
        if len(code) != CODE_LENGTH:
            self.say(t("demo.code_short"))
            return
        self._run(lambda: self._phone.decide(shown, "approve", code=code), self._answered)

    def _reject(self) -> None:
        if (shown := self._shown) is not None and not self._busy:
            self._run(lambda: self._phone.decide(shown, "reject", reason="cancelled"), self._answered)

    def _answered(self, status: str) -> None:
        if self._shown is not None:
            action = t(f"action.{self._shown.details['action']}")
            self.say(t("demo.done", action=action, status=t(f"status.{status}")))
        self._shown = None
        self.turn(self._waiting)


class _Start(QWidget):
    """Says how the phone is set up."""

    def __init__(self, read: Callable[[], None]) -> None:
        super().__init__()
        face = Face("smartphone", t("demo.start"), t("demo.start_text"), "demo_phone.start")
        layout = column(margins=(16, 16, 16, 16))
        layout.addWidget(face, 1)
        layout.addWidget(button(t("demo.read"), "demo_phone.read", read, look="primary", large=True))
        self.setLayout(layout)


class Digits(QWidget):
    """Shows the six digits for the console."""

    def __init__(self) -> None:
        super().__init__()
        self.code = Code(32, "demo_phone.digits")
        layout = column(margins=(16, 16, 16, 16), gap=16)
        layout.addStretch(1)
        layout.addLayout(row(None, Text(t("demo.digits"), "section"), None))
        layout.addLayout(row(None, self.code, None))
        layout.addStretch(1)
        self.setLayout(layout)


class Asked(QWidget):
    """One request with all that is in it, the code to type, and the two answers."""

    def __init__(self, approve: Callable[[str], None], reject: Callable[[], None]) -> None:
        super().__init__()
        self._action = Text("", "muted", wrap=True)
        self._object = Text("", "title", wrap=True, name="demo_phone.object")
        self._consequence = Text("", wrap=True)
        self._facts = Facts(label=92)
        self._code = DigitBoxes("demo_phone.code")
        self._code.setAccessibleName(t("demo.code"))
        answers = row(
            button(t("demo.reject"), "demo_phone.reject", reject, look="danger", large=True),
            button(t("demo.approve"), "demo_phone.approve", lambda: approve(self._code.text()), large=True),
            gap=24,
        )
        for place in range(answers.count()):
            answers.setStretch(place, 1)
        told = QWidget()
        told.setProperty("look", "plain")
        told.setLayout(
            column(self._action, self._object, 8, self._consequence, 16, self._facts, None, margins=(16, 16, 16, 8))
        )
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(told)
        below = column(Text(t("demo.code"), "strong"), self._code, answers, gap=8, margins=(16, 8, 16, 8))
        layout = column()
        layout.addWidget(scroll, 1)
        layout.addLayout(below)
        self.setLayout(layout)

    def show_request(self, shown: Shown) -> None:
        """Show what will be signed."""
        told = shown.details
        self._action.setText(f"{t('kind.' + told['kind'])}: {t('action.' + told['action'])}")
        names = ", ".join(each["name"] for each in told["target"])
        self._object.setText(names)
        self._object.restyle(title_for(names))
        self._consequence.setText(told["consequence"])
        self._facts.show_facts(
            [
                (t("demo.user_name"), told["username"]),
                (t("demo.device_name"), t("demo.says", claim=told["device_name"])),
                (t("demo.application"), t("demo.says", claim=told["application"])),
                (t("demo.address"), told["ip"]),
                (t("demo.notices"), "; ".join(told["notices"])),
                (t("demo.reason"), told["reason"]),
            ]
        )
        self._code.clear()
        self._code.setFocus()


def open_demo(console: Console, data: Path) -> DemoPhone:
    """Open the demo phone beside the console."""
    phone = DemoPhone(console, data)
    beside, screen = console.window.geometry(), console.window.screen().availableGeometry()
    phone.fit(QSize(screen.width(), screen.height() - TITLE_BAR))
    phone.move(min(beside.right() + 16, screen.right() - phone.width()), beside.top() + 60)
    phone.show()
    return phone
