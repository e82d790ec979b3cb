"""Waiting for the phone at sign-in: the code to type there, the time that is left, and the QR code instead."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.core.moments import Deadline
from desktop.core.phone import name_in
from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.button import button, rename
from desktop.widgets.code import Code
from desktop.widgets.countdown import Countdown
from desktop.widgets.delivery import sent_of
from desktop.widgets.icon import Icon
from desktop.widgets.layout import box, column, row
from desktop.widgets.qr import QrCode
from desktop.widgets.text import Elided, Text
from server.contract.request import Request


class ByPhone(QWidget):
    """What the phone must show, and what is typed there."""

    def __init__(self, request: Request, stop: Callable[[], None]) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        words = Elided(t("console.waiting.title", device=name_in(request)), "section", snug=True)
        line = row(None, Icon("smartphone", "accent", 20), words, None, gap=8)
        line.setStretch(2, 100)
        code = Code(32, "waiting.code")
        code.show_code(request.code or "")
        hint = Text(t("console.waiting.type"), wrap=True)
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._bar = Countdown("accent", track="card", name="waiting.countdown")
        left = Text("", "small-strong", name="waiting.left").tabular()
        self._bar.ticked.connect(lambda time: left.setText(t("console.countdown.left", time=time)))
        self._sent = Elided(sent_of(request), "small")
        foot = row(self._sent, left, gap=8)
        foot.setStretch(0, 1)
        inner = column(line, hint, margins=(20, 16, 20, 16), gap=8)
        inner.addWidget(code, 0, Qt.AlignmentFlag.AlignHCenter)
        inner.addWidget(self._bar)
        inner.addLayout(foot)
        must = Text(t("console.waiting.must_show", ip=request.ip, device=request.device_name), "small-muted", wrap=True)
        cancel = button(t("console.cancel"), "waiting.cancel", stop)
        cancel.setDefault(True)
        below = row(must, cancel, gap=12)
        below.setStretch(0, 1)
        self.setLayout(column(box("tint", inner), 12, below))
        self.setFocusProxy(cancel)

    def follow(self, request: Request) -> None:
        """Show what the server says of it now."""
        self._bar.count(Deadline(request.created_at, request.expires_at, request.now))
        self._sent.setText(sent_of(request))

    def stop(self) -> None:
        """Count no further."""
        self._bar.stop()


class Scan(QWidget):
    """The QR code that stands for the typed one, folded until it is asked for."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self._qr = QrCode("waiting.qr")
        self._qr.show_text(request.qr or "")
        self._qr.hide()
        self._button = button(t("console.waiting.scan"), "waiting.scan", self.toggle, look="row", icon="qr-code")
        self._hint = Text(t("console.waiting.scan_hint"), "small-muted", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._hint.hide()
        self._layout = column(self._button)
        self._layout.addWidget(self._qr, 0, Qt.AlignmentFlag.AlignHCenter)
        self._layout.addWidget(self._hint)
        self.setLayout(self._layout)

    def toggle(self) -> None:
        """Unfold it, or fold it."""
        shown_now = self._qr.isHidden()
        self._qr.setVisible(shown_now)
        self._hint.setVisible(shown_now)
        rename(self._button, t("console.waiting.scan_hide" if shown_now else "console.waiting.scan"))
        self._layout.setContentsMargins(0, 0, 0, theme().px(16) if shown_now else 0)
