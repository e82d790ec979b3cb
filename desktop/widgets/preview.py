"""Preview: what the phone will show, before anybody is asked; it follows the form beside it."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.core.desk import Desk
from desktop.core.details import band_of, facts_of, object_of, parameters_of, targets_of
from desktop.core.problems import shown
from desktop.core.words import t
from desktop.widgets.facts import Facts
from desktop.widgets.icon import Icon
from desktop.widgets.layout import box, column, row
from desktop.widgets.request_card import icon_of
from desktop.widgets.text import Elided, Text

LARGE = 22
"""Letters of an object's name that fit into one line of the large text."""
AFTER_MS = 250
"""How long somebody has to stop typing before the server is asked."""


class Preview(QFrame):
    """Shows exactly what the server would have the phone show and sign; nobody is asked by it."""

    foreseen = Signal(object)
    """The details, as the phone would have them."""
    refused = Signal(object)
    """The error with which the server would refuse."""

    def __init__(self, desk: Desk, action: str, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", "plain")
        self._desk, self._action = desk, action
        self._turn = 0
        self._wanted: tuple[dict[str, Any], str] | None = None
        self._asked: tuple[dict[str, Any], str] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AFTER_MS)
        self._timer.timeout.connect(self._ask)
        head = row(Icon("smartphone", "muted", 16), Text(t("console.preview.title"), "strong", wrap=True), gap=8)
        head.setStretch(1, 1)
        self._state = Text(t("console.preview.asking"), "muted", wrap=True, name=f"{name}.state")
        self._screen = _Screen(name, desk.session.me.organisation)
        self._screen.hide()
        self.setLayout(column(head, self._state, self._screen, gap=12))

    def follow(self, parameters: Mapping[str, Any], reason: str = "", *, now: bool = False) -> None:
        """Show what these would make the phone show, a moment after the last change."""
        self._wanted = (dict(parameters), reason)
        if now:
            self._ask()
        elif self._wanted != self._asked:
            self._timer.start()

    def again(self) -> None:
        """Ask once more for the same, since what it tells has changed meanwhile."""
        self._asked = None
        self._ask()

    def wait(self) -> None:
        """There is nothing to ask for yet, since the form is not complete."""
        self._timer.stop()
        self._turn += 1
        self._wanted = self._asked = None
        self._say(t("console.preview.incomplete"))

    def decline(self) -> None:
        """Say only that the phone would not be asked: why, stands beside it."""
        self._say(t("console.preview.refused"))

    @property
    def text(self) -> str:
        """Everything that it shows, one fact a line."""
        return "" if self._screen.isHidden() else self._screen.text

    def _ask(self) -> None:
        self._timer.stop()
        if self._wanted is None or self._wanted == self._asked:
            return
        self._turn += 1
        turn, self._asked = self._turn, self._wanted
        client, (parameters, reason), action = self._desk.client, self._wanted, self._action
        self._desk.run(
            self,
            lambda: client.preview(action, parameters, reason),
            lambda details: self._take(turn, details),
            lambda error: self._refuse(turn, error),
        )

    def _take(self, turn: int, details: dict[str, Any]) -> None:
        if turn == self._turn:
            self._screen.show_details(details)
            self._say("")
            self.foreseen.emit(details)

    def _refuse(self, turn: int, error: Exception) -> None:
        if turn == self._turn:
            self._asked = None  # it may be asked again as it is
            self._say(shown(error).text)
            self.refused.emit(error)

    def _say(self, why_not: str) -> None:
        self._state.setText(why_not)
        self._state.setHidden(not why_not)
        self._screen.setHidden(bool(why_not))


class _Screen(QFrame):
    """As on the phone: the band, the object largest, what it costs, who asks, all that would be executed."""

    def __init__(self, name: str, organisation: str) -> None:
        super().__init__()
        self.setProperty("look", "card")
        self.setObjectName(f"{name}.screen")
        self._icon = Icon("shield-check", "text", 20)
        self._band = Text("", "strong", wrap=True, name=f"{name}.band")
        words = column(self._band, Elided(organisation, "small"))
        head = row(self._icon, gap=12, margins=(12, 8, 12, 8))
        head.addLayout(words, 1)
        self._top = box("band", head)
        self._object = Text("", "title", wrap=True, name=f"{name}.object")
        self._summary = Text("", wrap=True, name=f"{name}.summary")
        self._consequence = Text("", wrap=True, name=f"{name}.consequence")
        self._happens = box("bad", column(self._consequence, margins=(12, 8, 12, 8)))
        self._notices = Text("", wrap=True, name=f"{name}.notices")
        self._noticed = box("waiting", column(self._notices, margins=(12, 8, 12, 8)))
        self._facts = Facts(label=84, gap=4, name=f"{name}.facts")
        self._targets = _Section(t("phone.targets.title"), f"{name}.targets")
        self._parameters = _Section(t("phone.section.parameters"), f"{name}.parameters")
        inside = column(
            column(self._object, self._summary, gap=2),
            self._happens,
            self._noticed,
            self._facts,
            self._targets,
            self._parameters,
            gap=12,
            margins=(12, 12, 12, 12),
        )
        self.setLayout(column(self._top, inside, margins=(1, 1, 1, 1)))

    @property
    def text(self) -> str:
        parts = (self._band, self._object, self._summary, self._consequence, self._notices)
        lists = (self._facts, self._targets.facts, self._parameters.facts)
        return "\n".join(filter(None, [*(each.text() for each in parts), *(each.text() for each in lists)]))

    def show_details(self, details: Mapping[str, Any]) -> None:
        management = details.get("kind") == "management"
        self._icon.show_icon(icon_of(str(details.get("action"))), "waiting" if management else "accent")
        _relook(self._top, "band" if management else "band-tint")
        self._band.setText(band_of(details))
        name = object_of(details)
        self._object.setText(name)
        self._object.restyle("title" if len(name) <= LARGE else "section")
        self._summary.setText(str(details.get("summary") or ""))
        consequence = str(details.get("consequence") or "")
        self._consequence.setText(consequence)
        self._happens.setHidden(not consequence)
        _relook(self._happens, "bad" if management else "tint")
        notices = [str(each) for each in details.get("notices") or ()]
        self._notices.setText("\n".join(each[:1].upper() + each[1:] for each in notices))
        self._noticed.setHidden(not notices)
        self._facts.show_facts(facts_of(details))
        self._targets.show_facts(targets_of(details))
        self._parameters.show_facts(parameters_of(details))
        self.setAccessibleName(t("console.preview.title"))


class _Section(QWidget):
    def __init__(self, title: str, name: str) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self.facts = Facts(label=84, gap=4, name=name)
        self.setLayout(column(Text(title, "small-heading"), self.facts, gap=4))

    def show_facts(self, facts: list[tuple[str, str]]) -> None:
        self.facts.show_facts(facts)
        self.setHidden(not facts)


def _relook(frame: QFrame, look: str) -> None:
    if frame.property("look") != look:
        frame.setProperty("look", look)
        frame.style().unpolish(frame)
        frame.style().polish(frame)
