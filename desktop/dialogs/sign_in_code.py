"""Confirming a sign-in with a code: an authenticator app's, or a recovery code, also where the phone is lost."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from desktop.core.moments import Deadline
from desktop.core.words import t
from desktop.widgets.button import button
from desktop.widgets.countdown import Countdown
from desktop.widgets.digit_boxes import DigitBoxes
from desktop.widgets.field import Field
from desktop.widgets.icon import Icon
from desktop.widgets.layout import box, column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.request import Request

SERVER = "countersign-server"
SOMEWHERE = "DIR"
"""Stands for the data folder of a server elsewhere."""


class _ByCode(QWidget):
    """`typed` carries the code."""

    typed = Signal(str)
    ended = Signal()
    """The time is up."""

    def __init__(self, name: str, track: str = "line") -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self._bar = Countdown("accent", track=track, name=f"{name}.countdown")
        self._left = Text("", "small-strong", name=f"{name}.left").tabular()
        self._bar.ended.connect(self.ended)
        self._bar.ticked.connect(lambda time: self._left.setText(t("console.countdown.left", time=time)))

    def follow(self, request: Request) -> None:
        """Count down to the end of the request."""
        self._bar.count(Deadline(request.created_at, request.expires_at, request.now))

    def stop(self) -> None:
        """Count no further."""
        self._bar.stop()


class ByTotp(_ByCode):
    """Six digits, sent as soon as they are there."""

    def __init__(self, stop: Callable[[], None]) -> None:
        super().__init__("waiting.totp", "card")
        self.digits = DigitBoxes("waiting.totp")
        self.digits.setAccessibleName(t("console.waiting.totp.title"))
        self.digits.complete.connect(self.typed)
        self._fault = Text("", "fault", wrap=True, name="waiting.totp.fault")
        self._fault.hide()
        title = row(Icon("key-round", "accent", 20), Text(t("console.waiting.totp.title"), "section", wrap=True), gap=8)
        title.setStretch(1, 1)
        inner = column(title, Text(t("console.waiting.totp.text"), wrap=True), gap=8, margins=(20, 16, 20, 16))
        inner.addWidget(self.digits, 0, Qt.AlignmentFlag.AlignHCenter)
        inner.addWidget(self._fault)
        inner.addWidget(self._bar)
        inner.addLayout(row(None, self._left))
        cancel = button(t("console.cancel"), "waiting.cancel", stop)
        self.setLayout(column(box("tint", inner), 12, row(None, cancel)))
        self.setFocusProxy(self.digits)

    def busy(self, *, on: bool) -> None:
        """Wait for the server."""
        self.digits.setEnabled(not on)

    def refuse(self, why: str) -> None:
        """Say why the code does not count, and take another one."""
        self._fault.setText(why)
        self._fault.show()
        self.digits.setAccessibleDescription(why)
        self.digits.clear()
        self.digits.setFocus()


class ByRecoveryCode(_ByCode):
    """One of the ten codes; `lost` cuts the phone off as well, which is said before."""

    def __init__(
        self,
        username: str,
        device: str,
        leave: Callable[[], None],
        *,
        lost: bool = False,
        alone: bool = False,
        folder: Path | None = None,
    ) -> None:
        name = "waiting.lost_code" if lost else "waiting.recovery"
        super().__init__(name)
        what = "lost" if lost else "recovery"
        icon = Icon("shield-alert" if lost else "key-round", "bad" if lost else "accent", 20)
        title = row(icon, Text(t(f"console.waiting.{what}.title"), "section", wrap=True), gap=8, stretch=1)
        words = column(title, gap=8)
        self._outlasts = Banner("waiting", "info", f"{name}.outlasts")
        words.addWidget(self._outlasts)
        if lost:
            words.addWidget(_happens(device))
        else:
            lead = "alone" if alone else "text"
            words.addWidget(Text(t(f"console.waiting.recovery.{lead}"), wrap=True, name=f"{name}.lead"))
        self._field = Field(t("console.waiting.recovery.field"), name, hint=t("console.waiting.recovery.hint"))
        self._field.edit.returnPressed.connect(self._send)
        look = "danger" if lost else "primary"
        self._go = button(t(f"console.waiting.{what}.go"), f"{name}.submit", self._send, look=look)
        words_of_leaving = t("console.cancel" if alone else "console.waiting.recovery.back")
        back = button(words_of_leaving, "waiting.cancel" if alone else f"{name}.back", leave)
        time = row(self._bar, self._left, gap=12, stretch=0)
        self.setLayout(
            column(
                words,
                12,
                self._field,
                8,
                time,
                12,
                row(None, back, self._go, gap=8),
                16,
                _none_left(username, name, folder),
            )
        )
        self.setFocusProxy(self._field)

    def outlast(self, why: str) -> None:
        """Go on though the sign-in has ended, as `why` says."""
        self._outlasts.say(why)

    def busy(self, *, on: bool) -> None:
        """Wait for the server."""
        self._go.setEnabled(not on)

    def refuse(self, why: str) -> None:
        """Say why the code does not count, and take another one."""
        self._field.accuse(why)
        self._field.edit.selectAll()
        self._field.setFocus()

    def _send(self) -> None:
        if not self._go.isEnabled():
            return
        if self._field.text:
            self.typed.emit(self._field.text)
        else:
            self.refuse(t("console.field.missing"))


def _happens(device: str) -> QWidget:
    """Return what reporting the phone as lost does, one line each."""
    lines = [
        row(Icon("x", "bad", 16), Text(t(f"console.waiting.lost.{what}", device=device), wrap=True), gap=8, stretch=1)
        for what in ("phone", "sessions", "requests")
    ]
    return box("bad", column(*lines, gap=4, margins=(12, 8, 12, 8)), "waiting.lost.happens")


def command_to_reset(username: str, folder: Path | None) -> str:
    """Return what is typed on the server's computer, as a shell there takes it."""
    words = [SERVER, "admin", "reset-two-factor", username, "--data", str(folder or SOMEWHERE)]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def _none_left(username: str, name: str, folder: Path | None) -> QWidget:
    """Return the ways that remain without a code; `folder` is the server's data folder, where it is known."""
    command = Text(command_to_reset(username, folder), "mono", wrap=True, name=f"{name}.command").selectable()
    where = Text(t("console.waiting.none_left.data"), "small", wrap=True, name=f"{name}.data")
    if folder is not None:
        where.hide()
    copy = button(
        t("console.copy"),
        f"{name}.copy",
        lambda: QGuiApplication.clipboard().setText(command.text()),
        icon="copy",
        small=True,
    )
    host = row(Text(t("console.waiting.none_left.host"), "small", wrap=True), copy, gap=8, stretch=0)
    ways = column(
        Text(t("console.waiting.none_left.title"), "strong", wrap=True),
        Text(t("console.waiting.none_left.colleague"), "small", wrap=True),
        host,
        command,
        where,
        Text(t("console.waiting.none_left.grant"), "small", wrap=True),
        gap=4,
        margins=(12, 8, 12, 8),
    )
    return box("well", ways)
