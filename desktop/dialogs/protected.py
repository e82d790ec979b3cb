"""The form of a protected action: what is asked for, and beside it what the phone will show; nothing happens yet."""

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QWidget
from typing_extensions import override

from desktop.core.desk import Desk
from desktop.core.problems import shown
from desktop.core.results import Attempt
from desktop.core.told import secrets_in
from desktop.core.words import t
from desktop.dialogs.window import Dialog
from desktop.style.theme import theme
from desktop.widgets.action_form import ActionForm, Form
from desktop.widgets.button import button, rename
from desktop.widgets.icon import Tile
from desktop.widgets.layout import column, row
from desktop.widgets.notice import Banner
from desktop.widgets.preview import Preview
from desktop.widgets.text import Text, title_for
from server.contract.action import Executed
from server.contract.policy import ShownPolicy
from server.contract.problem import Problem
from server.contract.request import Request

FORM, SIDE = 440, 340
"""Pixels of the form, and of the preview at its right; where there is no room for both, it is below."""
SCROLL = 12
"""Pixels that a scroll bar takes with its edge; they do not grow with the text."""
OPENS_WITHIN = 400
"""Milliseconds to learn what the phone would show, before the form opens without it."""
NO_SCHEMA: dict[str, Any] = {"properties": {}}
WAY_OUT = "two_factor_required"
WAYS = {
    WAY_OUT: "console.unprotected.go",
    "phone_required": "console.method.to_phone",
    "no_device": "console.method.gone_go",
}
"""What leads out of a refusal, by its code: always the enrolment, under the name that it has for this account."""
SHUT = frozenset({*WAYS, "probation"})
"""Refusals that no other input would mend; of a phone that is too new only time does."""


class Protected(Dialog):
    """The default button of a dangerous one changes nothing.

    `executed` comes where nobody has two-factor authentication; otherwise there is a request, which the approvals
    pane has and whose window opens.
    """

    executed = Signal(object)
    asked = Signal(object)
    wide = FORM

    def __init__(
        self,
        parent: QWidget,
        desk: Desk,
        action: str,
        name: str,
        *,
        title: str,
        object_name: str,
        facts: str,
        go: str,
        icon: str,
        danger: bool = True,
    ) -> None:
        """`object_name` is what is acted on, `facts` what else is known of it, `go` what the button says."""
        super().__init__(parent, title, name, self.wide + SIDE)
        self._desk, self._action, self._name = desk, action, name
        self._object, self._danger = object_name, danger
        self._attempt = Attempt()
        self._known = self._opens = False
        self.form = self.make_form()
        tile = Tile(icon, "bad" if danger else "accent", ground="bad_ground" if danger else "tint")
        names = column(
            Text(object_name, title_for(object_name), wrap=True, name=f"{name}.object"),
            Text(facts, "muted", wrap=True, name=f"{name}.facts"),
            gap=2,
        )
        head = row(tile, gap=12)
        head.addLayout(names, 1)
        head.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        self._how = Banner("tint", "smartphone", f"{name}.how")
        self._way_out = button(t("console.unprotected.go"), f"{name}.enrol", self._enrol, small=True)
        self._way_out.hide()
        self._how.offer(self._way_out)
        self._banner = Banner("bad", "triangle-alert", f"{name}.banner")
        self.preview = Preview(desk, action, f"{name}.preview")
        self._cost = QFrame()
        self._cost.setProperty("look", "bad" if danger else "well")
        self._happens = Text(t("console.preview.asking"), wrap=True, name=f"{name}.consequence")
        self._lay_out(head)
        self._add_foot(go, icon)
        self._join()
        self._follow(now=True)

    def make_form(self) -> Form:
        """Return the form, which has only the line for the reason unless there is something to fill in."""
        return ActionForm(NO_SCHEMA, self._name, self._desk.session.me)

    def parameters(self) -> dict[str, Any]:
        """Return what is asked for."""
        return self.form.parameters

    def told_of(self) -> str:
        """Return whose the secret is that it may tell."""
        return self._object

    def cost_at(self) -> int:
        """Return where among the facts above the form it stands what will happen."""
        return 0

    def add_facts(self) -> list[QWidget]:
        """Return what else stands above the form."""
        return []

    @override
    def open(self) -> None:
        """Open once it is known what the phone would show, so that nothing jumps, or after a moment without."""
        self._opens = True
        if self._known or not self.form.complete:
            super().open()
        else:
            QTimer.singleShot(OPENS_WITHIN, self, self._open_now)

    def _open_now(self) -> None:
        self._known = True
        if self._opens and not self.isVisible():
            super().open()

    @override
    def showEvent(self, event: Any, /) -> None:
        super().showEvent(event)
        if not self._danger:
            self.form.begin()

    def _lay_out(self, head: QLayout) -> None:
        parts: list[QWidget] = self.add_facts()
        if self.form.empty:
            words = column(Text(t("console.confirmation.happens"), "strong"), self._happens, gap=4)
            words.setContentsMargins(*(theme().px(12),) * 4)
            self._cost.setLayout(words)
            parts.insert(self.cost_at(), self._cost)
        body = QWidget()
        layout = column(head, *parts, self._how, self.form, self._banner, gap=16, margins=(24, 24, 24, 24))
        if self.roomy:
            layout.addStretch(1)
            self.show_side(self._side())
        else:
            layout.addWidget(self.preview)
        body.setLayout(layout)
        self.show_body(body)

    def _side(self) -> QWidget:
        inner = QWidget()
        inner.setProperty("look", "plain")
        inner.setLayout(column(self.preview, None, margins=(20, 24, 8, 24)))
        inner.setMaximumWidth(theme().px(SIDE) - SCROLL)  # with and without a scroll bar, or words would break anew
        side = QScrollArea()
        side.setProperty("look", "side")
        side.setWidgetResizable(True)
        side.setFrameShape(QFrame.Shape.NoFrame)
        side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        side.setFixedWidth(theme().px(SIDE))
        side.setWidget(inner)
        side.setAccessibleName(t("console.preview.title"))
        return side

    def _add_foot(self, go: str, icon: str) -> None:
        look = "danger" if self._danger else "primary"
        self._go = button(go, f"{self._name}.submit", self._submit, look=look, icon=icon if self._danger else "")
        cancel = button(t("console.cancel"), f"{self._name}.cancel", self.close)
        safe = cancel if self._danger else self._go
        safe.setDefault(True)
        safe.setAutoDefault(True)
        order = (self._go, cancel) if self._danger else (cancel, self._go)
        self.show_foot(row(None, *order, gap=8, margins=(24, 16, 24, 16)))
        self._go.setEnabled(not self.form.empty)  # what has nothing to fill in waits for what the server foresees
        if self._danger:
            cancel.setFocus()

    def _join(self) -> None:
        self.form.changed.connect(self._follow)
        self.form.entered.connect(self._entered)
        self.preview.foreseen.connect(self._foreseen)
        self.preview.refused.connect(self._foresaw_refusal)
        me, client = self._desk.session.me, self._desk.client.in_background()
        protected = me.two_factor
        self._how.turn("tint" if protected else "waiting", "smartphone" if protected else "triangle-alert")
        state = self._desk.phone.state
        asks = (
            "console.protected.asks_app" if state is not None and state.method == "totp" else "console.protected.asks"
        )
        self._how.say(t(asks if protected else "console.protected.at_once"))
        if me.grant_required:
            self._explain()
        self._desk.run(self, client.policy, self._learn, lambda _: None)

    def _learn(self, policy: ShownPolicy) -> None:
        if policy.reason_required:
            self.form.require_reason()
            self._follow(now=True)

    def _follow(self, *, now: bool = False) -> None:
        if self.form.complete:
            self.preview.follow(self.parameters(), self.form.reason, now=now)
        else:
            self._wait()
        self.fit()

    def _wait(self) -> None:
        """Nothing would be asked for yet: something is missing."""
        self.preview.wait()
        self._happens.setText(t("console.preview.reason" if self.form.reason_missing else "console.preview.incomplete"))
        if self.form.empty:
            self._go.setEnabled(False)
            self._open_now()

    def _foreseen(self, details: dict[str, Any]) -> None:
        self._happens.setText(str(details.get("consequence") or details.get("summary") or ""))
        if self.form.empty:
            self._banner.say("")
            self._cost.show()
            self._how.show()
            self._go.setEnabled(True)
        self.fit()
        self._open_now()

    def _foresaw_refusal(self, error: Exception) -> None:
        if isinstance(error, Problem) and error.code in SHUT:
            self._explain(error)
        elif isinstance(error, Problem) and error.code == "reason_required":
            self.form.require_reason()
            self._wait()
        elif self.form.empty:
            self._cost.hide()
            self._how.hide()
            self.preview.decline()
            self._go.setEnabled(False)
            self._banner.say(shown(error).text)
        self.fit()
        self._open_now()

    def _explain(self, error: Problem | None = None) -> None:
        """Say, once, what the account has to have first, and offer the way, unless only time helps."""
        code = error.code if error is not None else WAY_OUT
        self._how.turn("waiting", "shield-alert")
        self._how.say(
            t("console.protected.two_factor_required") if error is None or code == WAY_OUT else shown(error).text
        )
        self._how.show()
        if code in WAYS:
            rename(self._way_out, t(WAYS[code]))
        self._way_out.setVisible(code in WAYS)
        self._cost.hide()
        self.preview.decline()
        self._go.setEnabled(False)

    def _enrol(self) -> None:
        self.close()
        self._desk.enrol_asked.emit()

    def _entered(self) -> None:
        if not self._danger:
            self._submit()

    def _submit(self) -> None:
        self._banner.say("")
        if not self._go.isEnabled() or not self.form.check():
            self.fit()
            return
        self._go.setEnabled(False)
        client, parameters, reason, attempt = self._desk.client, self.parameters(), self.form.reason, self._attempt
        self._desk.run(
            self, lambda: client.ask(self._action, parameters, reason, attempt), self._answered, self._failed
        )

    def _answered(self, answer: Executed | Request) -> None:
        self.close()  # first, since it is modal, and what comes next is a window of its own
        if isinstance(answer, Request):
            self.asked.emit(answer)
            self._desk.approvals.add(answer)
            self._desk.asked.emit(answer)
        else:
            self.executed.emit(answer)
            self._desk.told.emit(secrets_in(self._action, self.told_of(), answer.result))

    def _failed(self, error: Exception) -> None:
        self._go.setEnabled(True)
        if isinstance(error, Problem):  # the server has refused; an answer that got lost may be asked for again
            self._attempt = Attempt()
        if isinstance(error, Problem) and error.code in SHUT:
            self._explain(error)
        elif not self.form.blame(error):
            self._banner.say(shown(error).text)
        self.fit()
