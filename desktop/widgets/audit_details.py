"""One audit event with all its parameters."""

import json
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget
from typing_extensions import override

from desktop.core import moments
from desktop.core.words import known, t
from desktop.style.theme import theme
from desktop.widgets.button import button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.facts import Fact, Facts
from desktop.widgets.icon import Tile
from desktop.widgets.layout import box, column, line, row
from desktop.widgets.request_card import icon_of, weaker_mark
from desktop.widgets.split import Details
from desktop.widgets.text import Elided
from server.contract.audit import AuditEvent, Outcome

SHORT = 160
"""Characters of a value that the pane shows; the whole is in the tooltip and in the copied JSON."""


def mark_of_outcome(outcome: Outcome) -> Mark:
    """Return the chip of an outcome."""
    tone = {Outcome.OK: "good", Outcome.DENIED: "bad", Outcome.FAILED: "bad"}.get(outcome, "off")
    return Mark(t(f"console.audit.outcome.{outcome}"), tone)


class AuditDetails(Details):
    """The pane below the table, or in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("audit.details")
        self.setProperty("look", "card")
        self._event: AuditEvent | None = None
        self._tile = Tile("shield-check", "accent")
        self._title = Elided("", "section", name="audit.details.title")
        self._when = Elided("", "muted")
        self._chip = Chip(name="audit.details.outcome")
        self._back = button(t("console.audit.back"), "audit.details.back", self.closed.emit, icon="chevron-left")
        self._back.hide()
        self.setFocusProxy(self._back)
        head = row(self._tile, gap=12, margins=(20, 12, 20, 12))
        head.addLayout(column(self._title, self._when), 1)
        self._weaker = Chip(name="audit.details.weaker")
        head.addWidget(self._weaker)
        head.addWidget(self._chip)
        self._facts = Facts(columns=1 if theme().scale >= 1.3 else 2, name="audit.details.facts")
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        inner.setProperty("look", "plain")
        inner.setLayout(column(self._facts, None, margins=(20, 12, 20, 12)))
        scroll.setWidget(inner)
        copy = button(t("console.audit.copy"), "audit.details.copy", self._copy, icon="copy")
        foot = row(self._back, None, copy, gap=8, margins=(20, 10, 20, 10))
        layout = column(head, line(), margins=(1, 1, 1, 1))
        layout.addWidget(scroll, 1)
        layout.addWidget(box("bar", foot))
        self.setLayout(layout)
        self.setMinimumHeight(theme().px(190))

    def show_event(self, event: AuditEvent) -> None:
        """Show this one."""
        if event == self._event:
            return
        self._event = event
        names = ", ".join(thing.name for thing in event.target or [])
        action = known(f"action.{event.action}", event.action) if event.action else event.event
        self._title.setText(f"{action} {names}".strip())
        self._when.setText(f"{event.event} · {moments.full(event.at)} ({moments.utc(event.at)})")
        self._tile.show_icon(icon_of(event.action or ""), "accent")
        self._chip.show_mark(mark_of_outcome(event.outcome))
        self._weaker.show_mark(weaker_mark(str((event.model_extra or {}).get("verification") or "")))
        facts = facts_of(event)
        self._facts.show_facts([(name, _short(value)) for name, value in facts])

    @override
    def show_back(self, *, on: bool) -> None:
        self._back.setVisible(on)

    def _copy(self) -> None:
        if self._event is not None:
            text = self._event.model_dump_json(indent=2)
            QGuiApplication.clipboard().setText(text)


def facts_of(event: AuditEvent) -> list[Fact]:
    """Return everything that the event says, the extra members included."""
    targets = "; ".join(f"{thing.name}, {thing.type} {thing.id}" for thing in event.target or [])
    kind = known(f"kind.{event.kind}", event.kind or "")
    says = t("console.audit.says")
    facts: list[Fact] = [
        (t("console.audit.actor"), event.username or ""),
        (t("console.audit.action"), ", ".join(part for part in (event.action, kind) if part)),
        (t("console.audit.target"), targets),
        (t("console.request.parameters"), _inline(event.parameters) if event.parameters else ""),
        (t("console.request.reason"), event.reason or ""),
        (t("console.audit.device"), event.device or ""),
        (t("console.audit.device_name"), f"{says} {event.device_name}" if event.device_name else ""),
        (t("console.audit.application"), f"{says} {event.application}" if event.application else ""),
        (t("console.audit.ip"), event.ip or ""),
        (t("console.audit.request"), event.request or ""),
        (t("console.audit.id"), event.id),
    ]
    for name, value in (event.model_extra or {}).items():
        if value in (None, [], {}, ""):
            continue
        if name == "verification":
            by = known(f"console.audit.by.{str(value).lower()}", str(value))
            facts.append((t("console.audit.member.verification"), by))
        elif name == "evidence" and isinstance(value, dict):
            facts.append((t("console.audit.evidence"), evidence_of(value)))
        else:
            facts.append((known(f"console.audit.member.{name}", name.replace("_", " ").capitalize()), _inline(value)))
    return facts


def evidence_of(evidence: dict[str, Any]) -> str:
    """Summarise the evidence of a decision: what is in it, not whether it holds."""
    parts = [t("console.audit.evidence.decision", decision=evidence.get("decision", "?"))]
    code = str(evidence.get("code") or "")
    if code:
        parts.append(t("console.audit.evidence.typed" if code.isdecimal() else "console.audit.evidence.scanned"))
    members = ("sig", "webauthn", "statement", "receipt")
    parts += [t(f"console.audit.evidence.{member}") for member in members if evidence.get(member)]
    return ", ".join(parts)


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {_inline(inner)}" for name, inner in value.items())
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _short(value: str) -> str:
    return value if len(value) <= SHORT else f"{value[:SHORT]}…"
