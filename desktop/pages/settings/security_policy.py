"""Settings, Security policy: what the organisation asks of its administrators, each rule with what it costs."""

from datetime import datetime
from typing import Any

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QComboBox, QFrame, QScrollArea, QWidget
from typing_extensions import override

from desktop.core import moments
from desktop.core.desk import Desk
from desktop.core.rights import sees_all
from desktop.core.words import n, t
from desktop.dialogs.change_policy import ACTION, ChangePolicy
from desktop.models.table import State
from desktop.pages.page import Faces, Page
from desktop.style.theme import theme
from desktop.widgets.action_rule import ActionRule
from desktop.widgets.button import button
from desktop.widgets.filter import DayFilter
from desktop.widgets.layout import box, column, row, tab_through
from desktop.widgets.notice import Banner
from desktop.widgets.rule import Rule
from desktop.widgets.text import Text
from server.contract.permission import Permission
from server.contract.policy import ShownPolicy
from server.contract.request import Request
from server.contract.topic import Topic

LIFETIMES = (30, 60, 90, 120, 180, 300, 600)
"""Seconds that are offered; another one that is in force is offered too."""
GRACE = 14
"""Days that are offered until two-factor authentication is forced."""


class SecurityPolicyPage(Page):
    """The rules show what is in force, or what somebody has changed here and not asked for yet."""

    name = "settings.security_policy"
    icon = "sliders-horizontal"
    topics = frozenset({Topic.POLICY, Topic.TWO_FACTOR})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        me = desk.session.me
        self._edits = Permission.POLICY_EDIT in me.permissions and sees_all(me)
        self._policy: ShownPolicy | None = None
        self._forced = Rule("two_factor")
        self._from = DayFilter(t("console.policy.from"), "policy.two_factor.from", earliest=QDate.currentDate())
        self._forced.add(self._from, snug=True)
        self._hint = Text("", "small-muted", wrap=True, name="policy.two_factor.hint")
        self._forced.add(self._hint)
        self._lifetime = QComboBox()
        self._lifetime.setObjectName("policy.lifetime.choice")
        self._codes = ActionRule("code", t("console.policy.code_always"))
        self._by_totp = ActionRule("by_totp", t("console.policy.by_totp_always"))
        self._reason, self._alone = Rule("reason"), Rule("qr_alone")
        code = Rule("code", ticks=False)
        code.add(self._codes)
        self._app = Rule("by_totp", ticks=False)
        self._app.add(self._by_totp)
        lifetime = Rule("lifetime", self._lifetime, ticks=False)
        rules = (self._forced, lifetime, code, self._app, self._reason, self._alone)
        self._banner = Banner("waiting", "info", "policy.banner")
        self._show = button(t("console.users.show_request"), "policy.show_request", self._show_request, small=True)
        self._banner.offer(self._show)
        inner = QWidget()
        inner.setProperty("look", "plain")
        inner.setLayout(column(*rules, None, gap=16))
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(inner)
        self._faces = Faces(self._scroll, None, self.reload, "policy.faces")
        above = column(self._banner)
        layout = column(above)
        layout.addWidget(self._faces, 1)
        layout.addWidget(self._bar())
        self._above = above
        self.setLayout(layout)
        self._join()

    @override
    def reload(self) -> None:
        """Ask for the policy that is in force."""
        client = self.desk.client.in_background()
        self.desk.run(self, client.policy, self._take, self._failed)

    def _bar(self) -> QWidget:
        self._said = Text("", "strong", wrap=True, name="policy.changes")
        self._discard = button(t("console.policy.discard"), "policy.discard", self._reset)
        self._ask = button(t("console.policy.change"), "policy.change", self._open, look="primary")
        foot = row(self._said, self._discard, self._ask, gap=8, margins=(0, 12, 0, 0))
        foot.setStretch(0, 1)
        self._foot = box("bar", foot, "policy.bar")
        self._foot.hide()
        return self._foot

    def _join(self) -> None:
        for rule in (self._forced, self._reason, self._alone):
            rule.box.clicked.connect(lambda _: self._show_state())
        self._from.picked.connect(lambda _: self._show_state())
        self._lifetime.activated.connect(lambda _: self._show_state())
        for actions in (self._codes, self._by_totp):
            actions.changed.connect(self._show_state)
        self.desk.approvals.changed.connect(self._show_pending)

    def _take(self, policy: ShownPolicy) -> None:
        dirty = bool(self._policy and self._changes())
        self._policy = policy
        self._faces.turn(State.CONTENT)
        if not dirty:
            self._reset()
        self._show_state()

    def _failed(self, error: Exception) -> None:
        if self._policy is None:
            self._faces.turn(State.FAILED, error)
        else:
            self.desk.tell(error)

    def _reset(self) -> None:
        """Show what is in force."""
        if (policy := self._policy) is None:
            return
        begin = policy.two_factor_from
        self._forced.box.setChecked(begin is not None)
        self._from.choose(_day(begin) if begin is not None else QDate.currentDate().addDays(GRACE))
        self._lifetime.clear()
        for seconds in sorted({*LIFETIMES, policy.request_lifetime}):
            self._lifetime.addItem(_span(seconds), seconds)
        self._lifetime.setCurrentIndex(self._lifetime.findData(policy.request_lifetime))
        coded = [name for name in policy.may_be_without_code if name not in policy.without_code]
        self._codes.show_actions(policy.may_be_without_code, coded, editable=self._edits)
        self._by_totp.show_actions(policy.may_be_by_totp, policy.by_totp, editable=self._edits)
        self._app.setVisible(bool(policy.may_be_by_totp))
        self._reason.box.setChecked(policy.reason_required)
        self._alone.box.setChecked(policy.qr_alone)
        tab_through(self._lifetime, [*self._codes.boxes, *self._by_totp.boxes])
        self._show_state()

    def _show_state(self) -> None:
        if (policy := self._policy) is None:
            return
        bare = not self.desk.session.me.two_factor and policy.two_factor_from is None
        for rule in (self._forced, self._reason, self._alone):
            rule.box.setEnabled(self._edits and not (rule is self._forced and bare))
        self._lifetime.setEnabled(self._edits)
        self._from.setEnabled(self._edits)
        self._from.setVisible(self._forced.box.isChecked())
        self._hint.setText(t("console.policy.own_first") if bare and self._edits else "")
        self._hint.setVisible(bool(self._hint.text()))
        changes = self._changes()
        self._foot.setVisible(bool(changes))
        self._said.setText(n("console.policy.changes", len(changes)) if changes else "")
        self._show_pending()

    def _show_pending(self) -> None:
        pending = self._pending()
        words = t("console.policy.pending") if pending else "" if self._edits else t("console.policy.not_yours")
        self._banner.say(words)
        self._above.setContentsMargins(0, 0, 0, theme().px(16 if words else 0))
        self._show.setVisible(pending is not None)

    def _changes(self) -> dict[str, Any]:
        """Return what differs from what is in force, as `policy.change` takes it."""
        if (policy := self._policy) is None:
            return {}
        wanted = {
            "request_lifetime": self._lifetime.currentData(),
            "without_code": self._codes.unticked,
            "by_totp": self._by_totp.ticked,
            "reason_required": self._reason.box.isChecked(),
            "qr_alone": self._alone.box.isChecked(),
        }
        found = {name: value for name, value in wanted.items() if value != _plain(getattr(policy, name))}
        begin, day = policy.two_factor_from, self._from.day
        if not self._forced.box.isChecked():
            return found | ({"two_factor_from": None} if begin is not None else {})
        if day is not None and (begin is None or _day(begin) != day):
            found["two_factor_from"] = moments.midnight(day).strftime("%Y-%m-%dT%H:%M:%SZ")
        return found

    def _open(self) -> None:
        if changes := self._changes():
            dialog = ChangePolicy(self, self.desk, changes)
            dialog.asked.connect(lambda _: self._reset())
            dialog.executed.connect(lambda _: self._executed())
            dialog.open()

    def _executed(self) -> None:
        self._reset()
        self.desk.said.emit(t("console.policy.changed"), "good")
        self.reload()

    def _pending(self) -> Request | None:
        return next((each for each in self.desk.approvals.pending if each.action == ACTION), None)

    def _show_request(self) -> None:
        if (request := self._pending()) is not None:
            self.desk.asked.emit(request)


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, list) else value


def _day(moment: datetime) -> QDate:
    local = moment.astimezone()
    return QDate(local.year, local.month, local.day)


def _span(seconds: int) -> str:
    if seconds % 60 == 0:
        return n("console.policy.minutes", seconds // 60)
    return t("console.policy.seconds", count=seconds)
