"""What stands above every page for as long as its reason: a server that is away, *not me*, a clock that is off."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.core import alarms, moments
from desktop.core.desk import Desk
from desktop.core.recovery_codes import trouble_of
from desktop.core.rights import must_enrol_now
from desktop.core.words import t
from desktop.keeper import Keeper
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.clock_banner import ClockBanner
from desktop.widgets.layout import column
from desktop.widgets.notice import Banner
from server.contract.administrator import Me
from server.contract.two_factor import TwoFactor

PATIENCE_MS = 1200
"""A server that is back within this time was not worth a banner."""


class Banners(QWidget):
    """`keeper` is there where this console runs the server, which may be away while it changes hands."""

    enrol_asked = Signal()
    alarm_asked = Signal(str)
    """Somebody wants to see the request that was answered with *not me*, by its id."""
    codes_asked = Signal()
    """Somebody wants new recovery codes."""

    def __init__(self, desk: Desk, keeper: Keeper | None) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self._desk, self._keeper = desk, keeper
        self._away = Banner("waiting", "cloud-off", "banner.server")
        self._alarm = Banner("bad", "shield-alert", "banner.not_me")
        self._alarm.offer(button(t("console.overview.show"), "banner.not_me.go", self._open_alarm, small=True))
        self._unprotected = Banner("waiting", "shield-alert", "banner.unprotected")
        go = button(t("console.unprotected.go"), "banner.unprotected.go", self.enrol_asked.emit, small=True)
        self._unprotected.offer(go)
        self._recovered = Banner("waiting", "smartphone", "banner.recovered")
        words = t("console.recovered.go")
        self._recovered.offer(button(words, "banner.recovered.go", self.enrol_asked.emit, small=True))
        self._before: str | None = None
        """The phone that the account had when a recovery code opened this session; empty for none."""
        self._free = QTimer(self)
        self._free.setSingleShot(True)
        self._free.timeout.connect(self.say_recovered)
        self._codes = Banner("waiting", "key-round", "banner.codes")
        again = button(t("console.codes.make"), "banner.codes.go", self.codes_asked.emit, small=True)
        self._codes.offer(again)
        self._all = (
            self._away,
            self._alarm,
            ClockBanner(desk.clock),
            self._unprotected,
            self._recovered,
            self._codes,
        )
        self._layout: QVBoxLayout = column(*self._all, gap=8, margins=(24, 0, 24, 0))
        desk.clock.changed.connect(self._air)
        desk.alarms.changed.connect(self._say_alarm)
        self.setLayout(self._layout)
        self._say_alarm()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE_MS)
        self._timer.timeout.connect(self._miss)
        if keeper is not None:
            keeper.changed.connect(self._be_patient)
            keeper.host.failed.connect(self._say_failed)
        desk.live.switched.connect(self._switch)
        desk.silent.connect(self._hush)

    def _say_failed(self, words: str) -> None:
        self.say_away(t("console.offline.words", words=words))

    def say_away(self, text: str) -> None:
        """Say that the server does not answer, or that it does again."""
        self._away.say(text)
        self._air()

    def say_unprotected(self, me: Me, *, told: bool) -> None:
        """Say what it means that this account has no two-factor authentication, where that is so."""
        held = me.username in self._desk.session.grants
        self._unprotected.say(_unprotected(me, held=held) if told and not me.two_factor else "")
        self._air()

    def _say_alarm(self) -> None:
        """Say who has answered *not me*, the first of those that nobody has looked at."""
        unseen = self._desk.alarms.unseen
        self._alarm.say(". ".join(alarms.words_of(unseen[0])) if unseen else "")
        self._air()

    def _open_alarm(self) -> None:
        self.alarm_asked.emit(self._desk.alarms.unseen[0].request or "")

    def say_recovered(self) -> None:
        """Say that a new phone is to be set up: there is none, or a recovery code stood in for it."""
        session, state = self._desk.session, self._desk.phone.state
        if session.recovered and state is not None:
            phone = state.device.id if state.device is not None else ""
            self._before = phone if self._before is None else self._before
            session.recovered = phone in (self._before, "")
        gone = state is not None and state.enabled and state.device is None and not state.authenticator
        key = "console.recovered.gone" if gone else "console.recovered.text" if session.recovered else ""
        free = session.free_for
        words = (t(key), t("console.recovered.free") if free else "") if key else ()
        self._recovered.say(" ".join(filter(None, words)))
        if free:
            self._free.start(int(free * 1000) + 50)
        self._air()

    def say_codes(self, state: TwoFactor | None) -> None:
        """Say that nobody has kept recovery codes of this account, where that is so and could be mended now."""
        confirms = state is not None and (state.device is not None or state.authenticator)
        missing = state is not None and confirms and state.recovery_codes_saved_at is None
        self._codes.say(trouble_of(state) if state is not None and missing else "")
        self._air()

    def _switch(self, online: bool) -> None:  # noqa: FBT001 - a signal's
        if online:
            self._timer.stop()
            self.say_away("")
        else:
            self._timer.start()

    def _be_patient(self) -> None:
        if self._timer.isActive():
            self._timer.start()

    def _miss(self) -> None:
        """Say that the server is away, unless it is being handed over and will be back."""
        if self._keeper is not None and self._keeper.busy:
            self._timer.start()
        else:
            self.say_away(t("console.offline.banner"))

    def _hush(self, silent: bool) -> None:  # noqa: FBT001 - a signal's
        """Say that the server is there and says nothing, which its stream of events notices only later."""
        if silent:
            self.say_away(t("console.offline.banner"))
        elif self._desk.live.online:
            self.say_away("")

    def _air(self) -> None:
        shown = any(not each.isHidden() for each in self._all)
        self._layout.setContentsMargins(theme().px(24), theme().px(16 if shown else 0), theme().px(24), 0)


def _unprotected(me: Me, *, held: bool) -> str:
    if (by := me.must_enrol_by) is not None:
        date = f"{moments.date(by)}, {moments.short(by)}"
        return t("console.must_enrol.over" if must_enrol_now(me) else "console.must_enrol.banner", date=date)
    if me.grant_required:
        return t("console.unprotected.held" if held else "console.unprotected.granted")
    return t("console.unprotected.text")
