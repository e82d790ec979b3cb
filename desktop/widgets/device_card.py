"""The phone of an account: what it is, whether it is heard of, and whether it can be woken."""

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from desktop.core import clock, moments
from desktop.core.phone import PIN, muted, trouble_of
from desktop.core.words import known, t
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.delivery import steps_of
from desktop.widgets.icon import Tile
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.text import Elided, Text, show_time
from server.contract.two_factor import Device, PushTest

ROOMY = 1.3
"""Up to this text size the buttons stand beside the name."""


class DeviceCard(QFrame):
    """`tested` asks for a test notification, `changed` for another phone in its place."""

    tested = Signal()
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("settings.device")
        self.setProperty("look", "card")
        self._name = Elided("", "section", snug=True, name="settings.device.name")
        self._chip = Chip(name="settings.device.state")
        self._pin = Chip(name="settings.device.pin")
        self._platform = Elided("", "muted", snug=True, name="settings.device.platform")
        self._test = button(t("console.push.test"), "settings.device.test", self.tested.emit, icon="smartphone")
        self._change = button(t("console.device.change"), "settings.device.change", self.changed.emit)
        self._probation = Banner("waiting", "hourglass", "settings.device.probation")
        self._enrolled, self._seen = Text("", wrap=True), Text("", wrap=True)
        self._lock, self._push = Text("", wrap=True), Text("", wrap=True, name="settings.device.push")
        self._trouble = Banner("waiting", "triangle-alert", "settings.device.trouble")
        self._state = Text("", wrap=True, name="settings.device.test_state")
        self._state.hide()
        below = row(self._platform, self._chip, None, gap=8)  # not beside the name, which would lose its room to them
        names = column(row(self._name, self._pin, None, gap=8), below, gap=2)
        head = row(Tile("smartphone"), gap=12)
        head.addLayout(names, 1)
        beside = theme().scale < ROOMY
        ways = row(self._test, self._change, *([] if beside else [None]), gap=8)
        if beside:
            head.addLayout(ways)
        facts = row(gap=16)
        told = (("enrolled", self._enrolled), ("seen", self._seen), ("lock", self._lock), ("push", self._push))
        for key, value in told:
            facts.addLayout(column(Text(t(f"console.device.{key}"), "muted"), value, None), 1)
        whole = column(head, *([] if beside else [ways]), facts, self._probation, self._trouble, self._state, gap=16)
        whole.setContentsMargins(*(theme().px(16),) * 4)
        self.setLayout(whole)
        self.setContentsMargins(0, theme().px(4), 0, 0)

    def show_device(self, device: Device) -> None:
        """Show this one."""
        now = clock.now()
        self._name.setText(device.name)
        mark = Mark(t("console.device.away"), "waiting") if device.away else Mark(t("console.device.active"), "good")
        self._chip.show_mark(mark)
        self._pin.show_mark(Mark(PIN if device.verification == PIN else "", "waiting", dot=False))
        self._platform.setText(known(f"console.device.platform.{device.platform.lower()}", device.platform))
        enrolled, seen, sent = device.enrolled_at, device.last_seen_at, device.push_sent_at
        show_time(self._enrolled, enrolled, f"{moments.date(enrolled)}, {moments.short(enrolled)}")
        show_time(self._seen, seen, moments.ago(seen, now) if seen else None, absent=t("console.device.never"))
        self._lock.setText(known(f"console.device.lock.{device.verification.lower()}", device.verification))
        works = t("console.push.works", time=moments.clock(sent)) if sent else ""
        show_time(self._push, sent if device.push else None, works, absent=_push_of(device))
        if device.push_problem or muted(device):
            self._push.setText(_push_of(device))
        until = device.probation_until
        self._probation.say(t("console.device.probation", time=moments.until(until)) if until is not None else "")
        self._trouble.say(trouble_of(device))
        self._test.setEnabled(device.push_test is None or not _under_way(device.push_test, now))
        self._state.setText(_told(device.push_test, now, well=not trouble_of(device)) if device.push_test else "")
        self._state.setVisible(bool(self._state.text()))

    def busy(self) -> None:
        """Wait until it is known how the test goes."""
        self._test.setEnabled(False)

    def refuse(self, why: str) -> None:
        """Say why no test was sent."""
        self._test.setEnabled(True)
        self._trouble.say(why)
        self._state.hide()


TEST_FOR = 60
"""Seconds in which a test notification may still be on its way."""
SHOWN_FOR = 24 * 3600


def _push_of(device: Device) -> str:
    if not device.push and device.push_problem in (None, "off"):
        return t("console.push.off")
    if (until := muted(device)) is not None:
        return t("console.push.held", time=moments.clock(until))
    return t("console.push.fails" if device.push_problem else "console.push.unused")


def _under_way(test: PushTest, now: datetime) -> bool:
    over = test.problem or test.sent_at or test.opened_at
    return not over and (now - test.asked_at).total_seconds() < TEST_FOR


def _told(test: PushTest, now: datetime, *, well: bool) -> str:
    """Tell how the last test went, for a day; what arrived then tells nothing of now where all is not `well`."""
    if (now - test.asked_at).total_seconds() > SHOWN_FOR:
        return ""
    if test.problem and not test.sent_at:
        return t("console.push.test_failed", why=known(f"console.push.problem.{test.problem}", test.problem))
    if _under_way(test, now):
        return t("console.push.testing")
    steps = steps_of(test.sent_at, test.opened_at)
    if not steps:
        return t("console.push.test_failed", why=t("console.push.problem.unreachable"))
    if not well:
        return t("console.push.test_past", steps=steps)
    key = "console.push.test_arrived" if test.opened_at else "console.push.test_sent"
    return t(key, steps=steps)
