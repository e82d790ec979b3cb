"""A destination of a storage account in a line: what it is, who may use it, what lies there, what can be done."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from desktop.core import clock, moments
from desktop.core.sizes import used
from desktop.core.storage import advice_for, problem_of
from desktop.core.words import t
from desktop.style.theme import theme
from desktop.widgets.button import Button, button
from desktop.widgets.chip import Chip, Mark
from desktop.widgets.engine import offer_with_engine
from desktop.widgets.flow import Flow
from desktop.widgets.icon import Tile
from desktop.widgets.layout import column, row
from desktop.widgets.text import Elided, Text
from server.contract.storage import Destination, StorageKind

USED = 168
"""Pixels of what lies there, where it stands beside."""


class DestinationRow(QFrame):
    """`roomy` puts what lies there beside it, else it is below; who may not edit is offered nothing but to browse.

    Without `engine` nothing can be browsed.
    """

    browse_asked = Signal(object)
    edit_asked = Signal(object)
    remove_asked = Signal(object)

    def __init__(
        self,
        one: Destination,
        kind: StorageKind,
        names: Mapping[str, str],
        *,
        edits: bool,
        engine: bool,
        roomy: bool,
    ) -> None:
        super().__init__()
        self.setObjectName("storage.destination")
        self.setProperty("look", "bar")
        self._one = one
        tile = Tile("folder", "muted", ground="background", edge="line", size=32, inner=16)
        called = one.name if one.name == one.place else f"{one.name} · {one.place}"
        companies = ", ".join(sorted((names.get(each, each) for each in one.companies), key=str.casefold))
        words = column(
            Elided(called, "strong", name="storage.destination.name"),
            Elided(companies or t("console.storage.for_nobody"), "small-muted", name="storage.destination.companies"),
        )
        told = self._told()
        offered = [self._button("browse")]
        offer_with_engine(*offered, missing=not engine)
        if edits:
            offered.append(self._button("edit"))
            offered.append(self._button("remove"))
        if roomy:
            layout = row(tile, gap=12, margins=(20, 8, 16, 8))
            layout.addLayout(words, 1)
            layout.addWidget(told)
            layout.addLayout(row(*offered))
            told.setFixedWidth(theme().px(USED))
        else:
            layout = row(tile, gap=12, margins=(20, 8, 16, 8))
            layout.addLayout(column(words, told, Flow(*offered, gap=0), gap=4), 1)
            layout.setAlignment(tile, Qt.AlignmentFlag.AlignTop)
        whole = column(layout)
        if one.failure is not None:
            why = Text(advice_for(one.failure, kind), "small-muted", wrap=True, name="storage.destination.advice")
            whole.addLayout(column(why, margins=(64, 0, 20, 10)))
        self.setLayout(whole)

    def _told(self) -> QFrame:
        one = self._one
        when = moments.in_sentence(one.measured_at, clock.now()) if one.measured_at else ""
        lines = [Elided(used(one.bytes, one.objects), "", name="storage.destination.used")] if one.measured_at else []
        if one.failure is not None:
            mark = Mark(t("console.storage.failed", why=problem_of(one.failure)), "bad")
            layout = column(*lines, row(Chip(mark, "storage.destination.failure"), None))
        elif one.measured_at is None:
            layout = column(row(Chip(Mark(t("console.storage.not_measured"))), None))
        else:
            measured = Elided(t("console.storage.measured_when", time=when), "small-muted")
            layout = column(*lines, measured)
        told = QFrame()
        told.setProperty("look", "plain")
        told.setLayout(layout)
        return told

    def _button(self, name: str) -> Button:
        made = button(t(f"console.storage.one.{name}"), f"storage.destination.{name}", look="link")
        made.setAccessibleName(f"{made.text()}: {self._one.name}")
        signal = {"browse": self.browse_asked, "edit": self.edit_asked, "remove": self.remove_asked}[name]
        made.clicked.connect(lambda _=False: signal.emit(self._one))
        return made
