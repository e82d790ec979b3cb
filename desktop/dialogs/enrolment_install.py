"""The first step of an enrolment: the app onto the phone, unless it is there, and the password again."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QWidget

from desktop.core.reach import app_of, only_here
from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.own_password import OwnPassword
from desktop.widgets.qr import QrCode
from desktop.widgets.text import Text
from server.contract.administrator import Me
from server.contract.permission import Role

SYSTEMS = ("ios", "android")


class Install(QWidget):
    """The app's own QR code, which enrols nobody; whoever has the app types the password and goes on.

    `here` is whether the server is one of this computer's, which a provider makes reachable from here; `change`
    whether the phone comes in the place of another one.
    """

    reach_asked = Signal()

    def __init__(
        self, me: Me, *, needs_grant: bool, here: bool, roomy: bool, beside: bool, change: bool = False
    ) -> None:
        super().__init__()
        self._qr = QrCode("enrolment.app_qr")
        self._qr.hide()
        self._alone = Banner("waiting", "info", "enrolment.alone")
        self._own = Banner("tint", "info", "enrolment.own_authority")
        self._provider = me.role is Role.PROVIDER
        self._where = "elsewhere" if not self._provider else "here" if here else "there"
        if self._provider:
            self._own.offer(button(t("console.reach.let_in"), "enrolment.let_in", self.reach_asked.emit, small=True))
        if self._provider and here:
            words = t("console.reach.open")
            self._alone.offer(button(words, "enrolment.reach", self.reach_asked.emit, small=True))
        gap = 12 if roomy else 6
        self.own = OwnPassword(me.username, "enrolment", needs_grant=needs_grant, gap=gap)
        systems = column(gap=8)
        for system in SYSTEMS:
            name = Text(t(f"console.enrolment.install.{system}"), "medium", wrap=True)
            how = Text(t(f"console.enrolment.install.{system}_text"), "muted", wrap=True)
            systems.addLayout(column(name, how))
        systems.addStretch(1)
        self._how = QWidget()
        self._how.setProperty("look", "plain")
        both: QBoxLayout = row(gap=20)
        if beside:
            both.addWidget(self._qr, 0, Qt.AlignmentFlag.AlignTop)
            both.addLayout(systems, 1)
        else:
            both = column(row(self._qr, None), systems, gap=8)
        self._how.setLayout(both)
        self._how.hide()
        title = Text(
            t("console.enrolment.change.install_title" if change else "console.enrolment.install_title"),
            "title",
            wrap=True,
        )
        self._lead = Text("", "muted", wrap=True, name="enrolment.lead")
        self._lead.hide()
        self._roomy = roomy
        self._installed = Text(t("console.enrolment.installed"), "muted", wrap=True)
        self.setLayout(
            column(
                title,
                self._lead,
                self._alone,
                self._own,
                self._how,
                self._installed,
                self.own.fields,
                None,
                gap=gap,
            )
        )
        self.setMinimumWidth(theme().px(48))

    def show_origin(self, origin: str, *, own_authority: bool) -> None:
        """Show where a phone finds the app; where no phone can yet, say why and offer the way."""
        alone = only_here(origin)
        trust = t(f"console.enrolment.own_authority.{'provider' if self._provider else 'other'}")
        self._own.say(trust if own_authority and not alone else "")
        self._alone.say(t(f"console.enrolment.alone.{self._where}") if alone else "")
        self._qr.show_text("" if alone else app_of(origin))
        for part in (self._qr, self._how, self._installed):
            part.setVisible(not alone)

    def show_lead(self, text: str, *, matters: bool) -> None:
        """Say what the phone takes the place of; where there is little room, only if something else matters in it."""
        self._lead.setText(text)
        self._lead.setVisible(bool(text) and (self._roomy or matters))
