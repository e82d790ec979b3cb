"""Two-factor authentication of one's own account: whether it is on, by which method, with what in hand."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QLayout, QWidget

from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.device_card import DeviceCard
from desktop.widgets.icon import Tile
from desktop.widgets.layout import box, column, line, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Text
from server.contract.two_factor import TwoFactor

PHONE, TOTP = "phone", "totp"
ROOMY = 1.3


class TwoFactorCard(QFrame):
    """The check box and the method show what the server has confirmed, never what was only clicked.

    While it is off, the method is what turning it on will use.
    """

    turned = Signal(bool)
    method_chosen = Signal(str)
    change_asked = Signal()
    lost_asked = Signal()
    request_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "card")
        self.setObjectName("settings.protection")
        self._state: TwoFactor | None = None
        self._box = QCheckBox(t("console.settings.enable"))
        self._box.setObjectName("settings.two_factor")
        self._box.setEnabled(False)
        self._box.clicked.connect(self._clicked)
        self._chip = Chip(name="settings.two_factor.state")
        self._text = Text(t("console.settings.off_text"), "muted", wrap=True)
        self._banner = Banner("waiting", "info", "settings.banner")
        self._show = button(
            t("console.users.show_request"), "settings.show_request", self.request_asked.emit, small=True
        )
        self._banner.offer(self._show)
        self.device = DeviceCard()
        self.device.changed.connect(self.change_asked)
        self.device.hide()
        self._app, self._gone, self._lost = self._app_card(), self._gone_card(), self._lost_row()
        for part in (self._app, self._gone, self._lost):
            part.hide()
        head = column(
            row(self._box, self._chip, None, gap=12),
            column(self._text, margins=(28, 4, 0, 0)),
            margins=(20, 20, 20, 16),
        )
        below = column(self._banner, self._method_row(), self.device, self._app, self._gone, self._lost, gap=12)
        below.setContentsMargins(*(theme().px(each) for each in (20, 16, 20, 20)))
        self.setLayout(column(head, line(), below))

    @property
    def method(self) -> str:
        """The method that is chosen."""
        return str(self._method.currentData())

    def show_state(self, state: TwoFactor, *, pending: str, showable: bool, off: str) -> None:
        """Show this; `pending` says what waits, `showable` whether this console can show it, `off` what off means."""
        self._state = state
        with QSignalBlocker(self._box):
            self._box.setChecked(state.enabled)
        self._box.setEnabled(not pending)
        self._method.setEnabled(not pending)
        on, by_app = state.enabled, state.method == TOTP
        self._chip.show_mark(Mark(t("console.settings.on"), "good") if on else Mark(t("console.settings.off"), "off"))
        turned_on = "console.settings.on_text.totp" if by_app else "console.settings.on_text"
        self._text.setText(t(turned_on) if on else off)
        self._banner.say(pending)
        self._show.setVisible(bool(pending) and showable)
        if on:
            self._choose(state.method or PHONE)
        self._note_method()
        self.device.setVisible(state.device is not None)
        if state.device is not None:
            self.device.show_device(state.device)
        gone = not state.authenticator and state.device is None
        self._app.setVisible(on and by_app and not gone)
        self._gone.setVisible(on and gone)
        self._lost.setVisible(on and not gone)
        self._lost_text.setText(t("console.lost.row_app" if by_app else "console.lost.row"))

    def _method_row(self) -> QWidget:
        self._method = QComboBox()
        self._method.setObjectName("settings.method")
        self._method.setAccessibleName(t("console.method"))
        for method in (PHONE, TOTP):
            self._method.addItem(t(f"console.method.{method}"), method)
        self._method.activated.connect(lambda _: self._method_picked())
        self._note = Text("", "muted", wrap=True, name="settings.method.note")
        title = Text(t("console.method"), "strong")
        if theme().scale < ROOMY:
            title.setMinimumWidth(theme().px(64))
            self._method.setMinimumWidth(theme().px(232))
            inside = row(title, self._method, self._note, gap=16, stretch=2)
        else:
            inside = row(gap=0)
            inside.addLayout(column(title, row(self._method, None), self._note, gap=4), 1)
        inside.setContentsMargins(0, 0, 0, 0)
        made = QWidget()
        made.setProperty("look", "plain")
        made.setLayout(inside)
        return made

    def _app_card(self) -> QWidget:
        words = column(
            Text(t("console.method.totp"), "section", name="settings.app.name"),
            Text(t("console.method.app_text"), "muted", wrap=True),
        )
        change = button(t("console.method.to_phone"), "settings.app.change", self.change_asked.emit, icon="smartphone")
        return _card(Tile("key-round"), words, change, "settings.app")

    def _gone_card(self) -> QWidget:
        words = column(
            Text(t("console.method.gone"), "section", wrap=True, name="settings.gone.title"),
            Text(t("console.method.gone_text"), "muted", wrap=True),
        )
        change = button(
            t("console.method.gone_go"), "settings.gone.go", self.change_asked.emit, look="primary", icon="smartphone"
        )
        return _card(Tile("smartphone", "waiting", ground="waiting_ground"), words, change, "settings.gone")

    def _lost_row(self) -> QWidget:
        self._lost_text = Text("", "muted", wrap=True)
        lost = button(t("console.lost.open"), "settings.lost", self.lost_asked.emit, look="danger")
        made = QWidget()
        made.setProperty("look", "plain")
        made.setLayout(row(self._lost_text, lost, gap=16, stretch=0))
        return made

    def _choose(self, method: str) -> None:
        self._method.setCurrentIndex(self._method.findData(method))

    def _note_method(self) -> None:
        self._note.setText(t(f"console.method.note.{self.method}"))

    def _method_picked(self) -> None:
        """Show again what is in force, while somebody sees to the other one."""
        wanted, state = self.method, self._state
        if state is not None and state.enabled:
            self._choose(state.method or PHONE)
            if wanted != state.method:
                self.method_chosen.emit(wanted)
        self._note_method()

    def _clicked(self) -> None:
        wanted = self._box.isChecked()
        with QSignalBlocker(self._box):
            self._box.setChecked(bool(self._state and self._state.enabled))
        self.turned.emit(wanted)


def _card(tile: Tile, words: QLayout, go: QWidget, name: str) -> QFrame:
    """Return what stands in the place of a phone, with the one thing to do about it."""
    inside = row(tile, gap=12)
    inside.addLayout(words, 1)
    inside.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
    whole = column(inside, gap=12, margins=(16, 16, 16, 16))
    if theme().scale < ROOMY:
        inside.addWidget(go, 0, Qt.AlignmentFlag.AlignVCenter)
    else:
        whole.addWidget(go, 0, Qt.AlignmentFlag.AlignLeft)
    return box("card", whole, name)
